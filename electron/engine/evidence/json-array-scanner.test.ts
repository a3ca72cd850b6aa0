import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type ArrayElement, createJsonArrayScanner, type ScanEnd, type ScanOptions } from "./json-array-scanner.ts";

const runs = 100 * Number(process.env.TORTURE ?? 1);
const defaults: ScanOptions = {
  path: ["log", "entries"],
  maxElementBytes: 10_000,
  maxDepth: 50,
  maxContainers: 1000,
};

function scan(
  text: string | Buffer,
  chunkSize: number,
  options: Partial<ScanOptions> = {},
): { elements: ArrayElement[]; end: ScanEnd } {
  const bytes = Buffer.from(text as string);
  const scanner = createJsonArrayScanner({ ...defaults, ...options });
  const elements: ArrayElement[] = [];
  for (let at = 0; at < bytes.length; at += chunkSize)
    elements.push(...scanner.push(bytes.subarray(at, at + chunkSize)));
  return { elements, end: scanner.end() };
}

const texts = (elements: readonly ArrayElement[]) => elements.map((e) => e.bytes?.toString() ?? e.fault);

describe("createJsonArrayScanner", () => {
  test.each([
    ["finds the array", '{"log":{"entries":[{"a":1},{"b":[1,{}]}]}}', ['{"a":1}', '{"b":[1,{}]}']],
    [
      "jumps strings",
      '{"log":{"entries":[{"a":"}\\"]{\\\\"},{"b":"\\\\\\""}]}}',
      ['{"a":"}\\"]{\\\\"}', '{"b":"\\\\\\""}'],
    ],
    [
      "ignores the same names elsewhere",
      '{"entries":[{}],"x":{"log":{"entries":[{}]}},"log":{"x":{"entries":[{}]},"entries":[{"y":1}]}}',
      ['{"y":1}'],
    ],
    ["ignores the name as a value", '{"a":"log","log":{"b":"entries","c":[{}],"entries":[{"y":1}]}}', ['{"y":1}']],
    ["reads an escaped name", '{"l\\u006fg":{"entries":[{"y":1}]}}', ['{"y":1}']],
    [
      "reads both of two",
      '{"log":{"entries":[{"a":1}],"entries":[{"b":1}]},"log":{"entries":[{"c":1}]}}',
      ['{"a":1}', '{"b":1}', '{"c":1}'],
    ],
    [
      "counts what is no object",
      '{"log":{"entries":[1,"x",null,[{}],{"a":1},tru]}}',
      ["no_object", "no_object", "no_object", "no_object", '{"a":1}', "no_object"],
    ],
    ["is not stopped by stray brackets", '{"log":{"entries":[},{"a":1}]}}', ["no_object", '{"a":1}']],
    [
      "goes on after too large an element",
      `{"log":{"entries":[{"a":"${"x".repeat(20_000)}"},{"b":1}]}}`,
      ["too_large", '{"b":1}'],
    ],
    [
      "goes on after too deep an element",
      `{"log":{"entries":[${'{"a":'.repeat(60)}1${"}".repeat(60)},{"b":1}]}}`,
      ["too_deep", '{"b":1}'],
    ],
    [
      "goes on after too many parts",
      `{"log":{"entries":[{"a":[${"[],".repeat(1500)}1]},{"b":1}]}}`,
      ["too_many_parts", '{"b":1}'],
    ],
    ["wants an array", '{"log":{"entries":{"a":[{}]}}}', []],
    ["wants objects above", '{"log":[{"entries":[{}]}]}', []],
  ])("%s", (_why, text, want) => {
    for (const size of [1, 2, 3, 7, 1_000_000]) expect(texts(scan(text, size).elements)).toEqual(want);
  });

  test.each([
    ["whole", '{"log":{"entries":[]}} \n', { cut: false, cutElement: null, found: true, trailing: false }],
    ["cut in an element", '{"log":{"entries":[{"a":1},{"b', { cut: true, cutElement: 1, found: true, trailing: false }],
    ["cut between", '{"log":{"entries":[{"a":1}', { cut: true, cutElement: null, found: true, trailing: false }],
    ["without the array", '{"log":{}}', { cut: false, cutElement: null, found: false, trailing: false }],
    ["garbage after", '{"log":{"entries":[]}}x', { cut: false, cutElement: null, found: true, trailing: true }],
    [
      "a byte order mark before",
      '\ufeff{"log":{"entries":[]}}',
      { cut: false, cutElement: null, found: true, trailing: false },
    ],
    ["empty", "", { cut: false, cutElement: null, found: false, trailing: false }],
  ])("tells how it ended: %s", (_why, text, want) => {
    for (const size of [1, 5, 1000]) expect(scan(text, size).end).toMatchObject(want);
  });

  test("hands over members beside the array", () => {
    for (const size of [1, 4, 1000]) {
      const seen: string[] = [];
      const text =
        '{"log":{"creator":{"name":"W{}\\"x","b":{"c":[1]}},"entries":[{}],"browser":{"name":"F"}},"creator":{"n":1}}';
      const beside = ["creator", "browser"];
      scan(text, size, { beside, onBeside: (name, json) => seen.push(`${name} ${json}`) });
      expect(seen).toEqual(['creator {"name":"W{}\\"x","b":{"c":[1]}}', 'browser {"name":"F"}']);
    }
  });

  test("offsets and bytes are exact for any data and any chunking", () => {
    fc.assert(
      fc.property(
        fc.array(fc.dictionary(fc.string({ unit: "binary" }), fc.jsonValue({ maxDepth: 3 })), { maxLength: 8 }),
        fc.integer({ min: 1, max: 40 }),
        fc.integer({ min: 0, max: 2 }),
        (entries, size, indent) => {
          const text = JSON.stringify({ before: { entries: [{}] }, log: { version: "1.2", entries } }, null, indent);
          const bytes = Buffer.from(text);
          const { elements, end } = scan(bytes, size, { maxElementBytes: 1e9 });
          expect(end).toMatchObject({ cut: false, found: true, trailing: false });
          expect(elements.map((e) => JSON.parse(e.bytes!.toString()))).toEqual(JSON.parse(JSON.stringify(entries)));
          for (const e of elements) expect(bytes.subarray(e.offset, e.offset + e.length).equals(e.bytes!)).toBe(true);
        },
      ),
      { numRuns: runs },
    );
  });

  test("any bytes at all end without an error", () => {
    const token = fc.constantFrom(
      "{",
      "}",
      "[",
      "]",
      '"',
      "\\",
      ",",
      ":",
      '"log":{',
      '"entries":[',
      "1",
      " ",
      "\u00e9",
    );
    fc.assert(
      fc.property(fc.array(token, { maxLength: 60 }), fc.integer({ min: 1, max: 9 }), (tokens, size) => {
        const text = tokens.join("");
        expect(texts(scan(text, size).elements)).toEqual(texts(scan(text, 10_000).elements));
      }),
      { numRuns: runs * 5 },
    );
  });
});
