import { familyCount } from "./families.ts";
import type { WindowFeatures } from "./featurize.ts";
import { bucketCount } from "./hashing.ts";

/** Width of the embedding of a feature. The forward pass is written out for it. */
export const embeddingSize = 16;

/**
 * A bag of embeddings with one hidden layer: h = Σ e(f) / √n + b, logits = linear·h + hidden·max(h, 0) + bias. The linear part
 * alone is a multinomial logistic regression of rank `embeddingSize`; the rectified part lets one kind of evidence (prose around it)
 * weaken another (a keyword).
 */
export interface NetworkWeights {
  /** Embeddings, row after row, each component in steps of `scales`; shape [bucketCount, embeddingSize]. */
  readonly embeddings: Int8Array;
  /** Step of each component; shape [embeddingSize]. */
  readonly scales: Float32Array;
  /** b; shape [embeddingSize]. */
  readonly shift: Float32Array;
  /** Shape [familyCount, embeddingSize]. */
  readonly linear: Float32Array;
  readonly hidden: Float32Array;
  /** Shape [familyCount]. */
  readonly bias: Float32Array;
}

export interface Network {
  /** Adds up the embeddings of the features: exact (integers), shape [embeddingSize] from `at` on. */
  sum(features: WindowFeatures, into: Int32Array, at: number): void;
  /** Adds the embedding of one more feature to a sum. */
  add(bucket: number, sum: Int32Array): void;
  /** Logits of the families for a window of `count` features with this sum; overwritten by the next call. */
  logits(sum: Int32Array, count: number): Float64Array;
  /** Direction in which h raises `family` against benign, at the last window: shape [embeddingSize]; for attribution. */
  gradient(family: number, into: Float64Array): void;
  /** Contribution of one bucket along a direction, before the division by √n. */
  along(bucket: number, direction: Float64Array): number;
}

/** Words of 32 bits in a row of embeddings. */
const rowWords = embeddingSize / 4;
/** So many bytes add up in 16 bits without overflow. */
const addedAtOnce = 256;
/** Numbers that weigh h's components for all families. */
const slopeSize = embeddingSize * familyCount;

/** Four components a word, each raised by 128, so that two of them can be added up within one 32-bit number. */
function packEmbeddings(embeddings: Int8Array): Int32Array {
  const packed = new Int32Array(embeddings.length / 4);
  for (let i = 0, at = 0; i < packed.length; i++, at += 4) {
    packed[i] =
      (embeddings[at]! + 128) |
      ((embeddings[at + 1]! + 128) << 8) |
      ((embeddings[at + 2]! + 128) << 16) |
      ((embeddings[at + 3]! + 128) << 24);
  }
  return packed;
}

export function createNetwork(weights: NetworkWeights): Network {
  if (weights.embeddings.length !== bucketCount * embeddingSize) throw new RangeError("embeddings have the wrong size");
  const packed = packEmbeddings(weights.embeddings);
  const scales = Float64Array.from(weights.scales);
  const shift = Float64Array.from(weights.shift);
  const bias = Float64Array.from(weights.bias);
  const { linear, hidden } = weights;
  /** Weights of positive components of h, then those of the others; shape [2, embeddingSize, familyCount]. */
  const steepness = new Float64Array(2 * slopeSize);
  for (let k = 0; k < familyCount; k++) {
    for (let d = 0; d < embeddingSize; d++) {
      const at = k * embeddingSize + d;
      steepness[d * familyCount + k] = linear[at]! + hidden[at]!;
      steepness[slopeSize + d * familyCount + k] = linear[at]!;
    }
  }
  /** Where the weights of each component of h begin. */
  const slopes = new Int32Array(embeddingSize);
  const h = new Float64Array(embeddingSize);
  const out = new Float64Array(familyCount);

  const component = (bucket: number, d: number) =>
    ((packed[bucket * rowWords + (d >> 2)]! >>> ((d & 3) * 8)) & 255) - 128;

  /** Adds the features `from` to `to`, at most `addedAtOnce`. */
  function sumSome(buckets: Int32Array, from: number, to: number, into: Int32Array, at: number): void {
    // Components 0 and 2, 1 and 3 of each word, two a number.
    let even0 = 0;
    let odd0 = 0;
    let even1 = 0;
    let odd1 = 0;
    let even2 = 0;
    let odd2 = 0;
    let even3 = 0;
    let odd3 = 0;
    for (let i = from; i < to; i++) {
      const row = buckets[i]! << 2;
      const w0 = packed[row]!;
      const w1 = packed[row + 1]!;
      const w2 = packed[row + 2]!;
      const w3 = packed[row + 3]!;
      even0 = (even0 + (w0 & 0xff00ff)) | 0;
      odd0 = (odd0 + ((w0 >>> 8) & 0xff00ff)) | 0;
      even1 = (even1 + (w1 & 0xff00ff)) | 0;
      odd1 = (odd1 + ((w1 >>> 8) & 0xff00ff)) | 0;
      even2 = (even2 + (w2 & 0xff00ff)) | 0;
      odd2 = (odd2 + ((w2 >>> 8) & 0xff00ff)) | 0;
      even3 = (even3 + (w3 & 0xff00ff)) | 0;
      odd3 = (odd3 + ((w3 >>> 8) & 0xff00ff)) | 0;
    }
    const raised = 128 * (to - from);
    addWord(even0, odd0, raised, into, at);
    addWord(even1, odd1, raised, into, at + 4);
    addWord(even2, odd2, raised, into, at + 8);
    addWord(even3, odd3, raised, into, at + 12);
  }

  return {
    sum({ buckets, length }, into, at) {
      into.fill(0, at, at + embeddingSize);
      for (let i = 0; i < length; i += addedAtOnce) sumSome(buckets, i, Math.min(length, i + addedAtOnce), into, at);
    },
    add(bucket, sum) {
      for (let j = 0; j < rowWords; j++) {
        const word = packed[bucket * rowWords + j]!;
        addWord(word & 0xff00ff, (word >>> 8) & 0xff00ff, 128, sum, j * 4);
      }
    },
    logits(sum, count) {
      const scale = 1 / Math.sqrt(Math.max(1, count));
      for (let d = 0; d < embeddingSize; d++) {
        const value = sum[d]! * scales[d]! * scale + shift[d]!;
        h[d] = value;
        slopes[d] = (value > 0 ? 0 : slopeSize) + d * familyCount;
      }
      // Four families at a time, which do not wait for each other.
      for (let k = 0; k < familyCount; k += 4) {
        let z0 = bias[k]!;
        let z1 = bias[k + 1]!;
        let z2 = bias[k + 2]!;
        let z3 = bias[k + 3]!;
        for (let d = 0; d < embeddingSize; d++) {
          const value = h[d]!;
          const at = slopes[d]! + k;
          z0 += value * steepness[at]!;
          z1 += value * steepness[at + 1]!;
          z2 += value * steepness[at + 2]!;
          z3 += value * steepness[at + 3]!;
        }
        out[k] = z0;
        out[k + 1] = z1;
        out[k + 2] = z2;
        out[k + 3] = z3;
      }
      return out;
    },
    gradient(family, into) {
      const row = family * embeddingSize;
      for (let d = 0; d < embeddingSize; d++) {
        let g = linear[row + d]! - linear[d]!;
        if (h[d]! > 0) g += hidden[row + d]! - hidden[d]!;
        into[d] = g * scales[d]!;
      }
    },
    along(bucket, direction) {
      let value = 0;
      for (let d = 0; d < embeddingSize; d++) value += component(bucket, d) * direction[d]!;
      return value;
    },
  };
}

function addWord(even: number, odd: number, raised: number, into: Int32Array, at: number): void {
  into[at]! += (even & 0xffff) - raised;
  into[at + 1]! += (odd & 0xffff) - raised;
  into[at + 2]! += (even >>> 16) - raised;
  into[at + 3]! += (odd >>> 16) - raised;
}
