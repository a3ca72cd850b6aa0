import { randomUUID } from "node:crypto";
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { PanicPull } from "../../shared/panic.ts";
import { createLogger } from "./base/logging.ts";
import { enginePrincipal } from "./base/principals.ts";
import { createPanicNotes, type PanicNotes } from "./panic-notes.ts";
import { rearm, responseModule, responseState } from "./respond/policy/response-state.ts";
import { leftPulls, writePull } from "./sandbox/pull-notes.ts";
import { eventsAfter } from "./store/event-table.ts";
import { openInlineStore } from "./store/inline-store.ts";
import type { StoreHost } from "./store/store.ts";

const press_id = randomUUID();
const seal = (_subject: string, text: string) => Promise.resolve(`sealed ${text}`);
const log = createLogger("error", { write: () => undefined });
let now = 0;
let store: StoreHost;
let notes: PanicNotes;
let directory: string;
beforeEach(() => {
  now = 0;
  directory = mkdtempSync(join(tmpdir(), "sentinel-pulls-"));
  store = openInlineStore({ modules: [responseModule], clock: { now: () => now } });
  notes = createPanicNotes({ store, directory, clock: { now: () => now }, log, sealer: { seal } });
});
afterEach(async () => {
  await store.close();
  rmSync(directory, { recursive: true });
});
const logged = () => store.read(eventsAfter, { after: 0, limit: 10 });

test.each<{ why: string; pulls: readonly { pull: PanicPull; at?: number }[]; events: number }>([
  { why: "all ways of one press", pulls: [{ pull: { press_id } }, { pull: { press_id } }], events: 1 },
  { why: "two presses", pulls: [{ pull: { press_id } }, { pull: { press_id: randomUUID() } }], events: 2 },
  { why: "two without a press id", pulls: [{ pull: {} }, { pull: {} }], events: 2 },
  {
    why: "an id that comes back later",
    pulls: [{ pull: { press_id } }, { pull: { press_id }, at: 60_000 }],
    events: 2,
  },
])("$why: $events events", async ({ pulls, events }) => {
  let firsts = 0;
  for (const { pull, at = 0 } of pulls) {
    now = at;
    const { press, isFirst } = notes.press(pull, enginePrincipal);
    await press.noted;
    firsts += Number(isFirst);
  }
  expect((await logged()).map(({ kind }) => kind)).toEqual(Array(events).fill("panic.pulled"));
  expect(firsts).toBe(events);
});

test("a pull that arrives twice at the same moment is one event, with its reason sealed", async () => {
  const pull = { press_id, reason: "drill" };
  await Promise.all([1, 2, 3].map(() => notes.press(pull, enginePrincipal).press.noted));
  const reason = "sealed drill";
  expect((await logged()).map(({ payload }) => payload)).toEqual([{ pulled_at: "1970-01-01T00:00:00.000Z", reason }]);
});

test("a reason that cannot be sealed is left out, and the response is held all the same", async () => {
  const sealer = { seal: () => Promise.reject(new Error("no key")) };
  const keyless = createPanicNotes({ store, directory, clock: { now: () => now }, log, sealer });
  await keyless.press({ reason: "drill" }, enginePrincipal).press.noted;
  expect((await logged())[0]!.payload).toMatchObject({ reason: null });
  expect((await store.read(responseState, null)).heldAt).not.toBeNull();
});

test("what the supervisor noted is taken down once, also where it cannot be read", async () => {
  expect(await notes.takeLeft()).toEqual([]);
  writePull(directory, { via: "window", pull: { press_id, reason: "drill" }, at: "2026-01-05T08:00:00.000Z" });
  const file = join(directory, "pulls", `${press_id}.json`);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  writeFileSync(join(directory, "pulls", "other.json"), '{"via":');
  const atEngine = { via: "engine", actor: "ana", pull: { press_id: randomUUID() } } as const;
  writePull(directory, { ...atEngine, at: "2026-01-05T08:01:00.000Z" });
  const taken = await notes.takeLeft();
  expect(taken.map(({ by }) => by.actor).sort()).toEqual(["ana", "panic note", "panic window"]);
  expect((await logged()).map(({ payload }) => payload)).toContainEqual({
    pulled_at: "2026-01-05T08:00:00.000Z",
    reason: "sealed drill",
  });
  expect((await store.read(responseState, null)).heldAt).not.toBeNull();
  expect(readdirSync(join(directory, "pulls"))).toEqual([]);
  expect(await notes.takeLeft()).toEqual([]);
});

test("what the log cannot take is left for the next start", async () => {
  writePull(directory, { via: "socket", pull: { press_id }, at: "2026-01-05T08:00:00.000Z" });
  const full = { ...store, append: () => Promise.reject(new Error("disk full")) };
  const onFull = createPanicNotes({ store: full, directory, clock: { now: () => now }, log, sealer: { seal } });
  await expect(onFull.takeLeft()).rejects.toThrow("disk full");
  expect(readdirSync(join(directory, "pulls"))).toEqual([`${press_id}.json`]);
});

test("who re-arms does not re-arm a press that came into the log since they looked", async () => {
  await notes.press({ press_id }, enginePrincipal).press.noted;
  const seen = await store.read(responseState, null);
  now = 5_000;
  await notes.press({ press_id: randomUUID() }, enginePrincipal).press.noted;
  await store.append([rearm(seen, "sealed", now)], enginePrincipal);
  const state = await store.read(responseState, null);
  expect(state.heldAt).toBe("1970-01-01T00:00:05.000Z");
  await store.append([rearm(state, "sealed", now)], enginePrincipal);
  expect((await store.read(responseState, null)).heldAt).toBeNull();
});

test("a press holds until the log has it; one that the log could not take, until somebody re-arms", async () => {
  const first = notes.press({ press_id }, enginePrincipal).press;
  expect(notes.unnotedAt()).toBe("1970-01-01T00:00:00.000Z");
  notes.failedSoFar()();
  expect(notes.unnotedAt()).not.toBeNull();
  await first.noted;
  expect(notes.unnotedAt()).toBeNull();
  const append = () => Promise.reject(new Error("disk full"));
  const full = createPanicNotes({
    store: { ...store, append },
    directory,
    clock: { now: () => now },
    log,
    sealer: { seal },
  });
  writePull(directory, { via: "engine", pull: { press_id }, at: "1970-01-01T00:00:00.000Z" });
  await expect(full.press({ press_id }, enginePrincipal).press.noted).rejects.toThrow("disk full");
  expect(full.unnotedAt()).not.toBeNull();
  expect(leftPulls(directory)).toHaveLength(1);
  now = 5_000;
  const forget = full.failedSoFar();
  // Pulled while somebody re-arms.
  await expect(full.press({ press_id: randomUUID() }, enginePrincipal).press.noted).rejects.toThrow("disk full");
  forget();
  expect(full.unnotedAt()).toBe("1970-01-01T00:00:05.000Z");
  // The next start takes up nothing that somebody has re-armed.
  expect(leftPulls(directory)).toEqual([]);
  full.failedSoFar()();
  expect(full.unnotedAt()).toBeNull();
});
