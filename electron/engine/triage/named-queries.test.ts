import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { NamedQueryDraft } from "../../../shared/named-query.ts";
import { eventsAfter } from "../store/event-table.ts";
import { openKeyStore } from "../store/key-store.ts";
import { createSealer, type Sealer } from "../store/seal.ts";
import type { StoreHost } from "../store/store.ts";
import { alertMarks, alertPage, countAlerts } from "./alert-list.ts";
import { addEvidence, ana, ben, clock, flagged, openAlertStore, storeSessions } from "./fixture-alerts.ts";
import { createNamedQueries, type NamedQueries, namedQueryModule } from "./named-queries.ts";
import { alertConditions } from "./query-sql.ts";

let folder: string;
let store: StoreHost;
let sealer: Sealer;
let named: NamedQueries;
let now = clock.now();

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "sentinel-named-"));
  const ring = { current: "k", keys: { k: Buffer.alloc(32, 3) } };
  sealer = createSealer(await openKeyStore({ directory: folder, ring }));
  store = openAlertStore(namedQueryModule);
  now = clock.now();
  named = createNamedQueries({ store, sealer, clock: { now: () => now } });
  await addEvidence(store, "e1");
  await storeSessions(
    store,
    flagged({ client: "203.0.113.1" }),
    flagged({ client: "203.0.113.2" }),
    flagged({ client: "203.0.113.1", requestLine: "GET /health", verdict: "simulate" }),
  );
});
afterEach(async () => {
  await store.close();
  rmSync(folder, { recursive: true });
});

async function queue(q: string): Promise<string[]> {
  const { suppressions, watches } = await named.inForce();
  const where = alertConditions(q, { now, by: "ana", suppressions, watches: watches.map((watch) => watch.where) });
  const rows = await store.read(alertPage, { where, order: "newest", after: null, limit: 10 });
  expect((await store.read(countAlerts, where)).total).toBe(rows.length);
  return rows.map(({ request_line, client }) => `${request_line} ${client?.slice(-1)}`);
}

const hour = 3_600_000;
const save = (draft: unknown) => named.save(undefined, 0, NamedQueryDraft.parse(draft), ana);
const noise = (more: object = {}) => ({
  kind: "suppress",
  name: "known scanner",
  q: "client:203.0.113.1",
  until: new Date(clock.now() + hour).toISOString(),
  ...more,
});

describe("a suppression", () => {
  test("keeps what matches out of the queue, but not what is worse, and ends by itself", async () => {
    await save(noise());
    expect(await queue("is:open")).toEqual(["GET /health 1", "GET /login 2"]);
    expect(await queue("is:suppressed")).toEqual(["GET /login 1"]);
    expect(await queue("")).toHaveLength(3);
    expect(await queue("is:new")).toHaveLength(3);
    now += hour;
    expect(await queue("is:open")).toHaveLength(3);
    expect(await named.all()).toMatchObject([{ name: "known scanner", active: false }]);
  });

  test("up to the severity that was chosen, several at once", async () => {
    await save(noise({ up_to: "critical" }));
    await save(noise({ name: "text", q: '"113.2" path:/login' }));
    expect(await queue("is:open")).toEqual([]);
    expect(await queue("-is:suppressed")).toEqual([]);
  });

  test.each([
    {
      why: "that has ended already",
      draft: noise({ until: new Date(clock.now()).toISOString() }),
      says: /over already/,
    },
    { why: "by what became of an alert", draft: noise({ q: "client:203.0.113.1 status:new" }), says: /status/ },
    { why: "that cannot be understood", draft: noise({ q: "clinet:203.0.113.1" }), says: /client/ },
  ])("$why is refused in words", async ({ draft, says }) => {
    await expect(save(draft)).rejects.toMatchObject({ code: "INPUT_INVALID", message: expect.stringMatching(says) });
    expect(await named.all()).toEqual([]);
  });
});

test("a watch marks what it meets", async () => {
  await save({ kind: "watch", name: "admin host", q: "path:/health" });
  expect(await queue("is:watched")).toEqual(["GET /health 1"]);
  const where = alertConditions("", { now, by: "" });
  const rows = await store.read(alertPage, { where, order: "newest", after: null, limit: 10 });
  const conditions = (await named.inForce()).watches.map((watch) => watch.where);
  const marks = await store.read(alertMarks, { rows: rows.map(({ n }) => n), conditions });
  expect(marks).toEqual([[rows[0]!.n]]);
});

test("a view is kept, changed, removed, and each of it can be taken back; its text is sealed", async () => {
  const view = { kind: "view", name: "Mine", q: 'assignee:me "alert("', order: "worst" };
  const { id, eventId } = await save(view);
  const first = await named.all();
  expect(first).toMatchObject([{ ...view, id, version: 1, by: "ana", until: null, up_to: null, active: true }]);
  const changed = await named.save(id, 1, NamedQueryDraft.parse({ ...view, q: "assignee:me" }), ben);
  expect(await named.all()).toMatchObject([{ q: "assignee:me", by: "ben", version: 2 }]);
  await expect(named.remove(id, 1, ana)).rejects.toMatchObject({ code: "CONFLICT" });
  const removed = await named.remove(id, 2, ana);
  expect(await named.all()).toEqual([]);
  await store.undo(removed, ana);
  await store.undo(changed.eventId, ana);
  expect(await named.all()).toEqual([{ ...first[0]!, version: 5 }]);
  await store.rebuild();
  expect(await named.all()).toEqual([{ ...first[0]!, version: 5 }]);
  await store.undo(eventId, ana);
  expect(await named.all()).toEqual([]);
  expect(JSON.stringify(await store.read(eventsAfter, { after: 0, limit: 99 }))).not.toContain("assignee:me");
  await expect(named.remove(id, 6, ana)).rejects.toMatchObject({ code: "NOT_FOUND" });
});

test("one whose key was erased is gone and hides nothing", async () => {
  const { id } = await save(noise());
  await sealer.erase(`query ${id}`);
  expect(await named.all()).toEqual([]);
  expect(await queue("is:open")).toHaveLength(3);
});
