import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { deleteVerdictsOf, replaceVerdicts } from "../detect/verdicts/verdict-tables.ts";
import { defineRead, type StoreHost, type StoreModule } from "../store/store.ts";
import { draftChange } from "./alert-changes.ts";
import { type AlertRow, alertPage, similarAlerts } from "./alert-list.ts";
import { alertStandings, type StateChange } from "./alert-state.ts";
import { likestOf } from "./alike.ts";
import {
  addEvidence,
  ana,
  clock,
  flagged,
  openAlertStore,
  startedAt,
  storeSessions,
  withdraw,
} from "./fixture-alerts.ts";
import { alertConditions } from "./query-sql.ts";

let store: StoreHost;
beforeEach(async () => {
  store = openAlertStore();
  await addEvidence(store, "e1");
  await addEvidence(store, "e2");
});
afterEach(() => store.close());

async function queue(q = ""): Promise<AlertRow[]> {
  const where = alertConditions(q, { now: clock.now(), by: "ana" });
  return await store.read(alertPage, { where, order: "newest", after: null, limit: 100 });
}

async function decide(id: string, set: StateChange): Promise<string> {
  const [standing] = await store.read(alertStandings, [id]);
  const at = { id, base_version: standing!.version };
  const [event] = await store.append([draftChange([at], [standing!], { set })], ana);
  return event!.id;
}

const closed: StateChange = { status: "closed", reason: "false_positive", severity_seen: 0 };

describe("an alert", () => {
  test("is opened by a flagged session and not by a benign one", async () => {
    await storeSessions(store, flagged({ id: "v1" }), flagged({ verdict: "benign" }));
    expect(await queue()).toMatchObject([
      { verdict_id: "v1", sessions: 1, severity: 1, status: "new", client: "203.0.113.7", first_seen: startedAt },
    ]);
  });

  test("takes in what is alike, and shows the worst of it", async () => {
    await storeSessions(
      store,
      flagged({ id: "mild", payload: "1' or 1=1" }),
      flagged({ id: "worst", payload: "99' OR 7=7", verdict: "simulate", score: 0.9, startedAt: startedAt + 5000 }),
      flagged({ id: "late", startedAt: startedAt + 9000, score: 0.7 }),
    );
    expect(await queue()).toMatchObject([
      {
        verdict_id: "worst",
        payload: "99' OR 7=7",
        score: 0.9,
        severity: 2,
        sessions: 3,
        first_seen: startedAt,
        last_seen: startedAt + 9000,
      },
    ]);
  });

  test.each([
    { why: "another client", other: { client: "203.0.113.8" } },
    { why: "another host", other: { host: "other.example" } },
    { why: "another path", other: { requestLine: "GET /search" } },
    { why: "another shape of payload", other: { payload: "1; drop table x" } },
    { why: "another class", other: { class: "xss" as const } },
    { why: "another place", other: { payloadPlace: "query name" } },
    { why: "another day", other: { startedAt: startedAt + 86_400_000 } },
    { why: "another part of the score that spoke", other: { behavioralScore: 0.95 } },
  ])("is not shared with $why", async ({ other }) => {
    await storeSessions(store, flagged(), flagged(other));
    expect(await queue()).toHaveLength(2);
  });

  test("is the same one over several files, but without a clock one for each", async () => {
    await storeSessions(store, flagged(), flagged({ evidenceId: "e2" }));
    await storeSessions(store, flagged({ startedAt: null }), flagged({ startedAt: null, evidenceId: "e2" }));
    expect((await queue()).map(({ sessions }) => sessions)).toEqual([1, 1, 2]);
  });

  test("that became worse comes to the front", async () => {
    await storeSessions(store, flagged(), flagged({ client: "203.0.113.8" }));
    expect((await queue()).map(({ client }) => client)).toEqual(["203.0.113.8", "203.0.113.7"]);
    await storeSessions(store, flagged({ score: 0.69 }));
    expect((await queue()).map(({ client }) => client)).toEqual(["203.0.113.8", "203.0.113.7"]);
    await storeSessions(store, flagged({ verdict: "simulate" }));
    expect((await queue()).map(({ client }) => client)).toEqual(["203.0.113.7", "203.0.113.8"]);
  });

  test("that was closed stays closed for more of the same and opens again for worse", async () => {
    await storeSessions(store, flagged());
    const { id } = (await queue())[0]!;
    await decide(id, { ...closed, severity_seen: 1 });
    await storeSessions(store, flagged());
    expect(await queue("is:open")).toEqual([]);
    expect(await queue("status:closed")).toMatchObject([{ sessions: 2, reason: "false_positive", reopened: 0 }]);
    await storeSessions(store, flagged({ verdict: "simulate" }));
    expect(await queue("is:open")).toMatchObject([{ id, status: "new", reason: null, reopened: 1, severity: 2 }]);
    await decide(id, closed);
    expect(await queue("is:closed")).toMatchObject([{ id, reopened: 0 }]);
  });

  test("that was snoozed stays away for more of the same and is back at once for worse", async () => {
    await storeSessions(store, flagged());
    const { id } = (await queue())[0]!;
    const until = clock.now() + 3_600_000;
    const event = await decide(id, { snoozed_until: until });
    await storeSessions(store, flagged());
    expect(await queue("is:open")).toEqual([]);
    await storeSessions(store, flagged({ verdict: "simulate" }));
    expect(await queue("is:open")).toMatchObject([{ id, status: "new", snoozed_until: null, reopened: 1 }]);
    await store.undo(event, ana);
    expect(await queue()).toMatchObject([{ snoozed_until: null, reopened: 0 }]);
    await decide(id, { snoozed_until: until });
    expect(await queue("is:snoozed")).toMatchObject([{ id, snoozed_until: until, reopened: 0 }]);
  });

  test("that woke is settled by the next decision about its status, which an undo takes back", async () => {
    await storeSessions(store, flagged());
    const { id } = (await queue())[0]!;
    await decide(id, { snoozed_until: clock.now() + 3_600_000 });
    await storeSessions(store, flagged({ verdict: "simulate" }));
    const event = await decide(id, { status: "in_progress", reason: null, severity_seen: 0 });
    expect(await queue()).toMatchObject([{ status: "in_progress", reopened: 0, snoozed_until: null }]);
    await store.undo(event, ana);
    expect(await queue()).toMatchObject([{ status: "new", reopened: 1, snoozed_until: null }]);
  });

  test("whose severity was lowered has that of a worse session, and a raised one keeps it", async () => {
    await storeSessions(store, flagged(), flagged({ client: "203.0.113.8" }));
    const [raised, lowered] = await queue();
    await decide(lowered!.id, { severity: 0 });
    await decide(raised!.id, { severity: 3 });
    await storeSessions(store, flagged(), flagged({ client: "203.0.113.8" }));
    expect((await queue()).map(({ severity }) => severity)).toEqual([3, 0]);
    const worse = { verdict: "simulate" } as const;
    await storeSessions(store, flagged(worse), flagged({ ...worse, client: "203.0.113.8" }));
    const now = new Map((await queue()).map((row) => [row.id, row]));
    expect(now.get(lowered!.id)).toMatchObject({ severity: 2, severity_set: null });
    expect(now.get(raised!.id)).toMatchObject({ severity: 3, severity_set: 3 });
  });

  test("goes with its last session in view and comes back with it, decided as it was", async () => {
    await storeSessions(store, flagged({ id: "v1" }), flagged({ id: "v2", evidenceId: "e2", score: 0.7 }));
    const { id } = (await queue())[0]!;
    await decide(id, { assignee: "ana", add_tags: ["seen"] });
    const event = await withdraw(store, "e2");
    expect(await queue()).toMatchObject([{ id, sessions: 1, verdict_id: "v1", score: 0.6, assignee: "ana" }]);
    await withdraw(store, "e1");
    expect(await queue()).toEqual([]);
    await storeSessions(store, flagged({ id: "v3" }));
    expect(await queue()).toEqual([]);
    await store.undo(event, ana);
    expect(await queue()).toMatchObject([{ id, sessions: 1, verdict_id: "v2", assignee: "ana", tags: '["seen"]' }]);
  });

  test("loses the sessions that are removed before evidence is analysed again", async () => {
    await storeSessions(store, flagged({ id: "v1" }), flagged({ id: "v2", evidenceId: "e2", verdict: "simulate" }));
    await store.write(deleteVerdictsOf, { evidenceId: "e2", limit: 100 });
    expect(await queue()).toMatchObject([{ sessions: 1, verdict_id: "v1", severity: 1 }]);
    await store.write(deleteVerdictsOf, { evidenceId: "e1", limit: 100 });
    expect(await queue()).toEqual([]);
    expect(await queue('"shop.example"')).toEqual([]);
  });

  test("keeps its place and its decisions when its session is judged again, under the same name or another", async () => {
    await storeSessions(
      store,
      flagged({ id: "v1", session: "s7", score: 0.8 }),
      flagged({ id: "v2", client: "203.0.113.9" }),
    );
    const before = await queue();
    await decide(before[1]!.id, { assignee: "ana" });
    await store.write(replaceVerdicts, [
      { ...flagged({ id: "v1", session: "s7", score: 0.6, payload: "2' OR 2=2" }), lot: "7" },
    ]);
    expect((await queue()).map(({ id, n }) => [id, n])).toEqual(before.map(({ id, n }) => [id, n]));
    const judged = { verdict_id: "v1", score: 0.6, payload: "2' OR 2=2", sessions: 1, assignee: "ana" };
    expect((await queue())[1]).toMatchObject(judged);
    await store.write(replaceVerdicts, [{ ...flagged({ id: "v3", session: "s7", score: 0.7 }), lot: "7" }]);
    expect((await queue()).map(({ id, n }) => [id, n])).toEqual(before.map(({ id, n }) => [id, n]));
    expect((await queue())[1]).toMatchObject({ verdict_id: "v3", score: 0.7, sessions: 1, assignee: "ana" });
  });

  test("set to a severity keeps it, and without one has that of its sessions", async () => {
    await storeSessions(store, flagged());
    const { id } = (await queue())[0]!;
    const event = await decide(id, { severity: 3 });
    expect(await queue("severity:critical")).toMatchObject([{ severity_set: 3 }]);
    await store.undo(event, ana);
    expect(await queue("severity:medium")).toMatchObject([{ severity_set: null }]);
  });

  test("set to a severity keeps it when other evidence of it is withdrawn", async () => {
    await storeSessions(store, flagged({ id: "v1" }), flagged({ id: "v2", evidenceId: "e2" }));
    const { id } = (await queue())[0]!;
    await decide(id, { severity: 3 });
    const event = await withdraw(store, "e2");
    expect(await queue()).toMatchObject([{ sessions: 1, severity: 3, severity_set: 3 }]);
    await store.undo(event, ana);
    expect(await queue()).toMatchObject([{ sessions: 2, severity: 3, severity_set: 3 }]);
  });

  test("tells how ones like it were closed however many of them are open", async () => {
    const clients = Array.from({ length: 25 }, (_, i) => flagged({ client: `203.0.113.${i}` }));
    await storeSessions(store, ...clients);
    const all = await queue();
    const [oldest] = all.slice(-1);
    await decide(oldest!.id, { ...closed, severity_seen: 1 });
    const [row] = all;
    const likest = likestOf(row!, await store.read(similarAlerts, { row: row!, limit: 20 }), 20);
    expect(likest.map(({ id }) => id)).toEqual([...all.slice(1, 20), oldest!].map(({ id }) => id));
    expect(likest.at(-1)).toMatchObject({ status: "closed", reason: "false_positive" });
  });
});

describe("the severity of an alert", () => {
  const written = defineRead("test.written", (db) => {
    const count = db.prepare<[], number>("SELECT count(*) FROM written").pluck();
    return (_: null) => count.get()!;
  });
  const watch: StoreModule = {
    name: "test",
    migrations: [
      {
        id: 9000,
        sql: `CREATE TABLE written (n INTEGER PRIMARY KEY) STRICT;
          CREATE TRIGGER severity_written AFTER UPDATE OF severity ON alerts BEGIN INSERT INTO written VALUES (NULL); END;`,
      },
    ],
    reads: [written],
    writes: [],
    projections: [],
  };

  test("is written by no decision that leaves it as it is: the indexes that hold it would be written with it", async () => {
    await store.close();
    store = openAlertStore(watch);
    await addEvidence(store, "e1");
    await storeSessions(store, flagged());
    const [alert] = await queue();
    await decide(alert!.id, closed);
    await decide(alert!.id, { status: "new", reason: null, severity_seen: 0, assignee: "ana", add_tags: ["seen"] });
    expect(await store.read(written, null)).toBe(0);
    await decide(alert!.id, { severity: 3, set_seen: 1 });
    expect(await queue()).toMatchObject([{ severity: 3 }]);
    await decide(alert!.id, { severity: null, set_seen: null });
    expect(await queue()).toMatchObject([{ severity: alert!.severity }]);
    expect(await store.read(written, null)).toBe(2);
  });
});
