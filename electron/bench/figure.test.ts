import { expect, test } from "vitest";
import { formatFigure, meetsTarget } from "./figure.ts";

test.each([
  [20, "≥ 20", true],
  [19.9, "≥ 20", false],
  [20, "> 20", false],
  [500, "< 500", false],
  [25, "≤ 25", true],
  [39_999, "≥ 40,000", false],
])("%d against %s", (value, target, met) => {
  expect(meetsTarget(value, target)).toBe(met);
});

test("what is no target is a mistake, not a pass", () => {
  expect(() => meetsTarget(1, "about 20")).toThrow(RangeError);
});

test("a missed target is said", () => {
  const figure = { group: "import", name: "HAR", value: 12.345, unit: "MB/s", target: "≥ 20", met: false };
  expect(formatFigure(figure)).toBe("import  HAR  12.3 MB/s  (≥ 20: MISSED)");
});
