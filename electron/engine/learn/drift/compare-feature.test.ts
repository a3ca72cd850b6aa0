import { array, assert, constantFrom, double, oneof, property } from "fast-check";
import { describe, expect, test } from "vitest";
import { createRandom } from "../../detect/anomaly/random.ts";
import { describeReference } from "../../detect/anomaly/reference.ts";
import { compareFeature, type FeatureComparison } from "./compare-feature.ts";
import { binReference } from "./feature-bins.ts";

/** Compares values by way of what a model's file keeps of the reference; NaN: not available. */
function compare(then: readonly number[], now: readonly number[]): FeatureComparison | null {
  const [reference] = describeReference(
    then.map((value) => Float64Array.of(value)),
    ["x"],
  );
  const sorted = Float64Array.from(now.filter((value) => !Number.isNaN(value))).sort();
  return compareFeature(reference!, then.length, sorted, now.length);
}

const draw = (count: number, seed: number, value: (u: number, i: number) => number): number[] => {
  const random = createRandom(seed);
  return Array.from({ length: count }, (_, i) => value(random.next(), i));
};

describe("bins of a reference", () => {
  test("are its tenths, with open ends of their own", () => {
    const grid = Float64Array.from({ length: 101 }, (_, i) => i);
    const { cuts, shares } = binReference(grid);
    expect(cuts.map(({ at }) => at)).toEqual([0, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100]);
    expect(shares[0]).toBe(0);
    expect(shares.at(-1)).toBe(0);
    for (const share of shares.slice(1, -1)) expect(share).toBeCloseTo(0.1, 12);
  });

  test("give a value that many sessions share a bin of its own", () => {
    const grid = Float64Array.from({ length: 101 }, (_, i) => Math.max(0, i - 60));
    const { cuts, shares } = binReference(grid);
    expect(cuts.slice(0, 2)).toEqual([
      { at: 0, inclusive: false },
      { at: 0, inclusive: true },
    ]);
    expect(shares[1]).toBeCloseTo(0.605, 12);
  });

  test("of counts are the counts, with nothing between them", () => {
    const grid = Float64Array.from({ length: 101 }, (_, i) => 1 + Math.floor(i / 25.5));
    const { cuts, shares } = binReference(grid);
    expect(cuts).toEqual([
      { at: 1, inclusive: false },
      { at: 1, inclusive: true },
      { at: 2, inclusive: true },
      { at: 3, inclusive: true },
      { at: 4, inclusive: true },
    ]);
    for (const share of shares.slice(1, -1)) expect(share).toBeCloseTo(0.25, 1);
    // A grid of few rows has points between two counts, which no session ever had.
    const counts = draw(200, 5, (u) => 1 + Math.floor(4 * u));
    const [reference] = describeReference(
      counts.map((value) => Float64Array.of(value)),
      ["x"],
    );
    expect(reference!.quantiles!.some((value) => !Number.isInteger(value))).toBe(true);
    expect(binReference(reference!.quantiles!).cuts.map(({ at }) => at)).toEqual([1, 1, 2, 3, 4]);
  });

  test("of a constant are below it, it, and above it", () => {
    expect(binReference(new Float64Array(101).fill(7))).toEqual({
      cuts: [
        { at: 7, inclusive: false },
        { at: 7, inclusive: true },
      ],
      shares: [0, 1, 0],
    });
  });
});

describe("one feature", () => {
  test("that stays is not called changed, however many sessions there are", () => {
    for (const [seed, count] of [
      [1, 100],
      [2, 1000],
      [3, 20_000],
    ] as const) {
      const found = compare(
        draw(1500, 9, (u) => u ** 3 * 100),
        draw(count, seed, (u) => u ** 3 * 100),
      )!;
      expect(found.stability.psi).toBeLessThan(0.1);
      expect(found.pValue).toBeGreaterThan(0.001);
    }
  });

  test("is not said to move by what few rows do by chance: the usual index is half too large, the corrected one near nothing", () => {
    let [raw, corrected] = [0, 0];
    for (let seed = 0; seed < 60; seed++) {
      const found = compare(
        draw(200, 1000 + seed, (u) => u),
        draw(100, seed, (u) => u),
      )!;
      raw += found.stability.raw / 60;
      corrected += found.stability.psi / 60;
    }
    expect(raw).toBeGreaterThan(0.1);
    expect(corrected).toBeLessThan(0.05);
  });

  test("that moves is, and its medians say how", () => {
    const found = compare(
      draw(1000, 1, (u) => 10 * u),
      draw(500, 2, (u) => 10 * u + 4),
    )!;
    expect(found.stability.psi).toBeGreaterThan(0.25);
    expect(found.distance!.d).toBeGreaterThan(0.35);
    expect(found.pValue).toBeLessThan(1e-9);
    expect(found.before.median).toBeCloseTo(5, 0);
    expect(found.after.median).toBeCloseTo(9, 0);
  });

  test("that was always the same value and now is another one is seen, on either side", () => {
    for (const value of [-1, 3]) {
      const found = compare(
        draw(300, 1, () => 1),
        draw(300, 2, (u) => (u < 0.2 ? value : 1)),
      )!;
      expect(found.stability.psi).toBeGreaterThan(0.25);
      expect(found.bins.find(({ live, reference }) => live > 0.1 && reference === 0)).toBeDefined();
    }
  });

  test("a value between seven digits and all of them is the same value: a third stays a third", () => {
    const found = compare(
      draw(400, 1, (u) => (u < 0.5 ? 1 / 3 : u)),
      draw(400, 2, (u) => (u < 0.5 ? 1 / 3 : u)),
    )!;
    expect(found.stability.psi).toBeLessThan(0.05);
    expect(found.distance!.d).toBeLessThan(0.1);
  });

  test("unknown is not zero: not available is a category of its own", () => {
    const zeros = draw(400, 1, () => 0);
    const gone = compare(
      zeros,
      draw(400, 2, (u) => (u < 0.6 ? Number.NaN : 0)),
    )!;
    expect(gone.stability.psi).toBeGreaterThan(0.25);
    expect(gone.after.missing).toBeCloseTo(0.6, 1);
    expect(gone.after.median).toBe(0);
    expect(gone.bins.at(-1)).toMatchObject({ isMissing: true, reference: 0 });
    const never = draw(100, 3, () => Number.NaN);
    expect(compare(never, never)).toBeNull();
    const come = compare(never, zeros)!;
    expect(come).toMatchObject({
      distance: null,
      before: { median: null, missing: 1 },
      after: { median: 0, missing: 0 },
    });
    expect(come.stability.psi).toBeGreaterThan(0.25);
    const lost = compare(zeros, never)!;
    expect(lost).toMatchObject({ distance: null, after: { median: null, missing: 1 } });
    expect(lost.stability.psi).toBeGreaterThan(0.25);
  });

  test("whatever the values, shares add up, p-values and distances are in range, and nothing is not a number", () => {
    const value = oneof(double({ min: -1e6, max: 1e6, noNaN: true }), constantFrom(0, 1, 1 / 3, Number.NaN));
    const values = array(value, { minLength: 1, maxLength: 200 });
    assert(
      property(values, values, (then, now) => {
        const found = compare(then, now);
        if (found === null) return;
        const { stability, distance, bins, pValue } = found;
        expect(stability.psi).toBeGreaterThanOrEqual(0);
        expect(stability.psi).toBeLessThanOrEqual(stability.raw);
        for (const p of [pValue, stability.pValue, distance?.pValue ?? 0, distance?.d ?? 0]) {
          expect(p).toBeGreaterThanOrEqual(0);
          expect(p).toBeLessThanOrEqual(1);
        }
        expect(bins.reduce((sum, { reference }) => sum + reference, 0)).toBeCloseTo(1, 9);
        expect(bins.reduce((sum, { live }) => sum + live, 0)).toBeCloseTo(1, 9);
        for (const { reference, live } of bins) expect(Math.min(reference, live)).toBeGreaterThanOrEqual(-1e-12);
      }),
      { numRuns: 150 },
    );
  });
});
