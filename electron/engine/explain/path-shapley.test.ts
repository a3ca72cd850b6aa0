import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { fitForest } from "../detect/anomaly/isolation-forest.ts";
import { createRandom } from "../detect/anomaly/random.ts";
import { createTreeBuilder, meanLeafValue, type TreeEnsemble } from "../detect/anomaly/tree-ensemble.ts";
import { sharesOfGame } from "./brute-force.ts";
import { drawRow, drawTrees, largestDifference } from "./fixtures/random-trees.ts";
import { gaussLegendre } from "./gauss-legendre.ts";
import { createPathExplainer } from "./path-shapley.ts";
import { createTreeExplainer } from "./shapley.ts";
import { countRows } from "./tree-block.ts";

/** Output when only the features of the coalition are known: the definition, question by question. */
function expectedOutput(trees: TreeEnsemble, cover: Float64Array, x: Float64Array, known: number): number {
  const below = (node: number): number => {
    const f = trees.feature[node]!;
    if (f < 0) return trees.split[node]!;
    const child = trees.child[node]!;
    if (known & (1 << f)) {
      const value = x[f]!;
      const at = trees.split[node]!;
      return below(child + (value > at ? 1 : value <= at ? 0 : trees.missingSecond[node]!));
    }
    const share = cover[child]! / cover[node]!;
    return (share === 0 ? 0 : share * below(child)) + (share === 1 ? 0 : (1 - share) * below(child + 1));
  };
  return trees.roots.reduce((sum, root) => sum + below(root), 0) / trees.roots.length;
}

/** Rows that reach each node, drawn from the leaves up; a leaf may have none. */
function drawCover(trees: TreeEnsemble, draw: (below: number) => number): Float64Array {
  const cover = new Float64Array(trees.feature.length);
  for (let node = cover.length - 1; node >= 0; node--) {
    const child = trees.child[node]!;
    cover[node] = trees.feature[node]! < 0 ? draw(6) : cover[child]! + cover[child + 1]!;
    // A question that nobody was asked has no shares: one of its leaves gets a row.
    if (trees.feature[node]! >= 0 && cover[node] === 0) {
      cover[child] = 1;
      cover[node] = 1;
    }
  }
  return cover;
}

test("equals brute-force enumeration on random models of up to 10 features", () => {
  const random = createRandom(5);
  let empty = 0;
  for (let model = 0; model < 400; model++) {
    const nFeatures = model % 20 === 0 ? 10 : 1 + random.integer(7);
    const trees = drawTrees(random, nFeatures);
    const cover = drawCover(trees, random.integer);
    if (cover.includes(0)) empty++;
    const x = drawRow(random, nFeatures);
    const explainer = createPathExplainer(trees, cover);
    const want = sharesOfGame(nFeatures, (known) => expectedOutput(trees, cover, x, known));
    const got = explainer.explain(x);
    expect(largestDifference(got, want)).toBeLessThan(1e-9);
    expect(explainer.baseValue).toBeCloseTo(expectedOutput(trees, cover, x, 0), 9);
    expect(got.reduce((a, b) => a + b, explainer.baseValue)).toBeCloseTo(meanLeafValue(trees, x), 9);
  }
  expect(empty).toBeGreaterThan(20);
});

interface Case {
  readonly name: string;
  readonly trees: readonly Record<"feature" | "threshold" | "left" | "right" | "cover" | "value", readonly number[]>[];
  readonly rows: readonly number[][];
  readonly background: readonly number[][] | null;
  readonly base_value: number;
  readonly values: readonly number[][];
  readonly outputs: readonly number[];
}
const { cases } = JSON.parse(readFileSync(new URL("./fixtures/path-shap.json", import.meta.url), "utf8")) as {
  cases: Case[];
};

describe.each(cases)(
  "equals Python's shap: $name",
  ({ trees: given, rows, background, base_value, values, outputs }) => {
    const builder = createTreeBuilder(6);
    const covers: number[] = [];
    for (const tree of given) {
      const copy = (node: number, from: number) => {
        covers[node] = tree.cover[from]!;
        if (tree.feature[from]! < 0) return builder.setLeaf(node, tree.value[from]!);
        const first = builder.grow(node, tree.feature[from]!, tree.threshold[from]!, false);
        copy(first, tree.left[from]!);
        copy(first + 1, tree.right[from]!);
      };
      copy(builder.beginTree(), 0);
    }
    const trees = builder.build();
    const explainer =
      background === null
        ? createPathExplainer(trees, Float64Array.from(covers))
        : createTreeExplainer(
            trees,
            background.map((row) => Float64Array.from(row)),
          );

    test("base value", () => expect(Math.abs(explainer.baseValue - base_value)).toBeLessThan(1e-6));
    test.each(rows.map((row, i) => ({ i, row })))("row $i", ({ i, row }) => {
      const x = Float64Array.from(row);
      expect(meanLeafValue(trees, x)).toBeCloseTo(outputs[i]!, 6);
      expect(largestDifference(explainer.explain(x), values[i]!)).toBeLessThan(1e-6);
    });
  },
);

test("explains the path lengths of an isolation forest that the product itself fitted", () => {
  const random = createRandom(3);
  const rows = Array.from({ length: 300 }, () => Float64Array.from({ length: 8 }, () => random.next()));
  const forest = fitForest(
    rows,
    Array.from({ length: 8 }, (_, f) => `f${f}`),
  );
  const explainer = createPathExplainer(forest.trees, countRows(forest.trees, rows));
  const odd = Float64Array.from({ length: 8 }, (_, f) => (f === 2 ? 40 : 0.5));
  const values = explainer.explain(odd);
  expect(values.reduce((a, b) => a + b, explainer.baseValue)).toBeCloseTo(meanLeafValue(forest.trees, odd), 9);
  // The one feature out of range is what shortens the paths most.
  expect(values.indexOf(Math.min(...values))).toBe(2);
});

test("paths over many features are exact too", () => {
  const builder = createTreeBuilder(30);
  let node = builder.beginTree();
  for (let f = 0; f < 30; f++) {
    const first = builder.grow(node, f, 0, false);
    builder.setLeaf(first, f / 30);
    node = first + 1;
  }
  builder.setLeaf(node, 1);
  const trees = builder.build();
  const covers = Float64Array.from(trees.feature, (f) => (f < 0 ? 1 : 0));
  for (let at = covers.length - 1; at >= 0; at--) {
    const child = trees.child[at]!;
    if (trees.feature[at]! >= 0) covers[at] = covers[child]! + covers[child + 1]!;
  }
  const explainer = createPathExplainer(trees, covers);
  const x = new Float64Array(30).fill(1);
  const total = explainer.explain(x).reduce((a, b) => a + b, explainer.baseValue);
  expect(Math.abs(total - 1)).toBeLessThan(1e-9);
});

test("quadrature is exact to its degree and not beyond", () => {
  for (const n of [1, 2, 6, 15]) {
    const { points, weights } = gaussLegendre(n);
    const integral = (degree: number) => points.reduce((sum, t, k) => sum + weights[k]! * t ** degree, 0);
    for (let degree = 0; degree < 2 * n; degree++) expect(integral(degree)).toBeCloseTo(1 / (degree + 1), 13);
    if (n <= 6) expect(Math.abs(integral(2 * n) - 1 / (2 * n + 1))).toBeGreaterThan(1e-9);
  }
});

test("refuses covers that are none", () => {
  const builder = createTreeBuilder(1);
  builder.setLeaf(builder.grow(builder.beginTree(), 0, 0, false), 1);
  const trees = builder.build();
  expect(() => createPathExplainer(trees, Float64Array.of(1, 1))).toThrow(RangeError);
  expect(() => createPathExplainer(trees, Float64Array.of(1, 2, -1))).toThrow(RangeError);
  expect(() => createPathExplainer(trees, Float64Array.of(0, 0, 0))).toThrow(RangeError);
  expect(() => createPathExplainer(trees, Float64Array.of(2, 1, 1)).explain(Float64Array.of(1, 2))).toThrow(RangeError);
});
