import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { clopperPearson, wilson } from "../base/proportions.ts";
import { bootstrapGroups } from "./intervals.ts";
import { createRandom } from "./training/random.ts";

// Reference values: what binom.test(hits, rows) and prop.test(hits, rows, correct = FALSE) of R give.
test.each([
  { hits: 8, rows: 10, low: 0.4439045, high: 0.9747893 },
  { hits: 0, rows: 10, low: 0, high: 0.3084971 },
  { hits: 10, rows: 10, low: 0.6915029, high: 1 },
  { hits: 95, rows: 100, low: 0.8871651, high: 0.9835681 },
  { hits: 1, rows: 1, low: 0.025, high: 1 },
])("exact interval of $hits in $rows", ({ hits, rows, low, high }) => {
  const interval = clopperPearson(hits, rows);
  expect(interval.low).toBeCloseTo(low, 6);
  expect(interval.high).toBeCloseTo(high, 6);
});

test.each([
  { hits: 8, rows: 10, low: 0.4901625, high: 0.9433178 },
  { hits: 0, rows: 10, low: 0, high: 0.2775328 },
])("Wilson's interval of $hits in $rows", ({ hits, rows, low, high }) => {
  const interval = wilson(hits, rows);
  expect(interval.low).toBeCloseTo(low, 6);
  expect(interval.high).toBeCloseTo(high, 6);
});

const proportion = fc
  .integer({ min: 1, max: 3000 })
  .chain((rows) => fc.tuple(fc.integer({ min: 0, max: rows }), fc.constant(rows)));

describe("both intervals", () => {
  test.each([
    { name: "exact", interval: clopperPearson },
    { name: "Wilson", interval: wilson },
  ])("$name: holds the value, lies in [0, 1] and mirrors", ({ interval }) => {
    fc.assert(
      fc.property(proportion, ([hits, rows]) => {
        const { value, low, high } = interval(hits, rows);
        const mirrored = interval(rows - hits, rows);
        expect(low).toBeGreaterThanOrEqual(0);
        expect(low).toBeLessThanOrEqual(value);
        expect(high).toBeGreaterThanOrEqual(value);
        expect(high).toBeLessThanOrEqual(1);
        expect(1 - mirrored.high).toBeCloseTo(low, 9);
      }),
    );
  });

  test("nothing is known of no rows", () => {
    for (const interval of [clopperPearson, wilson]) {
      expect(interval(0, 0)).toEqual({ value: Number.NaN, low: 0, high: 1 });
    }
  });
});

test("the exact interval covers the truth in at least 95 of 100 samples", () => {
  const random = createRandom("coverage");
  for (const truth of [0.05, 0.5, 0.9]) {
    let covered = 0;
    for (let i = 0; i < 1000; i++) {
      let hits = 0;
      for (let n = 0; n < 40; n++) if (random.chance(truth)) hits++;
      const { low, high } = clopperPearson(hits, 40);
      if (low <= truth && truth <= high) covered++;
    }
    expect(covered).toBeGreaterThanOrEqual(940);
  }
});

describe("bootstrap over groups", () => {
  const mean = (groups: readonly number[][]) => (times: Int32Array) => {
    let sum = 0;
    let rows = 0;
    groups.forEach((group, g) => {
      for (const value of group) {
        sum += value * times[g]!;
        rows += times[g]!;
      }
    });
    return sum / rows;
  };

  test("fifty copies of one value are one value", () => {
    const single = Array.from({ length: 40 }, (_, i) => [i % 2]);
    const copied = single.map(([value]) => Array.from({ length: 50 }, () => value!));
    const a = bootstrapGroups(40, mean(single), createRandom("b"));
    const b = bootstrapGroups(40, mean(copied), createRandom("b"));
    expect(b).toEqual(a);
    expect(a.value).toBe(0.5);
    expect(a.high - a.low).toBeGreaterThan(0.2);
  });

  test("nothing is known of no groups", () => {
    expect(bootstrapGroups(0, () => 1, createRandom("b"))).toEqual({ value: Number.NaN, low: 0, high: 1 });
  });
});
