import fc from "fast-check";
import { expect, test, vi } from "vitest";
import type { JudgedOutcome } from "../outcome.ts";
import type { ClassifierOutput } from "../payload.ts";
import type { FindingRecord } from "../verdicts/verdict-record.ts";
import { createByteSpans, toTextSpans } from "./byte-span.ts";
import { createFindingList, type Describing } from "./finding-list.ts";

const outputOf = (attack: number): ClassifierOutput => ({
  class: attack >= 0.5 ? "xss" : "benign",
  confidence: Math.max(attack, 1 - attack),
  probabilities: [0, attack, 0, 0, 0, 0, 1 - attack],
  family: null,
  tier: "model",
  spans: [],
  set: [],
  cut: false,
});

const valueNumber = (n: number) => ({ place: "query", name: "q", text: `value ${n}` }) as const;

const unjudged: JudgedOutcome = { outcome: "not_available", reason: "" };
const describing = (request: number, attack: number, judged = unjudged): Describing => ({
  judge: () => judged,
  hold: () => () => recordOf(request, attack),
});

/** A record that only says what it was made of. */
const recordOf = (request: number, attack: number) =>
  ({ request, probabilities: outputOf(attack).probabilities }) as unknown as FindingRecord;

test("keeps the worst fifty attacks worst first, else the three nearest values, ties in the order of the session", () => {
  const attacks = fc.array(
    fc.double({ min: 0, max: 1, noNaN: true }).map((x) => Math.round(x * 20) / 20),
    { maxLength: 120 },
  );
  fc.assert(
    fc.property(attacks, (values) => {
      const list = createFindingList();
      values.forEach((attack, i) => {
        list.consider(i, valueNumber(i), outputOf(attack), describing(i, attack));
      });
      const { findings, worst } = list.finish();
      // The score as the list sees it, so that rounding decides alike.
      const score = (attack: number) => 1 - (1 - attack);
      const sorted = values
        .map((attack, i) => ({ attack: score(attack), i }))
        .sort((a, b) => b.attack - a.attack || a.i - b.i);
      const hits = sorted.filter(({ attack }) => attack >= 0.5);
      const want = hits.length > 0 ? hits.slice(0, 50) : sorted.slice(0, 3);
      expect(findings.map(({ request }) => request)).toEqual(want.map(({ i }) => i));
      expect(worst.map(({ request }) => request).sort((a, b) => a - b)).toEqual(
        hits.map(({ i }) => i).sort((a, b) => a - b),
      );
    }),
    { numRuns: 100 * Number(process.env.TORTURE ?? 1) },
  );
});

test("an equal value is kept once: near to an attack the first, of attacks the one that went worst, with the others beside it", () => {
  const list = createFindingList();
  for (let i = 0; i < 9; i++) list.consider(i, valueNumber(i % 2), outputOf(0.1), describing(i, 0.1));
  expect(list.finish().findings.map(({ request }) => request)).toEqual([0, 1]);
  const outcomes = ["unclear", "likely_failed", "succeeded", "unclear"] as const;
  outcomes.forEach((outcome, i) => {
    list.consider(i, valueNumber(0), outputOf(0.9), describing(i, 0.9, { outcome, reason: `${i}` }));
  });
  list.consider(3, valueNumber(0), outputOf(0.9), describing(3, 0.9));
  const { findings, found, worst } = list.finish();
  expect(findings).toHaveLength(1);
  expect(findings[0]).toMatchObject({ request: 2 });
  expect(findings[0]!.repeats).toEqual([
    { request: 1, outcome: "likely_failed", outcomeReason: "1" },
    { request: 0, outcome: "unclear", outcomeReason: "0" },
    { request: 3, outcome: "unclear", outcomeReason: "3" },
  ]);
  expect(found).toBe(1);
  expect(worst.map(({ request }) => request)).toEqual([0, 1, 2, 3]);
});

test("describes only what it keeps, and counts all", () => {
  const list = createFindingList();
  const hold = vi.fn(describing(0, 0.9).hold);
  const judge = vi.fn(() => unjudged);
  for (let i = 0; i < 1000; i++) list.consider(i, valueNumber(i), outputOf(0.9), { judge, hold });
  expect([hold.mock.calls.length, judge.mock.calls.length]).toEqual([50, 50]);
  for (let i = 1000; i < 3000; i++) list.consider(i, valueNumber(0), outputOf(0.9), { judge, hold });
  expect([hold.mock.calls.length, judge.mock.calls.length]).toEqual([50, 2050]);
  const { found, worst, findings } = list.finish();
  expect([found, worst.length, findings[0]!.repeats!.length]).toEqual([1000, 3000, 500]);
});

test("the one that succeeded is not hidden behind more that did not than are kept", () => {
  const list = createFindingList();
  const failed = { outcome: "likely_failed", reason: "" } as const;
  for (let i = 0; i < 600; i++) list.consider(i, valueNumber(0), outputOf(0.9), describing(i, 0.9, failed));
  list.consider(600, valueNumber(0), outputOf(0.9), describing(600, 0.9, { outcome: "succeeded", reason: "" }));
  const [finding] = list.finish().findings;
  expect([finding!.request, finding!.repeats!.length]).toEqual([600, 500]);
});

test("byte spans and text spans are each other's way back, whatever the characters", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme", maxLength: 60 }), fc.nat(), fc.nat(), (text, a, b) => {
      const characters = [...text];
      const [from, to] = [a % (characters.length + 1), b % (characters.length + 1)].sort((x, y) => x - y);
      const start = characters.slice(0, from).join("").length;
      const end = characters.slice(0, to).join("").length;
      const spans = createByteSpans(text);
      const span = spans(start, end);
      expect(Buffer.from(text).subarray(span.start, span.end).toString()).toBe(text.slice(start, end));
      expect(toTextSpans(text, [span])).toEqual([{ start, end }]);
      // Asked again from before: it goes back.
      expect(spans(0, end)).toEqual({ start: 0, end: span.end });
    }),
    { numRuns: 200 * Number(process.env.TORTURE ?? 1) },
  );
});
