import { log } from "../../base/math.ts";
import type { Random } from "./random.ts";
import type { TreeBuilder } from "./tree-ensemble.ts";

const eulerMascheroni = 0.5772156649015329;

/**
 * Mean path length of an unsuccessful search in a binary search tree of n rows, which normalises isolation depths.
 * Source: Liu, Ting & Zhou 2008, "Isolation Forest", eq. 1, with H(i) = ln(i) + 0.5772….
 */
export function meanPathLength(n: number): number {
  if (n <= 1) return 0;
  if (n === 2) return 1;
  return 2 * (log(n - 1) + eulerMascheroni) - (2 * (n - 1)) / n;
}

/** A question asked at a node: rows whose feature is at most the threshold go to the first child. */
export interface Split {
  readonly feature: number;
  readonly threshold: number;
  /** Where rows without the feature go; left out: with the larger part of the rows that have it. */
  readonly missingSecond?: boolean;
}

/** Training rows: row-major, shape [nRows, nFeatures]; NaN: not available. */
export interface Rows {
  readonly values: Float64Array;
  readonly nFeatures: number;
  readonly nRows: number;
}

/** @throws RangeError when a row does not have `nFeatures` values */
export function packRows(rows: readonly Float64Array[], nFeatures: number): Rows {
  const values = new Float64Array(rows.length * nFeatures);
  for (const [i, row] of rows.entries()) {
    if (row.length !== nFeatures) throw new RangeError(`row ${i} has ${row.length} features, ${nFeatures} expected`);
    values.set(row, i * nFeatures);
  }
  return { values, nFeatures, nRows: rows.length };
}

/** How a tree grows. `chooseSplit` sees the rows `sample[from, to)` of the node; null makes it a leaf. */
export interface Growth {
  readonly depthLimit: number;
  readonly chooseSplit: (sample: Int32Array, from: number, to: number) => Split | null;
  /** @param rows how many training rows ended in the leaf, at least 0 */
  readonly leafValue: (depth: number, rows: number) => number;
}

/**
 * Appends one isolation tree over `sample`, whose order it changes. Unless the split says otherwise, rows without a node's feature
 * follow the larger part of the rows that have it: what the evidence cannot tell makes a row no rarer.
 */
export function growTree(builder: TreeBuilder, rows: Rows, sample: Int32Array, growth: Growth): void {
  const { values, nFeatures } = rows;
  const grow = (node: number, from: number, to: number, depth: number) => {
    const split = to - from > 1 && depth < growth.depthLimit ? growth.chooseSplit(sample, from, to) : null;
    if (split === null) return builder.setLeaf(node, growth.leafValue(depth, to - from));
    const { feature, threshold } = split;
    // One pass: rows at most the threshold to the front, rows above to the back, rows without the feature stay in between.
    let front = from;
    let back = to;
    for (let i = from; i < back; ) {
      const row = sample[i]!;
      const value = values[row * nFeatures + feature]!;
      if (value <= threshold) {
        sample[i++] = sample[front]!;
        sample[front++] = row;
      } else if (value > threshold) {
        sample[i] = sample[--back]!;
        sample[back] = row;
      } else i++;
    }
    const missingSecond = split.missingSecond ?? to - back > front - from;
    const middle = missingSecond ? front : back;
    const first = builder.grow(node, feature, threshold, missingSecond);
    grow(first, from, middle, depth + 1);
    grow(first + 1, middle, to, depth + 1);
  };
  grow(builder.beginTree(), 0, sample.length, 0);
}

/** Draws `size` different rows of `nRows` (partial Fisher-Yates). @param order scratch, shape [nRows], a permutation; stays one */
export function drawSample(order: Int32Array, size: number, random: Random): Int32Array {
  for (let i = 0; i < size; i++) {
    const j = i + random.integer(order.length - i);
    const row = order[j]!;
    order[j] = order[i]!;
    order[i] = row;
  }
  return order.slice(0, size);
}
