import type { Place } from "../../../../shared/payload.ts";
import type { ClassifierOutput } from "../payload.ts";

export interface RecentOutputsOptions {
  readonly entries: number;
  /** How long an output is kept, milliseconds. */
  readonly ttlMs: number;
  /** Longest text whose output is kept, UTF-16 units: a few huge values must not fill the memory. */
  readonly longest: number;
}

/** Outputs by text and place, for models that answer later; what was asked for longest ago is forgotten first. */
export interface RecentOutputs {
  get(text: string, place: Place | undefined): ClassifierOutput | null;
  set(text: string, place: Place | undefined, output: ClassifierOutput): void;
}

export function createRecentOutputs({ entries, ttlMs, longest }: RecentOutputsOptions): RecentOutputs {
  // A Map hands out its keys in the order they were set: the first is the one asked for longest ago.
  const known = new Map<string, { readonly since: number; readonly output: ClassifierOutput }>();
  const keyOf = (text: string, place: Place | undefined) => `${place ?? ""} ${text}`;
  return {
    get(text, place) {
      if (text.length > longest) return null;
      const key = keyOf(text, place);
      const found = known.get(key);
      if (found === undefined) return null;
      known.delete(key);
      if (performance.now() - found.since > ttlMs) return null;
      known.set(key, found);
      return found.output;
    },
    set(text, place, output) {
      if (text.length > longest) return;
      const key = keyOf(text, place);
      known.delete(key);
      if (known.size >= entries) known.delete(known.keys().next().value!);
      known.set(key, { since: performance.now(), output });
    },
  };
}
