import type { Random } from "../anomaly/random.ts";
import { weightSteps } from "./classic-grams.ts";

/** Trees one after another, node after node; the first child of a question is the node after it. */
export interface ClassicForest {
  /** First node of each tree, and the number of all nodes at the end; shape [nTrees + 1]. */
  readonly starts: Uint32Array;
  /** Feature that a node asks for; `leaf`: none; shape [nNodes]. */
  readonly feature: Uint16Array;
  /** Up to this step the first child is next; shape [nNodes]. */
  readonly threshold: Uint8Array;
  /** The second child, counted from the tree's first node; of a leaf the row of `shares`, counted from the tree's first; shape [nNodes]. */
  readonly next: Uint16Array;
  /** First row of each tree; shape [nTrees + 1]. */
  readonly shareStarts: Uint32Array;
  /** Share of each class at a leaf, in 1/255; shape [nLeaves, nClasses]. */
  readonly shares: Uint8Array;
  readonly classes: number;
}

const leaf = 0xffff;

/** Adds up the shares of the leaves that a text falls into. @param into shape [nClasses]; sums of 0 to 255 a tree */
export function sumShares(forest: ClassicForest, steps: Uint8Array, into: Float64Array): void {
  const { starts, feature, threshold, next, shareStarts, shares, classes } = forest;
  into.fill(0);
  for (let tree = 0; tree + 1 < starts.length; tree++) {
    const from = starts[tree]!;
    let node = from;
    for (let f = feature[node]!; f !== leaf; f = feature[node]!) {
      node = steps[f]! <= threshold[node]! ? node + 1 : from + next[node]!;
    }
    const row = (shareStarts[tree]! + next[node]!) * classes;
    for (let c = 0; c < classes; c++) into[c]! += shares[row + c]!;
  }
}

export interface ForestOptions {
  readonly trees: number;
  /** Fewest rows of a leaf. */
  readonly leafRows: number;
  readonly deepest: number;
}

/** As scikit-learn's defaults, but for small leaves, which would only make the file larger. */
export const forestDefaults: ForestOptions = { trees: 100, leafRows: 5, deepest: 60 };

/**
 * Random forest by Gini impurity, √nFeatures tried at each question, each tree over a bootstrap of the rows.
 * Source: Breiman 2001, "Random Forests".
 *
 * @param columns one array of steps a feature: shape [nFeatures][nRows]
 * @param labels class of each row, in [0, classes)
 */
export function fitForest(
  columns: readonly Uint8Array[],
  labels: Uint8Array,
  classes: number,
  random: Random,
  options: ForestOptions = forestDefaults,
): ClassicForest {
  const rowCount = labels.length;
  const tried = Math.max(1, Math.round(Math.sqrt(columns.length)));
  const order = Uint16Array.from(columns, (_, f) => f);
  const rows = new Int32Array(rowCount);
  const aside = new Int32Array(rowCount);
  const histogram = new Uint32Array(weightSteps * classes);
  const left = new Float64Array(classes);
  const total = new Float64Array(classes);
  const feature: number[] = [];
  const threshold: number[] = [];
  const next: number[] = [];
  const shares: number[] = [];
  const starts = [0];
  const shareStarts = [0];

  function drawFeature(k: number): number {
    const at = k + random.integer(order.length - k);
    const drawn = order[at]!;
    order[at] = order[k]!;
    order[k] = drawn;
    return drawn;
  }

  /** The question with the least impurity among the features drawn; gain 0: none helps. */
  function bestSplit(from: number, to: number): { feature: number; threshold: number } | null {
    let best: { feature: number; threshold: number } | null = null;
    let least = impurity(total, to - from);
    for (let k = 0; k < tried; k++) {
      const f = drawFeature(k);
      const column = columns[f]!;
      let highest = 0;
      for (let i = from; i < to; i++) {
        const row = rows[i]!;
        const step = column[row]!;
        // Most texts lack most n-grams: those are what is left of all.
        if (step === 0) continue;
        if (step > highest) highest = step;
        histogram[step * classes + labels[row]!]!++;
      }
      if (highest === 0) continue;
      for (let c = 0; c < classes; c++) {
        let absent = total[c]!;
        for (let step = 1; step <= highest; step++) absent -= histogram[step * classes + c]!;
        histogram[c] = absent;
      }
      left.fill(0);
      let before = 0;
      for (let step = 0; step < highest; step++) {
        const known = before;
        for (let c = 0; c < classes; c++) {
          const count = histogram[step * classes + c]!;
          left[c]! += count;
          before += count;
        }
        // No row has this step: the same split as one step before.
        if (before === known) continue;
        if (before < options.leafRows || to - from - before < options.leafRows) continue;
        let squares = 0;
        let rest = 0;
        for (let c = 0; c < classes; c++) {
          squares += left[c]! * left[c]!;
          const right = total[c]! - left[c]!;
          rest += right * right;
        }
        const value = to - from - squares / before - rest / (to - from - before);
        if (value < least - 1e-9) {
          least = value;
          best = { feature: f, threshold: step };
        }
      }
      // What was written, no more: in most small nodes an n-gram is nowhere.
      histogram.fill(0, 0, (highest + 1) * classes);
    }
    return best;
  }

  function addLeaf(count: number): void {
    feature.push(leaf);
    threshold.push(0);
    next.push(shares.length / classes - shareStarts.at(-1)!);
    for (let c = 0; c < classes; c++) shares.push(Math.round((255 * total[c]!) / count));
  }

  function grow(from: number, to: number, depth: number, treeStart: number): void {
    total.fill(0);
    for (let i = from; i < to; i++) total[labels[rows[i]!]!]!++;
    const isPure = total.includes(to - from);
    const isFull = feature.length - treeStart > 60_000;
    const split =
      isPure || isFull || depth >= options.deepest || to - from < 2 * options.leafRows ? null : bestSplit(from, to);
    if (split === null) {
      addLeaf(to - from);
      return;
    }
    const node = feature.length;
    feature.push(split.feature);
    threshold.push(split.threshold);
    next.push(0);
    const middle = partition(from, to, columns[split.feature]!, split.threshold);
    grow(from, middle, depth + 1, treeStart);
    next[node] = feature.length - treeStart;
    grow(middle, to, depth + 1, treeStart);
  }

  /** Keeps the order on both sides, so that columns are read forwards. @returns where the second side begins */
  function partition(from: number, to: number, column: Uint8Array, limit: number): number {
    let end = from;
    let kept = 0;
    for (let i = from; i < to; i++) {
      const row = rows[i]!;
      if (column[row]! <= limit) rows[end++] = row;
      else aside[kept++] = row;
    }
    rows.set(aside.subarray(0, kept), end);
    return end;
  }

  for (let tree = 0; tree < options.trees; tree++) {
    for (let i = 0; i < rowCount; i++) rows[i] = random.integer(rowCount);
    rows.sort();
    grow(0, rowCount, 0, feature.length);
    starts.push(feature.length);
    shareStarts.push(shares.length / classes);
  }
  return {
    starts: Uint32Array.from(starts),
    feature: Uint16Array.from(feature),
    threshold: Uint8Array.from(threshold),
    next: Uint16Array.from(next),
    shareStarts: Uint32Array.from(shareStarts),
    shares: Uint8Array.from(shares),
    classes,
  };
}

/** Gini impurity times the number of rows. */
function impurity(counts: Float64Array, rows: number): number {
  let squares = 0;
  for (const count of counts) squares += count * count;
  return rows - squares / rows;
}
