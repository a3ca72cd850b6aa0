import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import type { GateState } from "../../shared/gatekeeper-protocol.ts";
import type { Place } from "../../shared/payload.ts";
import { createGatekeeperCaller } from "../adapters/gatekeeper.ts";
import type { Clock } from "../engine/base/clock.ts";
import { payloadSampleId } from "../engine/learn/sample-identity.ts";
import type { CallGatekeeper } from "../engine/respond/gatekeeper/gatekeeper-line.ts";
import { addHits } from "../engine/respond/gatekeeper/hit-table.ts";
import { ruleById } from "../engine/respond/rules/rule-state.ts";
import { auditOf } from "./fixture-audit.ts";
import { admin, createHandClock, type GateEngine, openGateEngine } from "./fixture-engine.ts";
import { gateRule, openGatekeeper, openServer, type TestGatekeeper, visit } from "./fixture-gatekeeper.ts";

const closing: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

const attack = "/s?q=1%20union%20select%202";
const statusOf = async (gatekeeper: TestGatekeeper, path = attack) => (await visit(gatekeeper.origin, path)).status;

/** An engine and a gatekeeper before an application that answers everything. */
async function open(options: Parameters<typeof openGateEngine>[0] & { gateClock?: Clock; folder?: string } = {}) {
  const app = await openServer((request, response) => response.end(String(request.headers["x-sentinel-tag"] ?? "")));
  closing.push(app.close);
  const engine = await openGateEngine(options);
  closing.push(engine.close);
  const gatekeeper = await openGatekeeper(app.origin, {
    engine: engine.key,
    ...(options.folder === undefined ? {} : { folder: options.folder }),
    ...(options.gateClock === undefined ? {} : { clock: options.gateClock }),
  });
  closing.push(gatekeeper.close);
  return { app, engine, gatekeeper };
}

async function first(engine: GateEngine) {
  const [shown] = (await engine.gatekeeping.operations.list()).items;
  return shown!;
}

test("a rule does more stage by stage, and less at once; a removed one does nothing; every change is pushed by itself", async () => {
  const { engine, gatekeeper } = await open();
  await engine.add(gatekeeper);
  await engine.stage("a", "log");
  const becomes = (status: number, tag: string) =>
    expect
      .poll(
        async () => {
          const { status: is, text } = await visit(gatekeeper.origin, attack);
          return [is, is === 200 ? text : ""];
        },
        { timeout: 20_000 },
      )
      .toEqual([status, tag]);
  await engine.gatekeeping.settle();
  await becomes(200, "");
  await engine.stage("a", "tag");
  await becomes(200, "a");
  await engine.stage("a", "block");
  await becomes(403, "");
  await engine.stage("a", "log");
  await becomes(200, "");
  await engine.stage("a", "block");
  await becomes(403, "");
  await engine.stage("a", "off");
  await becomes(200, "");
  await engine.gatekeeping.settle();
  expect(await first(engine)).toMatchObject({
    state: "in_step",
    waiting: 0,
    rules: [],
    counters: { passed_unchecked: 0 },
  });
});

test("hits come in once, with masked examples, by minute; they are bounded", async () => {
  const clock = createHandClock();
  const { engine, gatekeeper } = await open({ clock });
  await engine.add(gatekeeper);
  await engine.stage("a", "block");
  await engine.gatekeeping.settle();
  const secret = "sk_live_4eC39HqLyjWDarjtT1zdp7dc";
  for (let i = 0; i < 20; i++) expect(await statusOf(gatekeeper, `${attack}%20${secret}`)).toBe(403);
  const { operations } = engine.gatekeeping;
  for (let i = 0; i < 3; i++) {
    clock.move(5_000);
    await engine.gatekeeping.settle();
  }
  const { total, examples, steps } = await operations.hits({ rule: "a", hours: 1 });
  expect(total).toBe(20);
  expect(steps.reduce((sum, step) => sum + step.blocked, 0)).toBe(20);
  expect(examples.length).toBeGreaterThan(0);
  expect(examples.length).toBeLessThanOrEqual(6);
  expect(JSON.stringify(examples)).not.toContain(secret);
  // What is asked for again is not counted again.
  await engine.gatekeeping.settle();
  expect((await operations.hits({ rule: "a", hours: 1 })).total).toBe(20);
});

describe("a gatekeeper that fails", () => {
  /** Calls the real one unless told to fail. */
  function createMoody() {
    const real = createGatekeeperCaller(2000);
    const moods: { now: "well" | "broken" | "slow" | "deaf" } = { now: "well" };
    let calls = 0;
    const call: CallGatekeeper = async (to, request) => {
      calls++;
      if (moods.now === "broken") return await createGatekeeperCaller()({ ...to, address: broken }, request);
      if (moods.now === "slow") return await createGatekeeperCaller(50)({ ...to, address: slow }, request);
      const answer = await real(to, request);
      // It took it, and nobody hears that it did.
      if (moods.now === "deaf") return await createGatekeeperCaller()({ ...to, address: broken }, request);
      return answer;
    };
    let broken = "";
    let slow = "";
    return {
      call,
      moods,
      calls: () => calls,
      async start() {
        const one = await openServer((_request, response) => response.writeHead(500).end());
        const other = await openServer(() => {});
        closing.push(one.close, other.close);
        [broken, slow] = [one.origin, other.origin];
      },
    };
  }

  test.each(["broken", "slow", "deaf"] as const)(
    "is %s for an hour: what waits is kept, tried less and less, and arrives",
    async (mood) => {
      const clock = createHandClock();
      const moody = createMoody();
      await moody.start();
      const { engine, gatekeeper } = await open({ clock, gateClock: clock, call: moody.call });
      await engine.add(gatekeeper);
      await engine.gatekeeping.settle();
      moody.moods.now = mood;
      await engine.stage("a", "block");
      await engine.gatekeeping.settle();
      const before = moody.calls();
      for (let minute = 0; minute < 60; minute++) {
        clock.move(60_000);
        await engine.gatekeeping.settle();
      }
      const tries = moody.calls() - before;
      expect(tries).toBeGreaterThan(20);
      expect(tries).toBeLessThan(200);
      expect(await first(engine)).toMatchObject({
        state: "away",
        waiting: 1,
        rules: [{ id: "a", waits: { held: false } }],
      });
      expect((await engine.gatekeeping.health())?.status).toBe("degraded");
      moody.moods.now = "well";
      clock.move(60_000);
      await engine.gatekeeping.settle();
      expect(await first(engine)).toMatchObject({ state: "in_step", waiting: 0, problem: null });
      expect(await statusOf(gatekeeper)).toBe(403);
    },
  );

  test("what is lowered meanwhile goes first, and is tried at once", async () => {
    const clock = createHandClock();
    const moody = createMoody();
    await moody.start();
    const { engine, gatekeeper } = await open({ clock, gateClock: clock, call: moody.call });
    await engine.add(gatekeeper);
    await engine.stage("a", "block");
    await engine.gatekeeping.settle();
    moody.moods.now = "broken";
    for (const id of ["b", "c", "d"]) await engine.stage(id, "block", { kind: "string", text: id });
    for (let i = 0; i < 5; i++) {
      clock.move(120_000);
      await engine.gatekeeping.settle();
    }
    moody.moods.now = "well";
    // Left alone for now, but for this.
    await engine.stage("a", "log");
    await expect.poll(() => statusOf(gatekeeper), { timeout: 20_000 }).toBe(200);
  });

  test("one that answers what it is told and does another thing is found, noted once, and set right", async () => {
    const { engine, gatekeeper } = await open();
    const id = await engine.add(gatekeeper);
    await engine.stage("a", "block");
    await engine.gatekeeping.settle();
    // Behind the engine's back, under its own key: the rule is gone and another is there.
    const stolen = { seed: engine.seed, seq: 1000 };
    const other = gateRule("x", { kind: "string", text: "tea" });
    await gatekeeper.ask({ kind: "rules", rules: [other] }, stolen);
    expect(await statusOf(gatekeeper)).toBe(200);
    const shown = await engine.gatekeeping.operations.compare({ id });
    expect(shown).toMatchObject({ state: "in_step", differences: [] });
    expect(await statusOf(gatekeeper)).toBe(403);
    expect(await statusOf(gatekeeper, "/?q=tea")).toBe(200);
    expect(await auditOf(engine.store, "gatekeeper.differed")).toMatchObject([
      {
        payload: {
          differences: [
            { rule: "a", is: "missing" },
            { rule: "x", is: "unknown", there: "block" },
          ],
        },
      },
    ]);
  });

  test("one that says yes and does nothing is shown as such", async () => {
    const { engine, gatekeeper, app } = await open();
    // It passes on what it is asked, but keeps pushes to itself: an answer of its own key, from another gatekeeper with the same one.
    const twin = await openGatekeeper(app.origin, { engine: engine.key, folder: gatekeeper.folder });
    closing.push(twin.close);
    const real = createGatekeeperCaller();
    const id = await engine.add(gatekeeper);
    await engine.gatekeeping.close();
    const liar = await openGateEngine({
      store: engine.store,
      seed: engine.seed,
      call: (to, request) =>
        real({ ...to, address: request.method === "PUT" ? twin.control : gatekeeper.control }, request),
    });
    closing.push(liar.kill);
    await liar.stage("a", "block");
    await liar.gatekeeping.settle();
    const shown = await liar.gatekeeping.operations.compare({ id });
    expect(shown).toMatchObject({ state: "differs", differences: [{ rule: "a", is: "missing", here: "block" }] });
    expect((await liar.gatekeeping.health())?.detail).toContain("enforces something else");
  });

  test("one without the paired key is not believed", async () => {
    const { engine, gatekeeper, app } = await open();
    const impostor = await openGatekeeper(app.origin, { engine: engine.key });
    closing.push(impostor.close);
    await engine.add({ control: impostor.control, key: gatekeeper.key });
    await engine.stage("a", "block");
    await engine.gatekeeping.settle();
    expect(await first(engine)).toMatchObject({ state: "away", waiting: 1 });
    expect(await statusOf(impostor)).toBe(200);
  });

  test("another engine's pushes are refused, and it is told to compare the keys", async () => {
    const { engine, gatekeeper } = await open();
    const other = await openGateEngine();
    closing.push(other.close);
    await engine.add(gatekeeper);
    await other.add(gatekeeper);
    await other.stage("a", "block");
    await other.gatekeeping.settle();
    expect((await first(other)).problem).toContain("does not obey this engine");
    expect(await statusOf(gatekeeper)).toBe(200);
  });

  test.each([-3_600_000, 86_400_000])(
    "whose clock is %i ms off is served all the same, and its offset is known",
    async (offset) => {
      const { engine, gatekeeper } = await open({ gateClock: { now: () => Date.now() + offset } });
      await engine.add(gatekeeper);
      await engine.stage("a", "block");
      await engine.gatekeeping.settle();
      expect(await statusOf(gatekeeper)).toBe(403);
      expect(Math.abs((await first(engine)).clock_offset_ms - offset)).toBeLessThan(60_000);
    },
  );
});

test("an engine that dies with pushes in its outbox sends them after its start, also when its numbers are older", async () => {
  const folder = mkdtempSync(join(tmpdir(), "sentinel-gate-engine-"));
  closing.push(() => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, "sentinel.db");
  const away: CallGatekeeper = () =>
    createGatekeeperCaller()(
      { address: "http://127.0.0.1:9", is_public: false },
      { method: "PUT", path: "/", body: "" },
    );
  const { engine, gatekeeper } = await open({ path, call: away });
  await engine.add(gatekeeper);
  await engine.stage("a", "block");
  await engine.stage("b", "block", { kind: "string", text: "sleep(" });
  await engine.gatekeeping.settle();
  expect((await first(engine)).waiting).toBe(2);
  await engine.kill();
  await engine.store.close();
  closing.splice(closing.indexOf(engine.close), 1);
  // Meanwhile somebody with the key (this engine, from a newer backup) used higher numbers.
  await gatekeeper.ask({ kind: "rules", rules: [] }, { seed: engine.seed, seq: 500 });

  const again = await openGateEngine({ path, seed: engine.seed, clock: { now: () => Date.now() + 120_000 } });
  closing.push(again.close);
  await again.gatekeeping.settle();
  expect(await first(again)).toMatchObject({ state: "in_step", waiting: 0 });
  expect(await statusOf(gatekeeper)).toBe(403);
  expect(await statusOf(gatekeeper, "/?q=sleep(5)")).toBe(403);
});

test("a gatekeeper that restarts goes on by itself, and one that lost everything is given it again", async () => {
  const folder = mkdtempSync(join(tmpdir(), "sentinel-gatekeeper-"));
  closing.push(() => rmSync(folder, { recursive: true, force: true }));
  const { app, engine, gatekeeper } = await open({ folder });
  await engine.add(gatekeeper);
  await engine.stage("a", "block");
  await engine.gatekeeping.settle();
  const port = Number(new URL(gatekeeper.control).port);
  await gatekeeper.close();
  closing.splice(closing.indexOf(gatekeeper.close), 1);
  const second = await openGatekeeper(app.origin, { engine: engine.key, folder, controlPort: port });
  expect(await statusOf(second)).toBe(403);
  await second.close();
  rmSync(join(folder, "rules.json"));
  const third = await openGatekeeper(app.origin, { engine: engine.key, folder, controlPort: port });
  closing.push(third.close);
  expect(await statusOf(third)).toBe(200);
  await engine.gatekeeping.operations.compare({ id: (await first(engine)).id });
  expect(await statusOf(third)).toBe(403);
});

test("while panic holds, nothing is pushed that does more; what does less goes through; re-arming lets the rest go", async () => {
  const { engine, gatekeeper } = await open();
  await engine.add(gatekeeper);
  await engine.stage("a", "block");
  await engine.gatekeeping.settle();
  await engine.panic();
  await engine.stage("b", "block", { kind: "string", text: "sleep(" });
  await engine.stage("a", "tag");
  await engine.gatekeeping.settle();
  expect(await statusOf(gatekeeper)).toBe(200);
  expect(await statusOf(gatekeeper, "/?q=sleep(5)")).toBe(200);
  expect(await first(engine)).toMatchObject({
    state: "held",
    rules: [
      { id: "a", stage: "tag" },
      { id: "b", waits: { held: true } },
    ],
  });
  await engine.rearm();
  await expect.poll(() => statusOf(gatekeeper, "/?q=sleep(5)"), { timeout: 20_000 }).toBe(403);
});

test("a panic while pushes go out holds those that have not gone yet", async () => {
  const real = createGatekeeperCaller();
  let pushed = 0;
  const { engine, gatekeeper } = await open({
    async call(to, request) {
      const answer = await real(to, request);
      if (request.body.includes("word-") && ++pushed === 1) await engine.panic();
      return answer;
    },
  });
  // Held, so that all wait for one round.
  await engine.panic();
  await engine.add(gatekeeper);
  for (const id of ["a", "b", "c"]) await engine.stage(id, "block", { kind: "string", text: `word-${id}` });
  await engine.gatekeeping.settle();
  expect(await engine.gatekeeping.waitingRaises()).toBe(3);
  await engine.rearm();
  await engine.gatekeeping.settle();
  expect(pushed).toBe(1);
  expect(await engine.gatekeeping.waitingRaises()).toBe(2);
  expect(await first(engine)).toMatchObject({ state: "held" });
});

describe("a rule is lowered only by evidence", () => {
  test("an analyst who calls one of its hits false lowers it, which opens the way within a moment, and says why", async () => {
    const { engine, gatekeeper } = await open();
    await engine.add(gatekeeper);
    await engine.stage("a", "block");
    await engine.gatekeeping.settle();
    expect(await statusOf(gatekeeper)).toBe(403);
    const { operations } = engine.gatekeeping;
    await expect
      .poll(
        async () => {
          await engine.gatekeeping.settle();
          return (await operations.hits({ rule: "a", hours: 1 })).examples.length;
        },
        { timeout: 20_000 },
      )
      .toBe(1);
    const [example] = (await operations.hits({ rule: "a", hours: 1 })).examples;
    const draft = { id: example!.id, base_version: 0 };
    expect(await operations.judge({ ...draft, verdict: "attack" }, admin)).toMatchObject({ lowered: false });
    expect(await engine.stageOf("a")).toBe("block");
    expect(await operations.judge({ ...draft, base_version: 1, verdict: "false_positive" }, admin)).toMatchObject({
      lowered: true,
    });
    expect(await engine.stageOf("a")).toBe("log");
    await expect.poll(() => statusOf(gatekeeper), { timeout: 20_000 }).toBe(200);
    expect(await auditOf(engine.store, "rule.rollback_evidenced")).toMatchObject([
      { payload: { rule: "a", hit: example!.id } },
    ]);
  });

  test.each(["query" as const, null])(
    "a value that is labelled benign, at %s, lowers what stops it, before or after it was stopped",
    async (place) => {
      const clock = createHandClock();
      const { engine, gatekeeper } = await open({ clock, gateClock: clock });
      await engine.add(gatekeeper);
      await engine.stage("a", "block");
      await engine.stage("b", "block", { kind: "string", text: "sleep(" });
      await engine.gatekeeping.settle();
      const settle = async () => {
        clock.move(5_000);
        await engine.gatekeeping.settle();
      };
      await engine.label(place, "how%20to%20union%20select", "benign");
      expect(await statusOf(gatekeeper)).toBe(403);
      expect(await statusOf(gatekeeper, "/?q=sleep(5)")).toBe(403);
      await settle();
      // Neither is what was labelled.
      expect([await engine.stageOf("a"), await engine.stageOf("b")]).toEqual(["block", "block"]);
      expect(await statusOf(gatekeeper, "/?q=how%20to%20union%20select")).toBe(403);
      await settle();
      expect([await engine.stageOf("a"), await engine.stageOf("b")]).toEqual(["log", "block"]);
      await engine.label(place, "sleep(5)", "sql_injection");
      await settle();
      expect(await engine.stageOf("b")).toBe("block");
      await engine.label(place, "sleep(5)", "benign");
      await settle();
      expect(await engine.stageOf("b")).toBe("log");
      const why = (await auditOf(engine.store, "rule.rollback_evidenced")).map(
        ({ payload }) => (payload as { why: string }).why,
      );
      expect(why).toEqual([expect.stringContaining("labelled benign"), expect.stringContaining("labelled benign")]);
      await settle();
      expect(await statusOf(gatekeeper)).toBe(200);
    },
  );

  test("a hit that its rule cannot have made is the gatekeeper's lie, and lowers nothing", async () => {
    const { engine, gatekeeper } = await open();
    const id = await engine.add(gatekeeper);
    await engine.stage("a", "block");
    await engine.stage("b", "block", { kind: "string", text: "ordinary" });
    await engine.gatekeeping.settle();
    await engine.label("query", "ordinary words", "benign");
    const version = (rule: string) => engine.store.read(ruleById, rule).then((one) => one!.version);
    let seq = 0;
    const tell = async (rule: string, at: number, place: Place = "query", path = "/s") => {
      const sample = payloadSampleId("query", "ordinary words");
      const example = { at: new Date().toISOString(), method: "GET", path, place, name: "q", excerpt: "union select" };
      const hits = {
        ...{ seq: ++seq, rule, version: at, minute: new Date().toISOString(), deed: "blocked" as const, count: 1 },
        examples: [{ ...example, sample, anywhere: null, client: null }],
      };
      await engine.store.write(addHits, { gatekeeper: id, hits: [hits], now: Date.now() });
      await engine.label("query", `another ${seq}`, "benign");
      await engine.gatekeeping.settle();
    };
    const lies = async () => (await auditOf(engine.store, "gatekeeper.lied")).length;
    // Of another version than the one that is known, or cut: it is no evidence, and no lie.
    await tell("a", (await version("a")) + 1);
    await tell("a", await version("a"), "query", "/s\u2026");
    expect([await engine.stageOf("a"), await lies(), (await first(engine)).problem]).toEqual(["block", 0, null]);
    await tell("a", await version("a"));
    await tell("b", await version("b"), "header");
    expect([await engine.stageOf("a"), await engine.stageOf("b"), await lies()]).toEqual(["block", "block", 2]);
    expect((await first(engine)).problem).toContain("does not match");
    expect(await engine.gatekeeping.health()).toMatchObject({ status: "degraded" });
    await tell("b", await version("b"));
    expect([await engine.stageOf("a"), await engine.stageOf("b"), await lies()]).toEqual(["block", "log", 2]);
  });

  test("a flood of hits alarms and disarms nothing", async () => {
    const { engine, gatekeeper } = await open();
    await engine.add(gatekeeper);
    await engine.stage("a", "block");
    await engine.gatekeeping.settle();
    for (let i = 0; i < 12; i++) await Promise.all(Array.from({ length: 10 }, () => statusOf(gatekeeper)));
    await expect
      .poll(
        async () => {
          await engine.gatekeeping.settle();
          return (await engine.gatekeeping.operations.list()).floods.length;
        },
        { timeout: 40_000 },
      )
      .toBe(1);
    expect((await engine.gatekeeping.health())?.detail).toContain("far more");
    expect(await engine.stageOf("a")).toBe("block");
    expect(await statusOf(gatekeeper)).toBe(403);
  });
});

test("only an admin says where rules go, and not outside of private networks in clear", async () => {
  const { engine, gatekeeper } = await open();
  const { operations } = engine.gatekeeping;
  const draft = { base_version: 0, name: "x", address: gatekeeper.control, key: gatekeeper.key, is_public: false };
  await expect(operations.save(draft, { ...admin, role: "approver" })).rejects.toMatchObject({ code: "FORBIDDEN" });
  for (const address of ["http://127.0.0.1:1/path", "ftp://127.0.0.1", "http://a:b@127.0.0.1", "127.0.0.1:80"]) {
    await expect(operations.save({ ...draft, address }, admin)).rejects.toMatchObject({ code: "INPUT_INVALID" });
  }
  const outside = { ...draft, address: "http://203.0.113.7:80" };
  await expect(operations.save({ ...outside, is_public: true }, admin)).rejects.toMatchObject({
    code: "INPUT_INVALID",
  });
  await operations.save(outside, admin);
  await engine.gatekeeping.settle();
  expect((await first(engine)).problem).toContain("is no address of this machine");
});

test("what is removed is pushed to no more, and comes back by undo", async () => {
  const { engine, gatekeeper } = await open();
  const id = await engine.add(gatekeeper);
  await engine.stage("a", "block");
  await engine.gatekeeping.settle();
  const { event_id } = await engine.gatekeeping.operations.remove({ id, base_version: 1 }, admin);
  await engine.stage("a", "off");
  await engine.gatekeeping.settle();
  expect(await statusOf(gatekeeper)).toBe(403);
  await engine.store.undo(event_id, admin);
  await expect.poll(() => statusOf(gatekeeper), { timeout: 20_000 }).toBe(200);
  const state = (await gatekeeper.ask({ kind: "state" }, { seed: engine.seed })) as GateState;
  expect(state.rules.every(({ stage }) => stage === "off")).toBe(true);
});
