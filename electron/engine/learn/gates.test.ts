import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Gate } from "../../../shared/model-figures.ts";
import { payloadClasses } from "../../../shared/payload.ts";
import type { RowJudgement } from "./figures.ts";
import { arePassed, type GateInputs, judgeGates } from "./gates.ts";
import { benignClass } from "./training/calibrate.ts";

const classOf = (name: (typeof payloadClasses)[number]) => payloadClasses.indexOf(name);
const withRows = payloadClasses.filter((name) => name !== "csrf").map(classOf);

/** Says the truth, surely, or in its place `said`. */
function row(truth: number, group: string, said = truth): RowJudgement {
  const probabilities = payloadClasses.map((_, c) => (c === said ? 0.99 : 0.01 / 6));
  return { truth, group, probabilities };
}

/** `count` rows of each class, groups of their own; of `wrong` so many are said to be benign, or xss where they are benign. */
function judged(count: number, wrong: Record<number, number> = {}): RowJudgement[] {
  return withRows.flatMap((truth) =>
    Array.from({ length: count }, (_, i) => {
      const other = truth === benignClass ? classOf("xss") : benignClass;
      return row(truth, `${truth} ${i}`, i < (wrong[truth] ?? 0) ? other : truth);
    }),
  );
}

/** Everything right: a hundred rows of each class. */
const good: GateInputs = {
  candidate: judged(100),
  champion: judged(100),
  generated: { candidate: [], champion: [] },
  falsePositives: [row(benignClass, "fp")],
  heldOut: { rows: 700, fitted: 0, isKnown: true },
  latency: { candidate: new Array(500).fill(0.05), champion: new Array(500).fill(0.05) },
};
const verdictsOf = (inputs: Partial<GateInputs>) =>
  Object.fromEntries(judgeGates({ ...good, ...inputs }).map(({ name, verdict }) => [name, verdict]));
const failing = (inputs: Partial<GateInputs>) =>
  Object.entries(verdictsOf(inputs))
    .filter(([, verdict]) => verdict === "failed")
    .map(([name]) => name);

test("a candidate that is right everywhere passes, and each gate says on what", () => {
  const gates = judgeGates(good);
  expect(arePassed(gates)).toBe(true);
  for (const gate of gates) expect(Gate.parse(gate)).toEqual(gate);
  expect(gates.find(({ name }) => name === "precision")).toMatchObject({ kind: "min", bound: 0.85, rows: 500 });
});

const benign = (count: number, flagged: number) =>
  Array.from({ length: count }, (_, i) => row(benignClass, `b${i}`, i < flagged ? classOf("xss") : benignClass));
const attacks = (count: number, missed: number) =>
  Array.from({ length: count }, (_, i) => row(classOf("xss"), `a${i}`, i < missed ? benignClass : classOf("xss")));

describe("the worse end of the interval decides", () => {
  // Exact bounds (Clopper & Pearson), as R's binom.test gives them.
  test.each([
    {
      why: "recall: 90 of 100 begin at 0.824",
      candidate: [...benign(200, 0), ...attacks(100, 10)],
      gate: "recall",
      want: "passed",
    },
    {
      why: "recall: 87 of 100 begin at 0.788",
      candidate: [...benign(200, 0), ...attacks(100, 13)],
      gate: "recall",
      want: "failed",
    },
    {
      why: "recall: 17 of 17 begin at 0.805",
      candidate: [...benign(200, 0), ...attacks(17, 0)],
      gate: "recall",
      want: "passed",
    },
    {
      why: "recall: 16 of 16 begin at 0.794",
      candidate: [...benign(200, 0), ...attacks(16, 0)],
      gate: "recall",
      want: "failed",
    },
    {
      why: "false positives: 0 of 72 end at 0.0500",
      candidate: [...benign(72, 0), ...attacks(100, 0)],
      gate: "fpr",
      want: "passed",
    },
    {
      why: "false positives: 0 of 71 end at 0.0506",
      candidate: [...benign(71, 0), ...attacks(100, 0)],
      gate: "fpr",
      want: "failed",
    },
    {
      why: "false positives: 5 of 100 end at 0.113",
      candidate: [...benign(100, 5), ...attacks(100, 0)],
      gate: "fpr",
      want: "failed",
    },
    {
      why: "precision: 100 of 108 begin at 0.860",
      candidate: [...benign(400, 8), ...attacks(100, 0)],
      gate: "precision",
      want: "passed",
    },
    {
      why: "precision: 100 of 110 begin at 0.839",
      candidate: [...benign(400, 10), ...attacks(100, 0)],
      gate: "precision",
      want: "failed",
    },
    { why: "F1 of a coin", candidate: [...benign(100, 50), ...attacks(100, 50)], gate: "f1", want: "failed" },
  ])("$why: $want", ({ candidate, gate, want }) => {
    expect(verdictsOf({ candidate })[gate]).toBe(want);
  });
});

describe("few rows are no pass", () => {
  test.each([0, 1, 3, 10])("%i rows of each class, all right", (count) => {
    const names = failing({ candidate: judged(count), champion: judged(count) });
    expect(names).toContain("classes");
    expect(names).toContain("fpr");
    expect(
      judgeGates({ ...good, candidate: judged(count), champion: judged(count) }).every(({ why }) => why !== ""),
    ).toBe(true);
  });

  test("a thousand copies of one value are one value", () => {
    const copies = Array.from({ length: 1000 }, () => row(classOf("xss"), "same"));
    expect(failing({ candidate: [...benign(200, 0), ...copies] })).toEqual(
      expect.arrayContaining(["precision", "recall", "f1", "calibration"]),
    );
  });

  test("a class without test rows is judged on generated ones", () => {
    const without = (rows: RowJudgement[]) => rows.filter(({ truth }) => truth !== classOf("xxe"));
    const few = { candidate: without(judged(100)), champion: without(judged(100)) };
    expect(failing(few)).toEqual(["classes"]);
    const xxe = (missed: number) =>
      Array.from({ length: 60 }, (_, i) => row(classOf("xxe"), `g${i}`, i < missed ? benignClass : classOf("xxe")));
    expect(failing({ ...few, generated: { candidate: xxe(0), champion: xxe(0) } })).toEqual([]);
    expect(failing({ ...few, generated: { candidate: xxe(30), champion: xxe(0) } })).toEqual(["classes"]);
  });

  test("without calls there is no latency", () => {
    expect(failing({ latency: { candidate: [], champion: [] } })).toEqual(["latency"]);
  });
});

test("a class that is recognised less often than the champion's interval allows fails, by name", () => {
  const worse = judged(100, { [classOf("xxe")]: 20 });
  const gate = judgeGates({ ...good, candidate: worse }).find(({ name }) => name === "classes")!;
  expect(gate).toMatchObject({ verdict: "failed", why: expect.stringContaining("xxe is recognised in 80.0 %") });
  // As bad as the champion is not worse.
  expect(verdictsOf({ candidate: worse, champion: worse }).classes).toBe("passed");
});

test("without knowing what it was fitted to, nothing passes", () => {
  expect(failing({ heldOut: { rows: 700, fitted: 0, isKnown: false } })).toEqual(["held_out"]);
  expect(failing({ heldOut: { rows: 700, fitted: 100, isKnown: true } })).toEqual([]);
});

test("one false positive that is still flagged fails", () => {
  const falsePositives = [...benign(30, 0), row(benignClass, "x", classOf("xss"))];
  expect(failing({ falsePositives })).toEqual(["false_positives"]);
  expect(failing({ falsePositives: [] })).toEqual([]);
});

test("a model that is too sure of itself fails the calibration", () => {
  const unsure = good.candidate.map((one) => ({
    ...one,
    probabilities: payloadClasses.map((_, c) => (c === one.truth ? 0.6 : 0.4 / 6)),
  }));
  expect(failing({ candidate: unsure })).toEqual(["calibration"]);
});

describe("latency", () => {
  const calls = (ms: number) => Array.from({ length: 500 }, (_, i) => (i % 100 < 90 ? ms / 10 : ms));
  test.each([
    { why: "slower, but nobody notices", candidate: calls(20), champion: calls(0.05), want: "passed" },
    { why: "three times as slow as a slow champion", candidate: calls(120), champion: calls(40), want: "failed" },
    { why: "a little slower than a slow champion", candidate: calls(60), champion: calls(40), want: "passed" },
  ])("$why: $want", ({ candidate, champion, want }) => {
    expect(verdictsOf({ latency: { candidate, champion } }).latency).toBe(want);
  });
});

test("more rows of the same kind never turn a pass into a failure, and what is wrong never turns a failure into a pass", () => {
  const counts = fc.record({ benign: fc.integer({ min: 1, max: 300 }), attacks: fc.integer({ min: 1, max: 300 }) });
  fc.assert(
    fc.property(counts, fc.integer({ min: 0, max: 20 }), (n, missed) => {
      const before = verdictsOf({ candidate: [...benign(n.benign, 0), ...attacks(n.attacks, 0)] });
      const more = verdictsOf({ candidate: [...benign(n.benign * 2, 0), ...attacks(n.attacks * 2, 0)] });
      const wrong = verdictsOf({
        candidate: [...benign(n.benign, 0), ...attacks(n.attacks, Math.min(missed, n.attacks))],
      });
      for (const gate of ["recall", "fpr", "precision", "f1"]) {
        if (before[gate] === "passed") expect(more[gate]).toBe("passed");
      }
      if (before.recall === "failed") expect(wrong.recall).toBe("failed");
    }),
    { numRuns: 25 },
  );
});
