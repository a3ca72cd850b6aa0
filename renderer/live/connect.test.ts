import { expect, test } from "vitest";
import { backOff } from "./connect.ts";

test("waits longer after each failure, up to a limit", () => {
  expect(backOff(1, 0.5)).toBe(500);
  expect(backOff(2, 0.5)).toBe(1000);
  expect(backOff(3, 0.5)).toBe(2000);
  expect(backOff(50, 0.5)).toBe(15_000);
  expect(backOff(50, 1)).toBeLessThan(20_000);
});
