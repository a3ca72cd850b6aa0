import type { Place } from "../../../shared/payload.ts";
import { canonicalize } from "../detect/canonical/canonicalize.ts";

/** Characters of one shingle. */
const shingleLength = 4;
/** Characters of a canonical text that are compared. */
const longestCompared = 2048;
/**
 * Hashes of a signature, in bands of so many rows: two texts share a band with probability 1 − (1 − s^rows)^bands, that is half at a
 * similarity s of 0.6 and 0.98 at 0.8. Source: Leskovec, Rajaraman & Ullman, Mining of Massive Datasets, section 3.4.
 */
const bands = 16;
const rows = 5;
const hashes = bands * rows;
/** Share of equal hashes from which two texts are near-duplicates: an estimate of the similarity (Jaccard) of their shingles. */
const similarEnough = 0.7;
/** Different texts of one bucket that another one is compared with: keeps the time linear where many texts share a band. */
const mostCompared = 8;

const multipliers = new Uint32Array(hashes);
const addends = new Uint32Array(hashes);
let state = 0x9e3779b9;
const nextWord = () => {
  state = (state + 0x6d2b79f5) | 0;
  let word = Math.imul(state ^ (state >>> 15), state | 1);
  word ^= word + Math.imul(word ^ (word >>> 7), word | 61);
  return (word ^ (word >>> 14)) >>> 0;
};
for (let i = 0; i < hashes; i++) {
  multipliers[i] = nextWord() | 1;
  addends[i] = nextWord();
}

/**
 * What is compared of a text: what it says once decoded, in small letters, with every run of digits as one 0 and of white space as one
 * blank. Numbers and spacing are what mutations of one payload differ in; words tell payloads apart.
 */
export function comparedText(text: string, place: Place | null): string {
  const head = text.slice(0, longestCompared);
  const { layers } = canonicalize(head, place === null ? {} : { place });
  const said = layers.at(-1)?.text ?? head;
  return said.slice(0, longestCompared).toLowerCase().replace(/\d+/g, "0").replace(/\s+/g, " ").trim();
}

/** MinHash of the shingles of a compared text. Source: Broder 1997, "On the resemblance and containment of documents". */
export function signatureOf(compared: string, into: Uint32Array, offset: number): void {
  into.fill(0xffffffff, offset, offset + hashes);
  const last = Math.max(0, compared.length - shingleLength);
  for (let start = 0; start <= last; start++) {
    // FNV-1a over the code units, then mixed: neighbouring shingles must not have neighbouring hashes.
    let hash = 0x811c9dc5;
    const end = Math.min(compared.length, start + shingleLength);
    for (let i = start; i < end; i++) hash = Math.imul(hash ^ compared.charCodeAt(i), 0x01000193);
    hash ^= hash >>> 16;
    hash = Math.imul(hash, 0x85ebca6b);
    hash ^= hash >>> 13;
    for (let k = 0; k < hashes; k++) {
      let value = (Math.imul(hash, multipliers[k]!) + addends[k]!) | 0;
      value = (value ^ (value >>> 15)) >>> 0;
      if (value < into[offset + k]!) into[offset + k] = value;
    }
  }
}

function agreement(signatures: Uint32Array, a: number, b: number): number {
  let equal = 0;
  for (let k = 0; k < hashes; k++) if (signatures[a * hashes + k] === signatures[b * hashes + k]) equal++;
  return equal / hashes;
}

/** Sets that grow together. */
export interface Unions {
  find(item: number): number;
  join(a: number, b: number): void;
}

/** Union-find with path halving; the root is the smallest member, so that it does not depend on the order of joining. */
export function createUnions(size: number): Unions {
  const parents = Int32Array.from({ length: size }, (_, i) => i);
  const find = (item: number): number => {
    let at = item;
    while (parents[at] !== at) {
      parents[at] = parents[parents[at]!]!;
      at = parents[at]!;
    }
    return at;
  };
  return {
    find,
    join(a, b) {
      const [x, y] = [find(a), find(b)];
      if (x < y) parents[y] = x;
      else if (y < x) parents[x] = y;
    },
  };
}

/**
 * Groups texts with their near-duplicates: whatever is joined by a chain of pairs whose shingles are similar. In time linear in the
 * texts: only those that share a band of their signatures are compared, and with few of them.
 *
 * @param texts in an order that does not depend on when they came; equal ones may stand in several places
 * @returns for each text the index of the first text of its group
 */
export function groupNearDuplicates(
  texts: readonly { readonly text: string; readonly place: Place | null }[],
): Int32Array {
  const unions = createUnions(texts.length);
  const firstOf = new Map<string, number>();
  const distinct: number[] = [];
  const compared: string[] = [];
  for (const [i, { text, place }] of texts.entries()) {
    const said = comparedText(text, place);
    const first = firstOf.get(said);
    if (first !== undefined) unions.join(first, i);
    else {
      firstOf.set(said, i);
      distinct.push(i);
      compared.push(said);
    }
  }
  const signatures = new Uint32Array(distinct.length * hashes);
  for (const [d, said] of compared.entries()) signatureOf(said, signatures, d * hashes);
  for (let band = 0; band < bands; band++) {
    const buckets = new Map<number, number[]>();
    for (let d = 0; d < distinct.length; d++) {
      let key = band;
      for (let row = 0; row < rows; row++) {
        key = Math.imul(key ^ signatures[d * hashes + band * rows + row]!, 0x01000193);
        key ^= key >>> 15;
      }
      const bucket = buckets.get(key);
      if (bucket === undefined) {
        buckets.set(key, [d]);
        continue;
      }
      let isAlike = false;
      for (const other of bucket) {
        if (unions.find(distinct[other]!) === unions.find(distinct[d]!)) isAlike = true;
        else if (agreement(signatures, other, d) >= similarEnough) {
          unions.join(distinct[other]!, distinct[d]!);
          isAlike = true;
        }
      }
      // Those that stand for others in the bucket are unlike each other.
      if (!isAlike && bucket.length < mostCompared) bucket.push(d);
    }
  }
  return Int32Array.from(texts, (_, i) => unions.find(i));
}
