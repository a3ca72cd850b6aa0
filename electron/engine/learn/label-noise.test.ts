import { describe, expect, test } from "vitest";
import { findLabelNoise } from "./label-noise.ts";

describe("confident learning", () => {
  test("suspects the rows whose labels were flipped, the surest first", () => {
    // 100 rows of two classes; a model that is 0.9 sure of the true one, of row 0 even 0.95.
    const truth = Array.from({ length: 100 }, (_, i) => i % 2);
    const probabilities = truth.map((k, i) =>
      (k === 0 ? [0.9, 0.1] : [0.1, 0.9]).map((p) => (i === 0 && k === 0 ? (p > 0.5 ? 0.95 : 0.05) : p)),
    );
    const flipped = [0, 7, 31];
    const labels = truth.map((k, i) => (flipped.includes(i) ? 1 - k : k));
    const suspected = findLabelNoise(probabilities, labels, 2);
    expect(suspected.map(({ row }) => row)).toEqual([0, 7, 31]);
    expect(suspected[0]).toEqual({
      row: 0,
      given: 1,
      likely: 0,
      probability: expect.closeTo(0.05),
      margin: expect.closeTo(0.9),
    });
  });

  test("a class of which the model is never sure has a lower threshold: its rows are not suspected for that", () => {
    const probabilities = [
      [0.98, 0.02],
      [0.97, 0.03],
      [0.55, 0.45],
      [0.6, 0.4],
    ];
    expect(findLabelNoise(probabilities, [0, 0, 1, 1], 2)).toEqual([]);
  });

  test("of one class alone nothing is suspected, and a class without rows attracts nothing", () => {
    expect(
      findLabelNoise(
        [
          [0.2, 0.8, 0],
          [0.3, 0.7, 0],
        ],
        [0, 0],
        3,
      ),
    ).toEqual([]);
    expect(findLabelNoise([], [], 2)).toEqual([]);
  });

  test.each([
    { why: "fewer labels than rows", p: [[1, 0]], labels: [] },
    { why: "a label that is no class", p: [[1, 0]], labels: [2] },
    { why: "a row that is too short", p: [[1]], labels: [0] },
    { why: "a probability that is no number", p: [[Number.NaN, 1]], labels: [0] },
  ])("$why is refused", ({ p, labels }) => expect(() => findLabelNoise(p, labels, 2)).toThrow(RangeError));
});
