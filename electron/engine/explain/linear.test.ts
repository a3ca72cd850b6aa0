import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { enumerateShapley } from "./brute-force.ts";
import { createLinearExplainer } from "./linear.ts";

describe("a logistic model, as Python's shap has it", () => {
  const { linear } = JSON.parse(readFileSync(new URL("./fixtures/path-shap.json", import.meta.url), "utf8")) as {
    linear: Record<"weights" | "margins" | "probabilities", number[]> &
      Record<"background" | "rows" | "values", number[][]> &
      Record<"intercept" | "base_value", number>;
  };
  const explainer = createLinearExplainer(linear.weights, linear.intercept, linear.background);

  test("base value", () => expect(Math.abs(explainer.baseValue - linear.base_value)).toBeLessThan(1e-6));
  test.each(linear.rows.map((row, i) => ({ i, row })))("row $i", ({ i, row }) => {
    const values = explainer.explain(row);
    values.forEach((value, f) => {
      expect(Math.abs(value - linear.values[i]![f]!)).toBeLessThan(1e-6);
    });
    // The margin is decomposed exactly; the link is a step of its own behind it.
    const margin = values.reduce((a, b) => a + b, explainer.baseValue);
    expect(margin).toBeCloseTo(linear.margins[i]!, 6);
    expect(1 / (1 + Math.exp(-margin))).toBeCloseTo(linear.probabilities[i]!, 6);
  });
});

test("equals brute-force enumeration", () => {
  const weights = [0.5, -2, 3];
  const background = [
    [0, 1, 2],
    [4, -1, 0.5],
  ];
  const output = (row: ArrayLike<number>) => weights.reduce((sum, weight, i) => sum + weight * row[i]!, 7);
  const x = Float64Array.of(1, 2, -3);
  const rows = background.map((row) => Float64Array.from(row));
  const want = enumerateShapley(output, x, rows, [0, 1, 2]);
  createLinearExplainer(weights, 7, background)
    .explain(x)
    .forEach((value, i) => {
      expect(value).toBeCloseTo(want[i]!, 12);
    });
});

test("refuses rows of another length and no background", () => {
  expect(() => createLinearExplainer([1, 2], 0, [])).toThrow(RangeError);
  expect(() => createLinearExplainer([1, 2], 0, [[1]])).toThrow(RangeError);
  expect(() => createLinearExplainer([1, 2], 0, [[1, 1]]).explain([1])).toThrow(RangeError);
});
