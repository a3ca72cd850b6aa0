import { expect, test } from "vitest";
import { section } from "./tables.ts";
import { missedTargets } from "./targets.ts";

test("a figure that misses the target of its row is named, whatever its unit", () => {
  const printed = section(
    "Figures",
    ["figure", "value", "target"],
    [
      ["F1", "0.9992", "≥ 0.999"],
      ["macro-F1", "0.9920", "≥ 0.993"],
      ["time", "17.1 µs", "≤ 15 µs"],
      ["share", "96.40 %", "≥ 95 %"],
      ["error", "0.0310 (0.0200–0.0400)", "≤ 0.03"],
      ["not measured", "–", "≥ 1"],
      ["no target", "3", ""],
    ],
  );
  expect(missedTargets(printed).map(({ figure }) => figure)).toEqual(["macro-F1", "time", "error", "not measured"]);
  expect(missedTargets(printed)[0]).toEqual({
    section: "Figures",
    figure: "macro-F1",
    value: "0.9920",
    target: "≥ 0.993",
  });
});

test("a table without targets misses none", () => {
  expect(missedTargets(section("Counts", ["class", "rows"], [["xss", "0"]]))).toEqual([]);
});
