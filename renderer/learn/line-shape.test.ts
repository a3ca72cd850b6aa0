import { expect, test } from "vitest";
import { dotsAt, endOfAxis, pathThrough, placeNames, placeOf } from "./line-shape.ts";

test.each([
  { why: "shares fill it", values: [0.2, null, 0.9], want: 1 },
  { why: "a loss above 1 is not cut off", values: [0.2, 1.9], want: 2 },
  { why: "there is nothing yet", values: [], want: 1 },
  { why: "names are no values", values: ["fold 1, 7", 0.5], want: 1 },
])("the axis ends at $want when $why", ({ values, want }) => {
  expect(endOfAxis(values)).toBe(want);
});

test.each([
  { why: "one stands in the middle", count: 1, want: [[0.5, "1"]] },
  {
    why: "two stand at the edges",
    count: 2,
    want: [
      [0, "1"],
      [1, "2"],
    ],
  },
])("names under a plot: $why", ({ count, want }) => {
  const names = Array.from({ length: count }, (_, i) => String(i + 1));
  expect(placeNames(names).map(({ x, name }) => [x, name])).toEqual(want);
});

test("of many names a few stand, at their places, and the last one always", () => {
  const names = Array.from({ length: 100 }, (_, i) => String(i));
  const placed = placeNames(names);
  expect(placed.length).toBeLessThanOrEqual(8);
  expect(placed.length).toBeGreaterThan(4);
  expect(placed.at(-1)).toEqual({ x: 1, name: "99" });
  for (const { x, name } of placed) expect(x).toBe(placeOf(Number(name), names.length));
});

test("lines and dots are in percent from the upper left corner", () => {
  const points = [
    { x: 0, y: 0 },
    { x: 1 / 3, y: 1 },
  ];
  expect(pathThrough(points)).toBe("M0 100L33.33 0");
  expect(dotsAt(points)).toBe("M0 100h0M33.33 0h0");
  expect(pathThrough([])).toBe("");
});
