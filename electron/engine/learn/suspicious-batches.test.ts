import { describe, expect, test } from "vitest";
import type { PayloadClass } from "../../../shared/payload.ts";
import type { Statement } from "./statement.ts";
import { findSuspiciousBatches, recordLabellers } from "./suspicious-batches.ts";

const minute = 60_000;
let made = 0;

/** Labels one a minute from a moment on; the model is sure that each is an SQL injection. */
function labels(labeller: string, count: number, label: PayloadClass, from: number, gap = minute): Statement[] {
  return Array.from({ length: count }, (_, i) => ({
    sample: `s${made++}`,
    kind: "payload",
    labeller,
    label,
    at: from + i * gap,
    source: "labelling",
    resolves: false,
    isFalsePositive: false,
    said: { class: "sql_injection", confidence: 0.99 },
  }));
}

describe("a batch is told", () => {
  test("when one labeller flips what the model is sure of, also within a long honest sitting", () => {
    const honest = labels("eve", 300, "sql_injection", 0);
    const flips = labels("eve", 15, "benign", 300 * minute);
    const more = labels("eve", 300, "sql_injection", 315 * minute);
    const found = findSuspiciousBatches([...more, ...flips, ...honest]);
    expect(found).toMatchObject([
      { labeller: "eve", from: 300 * minute, to: 314 * minute, labels: 15, judged: 15, contradictions: 15 },
    ]);
    expect(found[0]!.samples).toEqual(flips.map(({ sample }) => sample));
  });

  test("when it contradicts what others said, whatever the model says", () => {
    const others = labels("ana", 20, "xss", 0).map((one) => ({ ...one, said: null }));
    const flips = others.map((one, i) => ({ ...one, labeller: "eve", label: "benign" as const, at: 1e9 + i }));
    const found = findSuspiciousBatches([...others, ...flips]);
    // Of two against each other nobody knows who is wrong: both are told.
    expect(found.map(({ labeller }) => labeller).sort()).toEqual(["ana", "eve"]);
    const third = others.map((one) => ({ ...one, labeller: "ben", at: one.at + 5 }));
    expect(findSuspiciousBatches([...others, ...flips, ...third]).map(({ labeller }) => labeller)).toEqual(["eve"]);
  });
});

test("a burst is told also where each label claims to settle something", () => {
  const flips = labels("eve", 15, "benign", 0).map((one) => ({ ...one, resolves: true }));
  expect(findSuspiciousBatches(flips)).toMatchObject([{ labeller: "eve", contradictions: 15 }]);
  // And where all others are of one mind.
  const others = labels("ana", 20, "xss", 0).map((one) => ({ ...one, said: null }));
  const third = others.map((one) => ({ ...one, labeller: "ben", at: one.at + 5 }));
  const settled = others.map((one, i) => ({
    ...one,
    labeller: "eve",
    label: "benign" as const,
    at: 1e9 + i,
    resolves: true,
  }));
  expect(findSuspiciousBatches([...others, ...third, ...settled]).map(({ labeller }) => labeller)).toEqual(["eve"]);
});

describe("nothing is told", () => {
  test.each([
    { why: "of honest labels", statements: labels("ana", 500, "sql_injection", 0) },
    { why: "of a few honest false positives", statements: labels("ana", 9, "benign", 0) },
    {
      why: "of false positives spread among others",
      statements: [...labels("ana", 200, "sql_injection", 0), ...labels("ana", 20, "benign", 30_000, 10 * minute)],
    },
    {
      why: "where the model was not sure",
      statements: labels("ana", 50, "benign", 0).map((one) => ({
        ...one,
        said: { class: "xss" as const, confidence: 0.6 },
      })),
    },
    {
      why: "of resolutions between others who disagree, which decide against one of them",
      statements: labels("ana", 50, "sql_injection", 0, 20 * minute).flatMap((one, i) => [
        one,
        { ...one, labeller: "ben", label: "xss" as const, at: one.at + 1 },
        { ...one, labeller: "cem", label: "xss" as const, at: 1e10 + i * minute, resolves: true },
      ]),
    },
    { why: "where there is nothing", statements: [] },
  ])("$why", ({ statements }) => expect(findSuspiciousBatches(statements)).toEqual([]));
});

test("labellers are told with how often they contradict", () => {
  const words = [...labels("ana", 3, "benign", 0), ...labels("ben", 4, "sql_injection", 0)];
  expect(recordLabellers(words)).toEqual([
    { labeller: "ben", labels: 4, judged: 4, contradictions: 0 },
    { labeller: "ana", labels: 3, judged: 3, contradictions: 3 },
  ]);
});
