import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { enginePrincipal, type Principal } from "../../base/principals.ts";
import { openInlineStore } from "../../store/inline-store.ts";
import type { StoreHost } from "../../store/store.ts";
import { createTrust, type Trust } from "./trust.ts";
import { tasksNeeded } from "./trust-state.ts";
import { trustModule } from "./trust-table.ts";

const admin: Principal = { actor: "ada", role: "admin", caller: "ui" };
const analyst: Principal = { actor: "ben", role: "analyst", caller: "ui" };
const viewer: Principal = { actor: "vi", role: "viewer", caller: "ui" };

interface Setting {
  store: StoreHost;
  trust: Trust;
  hash: string;
  now: number;
  open(configured?: number | null): Promise<Trust>;
  pass(level?: number): Promise<void>;
  work(count?: number): Promise<void>;
  lastEvent(): string;
}

async function setUp(configured: number | null = null): Promise<Setting> {
  const setting = { hash: "h1", now: 1000 } as Setting;
  const clock = { now: () => setting.now++ };
  setting.store = openInlineStore({ modules: [trustModule], clock });
  let last = "";
  setting.store.onAppended((events) => {
    last = events.at(-1)!.id;
  });
  setting.lastEvent = () => last;
  setting.open = async (word = null) => {
    setting.trust?.close();
    setting.trust = await createTrust({ store: setting.store, clock, configured: word, inForce: () => setting.hash });
    return setting.trust;
  };
  setting.pass = (level = setting.trust.level()) =>
    setting.trust.noteRedTeam({ level, cases: 60, failed: 0, hash: setting.hash, at: clock.now() });
  setting.work = async (count = tasksNeeded) => {
    for (let i = 0; i < count; i++) await setting.trust.noteTask("completed");
  };
  await setting.open(configured);
  return setting;
}

const missing = async (trust: Trust) => (await trust.view()).criteria.filter(({ met }) => !met).map(({ name }) => name);

describe("raising", () => {
  test("goes one level at a time, once tasks and a red-team run speak for it", async () => {
    const one = await setUp();
    expect(one.trust.level()).toBe(0);
    for (let level = 0; level < 4; level++) {
      await expect(one.trust.raise(admin, "it works")).rejects.toMatchObject({ code: "GATES_FAILED" });
      await one.work();
      expect(await missing(one.trust)).toEqual(["red_team"]);
      await one.pass();
      await one.trust.raise(admin, "it works");
      expect(one.trust.level()).toBe(level + 1);
      expect((await one.trust.view()).state.tasks).toBe(0);
    }
    await one.work();
    await one.pass();
    await expect(one.trust.raise(admin, "more")).rejects.toThrow(/highest/);
  });

  test.each([
    { why: "49 tasks", tasks: 49, told: /49 of 50/ },
    { why: "no run", run: null, told: /has not run/ },
    { why: "a run at another level", run: 1, told: /at level 1/ },
    { why: "policies that changed since", hash: "h2", told: /changed since/ },
  ])("is refused with $why", async ({ tasks = 50, run = 0, hash, told }) => {
    const one = await setUp();
    await one.work(tasks);
    if (run !== null) await one.pass(run);
    if (hash !== undefined) one.hash = hash;
    await expect(one.trust.raise(admin, "please")).rejects.toThrow(told);
    expect(one.trust.level()).toBe(0);
  });

  test("needs an admin and a reason", async () => {
    const one = await setUp();
    await one.work();
    await one.pass();
    await expect(one.trust.raise(analyst, "please")).rejects.toMatchObject({ code: "FORBIDDEN" });
    await expect(one.trust.raise(admin, "")).rejects.toThrow();
    expect(one.trust.level()).toBe(0);
  });

  test("counts tasks since the last incident, and a run since then", async () => {
    const one = await setUp();
    await one.work();
    await one.pass();
    await one.trust.lower(analyst, "It mailed the wrong customer.");
    expect(await missing(one.trust)).toEqual(["tasks", "red_team"]);
  });

  test("can be taken back, and is as before; not once an incident followed", async () => {
    const one = await setUp();
    await one.work();
    await one.pass();
    const before = (await one.trust.view()).state;
    await one.trust.raise(admin, "it works");
    const raised = one.lastEvent();
    await one.trust.noteTask("completed");
    await one.store.undo(raised, admin);
    expect(one.trust.level()).toBe(0);
    expect((await one.trust.view()).state).toEqual(before);
    await one.trust.raise(admin, "after all");
    const again = one.lastEvent();
    await one.trust.noteIncident("failed_proof", "step a");
    await expect(one.store.undo(again, admin)).rejects.toMatchObject({ code: "CONFLICT" });
  });
});

describe("an incident", () => {
  test.each([
    ["failed_proof", 2],
    ["failed_red_team", 2],
    ["report", 2],
    ["panic", 0],
  ] as const)("%s lowers the level from 3 to %i, for good", async (kind, level) => {
    const one = await setUp(3);
    const noted = one.trust.noteIncident(kind, "why");
    // Before it is written down.
    expect(one.trust.level()).toBe(level);
    await noted;
    expect(one.trust.level()).toBe(level);
    await expect(one.store.undo(one.lastEvent(), admin)).rejects.toMatchObject({ code: "NOT_UNDOABLE" });
    expect((await one.trust.view()).changes).toMatchObject([
      { kind, level_before: 3, level_after: level },
      { kind: "configured", level_before: 0, level_after: 3 },
    ]);
    expect((await one.open(3)).level()).toBe(level);
  });

  test("holds also when it cannot be written down", async () => {
    const one = await setUp(3);
    const broken = await createTrust({
      store: { ...one.store, append: () => Promise.reject(new Error("disk full")) },
      clock: { now: () => 0 },
      configured: null,
      inForce: () => "",
    });
    await expect(broken.notePanic()).rejects.toThrow("disk full");
    expect(broken.level()).toBe(0);
  });

  test("is what a red-team run with a failed case is, and an analyst's report; nobody below reports", async () => {
    const one = await setUp(3);
    await one.trust.noteRedTeam({ level: 3, cases: 60, failed: 2, hash: "h1", at: 5000 });
    expect(one.trust.level()).toBe(2);
    await one.trust.lower(analyst, "odd");
    expect(one.trust.level()).toBe(1);
    await expect(one.trust.lower(viewer, "odd")).rejects.toMatchObject({ code: "FORBIDDEN" });
  });
});

test("a denial is counted and never lowers", async () => {
  const one = await setUp(2);
  for (let i = 0; i < 100; i++) await one.trust.noteTask("denied");
  expect(one.trust.level()).toBe(2);
  expect((await one.trust.view()).state).toMatchObject({ denials: 100, tasks: 0, incidents: 0 });
});

test("what the operator configures holds once: an incident lowers it, and a restart does not bring it back", async () => {
  const one = await setUp(4);
  expect(one.trust.level()).toBe(4);
  await one.trust.notePanic();
  expect((await one.open(4)).level()).toBe(0);
  expect((await one.open(null)).level()).toBe(0);
  expect((await one.open(2)).level()).toBe(2);
  expect((await one.open(4)).level()).toBe(4);
});

/** The same, told as shortly as possible. */
interface Model {
  level: number;
  tasks: number;
  isTested: boolean;
  hash: string;
  denials: number;
  incidents: number;
  word: number | null;
}

test("whatever happens in whatever order, it is as the rules say, before and after a restart and a rebuild", async () => {
  const step = fc.oneof(
    { weight: 4, arbitrary: fc.constant("work" as const) },
    { weight: 3, arbitrary: fc.constant("pass" as const) },
    { weight: 6, arbitrary: fc.constant("raise" as const) },
    fc.constantFrom(
      "deny",
      "fail",
      "panic",
      "report",
      "failed_run",
      "policies",
      "restart",
      "rebuild",
      "undo",
      "one_task",
    ),
    fc.integer({ min: 0, max: 4 }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
      const one = await setUp();
      const model: Model = { level: 0, tasks: 0, isTested: false, hash: "h1", denials: 0, incidents: 0, word: null };
      let back: { event: string; model: Model } | null = null;
      const incident = (level: number) => {
        Object.assign(model, { level, tasks: 0, isTested: false, incidents: model.incidents + 1 });
        back = null;
      };
      for (const current of steps) {
        if (current === "work") {
          await one.work();
          model.tasks += tasksNeeded;
        } else if (current === "one_task") {
          await one.work(1);
          model.tasks++;
        } else if (current === "deny") {
          await one.trust.noteTask("denied");
          model.denials++;
        } else if (current === "pass") {
          await one.pass();
          model.isTested = true;
        } else if (current === "policies") {
          one.hash += "x";
          model.isTested = false;
        } else if (current === "raise") {
          const may = model.level < 4 && model.tasks >= tasksNeeded && model.isTested;
          const raised = await one.trust.raise(admin, "why").then(
            () => true,
            () => false,
          );
          expect(raised).toBe(may);
          if (may) {
            back = { event: one.lastEvent(), model: { ...model } };
            Object.assign(model, { level: model.level + 1, tasks: 0, isTested: false });
          }
        } else if (current === "undo") {
          if (back === null) continue;
          const { event, model: was } = back as { event: string; model: Model };
          await one.store.undo(event, admin);
          const state = (await one.trust.view()).state;
          // A run since then is one at the level that was taken back.
          const isTested = state.red_team?.level === was.level && state.red_team.hash === one.hash;
          Object.assign(model, { level: was.level, tasks: was.tasks, isTested });
          back = null;
        } else if (current === "fail") {
          await one.trust.noteIncident("failed_proof", "x");
          incident(Math.max(0, model.level - 1));
        } else if (current === "report") {
          await one.trust.lower(analyst, "x");
          incident(Math.max(0, model.level - 1));
        } else if (current === "failed_run") {
          const run = { level: model.level, cases: 3, failed: 1, hash: one.hash, at: one.now++ };
          await one.trust.noteRedTeam(run);
          incident(Math.max(0, model.level - 1));
        } else if (current === "panic") {
          await one.trust.notePanic();
          incident(0);
        } else if (current === "restart") await one.open(model.word);
        else if (current === "rebuild") await one.store.rebuild();
        else {
          if (current !== model.word) {
            Object.assign(model, { level: current, tasks: 0, isTested: false, word: current });
            back = null;
          }
          await one.open(current);
        }
        const { state, level, criteria } = await one.trust.view();
        expect(level).toBe(model.level);
        const { tasks, denials, incidents } = model;
        expect(state).toMatchObject({ level, tasks, denials, incidents, configured: model.word });
        expect(criteria.find(({ name }) => name === "red_team")!.met).toBe(model.isTested);
      }
      one.trust.close();
      await one.store.close();
    }),
    { numRuns: 60 },
  );
});

test("what the engine itself does stands in the log under its name", async () => {
  const one = await setUp(1);
  await one.trust.noteTask("completed");
  const { actor } = enginePrincipal;
  await one.trust.noteIncident("failed_proof", "step a");
  expect((await one.trust.view()).changes[0]!.actor).toBe(actor);
});
