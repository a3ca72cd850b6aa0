import { LRUCache } from "lru-cache";
import type { ClassifierOutput, PayloadClassifier } from "../payload.ts";

export interface CacheOptions {
  /** Outputs kept. */
  readonly entries?: number;
  /** How long an output is kept, milliseconds. */
  readonly ttlMs?: number;
  /** Longest value whose output is kept, UTF-16 units: a few huge values must not fill the memory. */
  readonly longest?: number;
  /** Hears of each look-up. */
  readonly onLookup?: (status: "hit" | "miss") => void;
}

/** Same outputs as `inner`, remembered by place and text. */
export function createCachedClassifier(inner: PayloadClassifier, options: CacheOptions = {}): PayloadClassifier {
  const { entries = 10_000, ttlMs = 3_600_000, longest = 4096, onLookup } = options;
  // The clock is read at most once in 100 ms: a look-up must cost less than the judgement that it saves.
  const cache = new LRUCache<string, ClassifierOutput>({ max: entries, ttl: ttlMs, ttlResolution: 100 });
  type Judge = PayloadClassifier["score"];

  function remember(prefix: string, judge: Judge): Judge {
    return (text, context) => {
      if (text.length > longest) return judge(text, context);
      const key = context === undefined ? `${prefix}\u0000${text}` : `${prefix}${context.place}\u0000${text}`;
      const known = cache.get(key);
      onLookup?.(known === undefined ? "miss" : "hit");
      if (known !== undefined) return known;
      const output = judge(text, context);
      cache.set(key, output);
      return output;
    };
  }

  return {
    hash: inner.hash,
    score: remember("s", (text, context) => inner.score(text, context)),
    classify: remember("c", (text, context) => inner.classify(text, context)),
  };
}
