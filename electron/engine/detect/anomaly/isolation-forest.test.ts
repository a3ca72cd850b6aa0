import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { anomalyScore, fitForest } from "./isolation-forest.ts";
import { meanPathLength } from "./isolation-tree.ts";
import { createRandom } from "./random.ts";

const runs = (n: number) => n * Number(process.env.TORTURE ?? 1);

interface Fixture {
  readonly cases: readonly { name: string; outliers: number; auroc: number; rows: readonly (readonly number[])[] }[];
}
const fixture: Fixture = JSON.parse(readFileSync(new URL("./fixtures/isolation-forest.json", import.meta.url), "utf8"));

/** Share of (outlier, ordinary) pairs in the right order, ties half. The last `outliers` scores are the outliers'. */
function auroc(scores: readonly number[], outliers: number): number {
  const split = scores.length - outliers;
  let right = 0;
  for (let i = split; i < scores.length; i++) {
    for (let j = 0; j < split; j++) right += scores[i]! > scores[j]! ? 1 : scores[i] === scores[j] ? 0.5 : 0;
  }
  return right / (outliers * split);
}

function gaussianRows(n: number, nFeatures: number, seed: number): Float64Array[] {
  const random = createRandom(seed);
  // Sum of twelve uniforms: near enough to a normal distribution.
  const normal = () => Array.from({ length: 12 }, random.next).reduce((a, b) => a + b) - 6;
  return Array.from({ length: n }, () => Float64Array.from({ length: nFeatures }, normal));
}

const names = (n: number) => Array.from({ length: n }, (_, i) => `f${i}`);

test.each([
  [1, 0],
  [2, 1],
  [3, 1.2073923],
  [256, 10.2447709],
])("mean path length of %i rows", (n, want) => {
  expect(meanPathLength(n)).toBeCloseTo(want, 6);
});

describe("agrees with scikit-learn", () => {
  test.each(fixture.cases)("on $name", ({ rows, outliers, auroc: want }) => {
    const data = rows.map((row) => Float64Array.from(row));
    let mean = 0;
    for (let seed = 1; seed <= 10; seed++) {
      const forest = fitForest(data, names(6), { trees: 100, sample: 256, seed });
      mean +=
        auroc(
          data.map((row) => anomalyScore(forest, row)),
          outliers,
        ) / 10;
    }
    expect(Math.abs(mean - want)).toBeLessThanOrEqual(0.01);
  });
});

test("the same seed gives the same forest, another seed another", () => {
  const rows = gaussianRows(300, 4, 5);
  const options = { trees: 20, sample: 128, seed: 9 };
  expect(fitForest(rows, names(4), options)).toEqual(fitForest(rows, names(4), options));
  expect(fitForest(rows, names(4), { ...options, seed: 10 })).not.toEqual(fitForest(rows, names(4), options));
});

test("far rows score higher than central ones, and the whole range is in (0, 1]", () => {
  const rows = gaussianRows(400, 3, 3);
  const forest = fitForest(rows, names(3));
  const central = anomalyScore(forest, Float64Array.of(0, 0, 0));
  const far = anomalyScore(forest, Float64Array.of(8, -8, 8));
  expect(central).toBeLessThan(0.45);
  expect(far).toBeGreaterThan(0.7);
  for (const row of rows) expect(anomalyScore(forest, row)).toBeGreaterThan(0);
});

describe("what is not available", () => {
  test("a missing value makes an ordinary row no anomaly and hides the anomaly of that feature alone", () => {
    const rows = gaussianRows(400, 3, 4);
    const forest = fitForest(rows, names(3));
    const far = anomalyScore(forest, Float64Array.of(9, 0, 0));
    const unknown = anomalyScore(forest, Float64Array.of(Number.NaN, 0, 0));
    const nothingKnown = anomalyScore(forest, new Float64Array(3).fill(Number.NaN));
    expect(unknown).toBeLessThan(0.45);
    expect(nothingKnown).toBeLessThan(0.45);
    expect(far).toBeGreaterThan(unknown + 0.1);
  });

  test("a feature that no row has is never asked about", () => {
    const rows = gaussianRows(100, 3, 4).map((row) => row.with(1, Number.NaN));
    const forest = fitForest(rows, names(3));
    expect(new Set(forest.trees.feature)).toEqual(new Set([-1, 0, 2]));
  });

  test("splits are drawn between available values only", () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.option(fc.double({ min: -5, max: 5, noNaN: true })), fc.integer({ min: 0, max: 3 })), {
          minLength: 2,
          maxLength: 40,
        }),
        fc.integer({ min: 0, max: 2 ** 32 - 1 }),
        (pairs, seed) => {
          const rows = pairs.map(([a, b]) => Float64Array.of(a ?? Number.NaN, b));
          const { trees } = fitForest(rows, names(2), { trees: 5, sample: 16, seed });
          trees.feature.forEach((f, node) => {
            if (f < 0) return;
            const available = rows.map((row) => row[f]!).filter((value) => !Number.isNaN(value));
            expect(trees.split[node]!).toBeGreaterThanOrEqual(Math.min(...available));
            expect(trees.split[node]!).toBeLessThan(Math.max(...available));
          });
        },
      ),
      { numRuns: runs(50) },
    );
  });
});

test.each([
  { why: "no rows", rows: [], trees: 10, sample: 8 },
  { why: "a row of another length", rows: [Float64Array.of(1, 2, 3)], trees: 10, sample: 8 },
  { why: "no trees", rows: [Float64Array.of(1, 2)], trees: 0, sample: 8 },
])("refuses $why", ({ rows, trees, sample }) => {
  expect(() => fitForest(rows, names(2), { trees, sample, seed: 1 })).toThrow(RangeError);
});

test("a row of another length is not scored", () => {
  const forest = fitForest(gaussianRows(10, 2, 1), names(2));
  expect(() => anomalyScore(forest, Float64Array.of(1))).toThrow(RangeError);
});

test("a single training row scores the middle", () => {
  const forest = fitForest([Float64Array.of(1, 2)], names(2));
  expect(anomalyScore(forest, Float64Array.of(100, -100))).toBe(0.5);
});
