import { describe, expect, test } from "vitest";
import { createRandom } from "../anomaly/random.ts";
import { fitUpperTail, reachOf, tailProbability } from "./tail-range.ts";

const exponential = (n: number, seed: number) => {
  const random = createRandom(seed);
  return Float64Array.from({ length: n }, () => -Math.log(1 - random.next())).sort();
};

describe("the reference range", () => {
  test.each([
    { n: 100, rate: 0.01 },
    { n: 500, rate: 0.001 },
  ])("of $n exponential values holds all but the share of $rate that it was made for", ({ n, rate }) => {
    let beyond = 0;
    const trials = 300;
    for (let seed = 1; seed <= trials; seed++)
      beyond += Math.exp(-fitUpperTail(exponential(n, seed), rate, 0.1)!.bound);
    expect(beyond / trials).toBeGreaterThan(rate / 4);
    expect(beyond / trials).toBeLessThan(rate * 1.5);
  });

  test("of equal values reaches as far as the floor lets it", () => {
    const tail = fitUpperTail(new Float64Array(200).fill(5), 0.001, 1)!;
    expect(tail.median).toBe(5);
    expect(tail.bound).toBeGreaterThan(6);
    expect(tail.bound).toBeLessThan(12);
  });

  test("is not told from a handful of values", () => {
    expect(fitUpperTail(exponential(19, 1), 0.001, 1)).toBeNull();
  });

  test("ends where the probability is the rate; reach is 1 there, 0 in the middle", () => {
    const tail = fitUpperTail(exponential(300, 2), 0.001, 0.1)!;
    expect(tailProbability(tail, tail.bound)).toBeCloseTo(0.001, 10);
    expect(reachOf(tail, tail.bound)).toBe(1);
    expect(reachOf(tail, tail.median)).toBe(0);
    expect(tailProbability(tail, tail.start)).toBe(1);
  });
});
