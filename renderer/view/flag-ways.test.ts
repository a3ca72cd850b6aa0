import { expect, test } from "vitest";
import { differenceOf, flaggedShare, totalOf } from "./flag-ways.ts";

const way = (simulate: number, tag: number, benign: number) => ({ simulate, tag, benign });

test("shares are of what went one way, and differ in points", () => {
  expect(totalOf(way(1, 2, 7))).toBe(10);
  expect(flaggedShare(way(1, 2, 7))).toBeCloseTo(0.3, 12);
  expect(flaggedShare(way(0, 0, 0))).toBeNull();
  expect(flaggedShare({ apply: 1, propose: 2, log_only: 1 })).toBe(0.25);
  expect(differenceOf({ with: way(1, 2, 7), without: way(0, 1, 9) })).toBe("+20.0 points");
  expect(differenceOf({ with: way(0, 0, 8), without: way(1, 1, 6) })).toBe("−25.0 points");
  expect(differenceOf({ with: way(0, 0, 8), without: way(0, 0, 0) })).toBeNull();
});
