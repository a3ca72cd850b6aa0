import { expect, test } from "vitest";
import { oneSidedBounds } from "./proportions.ts";

// Reference values: what binom.test(hits, rows, alternative = "greater") and "less" of R give; without hits 1 − 0.05^(1/rows).
test.each([
  { hits: 8, rows: 10, low: 0.4930987, high: 0.9632285 },
  { hits: 0, rows: 10, low: 0, high: 0.2588656 },
  { hits: 10, rows: 10, low: 0.7411344, high: 1 },
  { hits: 29, rows: 29, low: 0.9018554, high: 1 },
  { hits: 0, rows: 1_000_000, low: 0, high: 2.995728e-6 },
  { hits: 0, rows: 0, low: 0, high: 1 },
])("one-sided bounds of $hits in $rows", ({ hits, rows, low, high }) => {
  const bounds = oneSidedBounds(hits, rows);
  expect(bounds.low).toBeCloseTo(low, 6);
  expect(bounds.high).toBeCloseTo(high, rows > 1000 ? 11 : 6);
});
