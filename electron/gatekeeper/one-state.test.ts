import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { SentinelError } from "../../shared/errors.ts";
import { type GateStage, SignedText } from "../../shared/gatekeeper-protocol.ts";
import { createGateRules } from "../engine/gate-rules.ts";
import type { CallGatekeeper } from "../engine/respond/gatekeeper/gatekeeper-line.ts";
import { gateRuleHash } from "../engine/respond/gatekeeper/rule-difference.ts";
import { gateKey } from "../engine/respond/gatekeeper/signed-text.ts";
import { createControl } from "./control.ts";
import { createHandClock, type GateEngine, openGateEngine } from "./fixture-engine.ts";
import { createHitLog } from "./hit-log.ts";
import { createMeasureLog } from "./measure-log.ts";
import { openRuleStore, type RuleStore } from "./rule-store.ts";

// Whatever is lost, doubled, delayed or restarted on the way between an engine and a gatekeeper: each rule is there in one state, never in
// an older one than before, and in the end in the one that the engine says.

type Step =
  | { readonly do: "stage"; readonly rule: string; readonly stage: GateStage }
  | {
      readonly do:
        | "deliver"
        | "lose"
        | "deafen"
        | "replay"
        | "restart gatekeeper"
        | "restart engine"
        | "forget"
        | "panic"
        | "rearm";
    };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant("stage" as const),
      rule: fc.constantFrom("a", "b", "c"),
      stage: fc.constantFrom<GateStage>("off", "log", "tag", "block"),
    }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constantFrom("deliver" as const, "lose", "deafen", "replay") }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constantFrom("restart gatekeeper" as const, "restart engine", "forget", "panic", "rearm"),
    }),
  },
);

const gateSeed = Buffer.alloc(32, 3);
const engineSeed = Buffer.alloc(32, 4);
const key = gateKey(gateSeed);

/** A gatekeeper without its sockets, and a way to it that fails as it is told. */
async function openWorld() {
  const folder = mkdtempSync(join(tmpdir(), "sentinel-one-state-"));
  const clock = createHandClock();
  let rules: RuleStore;
  let control: ReturnType<typeof createControl>;
  const heard: { route: string; body: string }[] = [];
  const way = { isLost: false, isDeaf: false };

  async function start(): Promise<void> {
    rules = await openRuleStore({ folder, own: key, engine: gateKey(engineSeed) });
    const counters = () => ({
      requests: 0,
      logged: 0,
      tagged: 0,
      challenged: 0,
      blocked: 0,
      passed_unchecked: 0,
      passed_cut: 0,
      refused: 0,
      upstream_failures: 0,
      hits_dropped: 0,
    });
    const startedAt = clock.now();
    const hits = createHitLog({ next: 1, hits: [] });
    const options = {
      seed: gateSeed,
      engine: gateKey(engineSeed),
      clock,
      version: "0",
      startedAt,
      rules,
      hits,
      measures: createMeasureLog({ next: 1, measures: [] }, () => 0),
      counters,
    };
    control = createControl({ ...options, problem: () => null });
  }
  await start();

  const call: CallGatekeeper = async (_to, { method, path, body }) => {
    const unavailable = () => new SentinelError("UNAVAILABLE", "lost");
    if (way.isLost) throw unavailable();
    heard.push({ route: `${method} ${path}`, body });
    const answer = await control(JSON.parse(body), `${method} ${path}`);
    if (answer === null || way.isDeaf) throw unavailable();
    return JSON.stringify(SignedText.parse(answer));
  };

  return {
    clock,
    call,
    way,
    start,
    rules: () => rules.all(),
    /** Some message that was heard before, once more. */
    async replay(): Promise<void> {
      for (const { route, body } of heard.slice(-20)) await control(JSON.parse(body), route);
    },
    async forget(): Promise<void> {
      rmSync(join(folder, "rules.json"), { force: true });
      await start();
    },
    close: () => rmSync(folder, { recursive: true, force: true }),
  };
}

test(
  "allowed and banned cannot both be: one id has one state, under every order of what may happen",
  async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 30 }), async (steps) => {
        const world = await openWorld();
        const { clock } = world;
        const path = join(mkdtempSync(join(tmpdir(), "sentinel-one-state-db-")), "db");
        const openEngine = () => openGateEngine({ clock, path, seed: engineSeed, call: world.call });
        let engine: GateEngine = await openEngine();
        await engine.add({ control: "http://127.0.0.1:1", key });
        const settle = async () => {
          clock.move(61_000);
          await engine.gatekeeping.settle();
        };
        let versions = new Map<string, number>();
        const look = () => {
          const now = world.rules();
          expect(new Set(now.map(({ id }) => id)).size).toBe(now.length);
          for (const { id, version } of now) expect(version).toBeGreaterThanOrEqual(versions.get(id) ?? 0);
          versions = new Map(now.map(({ id, version }) => [id, version]));
        };
        try {
          for (const one of steps) {
            switch (one.do) {
              case "stage":
                await engine.stage(one.rule, one.stage);
                break;
              case "deliver":
                Object.assign(world.way, { isLost: false, isDeaf: false });
                await settle();
                break;
              case "lose":
                world.way.isLost = true;
                await settle();
                break;
              case "deafen":
                Object.assign(world.way, { isLost: false, isDeaf: true });
                await settle();
                break;
              case "replay":
                await world.replay();
                break;
              case "restart gatekeeper":
                await world.start();
                break;
              case "forget":
                await world.forget();
                versions = new Map();
                break;
              case "panic":
                await engine.panic();
                break;
              case "rearm":
                await engine.rearm();
                break;
              case "restart engine":
                await engine.kill();
                await engine.store.close();
                engine = await openEngine();
            }
            look();
          }
          Object.assign(world.way, { isLost: false, isDeaf: false });
          await engine.rearm();
          for (let i = 0; i < 3; i++) await settle();
          look();
          const should = await createGateRules({ store: engine.store, book: engine.book }).all();
          const acting = should.filter(({ stage }) => stage !== "off").map(gateRuleHash);
          const there = world.rules().filter(({ stage }) => stage !== "off");
          expect(there.map(gateRuleHash).sort()).toEqual(acting.sort());
          expect((await engine.gatekeeping.operations.list()).items[0]).toMatchObject({ state: "in_step", waiting: 0 });
        } finally {
          await engine.close();
          world.close();
          rmSync(join(path, ".."), { recursive: true, force: true });
        }
      }),
      { numRuns: 12 * Number(process.env.TORTURE ?? 1) },
    );
  },
  180_000 * Number(process.env.TORTURE ?? 1),
);
