import { array, assert, constantFrom, double, property } from "fast-check";
import { describe, expect, test } from "vitest";
import { createRandom } from "../../detect/anomaly/random.ts";
import { betAgainst, followMean } from "./bet-on-mean.ts";

function draw(count: number, share: number, seed: number): number[] {
  const random = createRandom(seed);
  return Array.from({ length: count }, () => (random.next() < share ? 1 : 0));
}

describe("betting against a mean", () => {
  test("looking after every value, a promise that is kept is called broken in no more cases than was said", () => {
    let broken = 0;
    for (let seed = 0; seed < 400; seed++)
      if (betAgainst(draw(500, 0.95, seed), 0.95, "lower", 0.05).isRefuted) broken++;
    expect(broken / 400).toBeLessThanOrEqual(0.05);
  });

  test("a promise that is broken is found, the sooner the more it is", () => {
    const after = [0.5, 0.7, 0.85].map((share) => betAgainst(draw(2000, share, 3), 0.95, "lower", 0.001).after);
    expect(after[0]).toBeLessThan(15);
    expect(after[1]).toBeLessThan(80);
    expect(after[2]).toBeLessThan(300);
    expect(after[0]).toBeLessThanOrEqual(after[1]!);
    expect(after[1]).toBeLessThanOrEqual(after[2]!);
  });

  test("more than was promised breaks no promise", () => {
    expect(betAgainst(draw(5000, 1, 1), 0.95, "lower", 0.001)).toMatchObject({ isRefuted: false, after: null });
    expect(betAgainst(draw(5000, 1, 1), 0.95, "higher", 0.001).isRefuted).toBe(true);
  });

  test("capital is never lost whole, and what was refuted stays so", () => {
    const value = constantFrom(0, 1, 0.5);
    assert(
      property(array(value, { maxLength: 300 }), double({ min: 0.01, max: 0.99, noNaN: true }), (values, m) => {
        const all = betAgainst(values, m, "either", 0.01);
        expect(Number.isFinite(all.most)).toBe(true);
        expect(all.most).toBeGreaterThanOrEqual(0);
        const half = betAgainst(values.slice(0, values.length >> 1), m, "either", 0.01);
        if (half.isRefuted) expect(all).toMatchObject({ isRefuted: true, after: half.after });
      }),
      { numRuns: 60 },
    );
  });
});

describe("a confidence sequence", () => {
  test("holds the mean at every count at once, in as many cases as was said", () => {
    let missed = 0;
    for (let seed = 0; seed < 200; seed++) {
      const followed = followMean(draw(300, 0.8, 1000 + seed), 0.05, 300);
      if (followed.some(({ low, high }) => low > 0.8 || high < 0.8)) missed++;
    }
    expect(missed / 200).toBeLessThanOrEqual(0.05);
  });

  test("narrows to the mean, and its last point is the last value", () => {
    const followed = followMean(draw(2000, 0.9, 5), 0.001);
    const last = followed.at(-1)!;
    expect(followed.length).toBeLessThanOrEqual(60);
    expect(last.count).toBe(2000);
    expect(last.high - last.low).toBeLessThan(0.1);
    expect(last.low).toBeLessThan(last.mean);
    expect(last.high).toBeGreaterThan(last.mean);
    expect(followMean([], 0.05)).toEqual([]);
  });
});
