import { expect, test } from "vitest";
import type { ClassifierOutput, PayloadClassifier, PayloadValue } from "../payload.ts";
import { createTrialRun } from "./session-trial.ts";

const outputOf = (attack: number): ClassifierOutput => ({
  class: attack >= 0.5 ? "xss" : "benign",
  confidence: Math.max(attack, 1 - attack),
  probabilities: [0, attack, 0, 0, 0, 0, 1 - attack],
  family: null,
  tier: "model",
  spans: [],
  set: [],
  cut: false,
});

/** Says what stands in the text. */
function reading(change: (attack: number) => ClassifierOutput): PayloadClassifier {
  const score = (text: string) => change(Number(text));
  return { hash: "h", score, classify: score };
}

const valueOfAttack = (attack: number): PayloadValue => ({
  place: "query",
  name: "q",
  text: String(attack),
  start: 0,
  end: 1,
});
const judged = (attacks: readonly number[]) => [attacks.map(valueOfAttack), attacks.map(outputOf), 1] as const;

test("requests that one flags and the other does not, and how far their worst scores lie apart", () => {
  const run = createTrialRun(
    reading((attack) => outputOf(attack / 2)),
    false,
  );
  run.compare(...judged([0.1, 0.8]));
  run.compare(...judged([0.2]));
  run.compare(...judged([]));
  const trial = run.finish()!;
  expect(trial).toMatchObject({ errors: 0, disagreement: 0.5 });
  expect(trial.drift).toBeCloseTo((0.4 + 0.1) / 2);
  expect(trial.latency).toBeGreaterThanOrEqual(0);
  expect(trial.latency).toBeLessThan(0.5);
});

test("of a session that the challenger decides, its own failures count, and its own time", () => {
  const run = createTrialRun(reading(outputOf), true);
  const failed = { ...outputOf(0.1), degraded: true as const };
  run.compare([valueOfAttack(0.1), valueOfAttack(0.2)], [failed, outputOf(0.2)], 1000);
  expect(run.finish()).toMatchObject({ errors: 0.5, disagreement: 0 });
  expect(run.finish()!.latency).toBeGreaterThan(0.9);
});

test("a session without a value says nothing", () => {
  expect(createTrialRun(reading(outputOf), false).finish()).toBeNull();
});
