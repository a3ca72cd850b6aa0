import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { createRandom } from "../detect/anomaly/random.ts";
import { createTreeBuilder, meanLeafValue } from "../detect/anomaly/tree-ensemble.ts";
import { enumerateShapley } from "./brute-force.ts";
import { drawRow, drawTrees, largestDifference } from "./fixtures/random-trees.ts";
import { createTreeExplainer } from "./shapley.ts";

test("equals brute-force enumeration on 1,000 random models of up to 12 features", () => {
  const random = createRandom(11);
  let players12 = 0;
  for (let model = 0; model < 1000; model++) {
    // Enumeration doubles with each player: most models are small, every twentieth has twelve.
    const nFeatures = model % 20 === 0 ? 12 : 1 + random.integer(8);
    if (nFeatures === 12) players12++;
    const trees = drawTrees(random, nFeatures);
    const background = Array.from({ length: 1 + random.integer(4) }, () => drawRow(random, nFeatures));
    const x = drawRow(random, nFeatures);
    const players = Array.from({ length: nFeatures }, (_, i) => i);
    const want = enumerateShapley((row) => meanLeafValue(trees, row), x, background, players);
    const explainer = createTreeExplainer(trees, background);
    const got = explainer.explain(x);
    expect(largestDifference(got, want)).toBeLessThan(1e-9);
    const total = got.reduce((a, b) => a + b, explainer.baseValue);
    expect(Math.abs(total - meanLeafValue(trees, x))).toBeLessThan(1e-12);
  }
  expect(players12).toBe(50);
});

describe("equals Python's shap", () => {
  interface Fixture {
    readonly trees: readonly Record<"feature" | "threshold" | "left" | "right" | "value", readonly number[]>[];
    readonly background: readonly number[][];
    readonly rows: readonly number[][];
    readonly base_value: number;
    readonly values: readonly number[][];
    readonly outputs: readonly number[];
  }
  const fixture: Fixture = JSON.parse(
    readFileSync(new URL("./fixtures/interventional-shap.json", import.meta.url), "utf8"),
  );
  const builder = createTreeBuilder(6);
  for (const tree of fixture.trees) {
    const copy = (node: number, from: number) => {
      if (tree.feature[from]! < 0) return builder.setLeaf(node, tree.value[from]!);
      const first = builder.grow(node, tree.feature[from]!, tree.threshold[from]!, false);
      copy(first, tree.left[from]!);
      copy(first + 1, tree.right[from]!);
    };
    copy(builder.beginTree(), 0);
  }
  const trees = builder.build();
  const explainer = createTreeExplainer(
    trees,
    fixture.background.map((row) => Float64Array.from(row)),
  );

  test("base value", () => expect(explainer.baseValue).toBeCloseTo(fixture.base_value, 6));
  test.each(fixture.rows.map((row, i) => ({ i, row })))("row $i", ({ i, row }) => {
    const x = Float64Array.from(row);
    expect(meanLeafValue(trees, x)).toBeCloseTo(fixture.outputs[i]!, 6);
    expect(largestDifference(explainer.explain(x), fixture.values[i]!)).toBeLessThan(1e-6);
  });
});

test("a feature that no tree asks about has no share, exactly", () => {
  const builder = createTreeBuilder(3);
  const root = builder.beginTree();
  const first = builder.grow(root, 1, 0.5, false);
  builder.setLeaf(first, 0.25);
  builder.setLeaf(first + 1, 0.75);
  const explainer = createTreeExplainer(builder.build(), [Float64Array.of(0, 0, 0)]);
  expect([...explainer.explain(Float64Array.of(9, 1, Number.NaN))]).toEqual([0, 0.5, 0]);
  expect(explainer.baseValue).toBe(0.25);
});

test("refuses what it cannot do exactly", () => {
  const builder = createTreeBuilder(40);
  let node = builder.beginTree();
  for (let f = 0; f < 31; f++) node = builder.grow(node, f, 0, false);
  builder.setLeaf(node, 1);
  const deep = builder.build();
  expect(() => createTreeExplainer(deep, [new Float64Array(40)])).toThrow(/at most 30/);
  expect(() => createTreeExplainer(deep, [])).toThrow(RangeError);
  expect(() => createTreeExplainer(deep, [new Float64Array(3)])).toThrow(RangeError);
});
