import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Approval } from "../../shared/approval.ts";
import { ShownPromotion } from "../../shared/canary.ts";
import { SentinelError } from "../../shared/errors.ts";
import type { Ask } from "./approve/approvals.ts";
import type { Principal } from "./base/principals.ts";
import { ana, enough, like, model_id, openTrial, other, shipped, type Trial } from "./fixture-canary.ts";
import { canaryState } from "./learn/canary/canary-state.ts";
import { modelEntity } from "./learn/registry/model-state.ts";
import { eventsAfter } from "./store/event-table.ts";

const dayMs = 86_400_000;
const bob: Principal = { actor: "bob", role: "approver", caller: "ui" };
const eve: Principal = { actor: "eve", role: "analyst", caller: "ui" };

let t: Trial;
beforeEach(async () => {
  t = await openTrial();
});
afterEach(() => t.close());

const queue = async (decided: "0" | "1" = "0") =>
  (await t.approvals.list({ decided, limit: 50 as never }, bob)).items.filter(({ kind }) => kind === "promotion");
const past = async () => (await queue("1")).map(({ state }) => state).sort();
const percent = async () => (await t.canary.operations.get()).percent;

/** Somebody's word about the only step that waits. */
async function say(granted: boolean, by: Principal, change: { shown_hash?: string } = {}): Promise<Approval> {
  const [waits, ...more] = await queue();
  expect(more).toEqual([]);
  return await t.canary.decide({ id: waits!.id, granted, shown_hash: waits!.shown_hash, reason: "", ...change }, by);
}

/** A trial by hand whose next step is allowed. */
async function allowed(by = ana): Promise<void> {
  await t.promote(0, "by_hand", by);
  await t.see(enough);
}

/** Somebody else is there who may approve. */
async function bobIsThere(): Promise<void> {
  const ask: Ask = {
    ...{ kind: "rule", subject: "rule-1", title: "", shown: {}, inputs: "", risk: "low", authors: [], validMs: dayMs },
  };
  await t.approvals.request(ask, bob);
}

describe("a step that somebody has to take", () => {
  test("is asked for once, as soon as what was seen allows it, with exactly what it is", async () => {
    await t.promote(0, "by_hand");
    await t.see(enough - 1);
    expect(await queue()).toEqual([]);
    expect((await t.canary.operations.get()).approval).toBeNull();
    await t.see(1);
    await t.see(7);
    const [waits, ...more] = await queue();
    expect(more).toEqual([]);
    expect(waits).toMatchObject({
      ...{ kind: "promotion", subject: model_id, risk: "low", state: "pending", requested_by: "engine" },
      title: "Let model aaaaaaaaaaaa decide 1 % of sessions",
    });
    const { shown } = await t.approvals.get(waits!.id, bob);
    expect(ShownPromotion.parse(shown)).toMatchObject({
      ...{ model_id, champion: shipped, from: 0, to: 1, share: null, sessions: enough, begun_by: "ana" },
      engine: "inline",
    });
    expect(ShownPromotion.parse(shown).measures.every(({ upper, limit }) => upper <= limit)).toBe(true);
    expect((await t.canary.operations.get()).approval).toEqual({ id: waits!.id, state: "pending", decided_by: null });
  });

  test("is none where the trial steps by itself", async () => {
    await t.promote(0, "automatic");
    for (let i = 0; i < 3; i++) await t.see(enough);
    expect(t.choice).toBe(`model:${model_id}`);
    expect([...(await queue()), ...(await queue("1"))]).toEqual([]);
  });

  test("is taken by the word that grants it, up to deciding, and each is a step of its own", async () => {
    await t.promote(0, "by_hand");
    for (const [to, risk] of [
      [1, "low"],
      [10, "medium"],
      [null, "high"],
    ] as const) {
      await t.see(enough);
      expect((await queue()).map((one) => one.risk)).toEqual([risk]);
      expect(await say(true, bob)).toMatchObject({ state: "used", decided_by: "bob" });
      expect(await percent()).toBe(to);
    }
    expect(t.choice).toBe(`model:${model_id}`);
    expect(await past()).toEqual(["used", "used", "used"]);
    expect((await t.canary.operations.get()).history[0]).toMatchObject({ actor: "bob", because: "asked" });
  });

  test("is asked for where a comparison has come to its share", async () => {
    await t.canary.operations.promote({ model_id, canary_percent: 0, share: 50 }, ana);
    for (const now of [1, 10, 50]) {
      await t.see(enough);
      expect(await percent()).toBe(now);
    }
    expect(await queue()).toEqual([]);
    await t.see(enough);
    expect(await queue()).toMatchObject([{ risk: "high", title: "Let model aaaaaaaaaaaa decide all sessions" }]);
    await say(true, ana);
    expect(t.choice).toBe(`model:${model_id}`);
  });

  test("is asked for anew after a week without a word, as long as what is seen allows it", async () => {
    await allowed();
    t.pass(7 * dayMs);
    expect(await queue()).toEqual([]);
    expect((await t.canary.operations.get()).approval).toMatchObject({ state: "expired" });
    await t.see(5);
    expect(await queue()).toHaveLength(1);
    const { shown } = await t.approvals.get((await queue())[0]!.id, bob);
    expect(shown).toMatchObject({ sessions: enough + 5 });
    await say(true, bob);
    expect(await percent()).toBe(1);
  });

  test("waits across a restart, and is asked for at one where nobody did before", async () => {
    await allowed();
    const [waits] = await queue();
    await t.restart();
    expect(await queue()).toEqual([waits]);
    t.pass(7 * dayMs);
    await t.restart();
    expect(await queue()).toHaveLength(1);
    expect((await queue())[0]!.id).not.toBe(waits!.id);
    await say(true, bob);
    expect(await percent()).toBe(1);
  });

  test("is granted for what was shown, by who may, or not at all", async () => {
    await allowed();
    await expect(say(true, bob, { shown_hash: "0".repeat(64) })).rejects.toMatchObject({ code: "APPROVAL_REFUSED" });
    await expect(say(true, eve)).rejects.toMatchObject({ code: "FORBIDDEN" });
    await expect(say(true, { ...bob, caller: "mcp" })).rejects.toMatchObject({ code: "FORBIDDEN" });
    expect(await percent()).toBe(0);
    const [waits] = await queue();
    await say(true, bob);
    const again = { id: waits!.id, granted: true, shown_hash: waits!.shown_hash, reason: "" };
    await expect(t.canary.decide(again, bob)).rejects.toMatchObject({ code: "APPROVAL_REFUSED" });
    expect(await percent()).toBe(1);
  });

  test("is not taken on what was seen before it turned", async () => {
    await allowed();
    await t.see(2, { ...like, errors: 1 });
    expect(await t.canary.operations.get()).toMatchObject({ percent: 0, decision: "wait" });
    await expect(say(true, bob)).rejects.toMatchObject({ code: "CONFLICT", message: /Not enough sessions/ });
    expect(await queue()).toHaveLength(1);
  });

  test("that cannot be asked for ends neither the trial nor a start", async () => {
    const { request } = t.approvals;
    t.approvals.request = () => Promise.reject(new SentinelError("DISK_FULL", "The disk is full."));
    await allowed();
    await t.restart();
    expect(await t.canary.operations.get()).toMatchObject({ percent: 0, decision: "step", approval: null });
    t.approvals.request = request;
    await t.see(1);
    expect(await queue()).toHaveLength(1);
  });

  test("that cannot be taken uses no word up", async () => {
    await t.promote(0, "by_hand");
    for (let i = 0; i < 2; i++) {
      await t.see(enough);
      await say(true, bob);
    }
    await t.see(enough);
    t.allowed.delete(model_id);
    await expect(say(true, bob)).rejects.toMatchObject({ code: "NOT_FOUND" });
    expect(t.choice).toBe("built-in");
    expect(await past()).toEqual(["superseded", "used", "used"]);
  });
});

describe("a step that was denied", () => {
  test("leaves the trial as it is, and is neither asked for again nor taken by another button", async () => {
    await allowed();
    expect(await say(false, bob)).toMatchObject({ state: "denied" });
    for (let i = 0; i < 2; i++) {
      await t.see(enough);
      await t.restart();
    }
    expect(await queue()).toEqual([]);
    expect(await t.canary.operations.get()).toMatchObject({
      ...{ percent: 0, next: null, decision: "step" },
      approval: { state: "denied", decided_by: "bob" },
    });
    await expect(t.promote(1)).rejects.toMatchObject({ code: "CONFLICT", message: /^bob denied this step/ });
  });

  test("waits again once the denial is taken back", async () => {
    await allowed();
    await say(false, bob);
    await t.undo();
    expect(await say(true, bob)).toMatchObject({ state: "used" });
    expect(await percent()).toBe(1);
  });

  test("is asked for again once its gates judged the model anew, and in a trial that begins anew", async () => {
    await allowed();
    await say(false, bob);
    t.standing = { ...t.standing, version: 2 };
    await t.canary.follow();
    expect(await queue()).toHaveLength(1);
    await say(false, bob);
    await t.canary.operations.rollBack(ana);
    await allowed();
    expect(await queue()).toHaveLength(1);
  });
});

describe("what waits is void once", () => {
  test.each([
    { what: "the model is taken out", act: () => t.canary.operations.rollBack(eve) },
    { what: "the trial's last move is taken back", act: () => undoMove() },
    { what: "its gates refuse the model", act: () => afterwards(() => t.allowed.delete(model_id)) },
    { what: "another model decides", act: () => afterwards(() => Object.assign(t, { choice: `model:${other}` })) },
    { what: "the model fails", act: () => t.see(4 * enough, { ...like, disagreement: 1 }) },
  ])("$what", async ({ act }) => {
    await allowed();
    const [waits] = await queue();
    await act();
    expect(await percent()).toBeNull();
    expect(await queue()).toEqual([]);
    expect(await past()).toEqual(["superseded"]);
    const late = { id: waits!.id, granted: true, shown_hash: waits!.shown_hash, reason: "" };
    await expect(t.canary.decide(late, bob)).rejects.toMatchObject({ code: "APPROVAL_REFUSED" });
  });

  test("a step is taken back: it is asked for anew on what is seen from then on", async () => {
    await allowed();
    await say(true, bob);
    await t.see(enough);
    expect((await queue())[0]!.title).toContain("10 %");
    await undoMove();
    expect(await percent()).toBe(0);
    expect(await queue()).toEqual([]);
    await t.see(enough);
    expect((await queue())[0]!.title).toContain("1 %");
  });

  test("its gates judge the model anew: it is asked for on what they say now", async () => {
    await allowed();
    const [before] = await queue();
    t.standing = { ...t.standing, version: 2 };
    await t.canary.follow();
    expect(await past()).toEqual(["superseded"]);
    expect((await queue())[0]!.id).not.toBe(before!.id);
  });

  /** The trial hears of what has changed. */
  async function afterwards(change: () => unknown): Promise<void> {
    change();
    await t.canary.follow();
  }

  /** Takes back the last move, whatever was asked for since. */
  async function undoMove(): Promise<void> {
    const events = await t.store.read(eventsAfter, { after: 0, limit: 999 });
    await t.undo(events.findLast(({ kind }) => kind === "canary.moved")!.id);
  }
});

describe("four eyes", () => {
  test("who began the trial takes no step of it where somebody else could, by either way", async () => {
    await bobIsThere();
    await allowed();
    expect((await t.approvals.get((await queue())[0]!.id, ana)).may_decide).toBe(false);
    await expect(say(true, ana)).rejects.toMatchObject({ code: "FORBIDDEN" });
    await expect(t.promote(1)).rejects.toMatchObject({ code: "FORBIDDEN" });
    await expect(t.promote(1, "automatic")).rejects.toMatchObject({ code: "FORBIDDEN" });
    expect(await percent()).toBe(0);
    expect(await queue()).toHaveLength(1);
    await t.promote(1, undefined, bob);
    expect(await percent()).toBe(1);
    expect(await past()).toEqual(["used"]);
  });

  test("nor does who made the model, or let it pass its gates", async () => {
    await bobIsThere();
    t.standing = { version: 1, authors: ["carl"] };
    await allowed();
    const carl: Principal = { ...bob, actor: "carl" };
    await expect(say(true, carl)).rejects.toMatchObject({ code: "FORBIDDEN" });
    await expect(t.promote(1, undefined, carl)).rejects.toMatchObject({ code: "FORBIDDEN" });
    await say(true, bob);
    expect(await percent()).toBe(1);
  });

  test("who is alone takes each step, and the approval says so", async () => {
    await allowed();
    await t.promote(1);
    expect(await percent()).toBe(1);
    expect(await queue("1")).toMatchObject([{ state: "used", decided_by: "ana", requested_by: "engine" }]);
    // Also where nothing waits any more.
    await t.see(enough);
    t.pass(7 * dayMs);
    await t.promote(10);
    expect(await percent()).toBe(10);
  });
});

describe("what happens between two looks at the log", () => {
  const lastMove = async () =>
    (await t.store.read(eventsAfter, { after: 0, limit: 999 })).findLast(({ kind }) => kind === "canary.moved")!.id;
  const logged = async () => (await t.store.read(canaryState, null)).onTrial?.percent;

  test.each(["by_hand", "automatic"] as const)(
    "a step that was taken back is not the ground of the next one, %s",
    async (mode) => {
      await t.promote(0, mode);
      await t.see(enough);
      if (mode === "by_hand") await say(true, bob);
      await t.see(enough - 1);
      // The engine has not followed it yet.
      await t.store.undo(await lastMove(), ana);
      const { champion } = await t.canary.operations.get();
      t.canary.hear({ challenger: model_id, champion, percent: 1, sessions: [like] });
      await expect(t.promote(10, undefined, bob)).rejects.toMatchObject({ code: "CONFLICT" });
      expect(await logged()).toBe(0);
      await t.canary.follow(true);
      expect(await t.canary.operations.get()).toMatchObject({ percent: 0, mode: "by_hand", sessions: 0 });
      expect(await queue()).toEqual([]);
    },
  );

  /** A trial whose last step is allowed. */
  async function almostThere(): Promise<void> {
    await allowed();
    for (let i = 0; i < 2; i++) {
      await say(true, bob);
      await t.see(enough);
    }
  }

  test.each([
    { what: "panic is pulled", act: () => Object.assign(t, { isHeld: true }) },
    { what: "the model turns", act: () => hear({ ...like, errors: 1 }) },
  ])("while the model is opened that is to decide, $what: it does not, and no word is used up", async ({ act }) => {
    await almostThere();
    t.opening = async () => void act();
    await expect(say(true, bob)).rejects.toMatchObject({ code: "CONFLICT" });
    expect(t.choice).toBe("built-in");
    expect(await percent()).toBe(10);
    expect(await past()).toEqual(["used", "used"]);
  });

  function hear(session: typeof like): void {
    t.canary.hear({ challenger: model_id, champion: shipped, percent: 10, sessions: [session, session] });
  }

  test("a promotion that is taken back before it was followed stays taken back", async () => {
    await almostThere();
    let undone: Promise<void> | undefined;
    t.chosen = async () => {
      t.chosen = async () => {};
      await t.store.undo(await lastMove(), ana);
      undone = t.canary.follow(true);
    };
    await say(true, bob);
    await undone;
    expect(t.choice).toBe("built-in");
    expect(await percent()).toBe(10);
  });

  test("what is said of the model, here or at another engine, is heard from the log", async () => {
    await allowed();
    t.allowed.delete(model_id);
    const said = { entityType: modelEntity, entityId: model_id, kind: "payload_model.evaluated", payload: {} };
    await t.store.append([{ ...said, baseVersion: 0, inverse: null }], bob);
    await vi.waitFor(async () => expect(await percent()).toBeNull());
    expect((await t.canary.operations.get()).history[0]).toMatchObject({ because: "failed", actor: "engine" });
    expect(await past()).toEqual(["superseded"]);
  });

  test("a clock that is set back has nothing asked for again", async () => {
    await allowed();
    await say(true, bob);
    t.pass(-dayMs);
    await t.see(enough);
    const waits = await queue();
    expect(waits).toHaveLength(1);
    await t.see(1);
    expect(await queue()).toEqual(waits);
    await t.undo(await lastMove());
    t.pass(-dayMs);
    await t.see(enough);
    await t.see(1);
    expect((await past()).length + (await queue()).length).toBe(3);
  });
});

test("while panic holds the response no share grows, by nobody's word; taking the model out goes on", async () => {
  await allowed();
  t.isHeld = true;
  await expect(say(true, bob)).rejects.toMatchObject({ code: "CONFLICT", message: /^Panic holds/ });
  await expect(t.promote(1)).rejects.toMatchObject({ code: "CONFLICT", message: /^Panic holds/ });
  expect(await queue()).toHaveLength(1);
  t.isHeld = false;
  await say(true, bob);
  t.isHeld = true;
  await t.canary.operations.rollBack(eve);
  await t.promote(0, "automatic");
  await t.see(enough);
  expect(await percent()).toBe(0);
  t.isHeld = false;
  await t.see(1);
  expect(await percent()).toBe(1);
});
