import fc from "fast-check";
import { expect, test } from "vitest";
import { layWaterfall } from "./waterfall.ts";

const value = (feature: string, contribution: number) => ({ feature, contribution, value: null });

test("the largest come first, the rest together", () => {
  const { bars, final } = layWaterfall(
    0.1,
    [value("a", 0.01), value("b", 0.5), value("c", -0.2), value("d", 0), value("e", 0.02)],
    3,
  );
  expect(bars.map(({ key, count }) => [key, count])).toEqual([
    ["b", 1],
    ["c", 1],
    ["\0rest", 2],
  ]);
  expect(final).toBeCloseTo(0.43, 12);
});

test("bars join, add up to the score, and fit on the axis", () => {
  fc.assert(
    fc.property(
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.array(fc.double({ min: -1, max: 1, noNaN: true }), { maxLength: 40 }),
      fc.integer({ min: 2, max: 12 }),
      (base, contributions, most) => {
        const values = contributions.map((c, i) => value(`f${i}`, c));
        const { bars, final, min, max } = layWaterfall(base, values, most);
        expect(bars.length).toBeLessThanOrEqual(most);
        expect(final).toBeCloseTo(
          contributions.reduce((sum, c) => sum + c, base),
          9,
        );
        bars.forEach(({ from, to }, i) => {
          if (i > 0) expect(from).toBe(bars[i - 1]?.to);
          expect(Math.min(from, to)).toBeGreaterThanOrEqual(min);
          expect(Math.max(from, to)).toBeLessThanOrEqual(max);
        });
      },
    ),
    { numRuns: 100 * Number(import.meta.env.TORTURE ?? 1) },
  );
});
