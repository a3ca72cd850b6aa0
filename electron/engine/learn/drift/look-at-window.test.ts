import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createRandom, type Random } from "../../detect/anomaly/random.ts";
import { describeReference } from "../../detect/anomaly/reference.ts";
import { plainVerdict } from "../../detect/verdicts/plain-verdict.ts";
import type { LottedVerdict } from "../../detect/verdicts/verdict-record.ts";
import type { StoreHost } from "../../store/store.ts";
import { addEvidence, flagged, openAlertStore, storeSessions, withdraw } from "../../triage/fixture-alerts.ts";
import { learnModule } from "../learn-module.ts";
import { modelModule } from "../registry/model-state.ts";
import { driftModule } from "./drift-tables.ts";
import { type DriftQuestion, lookAtWindow } from "./look-at-window.ts";

const schema = ["pace", "errors"];
const draw = (random: Random) => Float64Array.of(10 + 90 * random.next(), random.next() < 0.1 ? random.next() : 0);

let store: StoreHost;
let random: Random;
let reference: DriftQuestion["behaviour"];
let question: DriftQuestion;

beforeEach(async () => {
  store = openAlertStore(driftModule, learnModule, modelModule);
  await addEvidence(store, "e1");
  random = createRandom(4);
  const rows = Array.from({ length: 600 }, () => draw(random));
  reference = { model: "a", sessions: rows.length, features: describeReference(rows, schema) };
  question = {
    since: 0,
    extractorVersion: "1",
    schema,
    behaviour: reference,
    behaviourScores: null,
    payload: null,
  };
});
afterEach(() => store.close());

let made = 0;
/** An ordinary session of a client of its own, but for what a test is about. */
function ordinary(told: Partial<LottedVerdict> = {}): LottedVerdict {
  made++;
  const address = `198.51.${made >> 8}.${made & 255}`;
  return plainVerdict({
    id: `v${String(made).padStart(6, "0")}`,
    evidenceId: "e1",
    client: address,
    decidedAt: 1000,
    features: draw(random),
    ...told,
  });
}
const many = (count: number, told: () => Partial<LottedVerdict> = () => ({})) =>
  Array.from({ length: count }, () => ordinary(told()));

describe("a window", () => {
  test("of stable traffic is stable; what was decided before it is not in it", async () => {
    await storeSessions(store, ...many(300, () => ({ features: Float64Array.of(5000, 1), decidedAt: 10 })));
    await storeSessions(store, ...many(250));
    const look = await store.read(lookAtWindow, { ...question, since: 500 });
    expect(look).toMatchObject({ sessions: 250, read: 250, stored: 250, from: 1000, to: 1000 });
    expect(look.items.map(({ level }) => level)).toEqual(["stable", "stable"]);
    expect((await store.read(lookAtWindow, question)).items[0]!.level).toBe("drifted");
    expect(await store.read(lookAtWindow, { ...question, since: 2000 })).toMatchObject({ sessions: 0, from: null });
  });

  test("counts a client once, however many sessions it has: a flood is no drift", async () => {
    await storeSessions(store, ...many(200));
    const flood = () => ({ client: "203.0.113.9", features: Float64Array.of(90_000, 1) });
    await storeSessions(store, ...many(3000, flood));
    const look = await store.read(lookAtWindow, question);
    expect(look).toMatchObject({ sessions: 201, read: 3200 });
    expect(look.items.every(({ level }) => level === "stable")).toBe(true);
  });

  test("leaves out whoever was ever flagged, withdrawn evidence and vectors of another version; a file stands for unknown clients", async () => {
    await addEvidence(store, "e2");
    await addEvidence(store, "e3");
    await storeSessions(store, ...many(3), flagged({ client: "203.0.113.7" }));
    await storeSessions(store, ordinary({ client: "203.0.113.7" }), ordinary({ evidenceId: "e2" }));
    await storeSessions(store, ...many(4, () => ({ client: null, evidenceId: "e3" })));
    const inputs = { ...plainVerdict({}).inputs, extractorVersion: "0" };
    await storeSessions(store, ordinary({ inputs }));
    await withdraw(store, "e2");
    expect(await store.read(lookAtWindow, question)).toMatchObject({ sessions: 4, read: 11 });
  });

  test("with too few sessions tells nothing", async () => {
    await storeSessions(store, ...many(99));
    expect(await store.read(lookAtWindow, question)).toMatchObject({ sessions: 99, items: [] });
  });

  test("that holds more than is read is read evenly, and again the same", async () => {
    const late = () => ({ decidedAt: 5000, features: Float64Array.of(400, 0) });
    await storeSessions(store, ...many(20_000), ...many(5000, late));
    const look = await store.read(lookAtWindow, question);
    expect(look).toMatchObject({ read: 20_000, stored: 25_000, sessions: 20_000 });
    const late_share = look.items.find(({ name }) => name === "pace")!.bins.at(-2)!.live;
    expect(late_share).toBeCloseTo(0.2, 2);
    expect(await store.read(lookAtWindow, question)).toEqual(look);
  }, 60_000);
});

describe("what moved", () => {
  test("is named, with sessions where it shows, the newest first", async () => {
    await storeSessions(store, ...many(200), ...many(100, () => ({ features: Float64Array.of(500, 0) })));
    const { items } = await store.read(lookAtWindow, question);
    expect(items[0]).toMatchObject({ name: "pace", subject: "feature", level: "drifted", sessions: 300 });
    expect(items[0]!.examples).toHaveLength(5);
    expect(items[0]!.examples[0]).toMatchObject({ id: `v${String(made).padStart(6, "0")}`, requestLine: "GET /" });
    expect(items[1]).toMatchObject({ name: "errors", level: "stable", examples: [] });
  });

  test("scores are held against the model that gave them, of the sessions that it judged", async () => {
    const scores = describeReference(
      Array.from({ length: 100 }, () => Float64Array.of(0.1 + 0.02 * random.next())),
      ["behavioral_score"],
    );
    const { inputs } = plainVerdict({});
    const now = { ...inputs, anomalyHash: "now", modelHash: "payload" };
    await storeSessions(store, ...many(150, () => ({ behavioralScore: 0.9 })));
    await storeSessions(store, ...many(150, () => ({ inputs: now, behavioralScore: 0.4 })));
    const asked: DriftQuestion = {
      ...question,
      behaviourScores: { model: "now", sessions: 100, features: scores },
      payload: { model: "payload", sessions: 600, features: [reference!.features[1]!] },
    };
    const look = await store.read(lookAtWindow, asked);
    expect(look.payloadSessions).toBe(150);
    expect(look.items[0]).toMatchObject({ subject: "behaviour_score", level: "drifted", sessions: 150 });
    expect(
      look.items
        .filter(({ name }) => name === "errors")
        .map(({ subject }) => subject)
        .sort(),
    ).toEqual(["feature", "payload_score"]);
  });
});
