import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { ClassifierOutput, PayloadValue } from "../detect/payload.ts";
import { createByteOffsets, decisiveSpans, spanOfValue } from "./payload-spans.ts";

const runs = (n: number) => n * Number(process.env.TORTURE ?? 1);

test("bytes of any stretch are those of its UTF-8 form", () => {
  // Long runs cross the remembered offsets; the alphabet has every length of UTF-8.
  const text = fc.array(fc.constantFrom("a", "é", "語", "💥", "0123456789".repeat(30)), { maxLength: 40 });
  fc.assert(
    fc.property(text, fc.nat(), fc.nat(), (parts, a, b) => {
      const whole = parts.join("");
      const boundaries = [0];
      for (const character of whole) boundaries.push(boundaries.at(-1)! + character.length);
      const [start, end] = [boundaries[a % boundaries.length]!, boundaries[b % boundaries.length]!].sort(
        (x, y) => x - y,
      );
      const span = createByteOffsets(whole).span(start!, end!);
      expect(Buffer.from(whole).subarray(span.start, span.end).toString()).toBe(whole.slice(start, end));
    }),
    { numRuns: runs(100) },
  );
});

test("a cut through a surrogate pair takes the whole character", () => {
  expect(createByteOffsets("a💥b").span(2, 2)).toEqual({ start: 1, end: 5 });
  expect(createByteOffsets("a💥b").span(0, 2)).toEqual({ start: 0, end: 5 });
});

test("lone surrogates count as encoders write them", () => {
  const text = "\ud83d-\udca5\ud83d";
  const { end } = createByteOffsets(text).span(0, text.length);
  expect(end).toBe(Buffer.from(text).length);
});

test.each([
  [-1, 2],
  [3, 2],
  [0, 4],
])("offsets [%i, %i) outside the text are a defect", (start, end) => {
  expect(() => createByteOffsets("abc").span(start, end)).toThrow(RangeError);
});

describe("decisive spans", () => {
  const text = "GET /?q=é' OR 1=1-- HTTP/1.1\r\n\r\n";
  const start = text.indexOf("é");
  const value: PayloadValue = { place: "query", name: "q", text: "é' OR 1=1--", start, end: start + 11 };
  const offsets = createByteOffsets(text);
  const bytes = Buffer.from(text);
  const outputWith = (spans: ClassifierOutput["spans"]): ClassifierOutput => ({
    class: "sql_injection",
    confidence: 0.99,
    probabilities: [0.99, 0, 0, 0, 0, 0, 0.01],
    family: null,
    tier: "model",
    spans,
    set: ["sql_injection"],
    cut: false,
  });

  test("the value itself", () => {
    const span = spanOfValue(value, offsets);
    expect(bytes.subarray(span.start, span.end).toString()).toBe(value.text);
  });

  test.each([
    { why: "one span", spans: [{ start: 1, end: 5, weight: 2 }], want: [["' OR", 2]] },
    {
      why: "in the order of the text, apart ones kept apart",
      spans: [
        { start: 6, end: 9, weight: 3 },
        { start: 1, end: 2, weight: 1 },
      ],
      want: [
        ["'", 1],
        ["1=1", 3],
      ],
    },
    {
      why: "overlapping and touching ones united with the largest weight",
      spans: [
        { start: 1, end: 5, weight: 1 },
        { start: 3, end: 6, weight: 4 },
        { start: 6, end: 9, weight: 2 },
      ],
      want: [["' OR 1=1", 4]],
    },
    { why: "what speaks for benign is not shown", spans: [{ start: 0, end: 1, weight: -1 }], want: [] },
    { why: "cut to the value", spans: [{ start: 9, end: 99, weight: 1 }], want: [["--", 1]] },
    { why: "empty", spans: [{ start: 4, end: 4, weight: 1 }], want: [] },
    { why: "none", spans: [], want: [] },
  ])("$why", ({ spans, want }) => {
    const got = decisiveSpans(value, outputWith(spans), offsets);
    expect(got.map(({ start, end, weight }) => [bytes.subarray(start, end).toString(), weight])).toEqual(want);
  });
});
