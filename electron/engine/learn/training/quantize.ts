import { bucketCount } from "../../detect/classifier/hashing.ts";
import { embeddingSize, type NetworkWeights } from "../../detect/classifier/network.ts";

const D = embeddingSize;

/** Embeddings in 8 bits: steps so that all but one in 20,000 fit, the rest are clipped. */
export function quantize(embeddings: Float32Array): Pick<NetworkWeights, "embeddings" | "scales"> {
  const scales = new Float32Array(D);
  const column = new Float32Array(bucketCount);
  for (let d = 0; d < D; d++) {
    // Buckets that say nothing are zero, and the smallest: they need no sorting.
    let count = 0;
    for (let b = 0; b < bucketCount; b++) {
      const size = Math.abs(embeddings[b * D + d]!);
      if (size > 0) column[count++] = size;
    }
    const at = Math.floor(bucketCount * 0.99995) - (bucketCount - count);
    const top = at < 0 ? 0 : column.subarray(0, count).sort()[at]!;
    scales[d] = Math.max(1e-6, top) / 127;
  }
  const quantized = new Int8Array(embeddings.length);
  quantizeInSteps(embeddings, scales, quantized, () => true);
  return { embeddings: quantized, scales };
}

/** The same in given steps, for some buckets, into `quantized`. */
export function quantizeInSteps(
  embeddings: Float32Array,
  scales: Float32Array,
  quantized: Int8Array,
  isTaken: (bucket: number) => boolean,
): void {
  for (let b = 0, at = 0; b < bucketCount; b++, at += D) {
    if (!isTaken(b)) continue;
    for (let d = 0; d < D; d++) {
      quantized[at + d] = Math.max(-127, Math.min(127, Math.round(embeddings[at + d]! / scales[d]!)));
    }
  }
}
