import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createLogger } from "../base/logging.ts";
import { eventsOfBatch, eventsOfEntity } from "../store/event-table.ts";
import { createJobs, type Jobs } from "../store/jobs.ts";
import type { StoreHost } from "../store/store.ts";
import { draftChange } from "./alert-changes.ts";
import { countAlerts, matchingAlerts } from "./alert-list.ts";
import { alertEntity, alertStandings, notesOfAlert } from "./alert-state.ts";
import { type ChangeMatchingArgs, changeMatchingJob, undoBatchJob } from "./bulk-change.ts";
import { addEvidence, ana, ben, clock, flagged, openAlertStore, storeSessions } from "./fixture-alerts.ts";
import { alertConditions } from "./query-sql.ts";

let store: StoreHost;
let jobs: Jobs;
const many = 60;
const stretch = 25;

function newEngine(): Jobs {
  const made = createJobs({ store, clock, log: createLogger("silent"), concurrency: 1 });
  made.register(
    changeMatchingJob(
      store,
      async (q, context) => alertConditions(q, context),
      async () => {},
      stretch,
    ),
  );
  made.register(undoBatchJob(store, async () => undefined));
  return made;
}

beforeEach(async () => {
  store = openAlertStore();
  await addEvidence(store, "e1");
  const sessions = Array.from({ length: many }, (_, i) => flagged({ id: `v${i}`, client: `203.0.113.${i}` }));
  await storeSessions(store, ...sessions);
  jobs = newEngine();
});
afterEach(async () => {
  await jobs.close();
  await store.close();
});

const conditions = (q: string) => alertConditions(q, { now: clock.now(), by: "ana" });
const count = async (q: string) => (await store.read(countAlerts, conditions(q))).total;
const start = (q: string, deed: Pick<ChangeMatchingArgs, "change" | "note">) =>
  jobs.start("change-alerts", { q, ...deed, now: clock.now() } satisfies ChangeMatchingArgs, q, ana);
const close = (q: string) => start(q, { change: { status: "closed", reason: "duplicate" }, note: null });

async function idsOf(q: string): Promise<string[]> {
  const found = await store.read(matchingAlerts, { where: conditions(q), below: Number.MAX_SAFE_INTEGER, limit: many });
  return found.map(({ id }) => id);
}

/** As another analyst does it. */
async function assign(id: string): Promise<void> {
  const [standing] = await store.read(alertStandings, [id]);
  await store.append(
    [draftChange([{ id, base_version: standing!.version }], [standing!], { set: { assignee: "ben" } })],
    ben,
  );
}

describe("a change of everything that matches", () => {
  test("is made in stretches of one batch, and taken back by it", async () => {
    const { id } = await close("is:open -client:203.0.113.7");
    expect(await jobs.ended(id)).toMatchObject({ state: "done", result: { changed: many - 1, batch_id: id } });
    expect(await count("is:closed")).toBe(many - 1);
    expect(await store.read(eventsOfBatch, id)).toHaveLength(3);
    const undo = await jobs.start("undo-batch", { batch_id: id }, "", ana);
    expect(await jobs.ended(undo.id)).toMatchObject({ state: "done", result: { changed: many - 1, left: 0 } });
    expect(await count("is:closed")).toBe(0);
    const redo = await jobs.start("undo-batch", { batch_id: undo.id }, "", ana);
    expect(await jobs.ended(redo.id)).toMatchObject({ result: { changed: many - 1 } });
    expect(await count("is:closed")).toBe(many - 1);
  });

  test("may be a note alone: the same on all of them, and off again", async () => {
    const note = { id: "n1", text: "sealed:v1:x", by: "ana", at: "2026-06-01T12:00:00.000Z" };
    const { id } = await start("", { change: null, note });
    expect(await jobs.ended(id)).toMatchObject({ state: "done", result: { changed: many } });
    for (const alertId of await idsOf("")) expect(await store.read(notesOfAlert, alertId)).toEqual([note]);
    expect(await count("is:new")).toBe(many);
    const undo = await jobs.start("undo-batch", { batch_id: id }, "", ana);
    await jobs.ended(undo.id);
    for (const alertId of await idsOf("")) expect(await store.read(notesOfAlert, alertId)).toEqual([]);
  });

  test("taken back leaves what somebody changed since, and says how many", async () => {
    const { id } = await close("is:open");
    await jobs.ended(id);
    const [touched] = await idsOf("");
    await assign(touched!);
    const undo = await jobs.start("undo-batch", { batch_id: id }, "", ana);
    expect(await jobs.ended(undo.id)).toMatchObject({ result: { changed: many - 1, left: 1 } });
    expect(await idsOf("is:closed")).toEqual([touched]);
  });

  test("ends with its error where how far it got cannot be stored, and the engine goes on", async () => {
    const slowly = () => new Promise<void>((resolve) => setTimeout(resolve, 20));
    const kind = changeMatchingJob(store, async (q, context) => alertConditions(q, context), slowly, stretch);
    const context = {
      id: "job",
      by: ana,
      signal: new AbortController().signal,
      resumeFrom: null,
      progress: () => {},
      checkpoint: () => Promise.reject(new Error("The disk is full.")),
    };
    const args = { q: "", now: clock.now(), change: { case_id: "c1" }, note: null };
    await expect(kind.run(args, context)).rejects.toThrow("The disk is full.");
  });

  test("does not touch what comes while it goes on", async () => {
    const { id } = await close("is:open");
    await storeSessions(store, flagged({ id: "late", client: "198.51.100.1" }));
    await jobs.ended(id);
    expect(await count("is:open")).toBeLessThanOrEqual(1);
    expect((await jobs.get(id)).result).toMatchObject({ changed: expect.any(Number) });
  });

  test("cancelled half-way says how far it got, goes on where it stopped, and can be taken back from there too", async () => {
    let stop = () => {};
    store.onAppended((events) => {
      if (events[0]?.kind === "alert.changed") stop();
    });
    const { id } = await close("is:open");
    stop = () => void jobs.cancel(id);
    expect(await jobs.ended(id)).toMatchObject({ state: "cancelled", done: stretch, total: many });
    expect(await count("is:closed")).toBe(stretch);
    stop = () => {};
    await jobs.resume(id);
    expect(await jobs.ended(id)).toMatchObject({ state: "done", result: { changed: many } });
    expect(await count("is:open")).toBe(0);
    const undo = await jobs.start("undo-batch", { batch_id: id }, "", ana);
    expect(await jobs.ended(undo.id)).toMatchObject({ result: { changed: many } });
  });

  test("is in the history of each alert", async () => {
    const { id } = await close("client:203.0.113.3");
    await jobs.ended(id);
    await jobs.ended((await close("is:open")).id);
    const [one] = await idsOf("client:203.0.113.3");
    const [other] = await idsOf("client:203.0.113.4");
    for (const alert of [one!, other!]) {
      const history = await store.read(eventsOfEntity, { entityType: alertEntity, entityId: alert, limit: 10 });
      expect(history.map(({ kind, actor }) => [kind, actor])).toEqual([["alert.changed", "ana"]]);
    }
  });
});
