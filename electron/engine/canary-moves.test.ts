import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { promoteModel } from "../../shared/canary.ts";
import { ana, enough, like, model_id, openTrial, other, type Trial } from "./fixture-canary.ts";
import { canaryMoves } from "./learn/canary/canary-state.ts";

let t: Trial;
beforeEach(async () => {
  t = await openTrial();
});
afterEach(() => t.close());

const now = async () => {
  const { percent, mode, sessions, champion, can_go_back } = await t.canary.operations.get();
  return { percent, can_go_back, mode, sessions, champion: champion[0], named: t.named?.[0] ?? null };
};

describe("taking back a move", () => {
  test("of the beginning takes the alias along, and brings it back", async () => {
    await t.promote(0);
    expect(t.named).toBe(model_id);
    await t.undo();
    expect(await now()).toMatchObject({ percent: null, named: null });
    await t.promote(0);
    await t.canary.operations.rollBack(ana);
    expect(await now()).toMatchObject({ percent: null, named: null });
    await t.undo();
    expect(await now()).toMatchObject({ percent: 0, named: "a" });
    expect(new Set(t.namings.map((one) => one.split(":")[0]))).toEqual(new Set(["engine"]));
  });

  test("of an automatic step stays taken back until somebody steps, on what is seen from then on", async () => {
    await t.promote(0);
    await t.see(enough);
    expect(await now()).toMatchObject({ percent: 1, mode: "automatic", sessions: 0 });
    await t.undo();
    expect(await now()).toMatchObject({ percent: 0, mode: "by_hand", sessions: 0 });
    await t.see(1);
    await t.see(enough);
    expect(await now()).toMatchObject({ percent: 0, sessions: enough + 1 });
    await t.promote(1, "automatic");
    expect(await now()).toMatchObject({ percent: 1, mode: "automatic" });
    await t.see(enough);
    expect(await now()).toMatchObject({ percent: 10 });
  });

  test("of a promotion has the model before decide again, and the trial go on", async () => {
    await t.promote(0);
    for (let i = 0; i < 3; i++) await t.see(enough);
    expect(await now()).toMatchObject({ percent: null, champion: "a", named: null });
    await t.undo();
    expect(await now()).toMatchObject({ percent: 10, champion: "0", mode: "by_hand", named: "a" });
  });

  test("where the model before is gone leaves the shipped one deciding, and no trial", async () => {
    t.choice = `model:${other}`;
    await t.promote(0);
    for (let i = 0; i < 3; i++) await t.see(enough);
    t.allowed.delete(other);
    await t.undo();
    expect(await now()).toMatchObject({ percent: null, champion: "0", named: null });
  });
});

test("a model that its gates refuse meanwhile is taken out at once", async () => {
  await t.promote(0);
  t.allowed.delete(model_id);
  await t.canary.follow();
  expect(await now()).toMatchObject({ percent: null, named: null });
  expect(t.canary.challenger()).toBeNull();
  expect((await t.canary.operations.get()).history[0]).toMatchObject({ because: "failed", actor: "engine" });
});

test("a challenger that somebody named without a trial stays", async () => {
  t.named = other;
  await t.canary.follow();
  expect(t.named).toBe(other);
});

test("the way back leads to the shipped model where the one before is gone", async () => {
  t.choice = `model:${other}`;
  await t.promote(0);
  for (let i = 0; i < 3; i++) await t.see(enough);
  expect(await now()).toMatchObject({ champion: "a", can_go_back: true });
  t.allowed.delete(other);
  await t.canary.operations.rollBack(ana);
  expect(await now()).toMatchObject({ percent: null, champion: "0", can_go_back: false });
  await expect(t.canary.operations.rollBack(ana)).rejects.toMatchObject({ code: "CONFLICT" });
});

test("a model that somebody chose since is none that came by a trial, and is not taken back as one", async () => {
  await t.promote(0);
  for (let i = 0; i < 3; i++) await t.see(enough);
  expect(await now()).toMatchObject({ champion: "a", can_go_back: true });
  t.choice = `model:${other}`;
  await t.canary.follow();
  expect(await now()).toMatchObject({ champion: "b", can_go_back: false });
  await expect(t.canary.operations.rollBack(ana)).rejects.toMatchObject({ code: "CONFLICT" });
  expect(t.choice).toBe(`model:${other}`);
  // The choice was taken back.
  t.choice = `model:${model_id}`;
  await t.restart();
  expect(await now()).toMatchObject({ champion: "a", can_go_back: true });
  await t.canary.operations.rollBack(ana);
  expect(await now()).toMatchObject({ champion: "0", can_go_back: false });
  await t.undo();
  expect(await now()).toMatchObject({ champion: "0", can_go_back: false });
});

test("moves that are asked for at once happen one after the other, whoever follows the log meanwhile", async () => {
  await t.promote(0);
  await t.see(enough - 1);
  const all = await Promise.allSettled([
    t.canary.operations.rollBack(ana),
    t.canary.follow(),
    t.promote(0),
    t.canary.follow(true),
    t.promote(0),
    t.canary.operations.rollBack(ana),
  ]);
  expect(all.map(({ status }) => status)).toEqual([
    "fulfilled",
    "fulfilled",
    "fulfilled",
    "fulfilled",
    "rejected",
    "fulfilled",
  ]);
  expect((await t.store.read(canaryMoves, 9)).map(({ moved }) => moved.to?.percent ?? null)).toEqual([
    null,
    0,
    null,
    0,
  ]);
  expect(await now()).toMatchObject({ percent: null, named: null });
});

test("a restart goes on with what was seen, but not with what was seen of a step that was left", async () => {
  await t.promote(0, "by_hand");
  await t.see(5);
  await t.restart();
  expect(await now()).toMatchObject({ percent: 0, sessions: 5, mode: "by_hand" });
  await t.see(enough);
  await t.promote(1);
  await t.undo();
  await t.restart();
  expect(await now()).toMatchObject({ percent: 0, sessions: 0 });
});

describe("an A/B comparison", () => {
  const compare = (share: number) => t.canary.operations.promote({ model_id, canary_percent: 0, share }, ana);

  test("steps up to its share by itself, stays there whatever is seen, and ends by somebody's word", async () => {
    await compare(90);
    for (const percent of [1, 10, 90]) {
      await t.see(enough);
      expect(await t.canary.operations.get()).toMatchObject({ percent, share: 90 });
    }
    await t.see(enough);
    await t.see(enough);
    expect(await t.canary.operations.get()).toMatchObject({ percent: 90, sessions: 2 * enough, next: 100 });
    expect(t.canary.challenger()).toMatchObject({ percent: 90 });
    await t.promote(100);
    expect(await now()).toMatchObject({ percent: null, champion: model_id[0] });
  });

  test("is still taken out by itself where the model fails, and its share is chosen once", async () => {
    await compare(50);
    for (const percent of [1, 10, 50]) {
      await t.see(enough);
      expect(await now()).toMatchObject({ percent });
    }
    await t.see(enough);
    const again = t.canary.operations.promote({ model_id, canary_percent: 100, share: 60 }, ana);
    await expect(again).rejects.toMatchObject({ code: "CONFLICT", details: { allowed_step: 100 } });
    const { champion } = await t.canary.operations.get();
    const sessions = new Array(4 * enough).fill({ ...like, disagreement: 1 });
    t.canary.hear({ challenger: model_id, champion, percent: 50, sessions });
    await t.canary.follow();
    expect(await now()).toMatchObject({ percent: null, champion: champion[0] });
    expect((await t.canary.operations.get()).history[0]).toMatchObject({ because: "failed" });
  });

  test.each([0, 100, 12.5])("of %f %% is none", (share) => {
    expect(promoteModel.input.safeParse({ model_id, canary_percent: 0, share }).success).toBe(false);
  });
});
