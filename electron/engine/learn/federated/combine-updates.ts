import { familyCount } from "../../detect/classifier/families.ts";
import { type PayloadModel, writeModel } from "../../detect/classifier/model-file.ts";
import { embeddingSize } from "../../detect/classifier/network.ts";
import { normOf } from "./local-update.ts";
import { classCount, classOfFamily, inputSize, type PublicFrame, solveUpper } from "./public-frame.ts";
import { geometricMedian } from "./robust-mean.ts";

/** Several updates in one. */
export interface Combined {
  /** In the public frame of the base; shape [updateSize]. */
  readonly update: Float64Array;
  /** What each update has in it; they sum to 1. */
  readonly shares: readonly number[];
  readonly norm: number;
}

/**
 * Federated averaging (McMahan et al. 2017) with a robust mean in the place of the mean. Every engine counts alike: how many rows it has is
 * its own word, and a hostile one would say many.
 *
 * @param updates in the order of their ids
 */
export function combineUpdates(updates: readonly Float64Array[]): Combined {
  const { mean, shares } = geometricMedian(updates);
  return { update: mean, shares, norm: normOf(mean) };
}

/**
 * The base with an update added to its linear part: embeddings, the choice of windows and calibration stay as they are, so that nothing but
 * the updates, which are noised, is in the model.
 *
 * @returns the bytes of a model file; the same base and update give the same bytes
 */
export function applyUpdate(base: PayloadModel, frame: PublicFrame, update: Float64Array, version: string): Uint8Array {
  const linear = base.weights.linear.slice();
  const hidden = base.weights.hidden.slice();
  const bias = base.weights.bias.slice();
  const weights = new Float64Array(inputSize);
  for (let c = 0; c < classCount; c++) {
    weights.set(update.subarray(c * inputSize, (c + 1) * inputSize));
    solveUpper(frame.factor, weights);
    for (let k = 0; k < familyCount; k++) {
      if (classOfFamily[k] !== c) continue;
      for (let d = 0; d < embeddingSize; d++) {
        linear[k * embeddingSize + d]! += weights[d]!;
        hidden[k * embeddingSize + d]! += weights[embeddingSize + d]!;
      }
      bias[k]! += weights[2 * embeddingSize]!;
    }
  }
  const { sha256: _of, feature_version, buckets, embedding, families, ...header } = base.header;
  return writeModel({
    header: { ...header, version },
    weights: { ...base.weights, linear, hidden, bias },
    suspicion: base.suspicion,
  });
}
