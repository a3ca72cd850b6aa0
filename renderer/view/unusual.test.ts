import fc from "fast-check";
import { expect, test } from "vitest";
import { byUnusualness, isOutside, rangeScale } from "./unusual.ts";

const reference = { p05: 1, p50: 4, p95: 10, max: 20 };

test("the most unusual come first, what is not available last", () => {
  const features = [
    { name: "inside", value: 4, percentile: 0.5, reference },
    { name: "missing", value: null, percentile: null, reference },
    { name: "far", value: 900, percentile: 1, reference },
    { name: "edge", value: 9.9, percentile: 0.94, reference },
    { name: "below", value: -20, percentile: 0, reference },
    { name: "alone", value: 3, percentile: null, reference: null },
  ];
  expect(features.toSorted(byUnusualness).map(({ name }) => name)).toEqual([
    "far",
    "below",
    "edge",
    "inside",
    "alone",
    "missing",
  ]);
});

const none = { p05: 0, p50: 0, p95: 0, max: 0 };

test.each([
  { why: "at the end of the range", value: 10, reference, want: false },
  { why: "above it", value: 10.01, reference, want: true },
  { why: "below it", value: 0.99, reference, want: true },
  { why: "next to nothing where the others have nothing", value: 6.6e-5, reference: none, want: false },
  { why: "next to nothing below", value: -6.6e-5, reference: none, want: false },
  { why: "a hundredth where the others have nothing", value: 0.01, reference: none, want: true },
  { why: "not available", value: null, reference, want: false },
  { why: "without a reference", value: 3, reference: null, want: false },
])("a value $why is outside: $want", ({ value, reference, want }) => {
  expect(isOutside({ value, reference })).toBe(want);
});

test("a difference of next to nothing does not lead the list", () => {
  const features = [
    { name: "tiny", value: 6.6e-5, percentile: 1, reference: none },
    { name: "above", value: 10.5, percentile: 0.96, reference },
  ];
  expect(features.toSorted(byUnusualness).map(({ name }) => name)).toEqual(["above", "tiny"]);
});

test("a bar's scale keeps order and stays on the bar", () => {
  const number = fc.double({ min: -1e6, max: 1e6, noNaN: true });
  fc.assert(
    fc.property(fc.array(number, { minLength: 4, maxLength: 4 }), number, (raw, value) => {
      const [p05, p50, p95, max] = raw.toSorted((a, b) => a - b) as [number, number, number, number];
      const at = rangeScale({ p05, p50, p95, max }, value);
      const places = [p05, p50, p95, max, value].toSorted((a, b) => a - b).map(at);
      places.forEach((place, i) => {
        expect(place).toBeGreaterThanOrEqual(0);
        expect(place).toBeLessThanOrEqual(100);
        if (i > 0) expect(place).toBeGreaterThanOrEqual((places[i - 1] ?? 0) - 1e-6);
      });
    }),
    { numRuns: 300 * Number(import.meta.env.TORTURE ?? 1) },
  );
});
