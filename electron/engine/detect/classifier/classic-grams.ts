import { log } from "../../base/math.ts";

/** Longest text that is read, UTF-16 units; what is beyond is told by `cut`. */
export const longestClassicText = 131_072;

const codeBits = 7;
/** Everything that is not ASCII counts as one character. */
const foreign = 127;
/** Beginnings of the 1-, 2- and 3-grams among the numbers of all n-grams. */
const first = [0, 1 << codeBits, (1 << codeBits) + (1 << (2 * codeBits))] as const;
/** Numbers of character 1-, 2- and 3-grams lie below this. */
export const gramCount: number = first[2] + (1 << (3 * codeBits));

/** Weights are told apart in so many steps; 0: the n-gram is absent. */
export const weightSteps = 32;

/** Lower-cased ASCII code; blanks and controls alike. */
function codeAt(text: string, i: number): number {
  const c = text.charCodeAt(i);
  if (c > 126) return foreign;
  if (c < 33) return 32;
  return c >= 65 && c <= 90 ? c + 32 : c;
}

/** Calls `hear` with the number of each character 1-, 2- and 3-gram, in reading order. */
export function eachGram(text: string, hear: (gram: number) => void): void {
  const length = Math.min(text.length, longestClassicText);
  let two = 0;
  let three = 0;
  for (let i = 0; i < length; i++) {
    const code = codeAt(text, i);
    hear(code);
    two = ((two << codeBits) | code) & ((1 << (2 * codeBits)) - 1);
    if (i > 0) hear(first[1] + two);
    three = ((three << codeBits) | code) & ((1 << (3 * codeBits)) - 1);
    if (i > 1) hear(first[2] + three);
  }
}

/** Inverse document frequency, smoothed as scikit-learn's `TfidfVectorizer` does. */
export function inverseFrequency(documents: number, withGram: number): number {
  return log((1 + documents) / (1 + withGram)) + 1;
}

/** TF-IDF of one text. Only the features listed in `present` are not 0; overwritten by the next call. */
export interface GramVector {
  /** In steps: 1 + ⌊√weight × 30⌋; shape [nFeatures]. */
  readonly steps: Uint8Array;
  readonly present: Uint16Array;
  length: number;
}

export interface GramVectorizer {
  read(text: string): GramVector;
}

/**
 * TF-IDF over character n-grams with unit length (Salton & Buckley 1988), as the classic services compute it, in steps of 1/31 of its root.
 * @param grams numbers of the n-grams that are features @param idf their inverse document frequencies
 */
export function createGramVectorizer(grams: Uint32Array, idf: Float32Array): GramVectorizer {
  const featureOf = new Int16Array(gramCount).fill(-1);
  for (let f = 0; f < grams.length; f++) featureOf[grams[f]!] = f;
  const counts = new Uint32Array(grams.length);
  const vector: GramVector = {
    steps: new Uint8Array(grams.length),
    present: new Uint16Array(grams.length),
    length: 0,
  };
  return {
    read(text) {
      const { steps, present } = vector;
      for (let i = 0; i < vector.length; i++) {
        steps[present[i]!] = 0;
        counts[present[i]!] = 0;
      }
      let length = 0;
      eachGram(text, (gram) => {
        const feature = featureOf[gram]!;
        if (feature < 0) return;
        if (counts[feature]! === 0) present[length++] = feature;
        counts[feature]!++;
      });
      let squares = 0;
      for (let i = 0; i < length; i++) {
        const weight = counts[present[i]!]! * idf[present[i]!]!;
        squares += weight * weight;
      }
      const norm = 1 / Math.sqrt(squares);
      for (let i = 0; i < length; i++) {
        const feature = present[i]!;
        const weight = counts[feature]! * idf[feature]! * norm;
        steps[feature] = 1 + Math.min(weightSteps - 2, Math.floor(Math.sqrt(weight) * (weightSteps - 2)));
      }
      vector.length = length;
      return vector;
    },
  };
}
