import { type Place, places } from "../../../../shared/payload.ts";
import { code, type Folded } from "./fold.ts";
import { bucketCount, bucketOf, extendGram, gramBucket, longestGram } from "./hashing.ts";
import { createTokens, lex, type Tokens } from "./lexer.ts";

/** Changes whenever the meaning of a feature does: a model file fitted to another version is refused. */
export const featureVersion = 1;

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

export interface Featurizer {
  /** Reads codes `from` to `to` (at most `windowLength`) of `folded`. The result is overwritten by the next call. */
  read(folded: Folded, from: number, to: number, context: WindowContext): WindowFeatures;
}

const tokenSeeds = [0x2545f491, 0x27220a95, 0x165667b1, 0x61c88647, 0x7feb352d];
const wordSeed = 0x6a09e667;
const wordPairSeed = 0x7f4a7c15;
const statSeed = 0x4cf5ad43;

export function createFeaturizer(): Featurizer {
  const capacity = (windowLength + 2) * 4 + windowLength * 7 + 64;
  const buckets = new Int32Array(capacity);
  const starts = new Uint32Array(capacity);
  const ends = new Uint32Array(capacity);
  // One byte a bucket, so that the whole table stays near the processor; emptied every 255 windows.
  const seen = new Uint8Array(bucketCount);
  const tokens: Tokens = createTokens(windowLength + 2);
  const features: WindowFeatures = { buckets, starts, ends, length: 0 };
  const edged = new Uint8Array(windowLength + 2);
  let generation = 0;
  let count = 0;

  function add(hash: number, start: number, end: number): void {
    addBucket(bucketOf(hash), start, end);
  }

  function addBucket(bucket: number, start: number, end: number): void {
    if (seen[bucket] === generation) return;
    seen[bucket] = generation;
    buckets[count] = bucket;
    starts[count] = start;
    ends[count] = end;
    count++;
  }

  /** `base` is the folded offset one past that of `edged[0]`. */
  function addGrams(length: number, base: number, from: number, to: number): void {
    for (let i = 0; i + 1 < length; i++) {
      let hash = edged[i]!;
      const start = i === 0 ? from : base + i - 1;
      const last = Math.min(length, i + longestGram);
      for (let j = i + 1; j < last; j++) {
        hash = extendGram(hash, edged[j]!);
        const end = base + j;
        addBucket(gramBucket(hash, j - i + 1), start, Math.min(end, to));
      }
    }
  }

  function addTokens(): void {
    const { codes, words, starts: at, ends: until, length } = tokens;
    for (let i = 0; i < length; i++) {
      let hash = 0;
      const last = Math.min(length, i + 5);
      for (let j = i; j < last; j++) {
        hash = Math.imul(hash ^ codes[j]!, 0x01000193) ^ (hash >>> 9);
        add(hash ^ tokenSeeds[j - i]!, at[i]!, until[j]!);
      }
      if (words[i] !== 0) {
        add(Math.imul(words[i]! ^ wordSeed, 0x01000193), at[i]!, until[i]!);
        if (i + 1 < length && words[i + 1] !== 0) {
          add(
            Math.imul(Math.imul(words[i]! ^ wordPairSeed, 0x01000193) ^ words[i + 1]!, 0x01000193),
            at[i]!,
            until[i + 1]!,
          );
        }
      }
    }
  }

  function addStatistics(folded: Folded, from: number, to: number, context: WindowContext): void {
    let letters = 0;
    let digits = 0;
    let blanks = 0;
    let foreign = 0;
    for (let i = from; i < to; i++) {
      const c = folded.codes[i]!;
      if (c >= 97 && c <= 122) letters++;
      else if (c === code.digit) digits++;
      else if (c === code.blank || c === code.lineFeed) blanks++;
      else if (c >= 128) foreign++;
    }
    const length = Math.max(1, to - from);
    const punctuation = length - letters - digits - blanks - foreign;
    const lengthStep = length < 4 ? length : length < 8 ? 4 : length < 16 ? 5 : length < 32 ? 6 : length < 96 ? 7 : 8;
    const stat = (kind: number, value: number) => add(Math.imul(statSeed ^ (kind * 977 + value), 0x01000193), 0, 0);
    stat(1, lengthStep);
    stat(2, Math.floor((8 * punctuation) / length));
    stat(3, Math.floor((4 * digits) / length));
    stat(4, Math.floor((8 * blanks) / length));
    stat(5, foreign > 0 ? 1 + Math.floor((3 * foreign) / length) : 0);
    stat(6, Math.min(3, folded.controls));
    stat(7, folded.caseFlips * 8 > folded.length ? 2 : folded.caseFlips > 2 ? 1 : 0);
    stat(8, context.depth);
    stat(9, context.scale);
    stat(10, context.place);
    stat(11, context.place * 16 + lengthStep);
    stat(12, context.place * 16 + Math.floor((8 * punctuation) / length));
  }

  return {
    read(folded, from, to, context) {
      generation++;
      if (generation === 256) {
        seen.fill(0);
        generation = 1;
      }
      count = 0;
      let length = 0;
      if (from === 0) edged[length++] = code.edge;
      const shift = from === 0 ? 0 : 1;
      for (let i = from; i < to; i++) edged[length++] = folded.codes[i]!;
      if (to === folded.length) edged[length++] = code.edge;
      addGrams(length, from + shift, from, to);
      lex(folded.codes, from, to, tokens);
      addTokens();
      addStatistics(folded, from, to, context);
      features.length = count;
      return features;
    },
  };
}
