import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createJsonDocumentScanner, type JsonDocument } from "./json-documents.ts";

function scan(text: string | Buffer, size = 1e6, limits = {}): JsonDocument[] {
  const scanner = createJsonDocumentScanner({ maxBytes: 1000, maxDepth: 8, maxContainers: 50, ...limits });
  const bytes = Buffer.from(text as string);
  const found: JsonDocument[] = [];
  for (let at = 0; at < bytes.length; at += size) found.push(...scanner.push(bytes.subarray(at, at + size)));
  return [...found, ...scanner.end()];
}

/** Each as its text or its fault, with the line it begins on. */
const told = (documents: readonly JsonDocument[]) =>
  documents.map(({ bytes, fault, line }) => `${line}: ${fault ?? bytes!.toString("utf8")}`);

describe("createJsonDocumentScanner", () => {
  test.each<[string, string, string[]]>([
    ["one on each line", '{"a":1}\n\n{"b":"}{\\\\"}\r\n', ['1: {"a":1}', '3: {"b":"}{\\\\"}']],
    [
      "one over several lines",
      '{\n  "a": [\n    {}\n  ]\n}\n{"b":1}',
      ['1: {\n  "a": [\n    {}\n  ]\n}', '6: {"b":1}'],
    ],
    ["several on one line", '{"a":1}{"b":{}} {"c":1}', ['1: {"a":1}', '1: {"b":{}}', '1: {"c":1}']],
    ["one behind a byte order mark", '\ufeff{"a":1}', ['1: {"a":1}']],
    ["one behind others that are none", 'x {"a":1}\n[1]\n{"b":1}', ["1: no_object", "2: no_object", '3: {"b":1}']],
    ["one cut off by the end of its line", '{"a":{"b":1\n{"c":1}', ["1: cut", '2: {"c":1}']],
    ["one cut off within a string", '{"a":"x\n{"c":1}', ["1: cut", '2: {"c":1}']],
    ["one cut off after a backslash", '{"a":"x\\\n{"c":1}', ["1: cut", '2: {"c":1}']],
    ["one cut off by the end of the file", '{"a":1}\n{"b":', ['1: {"a":1}', "2: cut"]],
    ["one too large", `{"a":"${"x".repeat(2000)}"}\n{"b":1}`, ["1: too_large", '2: {"b":1}']],
    ["one too deep", `{"a":${"[".repeat(9)}${"]".repeat(9)}}\n{"b":1}`, ["1: too_deep", '2: {"b":1}']],
    ["one of too many parts", `{"a":[${"{},".repeat(60)}1]}\n{"b":1}`, ["1: too_many_parts", '2: {"b":1}']],
    ["nothing", " \n\t\n", []],
  ])("finds %s, in pieces of any size", (_why, text, want) => {
    for (const size of [1, 2, 3, 7, 1e6]) expect(told(scan(text, size))).toEqual(want);
  });

  test("places are byte offsets", () => {
    const bytes = Buffer.from('\ufeff{"a":"\u00e9"}\n{"b":"\ud83d\ude00"}');
    for (const { offset, length, bytes: kept } of scan(bytes, 5)) {
      expect(bytes.subarray(offset, offset + length)).toEqual(Buffer.from(kept!));
    }
  });

  test("any JSON objects are found again, however they are written", () => {
    const objects = fc.array(fc.dictionary(fc.string({ unit: "binary" }), fc.jsonValue({ maxDepth: 3 })), {
      maxLength: 6,
    });
    fc.assert(
      fc.property(objects, fc.integer({ min: 1, max: 60 }), fc.boolean(), (all, size, pretty) => {
        const text = all.map((one) => JSON.stringify(one, null, pretty ? 2 : 0)).join("\n");
        const found = scan(Buffer.from(text), size, { maxBytes: 1e6, maxContainers: 1e4 });
        expect(found.map(({ bytes }) => JSON.parse(bytes!.toString()))).toEqual(JSON.parse(JSON.stringify(all)));
      }),
      { numRuns: 30 },
    );
  });

  test.each([
    ["quotes", '"'],
    ["objects within a line", '{"":1}'],
    ["open objects", "{"],
    ["open strings, one a line", '{"\n'],
    ["backslashes", '{"\\\\'],
    ["no objects, one a line", "x\n"],
  ])("two megabytes of %s take no time to speak of", (_why, unit) => {
    const scanner = createJsonDocumentScanner({ maxBytes: 32 * 1024 ** 2, maxDepth: 512, maxContainers: 500_000 });
    // Processor time: others may be busy.
    const before = process.cpuUsage().user;
    for (let i = 0; i < 2; i++) scanner.push(Buffer.alloc(1024 ** 2, unit));
    scanner.end();
    expect(process.cpuUsage().user - before).toBeLessThan(4e6);
  });
});
