import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { payloadClasses } from "../../../shared/payload.ts";
import { measure, type RowJudgement } from "./figures.ts";
import { benignClass } from "./training/calibrate.ts";

/** Says `attack` of class 0, the rest of benign. */
function said(truth: number, attack: number, group: string): RowJudgement {
  return {
    truth,
    group,
    probabilities: payloadClasses.map((_, c) => (c === 0 ? attack : c === benignClass ? 1 - attack : 0)),
  };
}

describe("figures of a known table", () => {
  const table = [
    said(0, 0.9, "a"),
    said(0, 0.8, "b"),
    said(0, 0.2, "c"),
    said(benignClass, 0.7, "d"),
    said(benignClass, 0.1, "e"),
  ];
  const figures = measure(table);

  test("counts and proportions", () => {
    expect(figures).toMatchObject({ rows: 5, attacks: 3, benign: 2 });
    expect(figures.precision.value).toBeCloseTo(2 / 3);
    expect(figures.recall.value).toBeCloseTo(2 / 3);
    expect(figures.fpr.value).toBe(0.5);
    expect(figures.f1.value).toBeCloseTo(2 / 3);
  });

  test("confusion and classes", () => {
    expect(figures.confusion[0]![0]).toBe(2);
    expect(figures.confusion[0]![benignClass]).toBe(1);
    expect(figures.confusion[benignClass]![0]).toBe(1);
    expect(figures.classes.map((one) => [one.class, one.rows])).toEqual([
      [0, 3],
      [benignClass, 2],
    ]);
  });

  test("the curve ends where everything is flagged", () => {
    expect(figures.curve[0]).toEqual({ threshold: 0.9, precision: 1, recall: 1 / 3 });
    expect(figures.curve.at(-1)).toMatchObject({ precision: 3 / 5, recall: 1 });
  });
});

test("the calibration error of a model that is right as often as it says is small, of one that is too sure large", () => {
  const rows = (sure: number) =>
    Array.from({ length: 1000 }, (_, i) => said(i % 10 < 8 ? 0 : benignClass, sure, `${i}`));
  expect(measure(rows(0.8)).calibrationError.value).toBeLessThan(0.05);
  expect(measure(rows(0.99)).calibrationError.low).toBeGreaterThan(0.1);
});

test("no rows: no figure, and the widest interval", () => {
  const { precision, f1, classes, curve, reliability } = measure([]);
  expect(precision).toEqual({ value: Number.NaN, low: 0, high: 1 });
  expect(f1).toEqual({ value: Number.NaN, low: 0, high: 1 });
  expect([classes, curve, reliability]).toEqual([[], [], []]);
});

test("the order of rows does not matter", () => {
  const row = fc.tuple(
    fc.constantFrom(0, 1, benignClass),
    fc.double({ min: 0, max: 1, noNaN: true }),
    fc.constantFrom(..."abcdef"),
  );
  fc.assert(
    fc.property(fc.array(row, { minLength: 1, maxLength: 40 }), (rows) => {
      const judgements = rows.map(([truth, attack, group]) => said(truth, attack, group));
      const mixed = [...judgements].reverse();
      const [a, b] = [measure(judgements), measure(mixed)];
      expect({ ...b, calibrationError: null }).toEqual({ ...a, calibrationError: null });
      expect(b.calibrationError.value).toBeCloseTo(a.calibrationError.value, 12);
    }),
    { numRuns: 30 },
  );
});
