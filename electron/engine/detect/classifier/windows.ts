import { windowLength } from "./featurize.ts";
import type { Folded } from "./fold.ts";
import { bucketCount, extendGram, gramBucket, longestGram } from "./hashing.ts";

/** Length of the short windows that keep a small attack from being diluted by the text around it. */
export const shortWindow = 64;
/** Values up to this length are read whole only. */
const wholeOnly = 96;
const longWindows = 3;
const longStride = 64;
const shortStride = 16;

export const scale = { whole: 0, long: 1, short: 2 } as const;

/** Windows of one text, at most. */
export const mostPlanned = 8;

/** The windows of one text that are to be judged; only the first `length` are valid. */
export interface WindowPlan {
  readonly from: Uint32Array;
  readonly to: Uint32Array;
  readonly scales: Uint8Array;
  length: number;
}

export interface WindowPlanner {
  /**
   * A text of up to `windowLength` codes is judged whole and, beyond `wholeOnly`, also in its most suspicious short window; a
   * longer one in its first and its most suspicious long windows and its most suspicious short ones. Linear in the text's length. The
   * result is overwritten by the next call.
   */
  plan(folded: Folded): WindowPlan;
}

/** @param suspicion how much each bucket speaks for an attack, in any one unit; shape [bucketCount]; 8 bits, to stay in the cache */
export function createWindowPlanner(suspicion: Int8Array): WindowPlanner {
  if (suspicion.length !== bucketCount) throw new RangeError("suspicion has the wrong size");
  const plan: WindowPlan = {
    from: new Uint32Array(mostPlanned),
    to: new Uint32Array(mostPlanned),
    scales: new Uint8Array(mostPlanned),
    length: 0,
  };
  let sums = new Int32Array(4096);

  function add(from: number, to: number, kind: number): void {
    plan.from[plan.length] = from;
    plan.to[plan.length] = to;
    plan.scales[plan.length] = kind;
    plan.length++;
  }

  /** sums[i] = suspicion of all n-grams that start before i. */
  function accumulate(folded: Folded): void {
    const { codes, length } = folded;
    if (sums.length <= length) sums = new Int32Array(length * 2);
    let total = 0;
    for (let i = 0; i < length; i++) {
      sums[i] = total;
      if (i + longestGram <= length) {
        // The same as below, written out: this loop reads every character of long values.
        let hash = extendGram(codes[i]!, codes[i + 1]!);
        total += suspicion[gramBucket(hash, 2)]!;
        hash = extendGram(hash, codes[i + 2]!);
        total += suspicion[gramBucket(hash, 3)]!;
        hash = extendGram(hash, codes[i + 3]!);
        total += suspicion[gramBucket(hash, 4)]!;
        total += suspicion[gramBucket(extendGram(hash, codes[i + 4]!), 5)]!;
        continue;
      }
      let hash = codes[i]!;
      for (let j = i + 1; j < length; j++) {
        hash = extendGram(hash, codes[j]!);
        total += suspicion[gramBucket(hash, j - i + 1)]!;
      }
    }
    sums[length] = total;
  }

  /** Adds the most suspicious window of `size` that does not overlap those of its kind already planned. */
  function addWorst(length: number, size: number, stride: number, kind: number): void {
    let best = Number.NEGATIVE_INFINITY;
    let bestFrom = -1;
    const end = length - size;
    for (let at = 0; at < end + stride; at += stride) {
      const from = Math.min(at, end);
      const value = sums[from + size]! - sums[from]!;
      if (value > best && isFree(from, from + size, kind)) {
        best = value;
        bestFrom = from;
      }
    }
    if (bestFrom >= 0) add(bestFrom, bestFrom + size, kind);
  }

  function isFree(from: number, to: number, kind: number): boolean {
    for (let i = 0; i < plan.length; i++) {
      if (plan.scales[i] === kind && from < plan.to[i]! && to > plan.from[i]!) return false;
    }
    return true;
  }

  return {
    plan(folded) {
      plan.length = 0;
      const { length } = folded;
      if (length <= windowLength) {
        add(0, length, scale.whole);
        if (length > wholeOnly) {
          accumulate(folded);
          addWorst(length, shortWindow, shortStride, scale.short);
        }
        return plan;
      }
      accumulate(folded);
      add(0, windowLength, scale.long);
      for (let i = 0; i < longWindows; i++) addWorst(length, windowLength, longStride, scale.long);
      addWorst(length, shortWindow, shortStride, scale.short);
      addWorst(length, shortWindow, shortStride, scale.short);
      return plan;
    },
  };
}
