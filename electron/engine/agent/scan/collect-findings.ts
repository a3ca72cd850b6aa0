import { inChunks } from "./pace.ts";
import type { Finding, Scannable, ScanOutcome } from "./scanner.ts";

/** A finding whose place is known. */
export interface PlacedFinding extends Finding {
  readonly start: number;
  readonly end: number;
}

/** Looks through a stretch of text. Offsets are of that stretch. */
export type FindIn = (text: string, what: Scannable) => Iterable<PlacedFinding>;

/** Most findings that are collected; further ones say nothing new. */
const mostCollected = 200;

/** Runs `find` over a text of any length; a finding that two chunks share counts once. */
export async function collectFindings(what: Scannable, find: FindIn, signal: AbortSignal): Promise<ScanOutcome> {
  const findings: PlacedFinding[] = [];
  for await (const { text, offset } of inChunks(what.text, signal)) {
    for (const found of find(text, what)) {
      if (findings.length >= mostCollected) return { flagged: true, findings };
      const [start, end] = [found.start + offset, found.end + offset];
      const isKnown = findings.some((known) => known.rule === found.rule && start < known.end && known.start < end);
      if (!isKnown) findings.push({ ...found, start, end });
    }
  }
  return { flagged: findings.length > 0, findings };
}
