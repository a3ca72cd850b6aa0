import { conceptsAt, isLookedForAnywhere, isUnspaced, isWordCode } from "./find-concepts.ts";

/** Features are numbered by hashing. */
export const bucketBits = 18;
export const bucketCount = 1 << bucketBits;
/** Changes whenever the same text would give other features. */
export const featureVersion = 3;

/** A text as the model reads it: lower case, blanks folded; and its words. */
export interface Folded {
  readonly codes: Uint16Array;
  readonly length: number;
  /** Offset in the text of each code. */
  readonly from: Uint32Array;
  /** First code of each word; of scripts without blanks two characters count as one. */
  readonly words: Uint32Array;
  readonly wordCount: number;
  /** Concepts of each word, as bits. */
  readonly concepts: Int32Array;
}

/** Reads a text in one pass. */
export function foldText(text: string): Folded {
  const codes = new Uint16Array(text.length);
  const from = new Uint32Array(text.length + 1);
  const words = new Uint32Array(text.length + 1);
  const lower = text.toLowerCase();
  const source = lower.length === text.length ? lower : text;
  let length = 0;
  let wordCount = 0;
  let isBlank = true;
  let inWord = false;
  let unspaced = 0;
  for (let i = 0; i < source.length; i++) {
    let code = source.charCodeAt(i);
    if (code <= 32 || code === 160 || code === 0x3000) {
      if (!isBlank) {
        from[length] = i;
        codes[length++] = 32;
      }
      isBlank = true;
      inWord = false;
      unspaced = 0;
      continue;
    }
    isBlank = false;
    if (code === 0x2019 || code === 0x2018) code = 39;
    if (isWordCode(code)) {
      const alone = isUnspaced(code);
      if (!inWord || (alone && unspaced % 2 === 0)) words[wordCount++] = length;
      unspaced = alone ? unspaced + 1 : 0;
      inWord = true;
    } else {
      inWord = false;
      unspaced = 0;
    }
    from[length] = i;
    codes[length++] = code;
  }
  from[length] = text.length;
  const concepts = new Int32Array(wordCount);
  for (let w = 0; w < wordCount; w++) {
    const start = words[w]!;
    const end = w + 1 < wordCount ? words[w + 1]! : length;
    let found = conceptsAt(codes, length, start);
    if (isLookedForAnywhere(codes[start]!)) for (let k = start + 1; k < end; k++) found |= conceptsAt(codes, length, k);
    concepts[w] = found;
  }
  return { codes, length, from, words, wordCount, concepts };
}

function spread(hash: number): number {
  let h = hash ^ (hash >>> 15);
  h = Math.imul(h, 0x2c1b3c6d);
  h ^= h >>> 13;
  h = Math.imul(h, 0x297a2d39);
  return (h ^ (h >>> 16)) >>> (32 - bucketBits);
}

/** Whether a word begins the text, a sentence or a value: orders do so with their verb. */
function opensSentence(codes: Uint16Array, start: number): boolean {
  let i = start - 1;
  while (i >= 0 && (codes[i] === 32 || codes[i] === 34 || codes[i] === 39)) i--;
  if (i < 0) return true;
  const code = codes[i]!;
  return code === 46 || code === 58 || code === 33 || code === 63 || code === 59 || code === 10 || code === 62;
}

/** Concepts remembered while walking, and how far back in words they count. */
const remembered = 6;
const reach = 10;
/** Squared length that one word's features have is mostly that of its letters; concepts count more. */
export const conceptValue = 4;

const ringConcept = new Int32Array(remembered);
const ringWord = new Int32Array(remembered);

/**
 * Visits every feature of a text: character n-grams of three and four (two and three in scripts without blanks), words and pairs
 * of words, concepts, and pairs and triples of concepts near each other, which are the same in every language.
 * @param visit bucket, the word where the feature ends, its value
 */
export function visitFeatures(folded: Folded, visit: (bucket: number, word: number, value: number) => void): void {
  const { codes, length, words, wordCount, concepts } = folded;
  let seen = 0;
  let previousHash = 0;
  let beforeHash = 0;
  for (let w = 0; w < wordCount; w++) {
    const start = words[w]!;
    const end = w + 1 < wordCount ? words[w + 1]! : length;
    let wordHash = 0x811c9dc5;
    const unspaced = isUnspaced(codes[start]!);
    for (let i = start; i < end; i++) {
      const code = codes[i]!;
      if (isWordCode(code)) wordHash = Math.imul(wordHash ^ code, 0x01000193);
      const c1 = i > 0 ? codes[i - 1]! : 32;
      const c2 = i > 1 ? codes[i - 2]! : 32;
      const three = Math.imul(Math.imul(Math.imul(code, 0x9e3779b1) ^ c1, 0x85ebca77) ^ c2, 0xc2b2ae3d);
      visit(spread(three ^ 0x1111), w, 1);
      if (unspaced) visit(spread(Math.imul(Math.imul(code, 0x9e3779b1) ^ c1, 0x85ebca77) ^ 0x2222), w, 1);
      else {
        const four = Math.imul(three ^ (i > 2 ? codes[i - 3]! : 32), 0x27d4eb2f);
        visit(spread(four ^ 0x3333), w, 1);
      }
    }
    visit(spread(wordHash ^ 0x5555), w, 1);
    if (w > 0) visit(spread(Math.imul(previousHash, 0x9e3779b1) ^ wordHash), w, 1);
    // A word apart, so that what stands between may be any word.
    if (w > 1) visit(spread(Math.imul(beforeHash, 0x85ebca77) ^ wordHash ^ 0xaaaa), w, 1);
    if (opensSentence(codes, start)) visit(spread(Math.imul(wordHash, 0xc2b2ae35) ^ 0xbbbb), w, 2);
    beforeHash = previousHash;
    previousHash = wordHash;
    let bits = concepts[w]!;
    for (let taken = 0; bits !== 0 && taken < 2; taken++) {
      const bit = bits & -bits;
      bits &= bits - 1;
      const concept = 32 - Math.clz32(bit);
      visit(spread(Math.imul(concept, 0x7feb352d) ^ 0x6666), w, conceptValue);
      const known = Math.min(seen, remembered);
      for (let a = 0; a < known; a++) {
        const i = (seen - 1 - a) % remembered;
        const distance = w - ringWord[i]!;
        if (distance > reach) break;
        const pair = Math.imul(concept * 64 + ringConcept[i]!, 0x846ca68b);
        visit(spread(pair ^ 0x7777), w, conceptValue);
        if (distance <= 3) visit(spread(pair ^ 0x8888), w, conceptValue);
        for (let b = a + 1; b < Math.min(known, 4); b++) {
          const k = (seen - 1 - b) % remembered;
          if (w - ringWord[k]! > reach) break;
          visit(spread(Math.imul(pair ^ (ringConcept[k]! * 4096), 0x2c1b3c6d) ^ 0x9999), w, conceptValue);
        }
      }
      ringConcept[seen % remembered] = concept;
      ringWord[seen % remembered] = w;
      seen++;
    }
  }
}
