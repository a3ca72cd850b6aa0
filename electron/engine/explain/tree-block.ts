import type { TreeEnsemble } from "../detect/anomaly/tree-ensemble.ts";

/** Points of quadrature that are worked on together. */
export const groupSize = 6;

/**
 * One tree. Its inner nodes have numbers, parents first; the edges below inner node i are 2i (to the first child) and 2i + 1. What
 * lies below an edge is a place in `sums`: one a point for an inner node, a single one for a leaf, whose sum is its value at all points.
 */
export interface TreeBlock {
  /** Most distinct features on one path, at least 1. */
  readonly width: number;
  /** Mean leaf value over the training rows, divided by the number of trees. */
  readonly mean: number;
  /** By inner node. */
  readonly feature: Int16Array;
  readonly threshold: Float64Array;
  readonly missing: Uint8Array;
  /** By inner node: the lowest edge above that answers a question about the same feature; -1: there is none. */
  readonly above: Int32Array;
  /** By edge: share z of training rows that the questions about the edge's feature let through, from the root to here. */
  readonly share: Float64Array;
  /** By edge: the inner node it leads to; -1: a leaf. */
  readonly below: Int32Array;
  /** By edge: where its sum stands, and how far it is to the next point's: 0 for a leaf. */
  readonly place: Int32Array;
  readonly step: Int32Array;
  /** By place: leaf values divided by the number of trees; the places of inner nodes are overwritten by each explanation. */
  readonly sums: Float64Array;
}

interface OpenNode {
  readonly node: number;
  /** Edge that leads to it; -1 for the root. */
  readonly edge: number;
  /** Lowest edge of each feature asked on the path. */
  readonly edges: ReadonlyMap<number, number>;
}

/** @param cover training rows that reached each node, shape [nNodes] */
export function describeTree(trees: TreeEnsemble, cover: Float64Array, root: number): TreeBlock {
  const asked: number[] = [];
  const above: number[] = [];
  const share: number[] = [];
  const below: number[] = [];
  const leaves: { edge: number; value: number }[] = [];
  let most = 1;
  let mean = 0;
  const open: OpenNode[] = [{ node: root, edge: -1, edges: new Map() }];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { node, edge, edges } = next;
    most = Math.max(most, edges.size);
    const feature = trees.feature[node]!;
    if (feature < 0) {
      const value = trees.split[node]! / trees.roots.length;
      // A tree that is one leaf has no rows to weigh: its value is its mean.
      mean += node === root ? value : (value * cover[node]!) / cover[root]!;
      if (edge >= 0) leaves.push({ edge, value });
      continue;
    }
    const number = asked.length;
    if (edge >= 0) below[edge] = number;
    const before = edges.get(feature) ?? -1;
    asked.push(node);
    above.push(before);
    for (const way of [0, 1]) {
      const child = trees.child[node]! + way;
      share.push((cover[child]! / cover[node]!) * (before < 0 ? 1 : share[before]!));
      below.push(-1);
      open.push({ node: child, edge: 2 * number + way, edges: new Map(edges).set(feature, 2 * number + way) });
    }
  }
  const sums = new Float64Array(asked.length * groupSize + leaves.length);
  const place = Int32Array.from(below, (number) => number * groupSize);
  for (const [i, { edge, value }] of leaves.entries()) {
    place[edge] = asked.length * groupSize + i;
    sums[place[edge]!] = value;
  }
  return {
    width: most,
    mean,
    feature: Int16Array.from(asked, (node) => trees.feature[node]!),
    threshold: Float64Array.from(asked, (node) => trees.split[node]!),
    missing: Uint8Array.from(asked, (node) => trees.missingSecond[node]!),
    above: Int32Array.from(above),
    share: Float64Array.from(share),
    below: Int32Array.from(below),
    place,
    step: Int32Array.from(below, (number) => (number < 0 ? 0 : 1)),
    sums,
  };
}

/** How many of `rows`, each of shape [nFeatures], reach each node; shape [nNodes]. */
export function countRows(trees: TreeEnsemble, rows: readonly Float64Array[]): Float64Array {
  const cover = new Float64Array(trees.feature.length);
  for (const row of rows) {
    for (const root of trees.roots) {
      let node = root;
      for (let f = trees.feature[node]!; f >= 0; f = trees.feature[node]!) {
        cover[node]!++;
        const value = row[f]!;
        const at = trees.split[node]!;
        node = trees.child[node]! + (value > at ? 1 : value <= at ? 0 : trees.missingSecond[node]!);
      }
      cover[node]!++;
    }
  }
  return cover;
}
