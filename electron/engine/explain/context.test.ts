import { expect, test } from "vitest";
import { FeatureInContext } from "../../../shared/verdict.ts";
import { describeReference } from "../detect/anomaly/reference.ts";
import { placeInContext } from "./context.ts";

const rows = Array.from({ length: 101 }, (_, i) => Float64Array.of(i, Number.NaN));
const texts = [
  { name: "requests", label: "Requests", unit: "requests", meaning: "Requests of the session" },
  { name: "pace", label: "Pace", unit: "requests/min", meaning: "Requests by duration" },
];
const reference = describeReference(rows, ["requests", "pace"]);
const spread = { p05: 5, p50: 50, p95: 95, max: 100 };

test.each([
  { why: "in the reference range", value: 75, want: { value: 75, reference: spread, percentile: 0.75 } },
  { why: "beyond it", value: 5000, want: { value: 5000, reference: spread, percentile: 1 } },
  { why: "not available", value: Number.NaN, want: { value: null, reference: spread, percentile: null } },
])("a feature $why", ({ value, want }) => {
  const [requests] = placeInContext(texts, Float64Array.of(value, 1), reference);
  expect(requests).toEqual({ ...texts[0], ...want });
  expect(FeatureInContext.parse(requests)).toEqual(requests);
});

test("a feature that no reference session has, or that the reference does not know", () => {
  const none = { value: 7, reference: null, percentile: null };
  expect(placeInContext(texts, Float64Array.of(1, 7), reference)[1]).toMatchObject(none);
  expect(placeInContext(texts, Float64Array.of(1, 7), [])[1]).toMatchObject(none);
});
