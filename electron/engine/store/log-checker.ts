import type { KeyObject } from "node:crypto";
import type { Checkpoint, LogVerification } from "../../../shared/audit.ts";
import { isSignedBy } from "./checkpoint.ts";
import { genesisHash, hashEvent } from "./event-row.ts";
import type { EventRow } from "./store.ts";

type Fault = LogVerification["faults"][number];

/** What a log is compared with. Without a public key the signatures of the checkpoints are not looked at. */
export interface LogReference {
  readonly checkpoints?: readonly Checkpoint[] | undefined;
  readonly publicKey?: KeyObject | undefined;
}

/** Faults reported singly; a log that is wrong everywhere needs no longer list. */
const maxFaults = 100;

/** How far from its number an event is looked for: renumbered after a removal, or exchanged with another. */
const maxShift = 32;

/** A larger gap is reported at once and not searched for strays. */
const maxGap = 100_000;

/**
 * Checks a log event by event, in the order in which it is stored. Memory is bounded by what is wrong, not by the length.
 *
 * How the faults are told apart: an event's hash covers its number and its predecessor's hash. So an event that is intact under
 * another number or at another place was `swapped`; a number that never comes was `removed` (also when the rest was renumbered);
 * an event whose hash fits under no number, or whose intact successor follows another hash, was `edited`; a chain that is whole
 * but has another hash than a signed checkpoint saw was `rechained`; one that is shorter than a checkpoint says was `truncated`.
 */
export interface LogChecker {
  /** @param event null when the stored form could not even be parsed */
  add(event: EventRow | null): void;
  /** An unfinished last line of a file: a crash while appending, which the next start repairs. */
  torn(): void;
  finish(): LogVerification;
}

export function createLogChecker(reference: LogReference): LogChecker {
  const faults: Fault[] = [];
  let entries = 0;
  /** The event before, as stored; `intact` when its own hash was right. */
  let previous = { hash: genesisHash, seq: 0, intact: true };
  let highest = 0;
  /** No fault so far: only then a head that differs from a checkpoint means a chain computed anew. */
  let whole = true;
  /** Numbers passed over, until they turn up later (swapped) or never do (removed). */
  const missing = new Set<number>();
  /** By how much the stored numbers were lowered to hide a removal. */
  let renumbered = 0;

  function report(fault: Fault["fault"], seq: number | null, message: string): void {
    whole = false;
    if (faults.length < maxFaults) faults.push({ fault, seq, message });
  }

  const signedHeads = readHeads(reference, report);
  whole = true;

  /** The number under which the event's hash is right, or null when there is none near. */
  function trueSeq(event: EventRow): number | null {
    if (hashEvent(event) === event.hash) return event.seq;
    const shifts = [renumbered, ...Array.from({ length: maxShift }, (_, i) => [renumbered + i + 1, -i - 1]).flat()];
    for (const shift of shifts) {
      if (hashEvent({ ...event, seq: event.seq + shift }) === event.hash) return event.seq + shift;
    }
    return null;
  }

  function addEdited(event: EventRow | null): void {
    const claimed = event?.seq ?? 0;
    // The number may be what was edited: believe it only where it leaves a small gap.
    const seq = claimed > highest && claimed <= highest + maxShift ? claimed : highest + 1;
    for (let gap = highest + 1; gap < seq; gap++) missing.add(gap);
    report("edited", seq, `Event ${seq} does not match its hash.`);
    previous = { hash: event?.hash ?? "", seq, intact: false };
    highest = seq;
  }

  function addIntact(event: EventRow, seq: number): void {
    if (seq <= highest) {
      const stray = missing.delete(seq);
      if (stray && missing.size === 0) renumbered = 0;
      report("swapped", seq, `Event ${seq} ${stray ? "stands at another place than its own" : "occurs twice"}.`);
    } else if (seq > highest + 1) {
      whole = false;
      if (seq - highest > maxGap) report("removed", highest + 1, `Events ${highest + 1} to ${seq - 1} are missing.`);
      else for (let gap = highest + 1; gap < seq; gap++) missing.add(gap);
      renumbered = Math.max(0, seq - event.seq);
    } else if (seq !== event.seq + renumbered) {
      report("edited", seq, `Event ${seq} carries the number ${event.seq}.`);
    }
    if (seq === previous.seq + 1 && event.prev_hash !== previous.hash && previous.intact) {
      // The event is intact, so what it says of its predecessor is right, and the predecessor was replaced, hash and all.
      const replaced = Math.max(1, previous.seq);
      report("edited", replaced, `Event ${replaced} was replaced: the next one follows another hash.`);
    }
    const signed = signedHeads.get(seq);
    if (whole && signed !== undefined && signed !== event.hash) {
      report(
        "rechained",
        seq,
        `Event ${seq} is not the one that a signed checkpoint saw: the chain was computed anew.`,
      );
    }
    previous = { hash: event.hash, seq, intact: true };
    highest = Math.max(highest, seq);
  }

  return {
    add(event) {
      entries++;
      const seq = event === null ? null : trueSeq(event);
      if (event === null || seq === null) addEdited(event);
      else addIntact(event, seq);
    },
    torn() {
      report("torn_tail", null, "The last line is unfinished; the events before it are whole.");
    },
    finish() {
      for (const { first, last } of ranges(missing)) {
        const what = first === last ? `Event ${first} is missing.` : `Events ${first} to ${last} are missing.`;
        report("removed", first, what);
      }
      const signed = Math.max(0, ...signedHeads.keys());
      if (signed > highest) {
        report("truncated", highest + 1, `A signed checkpoint saw ${signed} events; the log ends after ${highest}.`);
      }
      const ok = faults.every((fault) => fault.fault === "torn_tail");
      return { ok, entries, head: entries === 0 ? null : previous.hash, faults };
    },
  };
}

function readHeads(
  { checkpoints, publicKey }: LogReference,
  report: (fault: Fault["fault"], seq: number | null, message: string) => void,
): Map<number, string> {
  const heads = new Map<number, string>();
  for (const [index, checkpoint] of (checkpoints ?? []).entries()) {
    const { count, head } = checkpoint;
    if (publicKey !== undefined && !isSignedBy(publicKey, checkpoint)) {
      report("edited", null, `Checkpoint ${index + 1} is not signed by this data directory's key.`);
    } else if ((heads.get(count) ?? head) !== head) {
      report("rechained", count, `Two signed checkpoints disagree about event ${count}.`);
    } else {
      heads.set(count, head);
    }
  }
  return heads;
}

function ranges(numbers: Iterable<number>): { first: number; last: number }[] {
  const found: { first: number; last: number }[] = [];
  for (const number of [...numbers].sort((a, b) => a - b)) {
    const range = found.at(-1);
    if (range !== undefined && range.last === number - 1) range.last = number;
    else found.push({ first: number, last: number });
  }
  return found;
}
