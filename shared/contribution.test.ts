import { expect, test } from "vitest";
import { calibrationStep, splitCalibration } from "./contribution.ts";

const value = (feature: string, contribution: number) => ({ feature, contribution, value: null });

test("calibration is a step of its own, and the sum stays", () => {
  const values = [value("a", 0.2), value("b", 0.5)];
  const split = splitCalibration(values, { feature: "b", contribution: -0.1 });
  expect(split).toEqual([value("a", 0.2), value("b", 0.6), value(calibrationStep, -0.1)]);
  expect(splitCalibration(values, undefined)).toEqual(values);
  expect(splitCalibration(values, { feature: "c", contribution: 1 })).toEqual(values);
});
