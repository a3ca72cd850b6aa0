import type { Place } from "../../../../shared/payload.ts";
import { type ReadingKind, readingKind } from "../canonical/canonicalize.ts";
import type { ClassifierOutput, PayloadClassifier, PayloadReading } from "../payload.ts";

export interface CacheOptions {
  /** Texts whose outputs are kept. */
  readonly entries?: number;
  /** How long an output is kept, milliseconds. */
  readonly ttlMs?: number;
  /** Longest value whose output is kept, UTF-16 units: a few huge values must not fill the memory. */
  readonly longest?: number;
  /** Hears of each look-up. */
  readonly onLookup?: (status: "hit" | "miss") => void;
}

const clockMs = 100;

/** What was said of a text in one place; a text seldom stands in more than a few, so that a chain is enough. */
interface Answer {
  readonly judge: "score" | "classify";
  readonly place: Place | undefined;
  readonly kind: ReadingKind;
  /** For further places that read alike; null when `inner` cannot tell it apart. */
  readonly reading: PayloadReading | null;
  readonly output: ClassifierOutput;
  readonly next: Answer | null;
}

/** A text with its answers, between the texts that were asked for after and before it. */
interface Entry {
  readonly text: string;
  readonly since: number;
  answers: Answer | null;
  newer: Entry | null;
  older: Entry | null;
}

/**
 * Same outputs as `inner`, remembered by text and place; the text asked for longest ago is forgotten first. In a second place a
 * text is not read anew where `inner` can tell that part apart.
 */
export function createCachedClassifier(inner: PayloadClassifier, options: CacheOptions = {}): PayloadClassifier {
  const { entries = 10_000, ttlMs = 3_600_000, longest = 4096, onLookup } = options;
  const known = new Map<string, Entry>();
  let newest: Entry | null = null;
  let oldest: Entry | null = null;

  function unlink(entry: Entry): void {
    if (entry.newer === null) newest = entry.older;
    else entry.newer.older = entry.older;
    if (entry.older === null) oldest = entry.newer;
    else entry.older.newer = entry.newer;
  }

  function linkNewest(entry: Entry): void {
    entry.newer = null;
    entry.older = newest;
    if (newest === null) oldest = entry;
    else newest.newer = entry;
    newest = entry;
  }

  let time = 0;
  /** Read at most once in `clockMs`: a look-up must cost less than the judgement that it saves. */
  function readClock(): number {
    if (time === 0) {
      time = performance.now();
      setTimeout(() => {
        time = 0;
      }, clockMs).unref();
    }
    return time;
  }

  function find(text: string): Entry {
    const now = readClock();
    const found = known.get(text);
    if (found !== undefined && now - found.since <= ttlMs) {
      if (found !== newest) {
        unlink(found);
        linkNewest(found);
      }
      return found;
    }
    const forgotten = found ?? (known.size >= entries ? oldest : null);
    if (forgotten !== null) {
      unlink(forgotten);
      known.delete(forgotten.text);
    }
    const entry: Entry = { text, since: now, answers: null, newer: null, older: null };
    known.set(text, entry);
    linkNewest(entry);
    return entry;
  }

  function answer(entry: Entry, judge: Answer["judge"], place: Place | undefined): Answer {
    const { text, answers: next } = entry;
    const context = place === undefined ? undefined : { place };
    const kind = readingKind(place);
    if (judge === "classify" || inner.read === undefined) {
      return { judge, place, kind, reading: null, output: inner[judge](text, context), next };
    }
    let reading: PayloadReading | null = null;
    for (let other = next; other !== null && reading === null; other = other.next) {
      if (other.kind === kind) reading = other.reading;
    }
    reading ??= inner.read(text, context);
    return { judge, place, kind, reading, output: reading.score(place), next };
  }

  function remember(judge: Answer["judge"]): PayloadClassifier["score"] {
    return (text, context) => {
      if (text.length > longest) return inner[judge](text, context);
      const place = context?.place;
      const entry = find(text);
      for (let given = entry.answers; given !== null; given = given.next) {
        if (given.place !== place || given.judge !== judge) continue;
        onLookup?.("hit");
        return given.output;
      }
      onLookup?.("miss");
      entry.answers = answer(entry, judge, place);
      return entry.answers.output;
    };
  }

  return { hash: inner.hash, score: remember("score"), classify: remember("classify") };
}
