import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { SentinelError } from "../../shared/errors.ts";
import { systemClock } from "./base/clock.ts";
import { createLogger } from "./base/logging.ts";
import type { Principal } from "./base/principals.ts";
import { eventsAfter } from "./store/event-table.ts";
import { openInlineStore } from "./store/inline-store.ts";
import { jobModule } from "./store/job-table.ts";
import { createJobs, type Jobs } from "./store/jobs.ts";
import { createSettings, readSettings, settingsModule } from "./store/settings.ts";
import type { StoreHost } from "./store/store.ts";
import { requireBatchAtRest, undoBatchJob } from "./triage/bulk-change.ts";
import { createUndoing } from "./undoing.ts";

const ana: Principal = { actor: "ana", role: "analyst", caller: "ui" };
const ben: Principal = { ...ana, actor: "ben" };
let store: StoreHost;
let jobs: Jobs;

beforeEach(() => {
  store = openInlineStore({ modules: [settingsModule, jobModule], clock: systemClock });
  jobs = createJobs({ store, clock: systemClock, log: createLogger("silent"), concurrency: 1 });
});
afterEach(async () => {
  await jobs.close();
  await store.close();
});

async function change(threshold: number, by: Principal): Promise<void> {
  const settings = createSettings({ store, sealer: undefined as never });
  const { version } = await settings.current();
  await settings.change({ tag_threshold: threshold }, version, by);
}
const threshold = async () => (await readSettings(store)).settings.tag_threshold;
/** As after a restart: nothing is remembered but the log. */
const last = (by: Principal, told?: string) =>
  createUndoing({ store, jobs, check: async () => undefined }).last(told === undefined ? {} : { told }, by);

test("each time what stands last of one's own is taken back, until nothing is left", async () => {
  await change(0.4, ana);
  await change(0.3, ana);
  expect(await last(ana)).toMatchObject({ undone: { kind: "settings.changed", entities: 1 }, job_id: null });
  expect(await threshold()).toBe(0.4);
  await last(ana);
  expect(await threshold()).toBe(0.5);
  await expect(last(ana)).rejects.toMatchObject({ code: "NOT_FOUND" });
});

test("others' doing is not one's own, and in the way it is told", async () => {
  await change(0.4, ana);
  await change(0.3, ben);
  await expect(last(ana)).rejects.toMatchObject({ code: "CONFLICT" });
  await last(ben);
  await last(ana);
  expect(await threshold()).toBe(0.5);
});

test("what stands is found however much was done and taken back since", async () => {
  await change(0.4, ana);
  const [made, removed] = ["thing.made", "thing.removed"].map((kind) => ({ kind, payload: {} }));
  const things = Array.from({ length: 210 }, (_, i) => ({ entityType: "thing", entityId: `t${i}` }));
  await store.append(
    things.map((thing) => ({ ...thing, baseVersion: 0, ...made!, inverse: removed! })),
    ana,
  );
  await store.append(
    things.map((thing) => ({ ...thing, baseVersion: 1, ...removed!, inverse: made! })),
    ana,
  );
  await last(ana);
  expect(await threshold()).toBe(0.5);
});

test("an import, which has no inverse, is told rather than passed over; who knows of it goes on", async () => {
  await change(0.4, ana);
  const draft = { entityType: "evidence", entityId: "e1", baseVersion: 0, kind: "evidence.added", payload: {} };
  const [imported] = await store.append([{ ...draft, inverse: null }], ana);
  const told = await last(ana);
  expect(told).toMatchObject({ undone: null, in_the_way: { event_id: imported!.id, kind: "evidence.added" } });
  expect(await threshold()).toBe(0.4);
  expect(await last(ana, imported!.id)).toMatchObject({ undone: { kind: "settings.changed" }, in_the_way: null });
  expect(await threshold()).toBe(0.5);
  await expect(last(ben)).rejects.toMatchObject({ code: "NOT_FOUND" });
});

const thing = (id: string, baseVersion: number, [from, to]: readonly [string, string]) => ({
  ...{ entityType: "thing", entityId: id, baseVersion, kind: "thing.set" },
  ...{ payload: { to }, inverse: { kind: "thing.set", payload: { to: from } } },
});
const things = (members: readonly { id: string; base_version: number }[], [from, to]: readonly [string, string]) => ({
  ...{ entityType: "thing", entityId: "*", baseVersion: 0, kind: "thing.set" },
  ...{ payload: { members, to }, inverse: { kind: "thing.set", payload: { members, to: from } } },
});

test("what set something to what it was already is in nobody's way, however often it was done", async () => {
  await change(0.4, ana);
  await store.append([thing("a", 0, ["new", "open"])], ana);
  const same = ["open", "open"] as const;
  await store.append(
    [
      things(
        [
          { id: "b", base_version: 0 },
          { id: "a", base_version: 1 },
        ],
        same,
      ),
    ],
    ana,
  );
  await store.append([thing("a", 2, same)], ana);
  expect(await last(ana)).toMatchObject({ undone: { kind: "thing.set", entities: 1 } });
  expect(await last(ana)).toMatchObject({ undone: { kind: "settings.changed" } });
});

test("of several things that were changed at once those are taken back that were not since, one by one", async () => {
  const [a, b] = ["a", "b"].map((id) => ({ id, base_version: 0 }));
  await store.append([things([a!, b!], ["new", "open"])], ana);
  // As if they did it themselves.
  await store.append([things([{ id: "a", base_version: 1 }], ["open", "new"])], ana);
  expect(await last(ana)).toMatchObject({ undone: { kind: "thing.set" } });
  const events = await store.read(eventsAfter, { after: 0, limit: 10 });
  expect(events.at(-1)!.payload).toEqual({ members: [{ id: "b", base_version: 1 }], to: "new" });
  await expect(last(ana)).rejects.toMatchObject({ code: "NOT_FOUND" });
});

test("whoever presses twice takes back the last two things, one after the other", async () => {
  await change(0.4, ana);
  await change(0.3, ana);
  await change(0.2, ana);
  const undoing = createUndoing({ store, jobs, check: async () => undefined });
  await Promise.all([undoing.last({}, ana), undoing.last({}, ana)]);
  expect(await threshold()).toBe(0.4);
  // One that is refused holds up nobody.
  await Promise.allSettled([undoing.one("none", ana), undoing.last({}, ana)]);
  expect(await threshold()).toBe(0.5);
});

test("while many changes are being taken back, or made, undo says so and leaves them alone", async () => {
  await change(0.4, ana);
  const steps = [thing("a", 0, ["new", "open"]), thing("b", 0, ["new", "open"])];
  const [made] = await store.append(steps, ana);
  let go = () => {};
  const gate = new Promise<void>((resolve) => {
    go = resolve;
  });
  const undoing = createUndoing({ store, jobs, check: async () => undefined });
  const job = undoBatchJob(store, async () => undefined);
  const run: typeof job.run = async (args, context) => {
    await gate;
    return await job.run(args, context);
  };
  jobs.register({ ...job, run });
  const { job_id } = await undoing.last({}, ana);
  const refused = { code: "BUSY", message: expect.stringMatching(/being taken back already.*Wait .*or cancel it/) };
  await expect(undoing.last({}, ana)).rejects.toMatchObject(refused);
  await expect(undoing.one(made!.id, ana)).rejects.toMatchObject(refused);
  expect(() => requireBatchAtRest(jobs, made!.batch_id!)).toThrow(expect.objectContaining(refused));
  go();
  expect(await jobs.ended(job_id!)).toMatchObject({ result: { changed: 2, left: 0 } });
  expect(await threshold()).toBe(0.4);
  await undoing.last({}, ana);
  expect(await threshold()).toBe(0.5);
});

test("what something without an inverse was done to since is in nobody's way, and is not taken back", async () => {
  await change(0.4, ana);
  const [a, b] = ["a", "b"].map((id) => ({ id, base_version: 0 }));
  await store.append([things([a!, b!], ["new", "open"])], ana);
  const [alone] = await store.append([thing("a", 1, ["open", "shut"])], ana);
  const erased = { ...thing("a", 2, ["shut", "gone"]), inverse: null };
  await store.append([erased], ben);
  // The last thing that can be taken back is the one before, and of that what was done to the other.
  expect(await last(ana)).toMatchObject({ undone: { kind: "thing.set", entities: 2 } });
  const events = await store.read(eventsAfter, { after: 0, limit: 10 });
  expect(events.at(-1)!.payload).toEqual({ members: [{ id: "b", base_version: 1 }], to: "new" });
  expect(await last(ana)).toMatchObject({ undone: { kind: "settings.changed" } });
  await expect(last(ana)).rejects.toMatchObject({ code: "NOT_FOUND" });
  await expect(store.undo(alone!.id, ana)).rejects.toMatchObject({ code: "CONFLICT" });
});

test("of two who take the same back at once one does, and the other is told", async () => {
  await store.append([thing("a", 0, ["new", "open"]), thing("b", 0, ["new", "open"])], ana);
  jobs.register(undoBatchJob(store, async () => undefined));
  const [one, other] = await Promise.allSettled([last(ana), last(ana)]);
  expect([one.status, other.status].sort()).toEqual(["fulfilled", "rejected"]);
  const refused = one.status === "rejected" ? one : (other as PromiseRejectedResult);
  expect(refused.reason).toMatchObject({ code: "BUSY" });
  expect(jobs.active("undo-batch")).toHaveLength(1);
});

test("a long change that still goes on is not taken back behind its back", async () => {
  let go = () => {};
  const gate = new Promise<void>((resolve) => {
    go = resolve;
  });
  jobs.register({
    kind: "change-things",
    resumable: false,
    run: async (_args, { id, by }) => {
      await store.append([{ ...thing("a", 0, ["new", "open"]), batchId: id }], by);
      await gate;
      return null;
    },
  });
  const { id } = await jobs.start("change-things", null, "", ana);
  const undoing = createUndoing({ store, jobs, check: async () => undefined });
  await vi.waitFor(async () => expect(await store.read(eventsAfter, { after: 0, limit: 10 })).toHaveLength(1));
  const refused = { code: "BUSY", message: expect.stringContaining("still goes on. Cancel it, or wait") };
  await expect(undoing.last({}, ana)).rejects.toMatchObject(refused);
  go();
  await jobs.ended(id);
  expect(await undoing.last({}, ana)).toMatchObject({ undone: { kind: "thing.set" } });
});

test("what nothing takes back is no reason not to take back what was done with it", async () => {
  const used = { ...thing("approval", 0, ["granted", "used"]), inverse: null };
  const [, done] = await store.append([used, thing("a", 0, ["log", "tag"])], ana);
  expect(await last(ana)).toMatchObject({ undone: { kind: "thing.set" }, job_id: null });
  const events = await store.read(eventsAfter, { after: 0, limit: 10 });
  expect(events.at(-1)).toMatchObject({ entity_id: done!.entity_id, payload: { to: "log" } });
});

test("SECURITY: several things at once are taken back by who may take back each of them, or none", async () => {
  const [, guarded] = await store.append([thing("a", 0, ["new", "open"]), thing("b", 0, ["new", "open"])], ana);
  const check = async ({ entity_id }: { entity_id: string }, by: Principal) => {
    if (entity_id === guarded!.entity_id && by.role === "analyst")
      throw new SentinelError("FORBIDDEN", "This needs the role approver.");
  };
  jobs.register(undoBatchJob(store, check));
  const undoing = createUndoing({ store, jobs, check });
  const refused = { code: "FORBIDDEN" };
  await expect(undoing.last({}, ana)).rejects.toMatchObject(refused);
  await expect(undoing.batch(guarded!.batch_id!, ben)).rejects.toMatchObject(refused);
  // A run that was begun otherwise, or goes on after a restart.
  const { id } = await jobs.start("undo-batch", { batch_id: guarded!.batch_id }, "", ana);
  expect(await jobs.ended(id)).toMatchObject({ error: { code: "FORBIDDEN" } });
  expect(await store.read(eventsAfter, { after: 0, limit: 10 })).toHaveLength(2);
  const job = await undoing.batch(guarded!.batch_id!, { ...ben, role: "approver" });
  expect(await jobs.ended(job)).toMatchObject({ result: { changed: 2, left: 0 } });
});
