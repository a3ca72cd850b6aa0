import { array, assert, double, property } from "fast-check";
import { expect, test } from "vitest";
import { adjustPValues } from "./false-discovery.ts";

test("p-values are adjusted as Benjamini and Hochberg do", () => {
  // The example of their paper, section 3.2: fifteen comparisons, of which four stand at a rate of 0.05.
  const published = [
    0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.324, 0.4262, 0.5719, 0.6528, 0.759, 1,
  ];
  const adjusted = adjustPValues(published);
  expect(adjusted.filter((p) => p <= 0.05)).toHaveLength(4);
  expect(adjusted[0]).toBeCloseTo(0.0015, 12);
  expect(adjusted[3]).toBeCloseTo(0.035625, 12);
  expect(adjusted[14]).toBe(1);
});

test("adjusting keeps the order, makes none smaller, and asks least of one alone", () => {
  assert(
    property(array(double({ min: 0, max: 1, noNaN: true }), { maxLength: 150 }), (pValues) => {
      const adjusted = adjustPValues(pValues);
      for (const [i, p] of pValues.entries()) {
        expect(adjusted[i]).toBeGreaterThanOrEqual(p * (1 - 1e-12));
        expect(adjusted[i]).toBeLessThanOrEqual(1);
        for (const [k, other] of pValues.entries())
          if (p < other) expect(adjusted[i]).toBeLessThanOrEqual(adjusted[k]!);
      }
      if (pValues.length === 1) expect(adjusted).toEqual(pValues);
    }),
    { numRuns: 50 },
  );
});
