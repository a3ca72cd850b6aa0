import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { cleanText, longestChunk, splitText } from "./split-text.ts";

const bare = (text: string) => text.replace(/\s+/g, "");
const sentence = (n: number) => `Sentence number ${n} tells that the host shop${n}.example was asked for its basket.`;

describe("splitting a text", () => {
  test.each([
    { why: "nothing", text: "", want: [] },
    { why: "only white space and controls", text: cleanText(" \u0000\u0007\r\n\t "), want: [] },
    { why: "one sentence", text: "It was a scanner.", want: ["It was a scanner."] },
    { why: "short paragraphs together", text: "One.\n\nTwo.", want: ["One.\n\nTwo."] },
  ])("$why", ({ text, want }) => expect(splitText(text)).toEqual(want));

  test("chunks end where sentences end", () => {
    const chunks = splitText(Array.from({ length: 60 }, (_, i) => sentence(i)).join(" "));
    expect(chunks.length).toBeGreaterThan(5);
    for (const chunk of chunks) expect(chunk).toMatch(/^Sentence[\s\S]*basket\.$/);
  });

  test("a paragraph that fits stays whole", () => {
    const paragraphs = Array.from({ length: 6 }, (_, i) => [sentence(i), sentence(i + 10), sentence(i + 20)].join(" "));
    const chunks = splitText(paragraphs.join("\n\n"));
    for (const paragraph of paragraphs) expect(chunks.some((chunk) => chunk.includes(paragraph))).toBe(true);
  });

  test("a sentence without end is cut behind words, a word without end anywhere but within a character", () => {
    expect(splitText("word ".repeat(1000).trim()).every((chunk) => /^(word )*word$/.test(chunk))).toBe(true);
    const emoji = splitText("\u{1f600}".repeat(3000));
    expect(emoji.join("")).toBe("\u{1f600}".repeat(3000));
    expect(emoji.every((chunk) => chunk.isWellFormed())).toBe(true);
  });

  test("nothing is lost, nothing is too long, and it is the same every time", () => {
    const line = fc.oneof(fc.string({ unit: "binary", maxLength: 60 }), fc.lorem({ mode: "sentences", maxCount: 8 }));
    const text = fc.array(line, { maxLength: 60 }).map((lines) => lines.join("\n\n"));
    fc.assert(
      fc.property(text, (raw) => {
        const clean = cleanText(raw);
        const chunks = splitText(clean);
        expect(bare(chunks.join(""))).toBe(bare(clean));
        expect(chunks.every((chunk) => chunk.length > 0 && chunk.length <= longestChunk)).toBe(true);
        expect(splitText(clean)).toEqual(chunks);
        expect(cleanText(clean)).toBe(clean);
      }),
    );
  });
});
