import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { promoteModel } from "../../shared/canary.ts";
import { SentinelError } from "../../shared/errors.ts";
import { createLogger } from "./base/logging.ts";
import type { Principal } from "./base/principals.ts";
import { type CanaryRoom, createCanary } from "./canary.ts";
import type { SessionTrial } from "./detect/serving/session-trial.ts";
import { canaryModule, canaryMoves } from "./learn/canary/canary-state.ts";
import { defaultLimits, judgeTrial, noTrial, observeSession } from "./learn/canary/trial.ts";
import { eventsAfter } from "./store/event-table.ts";
import { openInlineStore } from "./store/inline-store.ts";
import type { StoreHost } from "./store/store.ts";

const ana: Principal = { actor: "ana", role: "approver", caller: "ui" };
const shipped = "0".repeat(64);
const model_id = "a".repeat(64);
const other = "b".repeat(64);
const like: SessionTrial = { errors: 0, latency: 0.5, disagreement: 0, drift: 0 };
/** Sessions after which a step is passed where both models say the same. */
const enough = (() => {
  let state = noTrial;
  for (let n = 1; ; n++) {
    state = observeSession(state, like);
    if (judgeTrial(state, defaultLimits).decision === "step") return n;
  }
})();

let store: StoreHost;
let canary: CanaryRoom;
/** What decides, by the setting; what may; what the registry calls the challenger. */
let choice: string;
let allowed: Set<string>;
let named: string | null;
let namings: string[];
const hashOf = (of: string) => (of === "built-in" ? shipped : of.replace("model:", ""));

function open(): CanaryRoom {
  const deployed = (hash: string) => ({ kind: "built-in" as const, path: "", hash, onnxEntry: "" });
  return createCanary({
    store,
    log: createLogger("silent", { write: () => {} }),
    async candidate(id) {
      if (!allowed.has(id)) throw new SentinelError("GATES_FAILED", "It may not decide.");
      return deployed(id);
    },
    champion: async () => deployed(hashOf(choice)),
    choice: async () => choice,
    choiceOf: (id) => `model:${id}`,
    async choose(wanted) {
      if (wanted !== "built-in" && !allowed.has(hashOf(wanted))) throw new SentinelError("NOT_FOUND", "It is gone.");
      // Another request may come in meanwhile.
      await new Promise((resolve) => setImmediate(resolve));
      choice = wanted;
      await canary.follow();
    },
    challenger: async () => named,
    async nameChallenger(id, by) {
      named = id;
      namings.push(`${by.actor}: ${id?.[0] ?? null}`);
    },
    onChange: () => {},
  });
}

beforeEach(async () => {
  store = openInlineStore({ modules: [canaryModule], clock: { now: () => Date.UTC(2026, 0, 1) } });
  choice = "built-in";
  allowed = new Set([model_id, other]);
  named = null;
  namings = [];
  canary = open();
  await canary.follow();
});
afterEach(async () => {
  await canary.close();
  await store.close();
});

const promote = (canary_percent: number, mode?: "automatic" | "by_hand") =>
  canary.operations.promote({ model_id, canary_percent, ...(mode === undefined ? {} : { mode }) }, ana);
const now = async () => {
  const { percent, mode, sessions, champion, can_go_back } = await canary.operations.get();
  return { percent, can_go_back, mode, sessions, champion: champion[0], named: named?.[0] ?? null };
};

/** Sessions of the step as it is. */
async function see(count: number): Promise<void> {
  const { champion, percent } = await canary.operations.get();
  canary.hear({ challenger: model_id, champion, percent: percent!, sessions: new Array(count).fill(like) });
  await canary.follow();
}
const lastEvent = async () => (await store.read(eventsAfter, { after: 0, limit: 999 })).at(-1)!.id;

/** Takes the last move back, as the engine does. */
async function undo(): Promise<void> {
  await store.undo(await lastEvent(), ana);
  await canary.follow(true);
}

describe("taking back a move", () => {
  test("of the beginning takes the alias along, and brings it back", async () => {
    await promote(0);
    expect(named).toBe(model_id);
    await undo();
    expect(await now()).toMatchObject({ percent: null, named: null });
    await promote(0);
    await canary.operations.rollBack(ana);
    expect(await now()).toMatchObject({ percent: null, named: null });
    await undo();
    expect(await now()).toMatchObject({ percent: 0, named: "a" });
    expect(new Set(namings.map((one) => one.split(":")[0]))).toEqual(new Set(["engine"]));
  });

  test("of an automatic step stays taken back until somebody steps, on what is seen from then on", async () => {
    await promote(0);
    await see(enough);
    expect(await now()).toMatchObject({ percent: 1, mode: "automatic", sessions: 0 });
    await undo();
    expect(await now()).toMatchObject({ percent: 0, mode: "by_hand", sessions: 0 });
    await see(1);
    await see(enough);
    expect(await now()).toMatchObject({ percent: 0, sessions: enough + 1 });
    await promote(1, "automatic");
    expect(await now()).toMatchObject({ percent: 1, mode: "automatic" });
    await see(enough);
    expect(await now()).toMatchObject({ percent: 10 });
  });

  test("of a promotion has the model before decide again, and the trial go on", async () => {
    await promote(0);
    for (let i = 0; i < 3; i++) await see(enough);
    expect(await now()).toMatchObject({ percent: null, champion: "a", named: null });
    await undo();
    expect(await now()).toMatchObject({ percent: 10, champion: "0", mode: "by_hand", named: "a" });
  });

  test("where the model before is gone leaves the shipped one deciding, and no trial", async () => {
    choice = `model:${other}`;
    await promote(0);
    for (let i = 0; i < 3; i++) await see(enough);
    allowed.delete(other);
    await undo();
    expect(await now()).toMatchObject({ percent: null, champion: "0", named: null });
  });
});

test("a model that its gates refuse meanwhile is taken out at once", async () => {
  await promote(0);
  allowed.delete(model_id);
  await canary.follow();
  expect(await now()).toMatchObject({ percent: null, named: null });
  expect(canary.challenger()).toBeNull();
  expect((await canary.operations.get()).history[0]).toMatchObject({ because: "failed", actor: "engine" });
});

test("a challenger that somebody named without a trial stays", async () => {
  named = other;
  await canary.follow();
  expect(named).toBe(other);
});

test("the way back leads to the shipped model where the one before is gone", async () => {
  choice = `model:${other}`;
  await promote(0);
  for (let i = 0; i < 3; i++) await see(enough);
  expect(await now()).toMatchObject({ champion: "a", can_go_back: true });
  allowed.delete(other);
  await canary.operations.rollBack(ana);
  expect(await now()).toMatchObject({ percent: null, champion: "0", can_go_back: false });
  await expect(canary.operations.rollBack(ana)).rejects.toMatchObject({ code: "CONFLICT" });
});

test("a model that somebody chose since is none that came by a trial, and is not taken back as one", async () => {
  await promote(0);
  for (let i = 0; i < 3; i++) await see(enough);
  expect(await now()).toMatchObject({ champion: "a", can_go_back: true });
  choice = `model:${other}`;
  await canary.follow();
  expect(await now()).toMatchObject({ champion: "b", can_go_back: false });
  await expect(canary.operations.rollBack(ana)).rejects.toMatchObject({ code: "CONFLICT" });
  expect(choice).toBe(`model:${other}`);
  // The choice was taken back.
  choice = `model:${model_id}`;
  canary = open();
  await canary.follow();
  expect(await now()).toMatchObject({ champion: "a", can_go_back: true });
  await canary.operations.rollBack(ana);
  expect(await now()).toMatchObject({ champion: "0", can_go_back: false });
  await undo();
  expect(await now()).toMatchObject({ champion: "0", can_go_back: false });
});

test("moves that are asked for at once happen one after the other, whoever follows the log meanwhile", async () => {
  await promote(0);
  await see(enough - 1);
  const all = await Promise.allSettled([
    canary.operations.rollBack(ana),
    canary.follow(),
    promote(0),
    canary.follow(true),
    promote(0),
    canary.operations.rollBack(ana),
  ]);
  expect(all.map(({ status }) => status)).toEqual([
    "fulfilled",
    "fulfilled",
    "fulfilled",
    "fulfilled",
    "rejected",
    "fulfilled",
  ]);
  expect((await store.read(canaryMoves, 9)).map(({ moved }) => moved.to?.percent ?? null)).toEqual([null, 0, null, 0]);
  expect(await now()).toMatchObject({ percent: null, named: null });
});

test("a restart goes on with what was seen, but not with what was seen of a step that was left", async () => {
  await promote(0, "by_hand");
  await see(5);
  canary = open();
  await canary.follow();
  expect(await now()).toMatchObject({ percent: 0, sessions: 5, mode: "by_hand" });
  await see(enough);
  await promote(1);
  await undo();
  canary = open();
  await canary.follow();
  expect(await now()).toMatchObject({ percent: 0, sessions: 0 });
});

describe("an A/B comparison", () => {
  const compare = (share: number) => canary.operations.promote({ model_id, canary_percent: 0, share }, ana);

  test("steps up to its share by itself, stays there whatever is seen, and ends by somebody's word", async () => {
    await compare(90);
    for (const percent of [1, 10, 90]) {
      await see(enough);
      expect(await canary.operations.get()).toMatchObject({ percent, share: 90 });
    }
    await see(enough);
    await see(enough);
    expect(await canary.operations.get()).toMatchObject({ percent: 90, sessions: 2 * enough, next: 100 });
    expect(canary.challenger()).toMatchObject({ percent: 90 });
    await promote(100);
    expect(await now()).toMatchObject({ percent: null, champion: model_id[0] });
  });

  test("is still taken out by itself where the model fails, and its share is chosen once", async () => {
    await compare(50);
    for (const percent of [1, 10, 50]) {
      await see(enough);
      expect(await now()).toMatchObject({ percent });
    }
    await see(enough);
    const again = canary.operations.promote({ model_id, canary_percent: 100, share: 60 }, ana);
    await expect(again).rejects.toMatchObject({ code: "CONFLICT", details: { allowed_step: 100 } });
    const { champion } = await canary.operations.get();
    const sessions = new Array(4 * enough).fill({ ...like, disagreement: 1 });
    canary.hear({ challenger: model_id, champion, percent: 50, sessions });
    await canary.follow();
    expect(await now()).toMatchObject({ percent: null, champion: champion[0] });
    expect((await canary.operations.get()).history[0]).toMatchObject({ because: "failed" });
  });

  test.each([0, 100, 12.5])("of %f %% is none", (share) => {
    expect(promoteModel.input.safeParse({ model_id, canary_percent: 0, share }).success).toBe(false);
  });
});
