import { expect, test } from "vitest";
import { axisLabels, topOfAxis } from "./time-axis.ts";

test.each([
  [0, 1],
  [1, 1],
  [4, 5],
  [10, 10],
  [11, 20],
  [2990, 3000],
  [3001, 5000],
  [70_000, 100_000],
])("an axis up to %d ends at %d", (highest, want) => expect(topOfAxis(highest)).toBe(want));

test("labels are few, ordered, and within the axis", () => {
  const buckets = Array.from({ length: 60 }, (_, i) => ({
    start: new Date(Date.UTC(2026, 0, 1) + i * 3_600_000).toISOString(),
    width_ms: 3_600_000,
  }));
  const labels = axisLabels(buckets, "utc");
  expect(labels.length).toBeLessThanOrEqual(7);
  expect(labels[0]).toEqual({ share: 0, text: "01-01 00:00" });
  expect(labels.every(({ share }) => share <= 0.9)).toBe(true);
  expect(axisLabels([], "utc")).toEqual([]);
});
