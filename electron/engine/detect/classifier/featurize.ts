import { type Place, places } from "../../../../shared/payload.ts";
import { code, type Folded } from "./fold.ts";
import { bucketCount, bucketOf, extendGram, gramBucket, longestGram } from "./hashing.ts";
import { createTokens, lex, type Tokens } from "./lexer.ts";

/** Changes whenever the meaning of a feature does: a model file fitted to another version is refused. */
export const featureVersion = 2;

/** Longest window, in folded codes. */
export const windowLength = 256;

const placeCodes = new Map<string, number>(places.map((place, index) => [place, index + 1]));

/** Number of a place; 0 when it is not known where the value stood. */
export function placeNumber(place: Place | undefined): number {
  return place === undefined ? 0 : placeCodes.get(place)!;
}

/**
 * The distinct features of one window as bucket numbers. `starts` and `ends` are where each first occurred (folded codes); a
 * feature of the window as a whole has both at 0.
 */
export interface WindowFeatures {
  readonly buckets: Int32Array;
  readonly starts: Uint32Array;
  readonly ends: Uint32Array;
  length: number;
}

/** What is known of a window besides its characters. */
export interface WindowContext {
  /** `placeNumber` of the place. */
  place: number;
  /** How many decodings led to this text, at most 7. */
  depth: number;
  /** 0 the whole value, 1 a window of a longer one, 2 a short window chosen for its content. */
  scale: number;
}

/** How many features tell where a value stood. */
export const placeFeatureCount = 3;

export interface Featurizer {
  /** Reads codes `from` to `to` (at most `windowLength`) of `folded`. The result is overwritten by the next call. */
  read(folded: Folded, from: number, to: number, context: WindowContext): WindowFeatures;
  /** The buckets of the same but for those that tell of the place: alike in every place. Where they occurred is not told. */
  readText(folded: Folded, from: number, to: number, context: Omit<WindowContext, "place">): WindowFeatures;
  /** What the place's features need to know of the window just read: steps of its length and of its share of punctuation. */
  shape(): number;
  /** Whether a bucket is among the features just read. */
  has(bucket: number): boolean;
}

const tokenSeeds = new Int32Array([0x2545f491, 0x27220a95, 0x165667b1, 0x61c88647, 0x7feb352d]);
const wordSeed = 0x6a09e667;
const wordPairSeed = 0x7f4a7c15;
const statSeed = 0x4cf5ad43;
/**
 * Mixed into the tokens and words of a short value that is read whole: `; id` behind an address is an attack, the same in the middle
 * of a script is not.
 */
const shortValueSeed = 0x3c6ef372;
/** Longest such value, in folded codes. */
const longestShortValue = 96;
/** Tokens in the longest sequence that is a feature. */
const longestSequence = 5;

function statisticBucket(kind: number, value: number): number {
  return bucketOf(Math.imul(statSeed ^ (kind * 977 + value), 0x01000193));
}

/**
 * Bucket of one of the `placeFeatureCount` features that tell of the place.
 * @param shape what `Featurizer.shape` gave
 */
export function placeBucket(n: number, place: number, shape: number): number {
  if (n === 0) return statisticBucket(10, place);
  return n === 1 ? statisticBucket(11, place * 16 + (shape >> 4)) : statisticBucket(12, place * 16 + (shape & 15));
}

export function createFeaturizer(): Featurizer {
  const capacity = (windowLength + 2) * 4 + windowLength * 7 + 64;
  /** All features in order, before those that occur again are taken out. */
  const all = new Int32Array(capacity);
  const buckets = new Int32Array(capacity);
  const starts = new Uint32Array(capacity);
  const ends = new Uint32Array(capacity);
  // One byte a bucket, so that the whole table stays near the processor; emptied every 255 windows.
  const seen = new Uint8Array(bucketCount);
  const tokens: Tokens = createTokens(windowLength + 2);
  const features: WindowFeatures = { buckets, starts, ends, length: 0 };
  const edged = new Uint8Array(windowLength + 2);
  let edgedLength = 0;
  let generation = 0;
  let shape = 0;

  /** Puts the n-grams into `all`. @returns how many */
  function addGrams(): number {
    const length = edgedLength;
    let count = 0;
    let i = 0;
    for (; i + longestGram <= length; i++, count += 4) {
      // The same as below, written out: most of the work of a short value is done here.
      let hash = extendGram(edged[i]!, edged[i + 1]!);
      all[count] = gramBucket(hash, 2);
      hash = extendGram(hash, edged[i + 2]!);
      all[count + 1] = gramBucket(hash, 3);
      hash = extendGram(hash, edged[i + 3]!);
      all[count + 2] = gramBucket(hash, 4);
      all[count + 3] = gramBucket(extendGram(hash, edged[i + 4]!), 5);
    }
    for (; i + 1 < length; i++) {
      let hash = edged[i]!;
      for (let j = i + 1; j < length; j++) {
        hash = extendGram(hash, edged[j]!);
        all[count++] = gramBucket(hash, j - i + 1);
      }
    }
    return count;
  }

  /** Adds sequences of tokens, words and pairs of words. @returns how many features there are now */
  function addTokens(before: number, seed: number): number {
    const { codes, words, length } = tokens;
    let count = before;
    for (let i = 0; i < length; i++) {
      let hash = seed;
      const last = Math.min(length, i + longestSequence);
      for (let j = i; j < last; j++) {
        hash = Math.imul(hash ^ codes[j]!, 0x01000193) ^ (hash >>> 9);
        all[count++] = bucketOf(hash ^ tokenSeeds[j - i]!);
      }
      const word = words[i]!;
      if (word === 0) continue;
      all[count++] = bucketOf(Math.imul(word ^ wordSeed ^ seed, 0x01000193));
      const next = i + 1 < length ? words[i + 1]! : 0;
      if (next === 0) continue;
      all[count++] = bucketOf(Math.imul(Math.imul(word ^ wordPairSeed ^ seed, 0x01000193) ^ next, 0x01000193));
    }
    return count;
  }

  function addStatistics(
    folded: Folded,
    from: number,
    to: number,
    context: Omit<WindowContext, "place">,
    before: number,
  ): number {
    const { codes } = folded;
    let letters = 0;
    let digits = 0;
    let blanks = 0;
    let foreign = 0;
    for (let i = from; i < to; i++) {
      const c = codes[i]!;
      if (c >= 97 && c <= 122) letters++;
      else if (c === code.digit) digits++;
      else if (c === code.blank || c === code.lineFeed) blanks++;
      else if (c >= 128) foreign++;
    }
    const length = Math.max(1, to - from);
    const punctuation = length - letters - digits - blanks - foreign;
    const lengthStep = length < 4 ? length : length < 8 ? 4 : length < 16 ? 5 : length < 32 ? 6 : length < 96 ? 7 : 8;
    const punctuationStep = Math.floor((8 * punctuation) / length);
    shape = (lengthStep << 4) | punctuationStep;
    all[before] = statisticBucket(1, lengthStep);
    all[before + 1] = statisticBucket(2, punctuationStep);
    all[before + 2] = statisticBucket(3, Math.floor((4 * digits) / length));
    all[before + 3] = statisticBucket(4, Math.floor((8 * blanks) / length));
    all[before + 4] = statisticBucket(5, foreign > 0 ? 1 + Math.floor((3 * foreign) / length) : 0);
    all[before + 5] = statisticBucket(6, Math.min(3, folded.controls));
    all[before + 6] = statisticBucket(7, folded.caseFlips * 8 > folded.length ? 2 : folded.caseFlips > 2 ? 1 : 0);
    all[before + 7] = statisticBucket(8, context.depth);
    all[before + 8] = statisticBucket(9, context.scale);
    return before + 9;
  }

  /** Puts all features of a window into `all` but those of the place. @returns how many */
  function gather(folded: Folded, from: number, to: number, context: Omit<WindowContext, "place">): number {
    const { codes } = folded;
    let length = 0;
    if (from === 0) edged[length++] = code.edge;
    for (let i = from; i < to; i++) edged[length++] = codes[i]!;
    if (to === folded.length) edged[length++] = code.edge;
    edgedLength = length;
    lex(codes, from, to, tokens);
    const isShortValue = from === 0 && to === folded.length && to <= longestShortValue;
    return addStatistics(folded, from, to, context, addTokens(addGrams(), isShortValue ? shortValueSeed : 0));
  }

  function nextGeneration(): number {
    generation++;
    if (generation === 256) {
      seen.fill(0);
      generation = 1;
    }
    return generation;
  }

  /** For the first `count` of `all`, in the same order, where each stands in the folded codes, into `starts` and `ends`. */
  function locate(from: number, to: number, count: number): void {
    // Folded offset of `edged[0]`: one before the text where there is an edge.
    const base = from === 0 ? -1 : from;
    let n = 0;
    const put = (start: number, end: number) => {
      starts[n] = start;
      ends[n++] = end;
    };
    for (let i = 0; i + 1 < edgedLength; i++) {
      const last = Math.min(edgedLength, i + longestGram);
      for (let j = i + 1; j < last; j++) put(Math.max(from, base + i), Math.min(base + j + 1, to));
    }
    const { words, starts: at, ends: until, length } = tokens;
    for (let i = 0; i < length; i++) {
      const last = Math.min(length, i + longestSequence);
      for (let j = i; j < last; j++) put(at[i]!, until[j]!);
      if (words[i] === 0) continue;
      put(at[i]!, until[i]!);
      if (i + 1 < length && words[i + 1] !== 0) put(at[i]!, until[i + 1]!);
    }
    while (n < count) put(0, 0);
  }

  return {
    read(folded, from, to, context) {
      let count = gather(folded, from, to, context);
      for (let n = 0; n < placeFeatureCount; n++) all[count++] = placeBucket(n, context.place, shape);
      locate(from, to, count);
      const now = nextGeneration();
      let length = 0;
      for (let i = 0; i < count; i++) {
        const bucket = all[i]!;
        if (seen[bucket] === now) continue;
        seen[bucket] = now;
        buckets[length] = bucket;
        starts[length] = starts[i]!;
        ends[length++] = ends[i]!;
      }
      features.length = length;
      return features;
    },
    readText(folded, from, to, context) {
      const count = gather(folded, from, to, context);
      const now = nextGeneration();
      let length = 0;
      for (let i = 0; i < count; i++) {
        const bucket = all[i]!;
        if (seen[bucket] === now) continue;
        seen[bucket] = now;
        buckets[length++] = bucket;
      }
      features.length = length;
      return features;
    },
    shape: () => shape,
    has: (bucket) => seen[bucket] === generation,
  };
}
