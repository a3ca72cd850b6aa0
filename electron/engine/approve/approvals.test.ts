import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Principal } from "../base/principals.ts";
import { eventsAfter } from "../store/event-table.ts";
import { openInlineStore } from "../store/inline-store.ts";
import { openKeyStore } from "../store/key-store.ts";
import { createSealer } from "../store/seal.ts";
import { defineWrite, type StoreHost } from "../store/store.ts";
import { approvalById, approvalModule } from "./approval-state.ts";
import { type Approvals, type Ask, createApprovals, type Use } from "./approvals.ts";

const day = 86_400_000;
const ada: Principal = { actor: "ada", role: "approver", caller: "ui" };
const bob: Principal = { actor: "bob", role: "approver", caller: "ui" };
const ana: Principal = { actor: "ana", role: "analyst", caller: "ui" };
const engine: Principal = { actor: "engine", role: "admin", caller: "engine" };
const ask: Ask = {
  kind: "rule",
  subject: "rule-1",
  title: "Block ' or 1=1 on /search",
  shown: { pattern: "' or 1=1", stage: "log" },
  inputs: "back-test 7",
  risk: "medium",
  authors: ["ana"],
  validMs: day,
};

let now: number;
let folder: string;
let store: StoreHost;
let approvals: Approvals;
let ports: Omit<Parameters<typeof createApprovals>[0], "nodeId">;

beforeEach(async () => {
  now = Date.UTC(2026, 0, 31);
  folder = mkdtempSync(join(tmpdir(), "sentinel-approve-"));
  const clock = { now: () => now };
  store = openInlineStore({ modules: [approvalModule], clock });
  const sealer = createSealer(
    await openKeyStore({ directory: folder, ring: { current: "k", keys: { k: Buffer.alloc(32, 7) } } }),
  );
  ports = { store, sealer, clock };
  approvals = createApprovals({ ...ports, nodeId: "inline" });
});
afterEach(async () => {
  await store.close();
  rmSync(folder, { recursive: true });
});

async function shownHash(id: string): Promise<string> {
  return (await approvals.get(id, ada)).shown_hash;
}
async function decide(id: string, granted: boolean, by = ada) {
  return await approvals.decide({ id, granted, shown_hash: await shownHash(id), reason: "" }, by);
}
async function use(id: string, what: Use = ask): Promise<void> {
  await store.append([await approvals.use(id, what)], engine);
}
const everyEvent = () => store.read(eventsAfter, { after: 0, limit: 500 });
const refused = (code: string) => expect.objectContaining({ code });

test("what is shown is kept, granted, and used once", async () => {
  const id = await approvals.request(ask, ana);
  expect(await approvals.get(id, ada)).toMatchObject({
    state: "pending",
    title: ask.title,
    shown: ask.shown,
    requested_by: "ana",
    may_decide: true,
  });
  expect(await decide(id, true)).toMatchObject({ state: "granted", decided_by: "ada" });
  await use(id);
  expect(await approvals.get(id, ada)).toMatchObject({ state: "used" });
  await expect(use(id)).rejects.toEqual(refused("APPROVAL_REFUSED"));
});

test("a grant and what it is for are one: what conflicts leaves no grant behind", async () => {
  const id = await approvals.request(ask, ana);
  const input = { id, granted: true, shown_hash: await shownHash(id), reason: "" };
  const events = await approvals.grantAndUse(input, ask, ada);
  const stale = { entityType: "t", entityId: "r", baseVersion: 7, kind: "approval.used", payload: {}, inverse: null };
  await expect(store.append([...events, stale], ada)).rejects.toEqual(refused("CONFLICT"));
  expect(await approvals.get(id, ada)).toMatchObject({ state: "pending" });
  await expect(approvals.grantAndUse(input, { ...ask, inputs: "back-test 8" }, ada)).rejects.toEqual(
    refused("APPROVAL_REFUSED"),
  );
  await expect(approvals.grantAndUse(input, ask, ana)).rejects.toEqual(refused("FORBIDDEN"));
  await store.append(await approvals.grantAndUse(input, ask, ada), ada);
  expect(await approvals.get(id, ada)).toMatchObject({ state: "used", decided_by: "ada" });
});

test("two at once use it once", async () => {
  const id = await approvals.request(ask, ana);
  await decide(id, true);
  const [one, two] = [await approvals.use(id, ask), await approvals.use(id, ask)];
  await store.append([one], engine);
  await expect(store.append([two], engine)).rejects.toEqual(refused("CONFLICT"));
});

describe("nothing is done", () => {
  test("before it is granted, or once it is denied", async () => {
    const id = await approvals.request(ask, ana);
    await expect(use(id)).rejects.toEqual(refused("APPROVAL_REFUSED"));
    await decide(id, false);
    await expect(use(id)).rejects.toEqual(refused("APPROVAL_REFUSED"));
  });

  test.each<{ why: string; what: Partial<Use> }>([
    { why: "another stage", what: { shown: { ...ask.shown, stage: "block" } } },
    { why: "one word more", what: { shown: { ...ask.shown, note: "" } } },
    { why: "another rule", what: { subject: "rule-2" } },
    { why: "another kind", what: { kind: "exclusion" } },
    { why: "a later back-test", what: { inputs: "back-test 8" } },
  ])("for $why", async ({ what }) => {
    const id = await approvals.request(ask, ana);
    await decide(id, true);
    await expect(use(id, { ...ask, ...what })).rejects.toEqual(refused("APPROVAL_REFUSED"));
    await use(id);
  });

  test("after its time, whether it waited or was granted", async () => {
    const [waits, granted] = [
      await approvals.request(ask, ana),
      await approvals.request({ ...ask, subject: "b" }, ana),
    ];
    await decide(granted, true);
    now += day;
    await expect(decide(waits, true)).rejects.toEqual(refused("APPROVAL_REFUSED"));
    await expect(use(granted, { ...ask, subject: "b" })).rejects.toEqual(refused("APPROVAL_REFUSED"));
    expect((await approvals.list({ decided: "0", limit: 10 as never }, ada)).items).toEqual([]);
    expect((await approvals.list({ decided: "1", limit: 10 as never }, ada)).items.map(({ state }) => state)).toEqual([
      "expired",
      "expired",
    ]);
  });

  test("by a word about what is not shown any more", async () => {
    const first = await approvals.request(ask, ana);
    const hash = await shownHash(first);
    const second = await approvals.request({ ...ask, shown: { pattern: ".*" } }, ana);
    expect(await approvals.get(first, ada)).toMatchObject({ state: "superseded" });
    for (const id of [first, second]) {
      const word = approvals.decide({ id, granted: true, shown_hash: hash, reason: "" }, ada);
      await expect(word).rejects.toEqual(refused("APPROVAL_REFUSED"));
    }
  });
});

describe("four eyes", () => {
  test("nobody grants their own request where somebody else could", async () => {
    const own = await approvals.request(ask, ada);
    expect(await approvals.get(own, ada)).toMatchObject({ may_decide: true });
    await approvals.request({ ...ask, subject: "b" }, bob);
    expect(await approvals.get(own, ada)).toMatchObject({ may_decide: false });
    await expect(decide(own, true)).rejects.toEqual(refused("FORBIDDEN"));
    await decide(own, true, bob);
  });

  test("who made it does not grant it, whoever asked", async () => {
    await approvals.request({ ...ask, subject: "b" }, bob);
    const id = await approvals.request({ ...ask, authors: ["ada", "ana"] }, ana);
    expect(await approvals.get(id, ada)).toMatchObject({ may_decide: false });
    await expect(decide(id, true)).rejects.toEqual(refused("FORBIDDEN"));
    await decide(id, true, bob);
  });

  test("somebody who has been away for 90 days is not there", async () => {
    await approvals.request({ ...ask, subject: "b" }, bob);
    now += 91 * day;
    await decide(await approvals.request(ask, ada), true);
  });

  test.each(["engine", "retention", "watched folder", "command line", "panic window", "fleet", "fleet n2: bob"])(
    "what %s did makes nobody a second person",
    async (actor) => {
      await approvals.request({ ...ask, subject: "b" }, { ...engine, actor });
      await decide(await approvals.request(ask, ada), true);
    },
  );

  test.each([
    { who: "an analyst", by: ana },
    { who: "the engine", by: engine },
    { who: "a program of the planner", by: { ...ada, caller: "mcp" } as Principal },
  ])("$who does not decide", async ({ by }) => {
    await expect(decide(await approvals.request(ask, bob), true, by)).rejects.toEqual(refused("FORBIDDEN"));
  });
});

describe.each(["plan", "tool_call"] as const)("a %s of the agent", (kind) => {
  const given: Ask = { ...ask, kind, subject: "task-1", authors: [] };

  test.each([
    { who: "who gave the task", by: ana },
    { who: "another analyst", by: { ...ana, actor: "eve" } },
    { who: "a client of this machine", by: { ...ana, actor: "program (PIN)", caller: "external" } as Principal },
  ])("takes the word of $who, once", async ({ by }) => {
    // Somebody else is there, who could.
    await approvals.request({ ...ask, subject: "b" }, bob);
    const id = await approvals.request(given, ana);
    expect(await decide(id, true, by)).toMatchObject({ requested_by: "ana", decided_by: by.actor });
    await expect(decide(id, true, by)).rejects.toEqual(refused("APPROVAL_REFUSED"));
    await use(id, given);
    await expect(use(id, given)).rejects.toEqual(refused("APPROVAL_REFUSED"));
  });

  test.each([
    { who: "a viewer", by: { ...ana, role: "viewer" } as Principal },
    { who: "the engine", by: engine },
    { who: "a program of the planner", by: { ...ana, caller: "mcp" } as Principal },
  ])("does not take that of $who", async ({ by }) => {
    const id = await approvals.request(given, ana);
    await expect(decide(id, true, by)).rejects.toEqual(refused("FORBIDDEN"));
  });
});

test.each(["promotion", "plan", "tool_call"] as const)(
  "a %s is answered at the engine where it is asked for, and voids nothing of another",
  async (kind) => {
    const step: Ask = { ...ask, kind };
    const elsewhere = createApprovals({ ...ports, nodeId: "another" });
    const id = await approvals.request(step, engine);
    expect(await approvals.get(id, ada)).toMatchObject({ may_decide: true });
    const why_not = "It is asked for at the engine inline, and answered there alone.";
    expect(await elsewhere.get(id, ada)).toMatchObject({ state: "pending", may_decide: false, why_not });
    for (const granted of [true, false]) {
      const word = { id, granted, shown_hash: await shownHash(id), reason: "" };
      await expect(elsewhere.decide(word, ada)).rejects.toEqual(refused("FORBIDDEN"));
    }
    expect(await elsewhere.supersedeKind(kind)).toEqual([]);
    expect(await elsewhere.lastAsked(step)).toBeNull();
    // What is asked for of the same kind about the same, there.
    await createApprovals({ ...ports, nodeId: "inline" }).request({ ...step, subject: "b" }, engine);
    expect(await approvals.lastAsked(step)).toMatchObject({ id, state: "pending" });
    expect(await approvals.lastAsked({ ...step, inputs: "back-test 8" })).toBeNull();
    expect(await approvals.supersedeKind(kind, id)).toHaveLength(1);
  },
);

test("where it was asked for is known of what was asked before that was kept", async () => {
  const path = join(folder, "former.sqlite");
  const { clock } = ports;
  const insert = defineWrite("test.insert", (db) => {
    const row = db.prepare(
      `INSERT INTO approvals (id, kind, subject, title, shown, shown_hash, inputs, risk, authors, at, expires_at, state, requested_by)
       VALUES (?, 'promotion', 's', 't', '{}', 'h', 'i', 'low', '[]', 0, ?, 'pending', 'engine')`,
    );
    return (id: string) => void row.run(id, now + day);
  });
  const [first] = approvalModule.migrations;
  const former = { ...approvalModule, migrations: [first!], reads: [], writes: [insert], projections: [] };
  const before = openInlineStore({ modules: [former], clock, path, nodeId: "n1" });
  const requested = { entityType: "approval", baseVersion: 0, kind: "approval.requested", payload: {}, inverse: null };
  await before.append([{ ...requested, entityId: "one" }], engine);
  await before.write(insert, "one");
  await before.close();
  const after = openInlineStore({ modules: [approvalModule], clock, path, nodeId: "n1" });
  expect(await after.read(approvalById, "one")).toMatchObject({ node_id: "n1", version: 1 });
  await after.close();
});

test("the riskiest stands first, then the oldest", async () => {
  for (const [subject, risk] of [
    ["a", "low"],
    ["b", "high"],
    ["c", "medium"],
    ["d", "high"],
  ] as const) {
    await approvals.request({ ...ask, subject, risk }, ana);
    now += 1;
  }
  const { items } = await approvals.list({ decided: "0", limit: 10 as never }, ada);
  expect(items.map(({ subject }) => subject)).toEqual(["b", "d", "c", "a"]);
});

test("a word is taken back by undo until it is used", async () => {
  const id = await approvals.request(ask, ana);
  await decide(id, true);
  const undoable = async () => (await everyEvent()).findLast(({ kind }) => kind === "approval.granted")!.id;
  await store.undo(await undoable(), ada);
  expect(await approvals.get(id, ada)).toMatchObject({ state: "pending", decided_by: null });
  await decide(id, true);
  await use(id);
  await expect(store.undo(await undoable(), ada)).rejects.toEqual(refused("CONFLICT"));
});

test("the log holds neither the title nor what was shown in the clear", async () => {
  await approvals.request(ask, ana);
  const log = JSON.stringify(await everyEvent());
  expect(log).not.toContain("or 1=1");
});

test("no changed request passes: whatever differs in what is shown", async () => {
  const json = fc.dictionary(fc.string(), fc.jsonValue(), { maxKeys: 4 });
  const id = await approvals.request(ask, ana);
  await decide(id, true);
  await fc.assert(
    fc.asyncProperty(json, async (shown) => {
      fc.pre(JSON.stringify(shown) !== JSON.stringify(ask.shown));
      await expect(approvals.use(id, { ...ask, shown })).rejects.toMatchObject({
        code: expect.stringMatching(/^(APPROVAL_REFUSED|INPUT_INVALID)$/),
      });
    }),
    { numRuns: 500 * Number(process.env.TORTURE ?? 1) },
  );
});
