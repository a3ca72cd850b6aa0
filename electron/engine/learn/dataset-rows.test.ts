import { describe, expect, test } from "vitest";
import type { DatasetFormat } from "../../../shared/dataset.ts";
import { csvLine } from "../base/csv.ts";
import { readDatasetRows } from "./dataset-rows.ts";
import { payloadSampleId } from "./sample-identity.ts";

/** Rows of a file, given in pieces of some bytes. */
async function read(format: DatasetFormat, content: string | Uint8Array, piece = 1 << 20): Promise<unknown[]> {
  const bytes = Buffer.from(content);
  async function* pieces() {
    for (let at = 0; at < bytes.length; at += piece) yield bytes.subarray(at, at + piece);
  }
  const rows: unknown[] = [];
  for await (const some of readDatasetRows(format, pieces())) rows.push(...some);
  return rows;
}

const row = (line: number, text: string, label: string, more = {}) => ({
  line,
  text,
  label,
  place: null,
  group: null,
  ...more,
});

const files: Record<DatasetFormat, { content: string; rows: unknown[] }> = {
  csv: {
    content: [
      "\uFEFFtext,label,place,group",
      '"1\' or ""1""=""1",sql_injection,query,g1',
      '"two',
      'lines",xss,,',
      "plain, too many cells,benign,,",
      "x,nonsense,,",
      ",benign,,",
      '"never closed,xss,,',
      "after it,benign,,",
      '"a" b,benign,,',
      "nowhere,benign,moon,",
      "",
      "last,Path-Traversal,header,",
    ].join("\r\n"),
    rows: [
      row(2, `1' or "1"="1`, "sql_injection", { place: "query", group: "g1" }),
      row(3, "two\r\nlines", "xss"),
      { line: 5, problem: "it has 5 cells and the header 4" },
      { line: 6, problem: expect.stringContaining("its label is none of sql_injection") },
      { line: 7, problem: "it has no text" },
      { line: 8, problem: expect.stringContaining("quote") },
      row(9, "after it", "benign"),
      { line: 10, problem: expect.stringContaining("behind a closing quote") },
      { line: 11, problem: "its place is none that is known" },
      row(13, "last", "path_traversal", { place: "header" }),
    ],
  },
  jsonl: {
    content: [
      '{"payload": "a", "class": "xss"}',
      "",
      "{broken",
      "[1]",
      '{"text": "b", "label": "benign", "place": "query", "extra": {"x": 1}}',
      '{"text": 5, "label": "benign"}',
      '{"text": "c", "label": null}',
      '{"__proto__": {"text": "d", "label": "xss"}}',
    ].join("\n"),
    rows: [
      row(1, "a", "xss"),
      { line: 3, problem: "it is no JSON" },
      { line: 4, problem: "it is no object" },
      row(5, "b", "benign", { place: "query" }),
      { line: 6, problem: "it has no text" },
      { line: 7, problem: "it has no label" },
      { line: 8, problem: "it has no text" },
    ],
  },
  json: {
    content: '[\n {"text": "a",\n  "label": "xss"},\n 7,\n {"text": "b"},\n {"text": "c", "label": "csrf"}\n]',
    rows: [
      row(2, "a", "xss"),
      { line: 4, problem: "it is no object" },
      { line: 5, problem: "it has no label" },
      row(6, "c", "csrf"),
    ],
  },
};

describe.each(Object.entries(files))("%s", (format, { content, rows }) => {
  test.each([1 << 20, 7, 1])(
    "is read, and what cannot be used is told by line, in pieces of %i bytes",
    async (piece) => {
      expect(await read(format as DatasetFormat, content, piece)).toEqual(rows);
    },
  );
});

test.each([
  { delimiter: ";", content: "label;text\nxss;a,b" },
  { delimiter: "a tab", content: "label\ttext\nxss\ta,b" },
])("a CSV file may be written with $delimiter", async ({ content }) => {
  expect(await read("csv", content)).toEqual([row(2, "a,b", "xss")]);
});

describe("what is no dataset at all", () => {
  test.each([
    { why: "a CSV file without the columns", format: "csv", content: "a,b\n1,2" },
    { why: "an empty CSV file", format: "csv", content: "" },
    { why: "bytes", format: "csv", content: "\0\u0001\u0002\ufffd" },
    { why: "a JSON object", format: "json", content: '{"text": "a"}' },
    { why: "an empty JSON file", format: "json", content: "" },
  ] as const)("$why is refused", async ({ format, content }) => {
    await expect(read(format, content)).rejects.toMatchObject({ code: "INPUT_INVALID" });
  });

  test("as JSON Lines has no rows, and every line is told", async () => {
    expect(await read("jsonl", Buffer.from([0xff, 0xfe, 10, 0x80, 10]))).toEqual([
      { line: 1, problem: "it is no JSON" },
      { line: 2, problem: "it is no JSON" },
    ]);
  });

  test("a JSON file that is cut off gives what stood before", async () => {
    expect(await read("json", '[{"text": "a", "label": "xss"},\n{"text": "b", "la')).toEqual([
      row(1, "a", "xss"),
      { line: 2, problem: "its row is cut off" },
    ]);
  });

  test.each(["csv", "jsonl"] as const)("a %s line without end costs itself alone", async (format) => {
    const begin = format === "csv" ? 'text,label\n"' : "";
    const after = format === "csv" ? "after,xss\n" : '{"text": "after", "label": "xss"}\n';
    const rows = await read(format, `${begin}${"x".repeat(3_000_000)}\n${after}`, 65_536);
    const from = format === "csv" ? 2 : 1;
    expect(rows).toEqual([
      { line: from, problem: expect.stringMatching(/longer|quote/) },
      row(from + 1, "after", "xss"),
    ]);
  });
});

test("what a spreadsheet would run is guarded when it is written, and read as it was", async () => {
  const texts = ["=cmd()", "+1", "-1 or 1=1", "@x", "\t=1", "'=1", "''-", "plain"];
  const lines = texts.map((text) => csvLine([payloadSampleId(null, text), "xss", text]));
  expect(lines.slice(0, 5).every((line) => /,"?'/.test(line))).toBe(true);
  const rows = (await read("csv", `id,label,text\r\n${lines.join("")}`)) as { text: string }[];
  expect(rows.map(({ text }) => text)).toEqual(texts);
});
