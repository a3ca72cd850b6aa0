import { isAscii } from "node:buffer";
import { SentinelError } from "../../../shared/errors.ts";
import type { Exchange } from "./exchange.ts";
import { asFields, type EntryPlace } from "./har-entry.ts";
import { createJsonDocumentScanner, type JsonDocument } from "./json-documents.ts";
import { type Complain, complainAt, defaultLimits, type ReadLimits, type ReadOptions, readPieces } from "./reading.ts";
import { decodeBytes } from "./text.ts";

/** One entry of a log: its parsed fields, and its text for what parsing loses. */
export interface LogEntry extends EntryPlace {
  readonly fields: Readonly<Record<string, unknown>>;
  readonly text: string;
}

/** Makes an exchange of an entry. Null: there is none in it, which `complain` hears unless nothing is missing. */
export type ReadEntry = (entry: LogEntry, limits: ReadLimits, complain: Complain) => Exchange | null;

/**
 * Reads a log of JSON objects, one on each line or over several lines, while it streams; no more than one entry and one chunk are
 * held. Of a broken entry a complaint is made and the next one read. `index` is the entry's number from 0.
 *
 * @returns batches of exchanges, in file order
 * @throws SentinelError CANCELLED; whatever the source throws. Never for what the file holds.
 */
export async function* readJsonLog(
  bytes: AsyncIterable<Uint8Array>,
  readEntry: ReadEntry,
  options: ReadOptions = {},
): AsyncGenerator<Exchange[]> {
  const limits = { ...defaultLimits, ...options.limits };
  const scanner = createJsonDocumentScanner({
    maxBytes: limits.entryBytes,
    maxDepth: limits.depth,
    maxContainers: limits.containers,
  });
  const readAll = (documents: readonly JsonDocument[]): Exchange[] =>
    documents.flatMap(
      (document) =>
        readDocument(document, readEntry, limits, complainAt(`line ${document.line}`, options.onProblem)) ?? [],
    );
  for await (const piece of readPieces(bytes, options)) {
    const batch = readAll(scanner.push(piece));
    if (batch.length > 0) yield batch;
  }
  const last = readAll(scanner.end());
  if (last.length > 0) yield last;
}

const faults = {
  too_large: ["INPUT_TOO_LARGE", "The entry is larger than the limit and is left out."],
  too_deep: ["INPUT_TOO_LARGE", "The entry is nested deeper than the limit and is left out."],
  too_many_parts: ["INPUT_TOO_LARGE", "The entry has more parts than the limit and is left out."],
  cut: ["EVIDENCE_UNREADABLE", "The entry ends in the middle and is left out."],
  no_object: ["EVIDENCE_UNREADABLE", "The line is no entry of a JSON log and is left out."],
} as const;

function readDocument(
  document: JsonDocument,
  readEntry: ReadEntry,
  limits: ReadLimits,
  complain: Complain,
): Exchange | null {
  const { bytes, fault, index, offset, length } = document;
  if (fault !== null) {
    const [code, message] = faults[fault];
    complain(code, message);
    return null;
  }
  const text = isAscii(bytes!) ? bytes!.toString("latin1") : decodeBytes(bytes!);
  let fields: Record<string, unknown> | null;
  try {
    fields = asFields(JSON.parse(text));
  } catch {
    fields = null;
  }
  if (fields === null) {
    // V8's message quotes the text: evidence content must not get into messages.
    complain("EVIDENCE_UNREADABLE", "The entry is no JSON and is left out.");
    return null;
  }
  return readEntry({ index, offset, length, fields, text }, limits, complain);
}

/** Reads one entry again from its own bytes. @throws SentinelError EVIDENCE_UNREADABLE */
export function readJsonEntryAt(
  bytes: Buffer,
  place: { index: number; offset: number },
  readEntry: ReadEntry,
  limits: ReadLimits,
): Exchange {
  const document: JsonDocument = { ...place, line: 0, length: bytes.length, bytes, fault: null };
  const exchange = readDocument(document, readEntry, limits, () => {});
  if (exchange === null) throw new SentinelError("EVIDENCE_UNREADABLE", `Entry ${place.index} cannot be read again.`);
  return exchange;
}
