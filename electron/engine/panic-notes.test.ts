import { randomUUID } from "node:crypto";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { PanicPull } from "../../shared/panic.ts";
import { enginePrincipal } from "./base/principals.ts";
import { createPanicNotes, type NotePanic } from "./panic-notes.ts";
import { absentSupervisor, type PanicNews, type SupervisorClient } from "./sandbox/supervisor-client.ts";
import { eventsAfter } from "./store/event-table.ts";
import { openInlineStore } from "./store/inline-store.ts";
import type { StoreHost } from "./store/store.ts";
import { analyst, openTestEngine } from "./test-engine.ts";

const result = { destroyed: 1, left: 0, held: 0, took_ms: 2 };
const press_id = randomUUID();
const seal = (_subject: string, text: string) => Promise.resolve(`sealed ${text}`);
let now = 0;
let store: StoreHost;
let note: NotePanic;
let presses = 0;
beforeEach(() => {
  now = 0;
  const clock = { now: () => now };
  store = openInlineStore({ modules: [], clock });
  presses = 0;
  const onPress = () => Promise.resolve(++presses);
  note = createPanicNotes({ store, clock, sealer: { seal }, onPress });
});
afterEach(async () => {
  await store.close();
});

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
  for (const { pull, at = 0 } of pulls) {
    now = at;
    await note(pull, enginePrincipal, result);
  }
  const log = await store.read(eventsAfter, { after: 0, limit: 10 });
  expect(log.map(({ kind }) => kind)).toEqual(Array(events).fill("panic.pulled"));
  expect(presses).toBe(events);
});

test("a pull that arrives twice at the same moment is one event, with its reason sealed", async () => {
  await Promise.all([1, 2, 3].map(() => note({ press_id, reason: "drill" }, enginePrincipal, result)));
  const log = await store.read(eventsAfter, { after: 0, limit: 10 });
  expect(log.map(({ payload }) => payload)).toEqual([{ ...result, reason: "sealed drill" }]);
});

test("what a press leads to happens also where the log is full, and the failure is heard", async () => {
  const full = { ...store, append: () => Promise.reject(new Error("disk full")) };
  const onPress = () => Promise.resolve(++presses);
  const noteOnFull = createPanicNotes({ store: full, clock: { now: () => 0 }, sealer: { seal }, onPress });
  await expect(noteOnFull({ press_id }, enginePrincipal, result)).rejects.toThrow("disk full");
  expect(presses).toBe(1);
});

test("through the engine: the supervisor's own door and the route are one press", async () => {
  const listeners = new Set<(news: PanicNews) => void>();
  const supervisor: SupervisorClient = {
    ...absentSupervisor("healthy", "A test's."),
    panic: () => Promise.resolve(result),
    onPanic: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
  const t = await openTestEngine({ supervisor });
  try {
    for (const listener of listeners) listener({ result, via: "window", pull: { press_id } });
    expect(await t.engine.panic({ press_id }, analyst)).toEqual(result);
    const { entries } = await t.engine.audit.log({ after: 0, limit: 10 });
    expect(entries.map(({ kind }) => kind)).toEqual(["panic.pulled", "trust.incident"]);
  } finally {
    await t.close();
  }
});
