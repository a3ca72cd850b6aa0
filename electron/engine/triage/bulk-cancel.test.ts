import { afterEach, beforeEach, expect, test } from "vitest";
import { createLogger } from "../base/logging.ts";
import type { BulkPayload } from "../store/bulk.ts";
import { eventById, eventsOfBatch } from "../store/event-table.ts";
import { createJobs, type Jobs } from "../store/jobs.ts";
import { defineRead, type StoreHost, type StoreModule } from "../store/store.ts";
import { draftChange } from "./alert-changes.ts";
import { countAlerts } from "./alert-list.ts";
import { alertStandings } from "./alert-state.ts";
import { type ChangeMatchingArgs, changeMatchingJob, undoBatchJob } from "./bulk-change.ts";
import { addEvidence, ana, ben, clock, flagged, openAlertStore, storeSessions } from "./fixture-alerts.ts";
import { alertConditions } from "./query-sql.ts";

const many = 20_000;
/** Alerts of one event, as the product makes them. */
const stretch = 5000;
const written = 2000;
const patienceMs = 180_000;

/** Every alert as the queue has it and what was decided about it, in one line of text. */
const digest = defineRead("test.digest", (db) => {
  const rows = (table: string, columns: string) =>
    db.prepare(`SELECT group_concat(concat_ws('|', ${columns}), ';' ORDER BY ${columns}) FROM ${table}`).pluck();
  const alerts = rows("alerts", "id, n, status, reason, severity, assignee, tags");
  const states = rows("alert_states", "alert_id, status, reason");
  return (_: null) => ({ alerts: alerts.get(), states: states.get() });
});
const tests: StoreModule = { name: "test", migrations: [], reads: [digest], writes: [], projections: [] };

let store: StoreHost;
let jobs: Jobs;
/** Called with every event that is stored. */
let heard = () => {};

function newEngine(): Jobs {
  const made = createJobs({ store, clock, log: createLogger("silent"), concurrency: 1 });
  const conditionsOf = async (q: string) => alertConditions(q, { now: clock.now(), by: "ana" });
  made.register(changeMatchingJob(store, conditionsOf, async () => {}));
  made.register(undoBatchJob(store, async () => undefined));
  return made;
}

beforeEach(async () => {
  store = openAlertStore(tests);
  await addEvidence(store, "e1");
  for (let from = 0; from < many; from += written) {
    const sessions = Array.from({ length: written }, (_, i) => {
      const n = from + i;
      return flagged({ id: `v${n}`, session: `s${n}`, client: `10.${n >> 16}.${(n >> 8) & 255}.${n & 255}` });
    });
    await storeSessions(store, ...sessions);
  }
  heard = () => {};
  store.onAppended(() => heard());
  jobs = newEngine();
}, patienceMs);
afterEach(async () => {
  await jobs.close();
  await store.close();
});

const count = async (q: string) =>
  (await store.read(countAlerts, alertConditions(q, { now: clock.now(), by: "ana" }))).total;

/** Cancels a job once it has stored so many events. */
async function cancelAfter(events: number, start: () => Promise<{ id: string }>) {
  let left = events;
  let id: string | null = null;
  heard = () => {
    if (--left === 0 && id !== null) void jobs.cancel(id);
  };
  ({ id } = await start());
  const job = await jobs.ended(id);
  heard = () => {};
  return job;
}

const closeAll = () => {
  const change = { status: "closed", reason: "duplicate" } as const;
  return jobs.start(
    "change-alerts",
    { q: "is:open", change, note: null, now: clock.now() } satisfies ChangeMatchingArgs,
    "",
    ana,
  );
};
const undo = (batch_id: string) => jobs.start("undo-batch", { batch_id }, "", ana);

test(
  "20,000 alerts: a change that is cancelled half-way changed whole stretches and nothing else; it can go on, or be taken back",
  async () => {
    const before = await store.read(digest, null);
    const cancelled = await cancelAfter(2, closeAll);
    expect(cancelled).toMatchObject({ state: "cancelled", resumable: true, done: 2 * stretch, total: many });
    expect([await count("is:closed"), await count("is:open")]).toEqual([2 * stretch, many - 2 * stretch]);
    expect(await store.read(eventsOfBatch, cancelled.id)).toHaveLength(2);

    // After a restart, as far as the log and the row of the job know.
    await jobs.close();
    jobs = newEngine();
    await jobs.resume(cancelled.id);
    expect(await jobs.ended(cancelled.id)).toMatchObject({ state: "done", result: { changed: many } });
    expect(await count("is:open")).toBe(0);
    expect(await store.read(eventsOfBatch, cancelled.id)).toHaveLength(4);

    const half = await cancelAfter(1, () => undo(cancelled.id));
    expect(half).toMatchObject({ state: "cancelled", resumable: true, done: 1 });
    expect(await count("is:closed")).toBe(many - stretch);
    // Whoever undoes again instead of going on is not told that somebody changed what was taken back already.
    const rest = await undo(cancelled.id);
    expect(await jobs.ended(rest.id)).toMatchObject({ state: "done", result: { changed: many - stretch, left: 0 } });
    expect(await store.read(digest, null)).toEqual(before);
  },
  patienceMs,
);

test(
  "20,000 alerts: what was done until it was cancelled is taken back alone",
  async () => {
    const before = await store.read(digest, null);
    const cancelled = await cancelAfter(1, closeAll);
    const back = await jobs.ended((await undo(cancelled.id)).id);
    expect(back).toMatchObject({ state: "done", result: { changed: stretch, left: 0 } });
    expect(await store.read(digest, null)).toEqual(before);
    // What was taken back is open once more: going on changes the rest, and says of how many.
    await jobs.resume(cancelled.id);
    expect(await jobs.ended(cancelled.id)).toMatchObject({ state: "done" });
    expect(await count("is:open")).toBe(stretch);
  },
  patienceMs,
);

test(
  "20,000 alerts: one that somebody changed since is told once; what was stopped does not go on while it is taken back",
  async () => {
    const cancelled = await cancelAfter(1, closeAll);
    const [event] = await store.read(eventsOfBatch, cancelled.id);
    const { payload } = (await store.read(eventById, event!))!;
    const { id } = (payload as BulkPayload).members[0]!;
    const [standing] = await store.read(alertStandings, [id]);
    const at = { id, base_version: standing!.version };
    const [assigned] = await store.append([draftChange([at], [standing!], { set: { assignee: "ben" } })], ben);

    let resumed: Promise<unknown> | null = null;
    heard = () => {
      resumed ??= jobs.resume(cancelled.id).catch((error: unknown) => error);
    };
    const back = await jobs.ended((await undo(cancelled.id)).id);
    heard = () => {};
    expect(await resumed).toMatchObject({ code: "BUSY", message: expect.stringContaining("Wait until that is done") });
    expect(back).toMatchObject({ state: "done", result: { changed: stretch - 1, left: 1 } });
    expect(await count("is:closed")).toBe(1);

    await store.undo(assigned!.id, ben);
    const rest = await jobs.ended((await undo(cancelled.id)).id);
    expect(rest).toMatchObject({ state: "done", result: { changed: 1, left: 0 } });
    expect(await count("is:open")).toBe(many);
  },
  patienceMs,
);
