import { createPublicKey } from "node:crypto";
import { createReadStream, existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Checkpoint, LogVerification } from "../../../shared/audit.ts";
import { parseCheckpointLine } from "./audit-export.ts";
import { openReaderConnection } from "./connection.ts";
import { parseEvent, parseEventRow } from "./event-row.ts";
import { createLogChecker, type LogReference } from "./log-checker.ts";
import { type Db, defineRead, type EventRow, type StoreModule } from "./store.ts";

/** Names of the log's files in a data directory. */
export const logFiles = {
  database: "sentinel.db",
  audit: "audit.jsonl",
  checkpoints: "checkpoints.jsonl",
  publicKey: "checkpoint-public.pem",
} as const;

/** Longest line of an export that is read; an event's payload is at most 32 MiB. */
const maxLine = 160 * 1024 * 1024;

/** Checks events in the order given, null standing for one that cannot be parsed. */
export function verifyRows(rows: Iterable<EventRow | null>, reference: LogReference = {}): LogVerification {
  const checker = createLogChecker(reference);
  for (const row of rows) checker.add(row);
  return checker.finish();
}

/** Checks an exported `audit.jsonl`. @throws the file system's error when it cannot be read */
export async function verifyFile(path: string, reference: LogReference = {}): Promise<LogVerification> {
  const checker = createLogChecker(reference);
  for await (const line of readLines(path)) {
    if (line.finished) checker.add(parseLine(line.text));
    else checker.torn();
  }
  return checker.finish();
}

/** Lines by line feed alone: canonical JSON may hold the other characters that end lines elsewhere. */
async function* readLines(path: string): AsyncGenerator<{ text: string; finished: boolean }> {
  let parts: Buffer[] = [];
  let held = 0;
  for await (const chunk of createReadStream(path, { highWaterMark: 1024 * 1024 }) as AsyncIterable<Buffer>) {
    let start = 0;
    for (let feed = chunk.indexOf(0x0a); feed >= 0; feed = chunk.indexOf(0x0a, start)) {
      parts.push(chunk.subarray(start, feed));
      yield { text: Buffer.concat(parts).toString("utf8"), finished: true };
      parts = [];
      held = 0;
      start = feed + 1;
    }
    // A line without end is never held whole: its beginning alone cannot be parsed, which is what it deserves.
    if (held < maxLine && start < chunk.length) parts.push(chunk.subarray(start));
    held += chunk.length - start;
  }
  if (held > 0) yield { text: "", finished: false };
}

function parseLine(line: string): EventRow | null {
  try {
    return parseEvent(JSON.parse(line));
  } catch {
    return null;
  }
}

/** @returns the checkpoints of a file, and how many of its lines are none (an unfinished last one is not counted) */
export function readCheckpoints(path: string): { checkpoints: Checkpoint[]; unreadable: number } {
  if (!existsSync(path)) return { checkpoints: [], unreadable: 0 };
  const lines = readFileSync(path, "utf8").split("\n").slice(0, -1);
  const parsed = lines.map(parseCheckpointLine);
  const checkpoints = parsed.filter((checkpoint) => checkpoint !== null);
  return { checkpoints, unreadable: parsed.length - checkpoints.length };
}

function* tableRows(db: Db): Generator<EventRow | null> {
  for (const row of db.prepare("SELECT * FROM events ORDER BY seq").iterate()) yield parseEventRow(row);
}

/** Where the reference of a check lies; null: the check does without. */
export interface ReferencePaths {
  readonly checkpoints: string | null;
  readonly publicKey: string | null;
  /** Checkpoints that were kept elsewhere. */
  readonly kept?: string | null;
}

function loadReference(paths: ReferencePaths): { reference: LogReference; faults: LogVerification["faults"] } {
  const none = { checkpoints: [], unreadable: 0 };
  const own = paths.checkpoints === null ? none : readCheckpoints(paths.checkpoints);
  const kept = paths.kept == null ? none : readCheckpoints(paths.kept);
  // SECURITY: the kept ones come first, so that of two that disagree the log is held against the one that nobody here could change.
  const checkpoints = [...kept.checkpoints, ...own.checkpoints];
  const unreadable = own.unreadable + kept.unreadable;
  const publicKey =
    paths.publicKey !== null && existsSync(paths.publicKey)
      ? createPublicKey(readFileSync(paths.publicKey))
      : undefined;
  const message = `${unreadable} lines of the checkpoints cannot be read.`;
  return {
    reference: { checkpoints, publicKey },
    faults: unreadable === 0 ? [] : [{ fault: "edited", seq: null, message }],
  };
}

/** The whole chain of the database; runs on a reader thread, which it occupies for about 20 µs an event. */
export const verifyTable = defineRead("events.verify", (db: Db) => (paths: ReferencePaths): LogVerification => {
  const { reference, faults } = loadReference(paths);
  return joinVerifications(verifyRows(tableRows(db), reference), { faults });
});

export const verifyModule: StoreModule = {
  name: "events-verify",
  migrations: [],
  reads: [verifyTable],
  writes: [],
  projections: [],
};

/** Adds further faults; the log is in order when nothing but a repaired tail was found. */
export function joinVerifications(
  first: LogVerification,
  ...others: readonly Pick<LogVerification, "faults">[]
): LogVerification {
  const faults = [first, ...others].flatMap((other) => other.faults);
  return { ...first, faults, ok: faults.every((fault) => fault.fault === "torn_tail") };
}

/**
 * Checks a data directory, or a copy of one, without the engine: the database's log and its export, each against the checkpoints.
 *
 * @param kept file of checkpoints kept elsewhere, which an intruder could not change with the rest. A new key of the directory shows, too:
 *   they are not signed by it
 */
export async function verifyDirectory(directory: string, kept: string | null = null): Promise<LogVerification> {
  const paths = {
    checkpoints: join(directory, logFiles.checkpoints),
    publicKey: join(directory, logFiles.publicKey),
    kept,
  };
  const exported = join(directory, logFiles.audit);
  const { reference, faults } = loadReference(paths);
  const db = openReaderConnection(join(directory, logFiles.database));
  let table: LogVerification;
  try {
    table = verifyRows(tableRows(db), reference);
  } finally {
    db.close();
  }
  if (!existsSync(exported)) return joinVerifications(table, { faults });
  const file = await verifyFile(exported, reference);
  return joinVerifications(prefixFaults(table, logFiles.database), prefixFaults(file, logFiles.audit), { faults });
}

/** Says which copy of the log a fault was found in. */
export function prefixFaults(verification: LogVerification, where: string): LogVerification {
  const faults = verification.faults.map((fault) => ({ ...fault, message: `${where}: ${fault.message}` }));
  return { ...verification, faults };
}
