import { expect, test } from "vitest";
import { describeReference, percentileOf, quantileOf } from "./reference.ts";

test.each([
  [0, 1],
  [0.5, 2.5],
  [1, 4],
  [0.25, 1.75],
])("quantile %d", (q, want) => {
  expect(quantileOf([1, 2, 3, 4], q)).toBe(want);
});

const rows = Array.from({ length: 201 }, (_, i) => Float64Array.of(i, i < 190 ? 0 : i, Number.NaN));
const [ramp, spike, unknown] = describeReference(rows, ["ramp", "spike", "unknown"]);

test.each([
  { why: "below all", of: ramp!, value: -1, want: 0 },
  { why: "in the middle", of: ramp!, value: 100, want: 0.5 },
  { why: "between grid points", of: ramp!, value: 101, want: 0.505 },
  { why: "the largest", of: ramp!, value: 200, want: 1 },
  { why: "beyond", of: ramp!, value: 1e9, want: 1 },
  { why: "equal values count together", of: spike!, value: 0, want: 0.94 },
  { why: "not available here", of: ramp!, value: Number.NaN, want: null },
  { why: "not available in any reference session", of: unknown!, value: 5, want: null },
])("percentile: $why", ({ of, value, want }) => {
  const got = percentileOf(of, value);
  if (want === null) expect(got).toBeNull();
  else expect(got).toBeCloseTo(want, 9);
});

test("counts the sessions that have the feature", () => {
  expect([ramp!.sessions, unknown!.sessions]).toEqual([201, 0]);
  expect(unknown!.quantiles).toBeNull();
});
