import { createHash } from "node:crypto";
import { setImmediate } from "node:timers/promises";
import { z } from "zod";
import { Split } from "../../../shared/dataset.ts";
import { SentinelError } from "../../../shared/errors.ts";
import { SampleKind } from "../../../shared/label.ts";
import { PayloadClass } from "../../../shared/payload.ts";

/** One row of a version: what a sample is in it, never its text. */
const VersionRow = z.strictObject({
  id: z.string(),
  kind: SampleKind,
  label: PayloadClass,
  split: Split,
  group: z.string(),
  source: z.string(),
  /** Epoch milliseconds. */
  labelled_at: z.number().int(),
  false_positive: z.boolean(),
});
export type VersionRow = z.infer<typeof VersionRow>;

/**
 * A row that stands between near-duplicates of two splits. It is of no split, and so of no training and no count. The file has it for
 * what may not depend on which other rows there are.
 */
const UnplacedRow = VersionRow.extend({ split: z.null(), group: z.null() });
export type UnplacedRow = z.infer<typeof UnplacedRow>;
export type FileRow = VersionRow | UnplacedRow;
const FileRow = z.union([VersionRow, UnplacedRow]);

/** Name of a version: SHA-256 over id, label and split of its rows. @param rows in the order of their ids */
export function versionId(rows: readonly FileRow[]): string {
  const hash = createHash("sha256");
  for (const { id, label, split, false_positive } of rows) {
    hash.update(`${id}\t${label}\t${split ?? "none"}${false_positive ? "\tfalse positive" : ""}\n`);
  }
  return hash.digest("hex");
}

const rowsAtOnce = 1000;

/** A version's file: a JSON object a line, in the order of the ids. */
export function* writeVersionFile(rows: readonly FileRow[]): Generator<Uint8Array> {
  for (let from = 0; from < rows.length; from += rowsAtOnce) {
    const lines = rows.slice(from, from + rowsAtOnce).map((row) => `${JSON.stringify(row)}\n`);
    yield Buffer.from(lines.join(""));
  }
}

/** Rows that are parsed before others of the thread get their turn. */
const parsedAtOnce = 200;

/**
 * Rows of a version's file that have a split, some at a time.
 * @throws SentinelError EVIDENCE_CORRUPT when a line cannot be read
 */
export async function* readVersionFile(content: AsyncIterable<Uint8Array>): AsyncGenerator<VersionRow[]> {
  for await (const rows of readWholeVersionFile(content)) yield rows.filter((row) => row.split !== null);
}

/**
 * All rows of a version's file, some at a time.
 * @throws SentinelError EVIDENCE_CORRUPT when a line cannot be read
 */
export async function* readWholeVersionFile(content: AsyncIterable<Uint8Array>): AsyncGenerator<FileRow[]> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const bytes of content) {
    const lines = (rest + decoder.decode(bytes, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    for (let from = 0; from < lines.length; from += parsedAtOnce) {
      yield lines.slice(from, from + parsedAtOnce).map(toRow);
      await setImmediate();
    }
  }
  if (rest !== "") yield [toRow(rest)];
}

function toRow(line: string): FileRow {
  try {
    return FileRow.parse(JSON.parse(line));
  } catch (error) {
    throw new SentinelError("EVIDENCE_CORRUPT", "The file of a dataset version is damaged.", undefined, error);
  }
}
