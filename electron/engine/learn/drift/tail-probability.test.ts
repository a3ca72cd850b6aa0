import { describe, expect, test } from "vitest";
import { chiSquareTail, kolmogorovTail } from "./tail-probability.ts";

describe("the tail of chi-square", () => {
  // Critical values as every table has them (Abramowitz & Stegun 1964, table 26.8).
  test.each([
    { x: 3.841458820694124, freedom: 1, tail: 0.05 },
    { x: 6.634896601021213, freedom: 1, tail: 0.01 },
    { x: 16.918977604620448, freedom: 9, tail: 0.05 },
    { x: 18.307038053275146, freedom: 10, tail: 0.05 },
    { x: 29.58829844507442, freedom: 10, tail: 0.001 },
    { x: 124.34211340400407, freedom: 100, tail: 0.05 },
  ])("is $tail at $x with $freedom degrees of freedom", ({ x, freedom, tail }) => {
    expect(chiSquareTail(x, freedom)).toBeCloseTo(tail, 12);
  });

  test("is known far out, and bounded at both ends", () => {
    expect(chiSquareTail(60, 9)).toBeCloseTo(1.340678e-9, 14);
    expect(chiSquareTail(0, 4)).toBe(1);
    expect(chiSquareTail(1e5, 4)).toBe(0);
  });
});

describe("the tail of Kolmogorov's statistic", () => {
  // Smirnov 1948, "Table for estimating the goodness of fit of empirical distributions".
  test.each([
    { x: 0.8275735551899077, tail: 0.5 },
    { x: 1.3580986393225505, tail: 0.05 },
    { x: 1.62762361151895, tail: 0.01 },
    { x: 1.94947, tail: 0.00100001 },
  ])("is $tail at $x", ({ x, tail }) => {
    expect(kolmogorovTail(x)).toBeCloseTo(tail, 7);
  });

  test("falls, also where one series takes over from the other", () => {
    let before = 1;
    for (let x = 0.3; x < 4; x += 0.01) {
      const tail = kolmogorovTail(x);
      expect(tail).toBeLessThanOrEqual(before);
      before = tail;
    }
    expect(kolmogorovTail(0)).toBe(1);
  });
});
