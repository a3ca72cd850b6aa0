import { expect, test } from "vitest";
import { createSchemaCheck } from "./agent/flow/satisfies.ts";
import { type PolicyBook, PolicyFile } from "./agent/policy/tool-policy.ts";
import { tasksNeeded } from "./agent/trust/trust-state.ts";
import { trustModule } from "./agent/trust/trust-table.ts";
import { createLogger } from "./base/logging.ts";
import type { Principal } from "./base/principals.ts";
import { openInlineStore } from "./store/inline-store.ts";
import { jobModule } from "./store/job-table.ts";
import { createJobs } from "./store/jobs.ts";
import { createTrustOperations } from "./trusting.ts";

const admin: Principal = { actor: "ada", role: "admin", caller: "ui" };

async function setUp(policies: PolicyBook, configured: number | null = null) {
  let now = Date.UTC(2026, 0, 1);
  const clock = { now: () => now++ };
  const store = openInlineStore({ modules: [trustModule, jobModule], clock });
  const jobs = createJobs({ store, clock, log: createLogger("silent"), concurrency: 1 });
  const book = { now: policies };
  const made = await createTrustOperations({
    store,
    jobs,
    clock,
    configured,
    policies: () => book.now,
    scanners: ["injection"],
    satisfies: createSchemaCheck(),
  });
  return { ...made, store, jobs, book };
}

const calm = PolicyFile.parse({
  version: 1,
  tools: { "clock.now": { effect: "read" }, "mail.send": { effect: "external" } },
});

test("the red team runs as a job, and with fifty tasks lets the level be raised, until policies change", async () => {
  const { trust, operations, store, jobs, book } = await setUp(calm);
  expect(await operations.get()).toMatchObject({ level: 0, since: null, can_raise: false, red_team: null });
  for (let i = 0; i < tasksNeeded; i++) await trust.noteTask("completed");
  const { job_id } = await operations.startRedTeam(admin);
  await expect(operations.startRedTeam(admin)).rejects.toMatchObject({ code: "BUSY" });
  expect((await operations.redTeam()).job_id).toBe(job_id);
  const job = await jobs.ended(job_id);
  expect(job).toMatchObject({ state: "done", result: { level: 0, failed: 0 } });
  const { runs, cases } = await operations.redTeam();
  expect(runs).toMatchObject([{ level: 0, failed: 0, cases: cases.length }]);
  expect(cases.filter(({ held }) => !held)).toEqual([]);
  expect(cases.map(({ id }) => id)).toContain("policy-mail.send");

  book.now = { ...calm, lists: { staff: ["ann@corp.example"] } };
  expect((await operations.get()).can_raise).toBe(false);
  await expect(operations.raise({ reason: "it works" }, admin)).rejects.toMatchObject({ code: "GATES_FAILED" });
  book.now = calm;
  const raised = await operations.raise({ reason: "it works" }, admin);
  expect(raised).toMatchObject({ level: 1, tasks: 0, can_raise: false });
  expect(raised.changes).toMatchObject([
    { kind: "raised", detail: "it works", actor: "ada", level_before: 0, level_after: 1 },
  ]);
  await store.undo(raised.event_id, admin);
  expect((await operations.get()).changes[0]).toMatchObject({ kind: "unraised", level_before: 1, level_after: 0 });
  await jobs.close();
});

test("policies that a worker could steer lower the level", async () => {
  const open = PolicyFile.parse({ version: 1, tools: { "mail.send": { effect: "external", trusted: [] } } });
  const { operations, jobs } = await setUp(open, 2);
  await jobs.ended((await operations.startRedTeam(admin)).job_id);
  expect(await operations.get()).toMatchObject({
    level: 1,
    changes: [{ kind: "failed_red_team", level_before: 2 }, { kind: "configured" }],
  });
  const { cases } = await operations.redTeam();
  expect(cases.filter(({ held }) => !held).map(({ id }) => id)).toEqual(["policy-mail.send"]);
  expect(await operations.report({ reason: "It mailed too much." }, admin)).toMatchObject({
    level: 0,
    incident_count: 2,
  });
  await jobs.close();
});
