import {
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readSync,
  renameSync,
  writeSync,
} from "node:fs";
import { type Checkpoint, Checkpoint as CheckpointSchema } from "../../../shared/audit.ts";
import { canonicalJson } from "../base/canonical-json.ts";
import { parseEvent } from "./event-row.ts";
import type { EventRow } from "./store.ts";

/** What opening the file found besides a clean end. */
export interface ExportFinding {
  readonly fault: "torn_tail" | "truncated" | "rechained";
  readonly message: string;
}

/**
 * A file of JSON lines that only grows. A line half-written by a crash is cut off at opening: everything before the last line
 * feed is a clean prefix.
 */
export interface LineFile {
  readonly path: string;
  /** Bytes cut off at opening; 0 when the file ended in a line feed. */
  readonly tornBytes: number;
  append(lines: readonly string[]): void;
  lastLine(): string | null;
  sync(): void;
  close(): void;
}

/** Bytes read at once while looking for the last line from the end. */
const tailStep = 64 * 1024;

export function openLineFile(path: string): LineFile {
  // SECURITY: the log names people and addresses: readable by the owner only; a link in its place is not followed.
  const descriptor = openSync(path, constants.O_RDWR | constants.O_CREAT | (constants.O_NOFOLLOW ?? 0), 0o600);
  const found = fstatSync(descriptor).size;
  let size = afterLastFeed(descriptor, found);
  if (size < found) ftruncateSync(descriptor, size);
  return {
    path,
    tornBytes: found - size,
    append(lines) {
      if (lines.length === 0) return;
      const bytes = Buffer.from(`${lines.join("\n")}\n`);
      try {
        for (let done = 0; done < bytes.length; )
          done += writeSync(descriptor, bytes, done, bytes.length - done, size + done);
      } catch (error) {
        // A full disk leaves part of a line: take it back, so that the file stays a clean prefix of the log.
        ftruncateSync(descriptor, size);
        throw error;
      }
      size += bytes.length;
    },
    lastLine() {
      if (size === 0) return null;
      const start = afterLastFeed(descriptor, size - 1);
      const bytes = Buffer.alloc(size - 1 - start);
      readSync(descriptor, bytes, 0, bytes.length, start);
      return bytes.toString("utf8");
    },
    sync: () => fsyncSync(descriptor),
    close: () => closeSync(descriptor),
  };
}

/** Offset just behind the last line feed before `end`; 0 when there is none. */
function afterLastFeed(descriptor: number, end: number): number {
  const bytes = Buffer.alloc(tailStep);
  for (let stop = end; stop > 0; ) {
    const start = Math.max(0, stop - tailStep);
    const length = readSync(descriptor, bytes, 0, stop - start, start);
    const feed = bytes.subarray(0, length).lastIndexOf(0x0a);
    if (feed >= 0) return start + feed + 1;
    stop = start;
  }
  return 0;
}

/** The log as JSON lines beside the database, and the signed checkpoints beside it. */
export interface AuditExport {
  readonly findings: readonly ExportFinding[];
  /** Newest event in the file. */
  exportedSeq(): number;
  /** Events of the newest checkpoint. */
  checkpointCount(): number;
  appendEvents(events: readonly EventRow[]): void;
  appendCheckpoint(checkpoint: Checkpoint): void;
  close(): void;
}

/**
 * Opens `audit.jsonl` and `checkpoints.jsonl`. The database is the log of record, written with synchronous=FULL; lines are
 * appended after its commit and need no fsync of their own, since a start exports again whatever a power cut took from the
 * file. The one fsync comes before a checkpoint, so that no signed statement is ever ahead of the file it speaks of.
 *
 * A file that knows more than the database, or other events, is never overwritten: it is set aside and reported.
 *
 * @param hashAt hash of the database's event with that number; null when it has none
 */
export function openAuditExport(
  paths: { audit: string; checkpoints: string },
  hashAt: (seq: number) => string | null,
  setAsideSuffix: string,
): AuditExport {
  const findings: ExportFinding[] = [];
  const noteTorn = (file: LineFile) => {
    if (file.tornBytes > 0) {
      const message = `${file.path}: an unfinished last line of ${file.tornBytes} bytes was cut off.`;
      findings.push({ fault: "torn_tail", message });
    }
  };
  let audit = openLineFile(paths.audit);
  noteTorn(audit);
  const last = parseLine(audit.lastLine());
  let exported = last?.seq ?? 0;
  if (audit.lastLine() !== null && (last === null || hashAt(last.seq) !== last.hash)) {
    audit.close();
    const aside = `${paths.audit}.${setAsideSuffix}`;
    renameSync(paths.audit, aside);
    const fault = last !== null && hashAt(last.seq) === null ? "truncated" : "rechained";
    const message = `The exported log does not belong to the database's: it was set aside as ${aside}.`;
    findings.push({ fault, message });
    audit = openLineFile(paths.audit);
    exported = 0;
  }
  const checkpoints = openLineFile(paths.checkpoints);
  noteTorn(checkpoints);
  let count = parseCheckpointLine(checkpoints.lastLine() ?? "")?.count ?? 0;
  return {
    findings,
    exportedSeq: () => exported,
    checkpointCount: () => count,
    appendEvents(events) {
      audit.append(events.map((event) => canonicalJson(event)));
      exported = events.at(-1)?.seq ?? exported;
    },
    appendCheckpoint(checkpoint) {
      audit.sync();
      checkpoints.append([canonicalJson(checkpoint)]);
      checkpoints.sync();
      count = checkpoint.count;
    },
    close() {
      audit.sync();
      audit.close();
      checkpoints.close();
    },
  };
}

function parseLine(line: string | null): EventRow | null {
  if (line === null) return null;
  try {
    return parseEvent(JSON.parse(line));
  } catch {
    return null;
  }
}

/** @returns null for a line that is no checkpoint */
export function parseCheckpointLine(line: string): Checkpoint | null {
  try {
    return CheckpointSchema.parse(JSON.parse(line));
  } catch {
    return null;
  }
}
