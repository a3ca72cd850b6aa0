import { z } from "zod";
import type { DatasetFormat } from "../../../shared/dataset.ts";
import { SentinelError } from "../../../shared/errors.ts";
import { PayloadClass, Place, payloadClasses } from "../../../shared/payload.ts";
import { createJsonArrayScanner } from "../evidence/json-array-scanner.ts";
import { createCsvScanner } from "./csv-scanner.ts";
import type { LineProblem } from "./import-state.ts";
import { payloadSampleId } from "./sample-identity.ts";

/** A row of a file as it was written. */
export interface GivenRow {
  readonly line: number;
  readonly text: string;
  readonly label: PayloadClass;
  readonly place: Place | null;
  /** Rows of one file with the same group belong together; null: none is told. */
  readonly group: string | null;
}

export type ReadRow = GivenRow | LineProblem;

/** Characters of one row, whatever its format. */
const mostCharacters = 262_144;

/** Names that a column or member may have, the usual one first. */
const names = {
  text: ["text", "payload", "data"],
  label: ["label", "class"],
  place: ["place"],
  group: ["group"],
  id: ["id"],
} as const;

const Cell = z.string().nullish();

/** A row as its members are named, whatever the format. */
function toRow(line: number, member: (name: string) => unknown): ReadRow {
  const given = (field: keyof typeof names) => names[field].map(member).find((value) => value != null);
  const text = given("text");
  const label = given("label");
  if (typeof text !== "string" || text === "") return { line, problem: "it has no text" };
  if (text.length > mostCharacters) return { line, problem: `its text is longer than ${mostCharacters} characters` };
  if (typeof label !== "string") return { line, problem: "it has no label" };
  const kind = PayloadClass.safeParse(
    label
      .trim()
      .toLowerCase()
      .replaceAll(/[\s-]+/g, "_"),
  );
  if (!kind.success) return { line, problem: `its label is none of ${payloadClasses.join(", ")}` };
  const written = Cell.safeParse(given("place"));
  const place = !written.success ? null : written.data == null || written.data === "" ? undefined : written.data;
  const where = place === undefined ? null : Place.safeParse(place);
  if (where !== null && !where.success) return { line, problem: "its place is none that is known" };
  const group = Cell.safeParse(given("group"));
  if (!group.success) return { line, problem: "its group is no text" };
  const at = where === null ? null : where.data;
  return {
    line,
    text: unguard(text, at, given("id")),
    label: kind.data,
    place: at,
    group: group.data == null || group.data === "" ? null : group.data.slice(0, 200),
  };
}

/** Takes off the apostrophe that an export of ours put before what a spreadsheet would run: the id tells that it did. */
function unguard(text: string, place: Place | null, id: unknown): string {
  if (!text.startsWith("'") || typeof id !== "string" || payloadSampleId(place, text) === id) return text;
  return payloadSampleId(place, text.slice(1)) === id ? text.slice(1) : text;
}

/**
 * Rows of a file of labelled payloads, some at a time: what cannot be used is told by line, and the rest goes on.
 * @throws SentinelError INPUT_INVALID when it is no such file at all
 */
export function readDatasetRows(
  format: DatasetFormat,
  source: AsyncIterable<Uint8Array>,
): AsyncGenerator<readonly ReadRow[]> {
  if (format === "csv") return readCsv(source);
  return format === "json" ? readJson(source) : readJsonLines(source);
}

async function* textOf(source: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  // What is no UTF-8 becomes U+FFFD, as in a browser; a byte order mark is dropped.
  const decoder = new TextDecoder();
  for await (const bytes of source) yield decoder.decode(bytes, { stream: true });
  yield decoder.decode();
}

const faultWords = {
  open_quote: "a quote is opened and never closed",
  text_behind_quote: "text stands behind a closing quote; a quote within a quoted cell is written twice",
  too_long: `it is longer than ${mostCharacters} characters`,
} as const;

/** The one of comma, semicolon and tab that the header is written with. */
function delimiterOf(header: string): string {
  const count = (mark: string) => header.split(mark).length;
  return [",", ";", "\t"].reduce((best, mark) => (count(mark) > count(best) ? mark : best));
}

async function* readCsv(source: AsyncIterable<Uint8Array>): AsyncGenerator<readonly ReadRow[]> {
  let held = "";
  let scanner: ReturnType<typeof createCsvScanner> | null = null;
  let columns: readonly string[] | null = null;
  const toRows = (records: ReturnType<ReturnType<typeof createCsvScanner>["push"]>): ReadRow[] =>
    records.flatMap(({ line, cells, fault }): ReadRow[] => {
      if (cells === null) return [{ line, problem: fault === null ? "it cannot be read" : faultWords[fault] }];
      if (columns === null) {
        columns = readHeader(cells);
        return [];
      }
      if (cells.length !== columns.length) {
        const problem = `it has ${cells.length} cells and the header ${columns.length}`;
        return [{ line, problem }];
      }
      const header = columns;
      return [toRow(line, (name) => (header.includes(name) ? cells[header.indexOf(name)] : undefined))];
    });
  for await (const text of textOf(source)) {
    if (scanner === null) {
      held += text;
      if (!/[\r\n]/.test(held) && held.length <= mostCharacters) continue;
      scanner = createCsvScanner(delimiterOf(held.split(/[\r\n]/, 1)[0]!), mostCharacters);
      yield toRows(scanner.push(held));
    } else yield toRows(scanner.push(text));
  }
  scanner ??= createCsvScanner(delimiterOf(held), mostCharacters);
  if (columns === null) yield toRows([...scanner.push(held), ...scanner.end()]);
  else yield toRows(scanner.end());
  if (columns === null) throw noHeader();
}

function noHeader(): SentinelError {
  return new SentinelError(
    "INPUT_INVALID",
    'The first line of a CSV file names its columns, among them "text" (or "payload") and "label" (or "class").',
  );
}

function readHeader(cells: readonly string[]): readonly string[] {
  const columns = cells.map((cell) => cell.trim().toLowerCase());
  const has = (field: "text" | "label") => names[field].some((name) => columns.includes(name));
  if (!has("text") || !has("label")) throw noHeader();
  return columns;
}

function parseObject(line: number, text: string): ReadRow {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { line, problem: "it is no JSON" };
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) return { line, problem: "it is no object" };
  const members = value as Record<string, unknown>;
  return toRow(line, (name) => (Object.hasOwn(members, name) ? members[name] : undefined));
}

async function* readJsonLines(source: AsyncIterable<Uint8Array>): AsyncGenerator<readonly ReadRow[]> {
  let rest = "";
  let line = 0;
  let isTooLong = false;
  const toRows = (lines: readonly string[]): ReadRow[] =>
    lines.flatMap((text): ReadRow[] => {
      line++;
      const wasTooLong = isTooLong || text.length > 4 * mostCharacters;
      isTooLong = false;
      if (wasTooLong) return [{ line, problem: faultWords.too_long }];
      return text.trim() === "" ? [] : [parseObject(line, text)];
    });
  for await (const text of textOf(source)) {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    const rows = toRows(lines);
    // A line without end must not be held.
    if (rest.length > 4 * mostCharacters) {
      isTooLong = true;
      rest = "";
    }
    yield rows;
  }
  if (rest !== "" || isTooLong) yield toRows([rest]);
}

/** The scanner finds an array by its name: a file that is one array is read as the member of an object. */
const prefix = Buffer.from('{"rows":');

async function* readJson(source: AsyncIterable<Uint8Array>): AsyncGenerator<readonly ReadRow[]> {
  const limits = { maxElementBytes: 4 * mostCharacters, maxDepth: 20, maxContainers: 1000 };
  const scanner = createJsonArrayScanner({ path: ["rows"], ...limits });
  const lines = createLineCounter();
  let isBegun = false;
  let head: Buffer = Buffer.alloc(0);
  const toRows = (chunk: Buffer) => {
    lines.add(chunk);
    const rows = scanner.push(chunk).map((element): ReadRow => {
      const line = lines.at(element.offset);
      if (element.bytes !== null) return parseObject(line, element.bytes.toString("utf8"));
      const problem = element.fault === "no_object" ? "it is no object" : "it is too large or nested too deep";
      return { line, problem };
    });
    lines.forget();
    return rows;
  };
  for await (const bytes of source) {
    if (isBegun) yield toRows(Buffer.from(bytes));
    else {
      head = Buffer.concat([head, bytes]);
      const start = /^(?:\u00ef\u00bb\u00bf)?[ \t\r\n]*(?=[^ \t\r\n\u00ef\u00bb\u00bf])/.exec(head.toString("latin1"));
      if (start === null && head.length > mostCharacters) throw noArray();
      if (start === null) continue;
      if (head[start[0].length] !== 0x5b) throw noArray();
      isBegun = true;
      const mark = head[0] === 0xef ? 3 : 0;
      yield toRows(Buffer.concat([prefix, head.subarray(mark)]));
    }
  }
  if (!isBegun) throw noArray();
  yield toRows(Buffer.from("}"));
  const { cut, cutElement } = scanner.end();
  if (cut) yield [{ line: lines.last(), problem: cutElement === null ? "the file is cut off" : "its row is cut off" }];
}

const noArray = () => new SentinelError("INPUT_INVALID", "A JSON file of a dataset is one array of objects.");

/** Lines of places that are asked for in order. */
function createLineCounter() {
  let base = 0;
  let line = 1;
  let counted = 0;
  let held: Buffer = Buffer.alloc(0);
  let start = 0;
  return {
    add(chunk: Buffer): void {
      held = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
      start = base;
    },
    /** @param offset bytes from the beginning, not before the one asked for last */
    at(offset: number): number {
      for (let i = held.indexOf(10, counted - start); i >= 0 && i + start < offset; i = held.indexOf(10, i + 1)) line++;
      counted = Math.max(counted, offset);
      return line;
    },
    /** Lets go of what was counted. */
    forget(): void {
      const from = Math.min(held.length, Math.max(0, counted - start));
      held = held.subarray(from);
      base = start + from;
    },
    last(): number {
      return this.at(start + held.length);
    },
  };
}
