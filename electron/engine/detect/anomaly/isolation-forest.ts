import { exp } from "../../base/math.ts";
import { drawSample, growTree, meanPathLength, packRows, type Split } from "./isolation-tree.ts";
import { createRandom, type Random } from "./random.ts";
import { createTreeBuilder, meanLeafValue, type TreeEnsemble } from "./tree-ensemble.ts";

/** Hyperparameters; the defaults are the paper's. */
export interface ForestOptions {
  /** Number of trees, at least 1. */
  readonly trees: number;
  /** Rows drawn for each tree without replacement; all of them when there are fewer. */
  readonly sample: number;
  /** Unsigned 32-bit integer: the same seed and rows give the same forest. */
  readonly seed: number;
}

/** A fitted isolation forest. A leaf's value is its path length: depth plus the mean path length of the rows in it. */
export interface Forest {
  /** Feature names, in the order of a row's values. */
  readonly schema: readonly string[];
  /** Rows that each tree has seen. */
  readonly sampleSize: number;
  readonly trees: TreeEnsemble;
}

/**
 * Fits an isolation forest. Each node asks about a feature drawn at random from those that differ within it, at a threshold
 * uniform between the smallest and the largest available value; a row without the feature follows the larger part.
 * Source: Liu, Ting & Zhou 2008, "Isolation Forest", algorithms 1 and 2.
 *
 * @param rows training rows, each of shape [nFeatures] in the order of `schema`; NaN: not available
 * @throws RangeError without rows, for a row of another length, or for options out of range
 */
export function fitForest(
  rows: readonly Float64Array[],
  schema: readonly string[],
  options: ForestOptions = { trees: 100, sample: 256, seed: 1 },
): Forest {
  if (rows.length === 0) throw new RangeError("an isolation forest needs at least one row");
  if (!(options.trees >= 1 && options.sample >= 1)) throw new RangeError("trees and sample must be at least 1");
  const packed = packRows(rows, schema.length);
  const random = createRandom(options.seed);
  const sampleSize = Math.min(options.sample, rows.length);
  const order = Int32Array.from({ length: rows.length }, (_, i) => i);
  const builder = createTreeBuilder(schema.length);
  const restLength = Float64Array.from({ length: sampleSize + 1 }, (_, n) => meanPathLength(n));
  const growth = {
    // ceil(log2(sampleSize)), the depth of a balanced tree; 0 for a single row.
    depthLimit: 32 - Math.clz32(sampleSize - 1),
    chooseSplit: chooseAnySplit(packed.values, schema.length, random),
    leafValue: (depth: number, n: number) => depth + restLength[n]!,
  };
  for (let tree = 0; tree < options.trees; tree++) {
    growTree(builder, packed, drawSample(order, sampleSize, random), growth);
  }
  return { schema, sampleSize, trees: builder.build() };
}

/** Tries the features in random order until one differs within the node. */
function chooseAnySplit(values: Float64Array, nFeatures: number, random: Random) {
  const features = Int32Array.from({ length: nFeatures }, (_, i) => i);
  return (sample: Int32Array, from: number, to: number): Split | null => {
    for (let remaining = nFeatures; remaining > 0; remaining--) {
      const pick = random.integer(remaining);
      const feature = features[pick]!;
      features[pick] = features[remaining - 1]!;
      features[remaining - 1] = feature;
      let low = Number.POSITIVE_INFINITY;
      let high = Number.NEGATIVE_INFINITY;
      for (let i = from; i < to; i++) {
        const value = values[sample[i]! * nFeatures + feature]!;
        if (value < low) low = value;
        if (value > high) high = value;
      }
      if (!(low < high)) continue;
      const drawn = low + random.next() * (high - low);
      // Rounding may give `high` itself, which would leave the right side empty; infinite ranges have no middle.
      return { feature, threshold: drawn < high ? drawn : low };
    }
    return null;
  };
}

/**
 * Anomaly score of one row: 2^(-meanDepth / c(sampleSize)).
 * Source: Liu, Ting & Zhou 2008, "Isolation Forest", eq. 2.
 *
 * @param x features, shape [nFeatures], in the order of `forest.schema`; NaN: not available
 * @returns unitless, in (0, 1]; above 0.5 is more isolated than average. 0.5 for a forest that saw a single row
 * @throws RangeError if `x.length !== forest.schema.length`
 */
export function anomalyScore(forest: Forest, x: Float64Array): number {
  const depth = meanLeafValue(forest.trees, x);
  const normal = meanPathLength(forest.sampleSize);
  return normal === 0 ? 0.5 : exp((-depth / normal) * Math.LN2);
}
