import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ModelEvaluation } from "../../../shared/model-figures.ts";
import { loadClassifier } from "../detect/classifier/payload-model.ts";
import { createRuleClassifier } from "../detect/classifier/rules.ts";
import type { PayloadClassifier } from "../detect/payload.ts";
import { evaluateCandidate, falsePositiveAgeMs } from "./evaluate-candidate.ts";
import { generateRows } from "./fixture-rows.ts";
import type { DatasetRow } from "./sample.ts";

const champion = loadClassifier(readFileSync(join(import.meta.dirname, "../../../resources/model/payload.bin")));
const now = Date.UTC(2026, 5, 1);
const rows = generateRows("evaluate", 2400);
const at = "2026-06-01T00:00:00.000Z";
/** Says that it took as long as it is told for each call. */
const clockOf = () => {
  let time = 0;
  return () => time++;
};
const evaluate = (candidate: PayloadClassifier, given: readonly DatasetRow[] = rows) =>
  evaluateCandidate({ candidate, champion, dataset: { id: "v1", rows: given }, now, timer: clockOf() });

test("the champion itself passes against itself, on the test split alone", () => {
  const evaluation = evaluate(champion);
  expect(ModelEvaluation.parse({ ...evaluation, at })).toEqual({ ...evaluation, at });
  expect(evaluation.figures).toEqual(evaluation.champion_figures);
  expect(evaluation.figures.rows).toBe(rows.filter(({ split }) => split === "test").length);
  expect(evaluation.latency.calls).toBeGreaterThanOrEqual(400);
  expect(
    evaluation.gates.filter(({ verdict }) => verdict === "failed").map(({ name, why }) => `${name}: ${why}`),
  ).toEqual([]);
});

test("a weaker model fails, and is told by name where", () => {
  const { gates, passed } = evaluate(createRuleClassifier());
  expect(passed).toBe(false);
  expect(gates.find(({ name }) => name === "classes")).toMatchObject({ verdict: "failed" });
});

test("values that were reported as false positives have to be right, of the last 90 days, in whatever split", () => {
  const flagged = "order 7 OR 8=three";
  expect(champion.score(flagged, { place: "form" }).class).not.toBe("benign");
  const reported = (labelledAt: number): DatasetRow => ({
    ...rows[0]!,
    text: flagged,
    place: "form",
    label: "benign",
    split: "train",
    isFalsePositive: true,
    labelledAt,
  });
  const gateOf = (labelledAt: number) =>
    evaluate(champion, [...rows, reported(labelledAt)]).gates.find(({ name }) => name === "false_positives");
  expect(gateOf(now - 1000)).toMatchObject({ verdict: "failed", rows: 1 });
  expect(gateOf(now - falsePositiveAgeMs - 1)).toMatchObject({ verdict: "passed", rows: 0 });
});

test("without a test split every gate that needs one fails", () => {
  const { gates } = evaluate(
    champion,
    rows.filter(({ split }) => split !== "test"),
  );
  const failed = gates.filter(({ verdict }) => verdict === "failed").map(({ name }) => name);
  expect(failed).toEqual(["precision", "recall", "fpr", "f1", "calibration"]);
});
