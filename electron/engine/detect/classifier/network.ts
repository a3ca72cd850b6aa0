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
  /** Logits of the families for one window; overwritten by the next call. All sums of embeddings are exact (integers). */
  logits(features: WindowFeatures): Float64Array;
  /** Direction in which h raises `family` against benign, at the last window: shape [embeddingSize]; for attribution. */
  gradient(family: number, into: Float64Array): void;
  /** Contribution of one bucket along a direction, before the division by √n. */
  along(bucket: number, direction: Float64Array): number;
}

export function createNetwork(weights: NetworkWeights): Network {
  const { embeddings, scales, shift, linear, hidden, bias } = weights;
  if (embeddings.length !== bucketCount * embeddingSize) throw new RangeError("embeddings have the wrong size");
  const sums = new Int32Array(embeddingSize);
  const h = new Float64Array(embeddingSize);
  const out = new Float64Array(familyCount);

  function sum(features: WindowFeatures): void {
    const { buckets, length } = features;
    let s0 = 0;
    let s1 = 0;
    let s2 = 0;
    let s3 = 0;
    let s4 = 0;
    let s5 = 0;
    let s6 = 0;
    let s7 = 0;
    let s8 = 0;
    let s9 = 0;
    let s10 = 0;
    let s11 = 0;
    let s12 = 0;
    let s13 = 0;
    let s14 = 0;
    let s15 = 0;
    for (let i = 0; i < length; i++) {
      const row = buckets[i]! << 4;
      s0 = (s0 + embeddings[row]!) | 0;
      s1 = (s1 + embeddings[row + 1]!) | 0;
      s2 = (s2 + embeddings[row + 2]!) | 0;
      s3 = (s3 + embeddings[row + 3]!) | 0;
      s4 = (s4 + embeddings[row + 4]!) | 0;
      s5 = (s5 + embeddings[row + 5]!) | 0;
      s6 = (s6 + embeddings[row + 6]!) | 0;
      s7 = (s7 + embeddings[row + 7]!) | 0;
      s8 = (s8 + embeddings[row + 8]!) | 0;
      s9 = (s9 + embeddings[row + 9]!) | 0;
      s10 = (s10 + embeddings[row + 10]!) | 0;
      s11 = (s11 + embeddings[row + 11]!) | 0;
      s12 = (s12 + embeddings[row + 12]!) | 0;
      s13 = (s13 + embeddings[row + 13]!) | 0;
      s14 = (s14 + embeddings[row + 14]!) | 0;
      s15 = (s15 + embeddings[row + 15]!) | 0;
    }
    sums[0] = s0;
    sums[1] = s1;
    sums[2] = s2;
    sums[3] = s3;
    sums[4] = s4;
    sums[5] = s5;
    sums[6] = s6;
    sums[7] = s7;
    sums[8] = s8;
    sums[9] = s9;
    sums[10] = s10;
    sums[11] = s11;
    sums[12] = s12;
    sums[13] = s13;
    sums[14] = s14;
    sums[15] = s15;
  }

  return {
    logits(features) {
      sum(features);
      const scale = 1 / Math.sqrt(Math.max(1, features.length));
      for (let d = 0; d < embeddingSize; d++) h[d] = sums[d]! * scales[d]! * scale + shift[d]!;
      for (let k = 0; k < familyCount; k++) {
        let z = bias[k]!;
        const row = k * embeddingSize;
        for (let d = 0; d < embeddingSize; d++) {
          const value = h[d]!;
          z += value > 0 ? value * (linear[row + d]! + hidden[row + d]!) : value * linear[row + d]!;
        }
        out[k] = z;
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
      const row = bucket * embeddingSize;
      let value = 0;
      for (let d = 0; d < embeddingSize; d++) value += embeddings[row + d]! * direction[d]!;
      return value;
    },
  };
}
