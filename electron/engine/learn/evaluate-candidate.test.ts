import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ModelEvaluation } from "../../../shared/model-figures.ts";
import { loadClassifier } from "../detect/classifier/payload-model.ts";
import { createRuleClassifier } from "../detect/classifier/rules.ts";
import type { PayloadClassifier } from "../detect/payload.ts";
import { evaluateCandidate } from "./evaluate-candidate.ts";
import { addFittedRows, type FittedRows, noFittedRows, unknownFittedRows } from "./fitted-rows.ts";
import { generateRows } from "./fixture-rows.ts";
import type { ReportedValue } from "./reported-now.ts";
import type { DatasetRow } from "./sample.ts";

const champion = loadClassifier(readFileSync(join(import.meta.dirname, "../../../resources/model/payload.bin")));
const rows = generateRows("evaluate", 2400);
const at = "2026-06-01T00:00:00.000Z";
/** Says that it took as long as it is told for each call. */
const clockOf = () => {
  let time = 0;
  return () => time++;
};
const evaluate = (
  candidate: PayloadClassifier,
  given: readonly DatasetRow[] = rows,
  { reported = [], fitted = noFittedRows }: { reported?: readonly ReportedValue[]; fitted?: FittedRows } = {},
) => evaluateCandidate({ candidate, champion, dataset: { id: "v1", rows: given }, fitted, reported, timer: clockOf() });
const gateOf = ({ gates }: ReturnType<typeof evaluate>, wanted: string) => gates.find(({ name }) => name === wanted);

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

test("values that were reported as false positives have to be right, also where no row of the version holds them", () => {
  const flagged = { id: "reported", text: "order 7 OR 8=three", place: "form" } as const;
  expect(champion.score(flagged.text, { place: flagged.place }).class).not.toBe("benign");
  const evaluation = evaluate(champion, rows, { reported: [flagged, { id: "plain", text: "hello", place: null }] });
  expect(gateOf(evaluation, "false_positives")).toMatchObject({ verdict: "failed", rows: 2 });
  expect(evaluation.fixed).toEqual(["plain"]);
});

test("rows that the candidate or its lineage was fitted to are not what it is judged on", () => {
  const tested = rows.filter(({ split }) => split === "test");
  const some = addFittedRows(noFittedRows, tested.slice(0, 40));
  const evaluation = evaluate(champion, rows, { fitted: some });
  expect(evaluation.figures.rows).toBe(tested.length - 40);
  expect(gateOf(evaluation, "held_out")).toMatchObject({ verdict: "passed", rows: tested.length });
  expect(gateOf(evaluation, "held_out")!.why).toContain(`40 of the ${tested.length} test rows`);
  // Too few are left for a verdict.
  const most = addFittedRows(noFittedRows, tested.slice(0, -20));
  const failed = evaluate(champion, rows, { fitted: most }).gates.filter(({ verdict }) => verdict === "failed");
  expect(failed.map(({ name }) => name)).toEqual(expect.arrayContaining(["f1", "calibration"]));
});

test("where nobody knows what it was fitted to, no figure can be believed", () => {
  const evaluation = evaluate(champion, rows, { fitted: unknownFittedRows });
  expect(gateOf(evaluation, "held_out")).toMatchObject({ verdict: "failed" });
  expect(evaluation.passed).toBe(false);
});

test("without a test split every gate that needs one fails", () => {
  const { gates } = evaluate(
    champion,
    rows.filter(({ split }) => split !== "test"),
  );
  const failed = gates.filter(({ verdict }) => verdict === "failed").map(({ name }) => name);
  expect(failed).toEqual(["precision", "recall", "fpr", "f1", "calibration"]);
});
