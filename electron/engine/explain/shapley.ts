import { leavesBelow, type TreeEnsemble } from "../detect/anomaly/tree-ensemble.ts";

/**
 * Exact interventional Shapley values of a tree ensemble. The game: a coalition's features come from the row explained, the
 * others from a background row; the worth is the ensemble's output, averaged over the background.
 * Source: Lundberg et al. 2020, "From local explanations to global understanding with explainable AI for trees", interventional
 * feature perturbation; the closed form per leaf: Laberge & Pequignot 2022, "Understanding Interventional TreeSHAP".
 *
 * A leaf is a conjunction of conditions on the features of its path. For one background row it is reached exactly by coalitions
 * that hold all of A (features whose conditions only the explained row meets) and none of B (only the background row), if every
 * feature's conditions are met by either. Such a game has the closed form v·(|A|-1)!|B|!/(|A|+|B|)! for each of A and
 * -v·|A|!(|B|-1)!/(|A|+|B|)! for each of B. Which conditions a background row meets is counted once, when the explainer is made.
 */
export interface TreeExplainer {
  /** Mean output over the background. */
  readonly baseValue: number;
  /**
   * @param x row to explain, shape [nFeatures]; NaN: not available
   * @returns signed shares of the output, shape [nFeatures]: baseValue + Σ = output up to rounding
   * @throws RangeError if `x.length !== nFeatures`
   */
  explain(x: Float64Array): Float64Array;
}

/** Distinct features that one path may ask about: a set of them is one 32-bit integer. */
const maxPathFeatures = 30;

/** One leaf: which conditions lead to it, and how often the background meets which of them. */
interface LeafGame {
  /** Leaf value divided by trees and by background rows. */
  readonly share: number;
  /** Distinct features of the path; position is the bit in masks. */
  readonly features: Int16Array;
  readonly full: number;
  /** Inner nodes of the path, the way each must be left (0 or 1), and the bit of the feature asked. */
  readonly nodes: Int32Array;
  readonly ways: Uint8Array;
  readonly bits: Int32Array;
  /** Distinct sets of met conditions among background rows, and how many rows meet each. */
  readonly masks: Int32Array;
  readonly counts: Int32Array;
}

/**
 * @param background rows that stand for "feature not known", each of shape [nFeatures]
 * @throws RangeError without background, for a row of another length, or for a path over more than 30 features
 */
export function createTreeExplainer(trees: TreeEnsemble, background: readonly Float64Array[]): TreeExplainer {
  if (background.length === 0) throw new RangeError("interventional Shapley values need a background row");
  const backgroundWays = background.map((row) => waysOf(trees, row));
  const games: LeafGame[] = [];
  let baseValue = 0;
  for (const root of trees.roots) {
    for (const path of pathsBelow(trees, root)) {
      const value = trees.split[path.leaf]!;
      if (value === 0) continue;
      const game = describeLeaf(path, value / (trees.roots.length * background.length), trees, backgroundWays);
      game.masks.forEach((mask, i) => {
        if (mask === game.full) baseValue += game.share * game.counts[i]!;
      });
      if (game.features.length > 0) games.push(game);
    }
  }
  return {
    baseValue,
    explain: (x) => {
      const ways = waysOf(trees, x);
      const values = new Float64Array(trees.nFeatures);
      for (const game of games) addLeaf(values, game, ways);
      return values;
    },
  };
}

/** Way that a row leaves every node, whether it gets there or not: 0 first child, 1 second. Leaves: 0. */
function waysOf(trees: TreeEnsemble, x: Float64Array): Uint8Array {
  const { feature, split, missingSecond, nFeatures } = trees;
  if (x.length !== nFeatures) throw new RangeError(`${x.length} features given, ${nFeatures} expected`);
  const ways = new Uint8Array(feature.length);
  for (let node = 0; node < feature.length; node++) {
    const f = feature[node]!;
    if (f < 0) continue;
    const value = x[f]!;
    ways[node] = value <= split[node]! ? 0 : value > split[node]! ? 1 : missingSecond[node]!;
  }
  return ways;
}

interface Path {
  readonly leaf: number;
  readonly steps: readonly { readonly node: number; readonly way: number }[];
}

function pathsBelow(trees: TreeEnsemble, root: number): Path[] {
  const parent = new Map<number, { node: number; way: number }>();
  const stack = [root];
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
    if (trees.feature[node]! < 0) continue;
    for (const way of [0, 1]) {
      const child = trees.child[node]! + way;
      parent.set(child, { node, way });
      stack.push(child);
    }
  }
  return leavesBelow(trees, root).map((leaf) => {
    const steps: { node: number; way: number }[] = [];
    for (let step = parent.get(leaf); step !== undefined; step = parent.get(step.node)) steps.push(step);
    return { leaf, steps };
  });
}

function describeLeaf(path: Path, share: number, trees: TreeEnsemble, backgroundWays: readonly Uint8Array[]): LeafGame {
  const features = [...new Set(path.steps.map(({ node }) => trees.feature[node]!))];
  if (features.length > maxPathFeatures) {
    throw new RangeError(`a path asks about ${features.length} features, at most ${maxPathFeatures} can be explained`);
  }
  const nodes = Int32Array.from(path.steps, ({ node }) => node);
  const ways = Uint8Array.from(path.steps, ({ way }) => way);
  const bits = Int32Array.from(path.steps, ({ node }) => 1 << features.indexOf(trees.feature[node]!));
  const full = 2 ** features.length - 1;
  const counts = new Map<number, number>();
  for (const row of backgroundWays) {
    const mask = metConditions({ full, nodes, ways, bits }, row);
    counts.set(mask, (counts.get(mask) ?? 0) + 1);
  }
  return {
    share,
    features: Int16Array.from(features),
    full,
    nodes,
    ways,
    bits,
    masks: Int32Array.from(counts.keys()),
    counts: Int32Array.from(counts.values()),
  };
}

/** Set of the path's features all of whose conditions a row meets. */
function metConditions(game: Pick<LeafGame, "full" | "nodes" | "ways" | "bits">, rowWays: Uint8Array): number {
  const { nodes, ways, bits } = game;
  let mask = game.full;
  for (let i = 0; i < nodes.length; i++) if (rowWays[nodes[i]!] !== ways[i]) mask &= ~bits[i]!;
  return mask;
}

/** shareFor[a * stride + b] = (a-1)! b! / (a+b)!: each member's share of a game won by holding a features and lacking b others. */
const stride = maxPathFeatures + 1;
const shareFor = new Float64Array(stride * stride);
for (let a = 1; a < stride; a++) {
  // (a-1)! b! / (a+b)! = 1 / (a · C(a+b, b)), the binomial built factor by factor.
  let binomial = 1;
  for (let b = 0; a + b < stride; b++) {
    if (b > 0) binomial = (binomial * (a + b)) / b;
    shareFor[a * stride + b] = 1 / (a * binomial);
  }
}

function addLeaf(values: Float64Array, game: LeafGame, rowWays: Uint8Array): void {
  const { features, full, masks, counts, share } = game;
  const met = metConditions(game, rowWays);
  const lacking = full & ~met;
  const b = countBits(lacking);
  let lost = 0;
  for (let i = 0; i < masks.length; i++) {
    const mask = masks[i]!;
    if ((met | mask) !== full) continue;
    const holding = full & ~mask;
    if (holding === 0) {
      if (b > 0) lost += share * counts[i]! * shareFor[b * stride]!;
      continue;
    }
    const a = countBits(holding);
    const won = share * counts[i]! * shareFor[a * stride + b]!;
    for (let rest = holding; rest !== 0; rest &= rest - 1) {
      const f = features[31 - Math.clz32(rest & -rest)]!;
      values[f] = values[f]! + won;
    }
    if (b > 0) lost += share * counts[i]! * shareFor[b * stride + a]!;
  }
  if (lost === 0) return;
  for (let rest = lacking; rest !== 0; rest &= rest - 1) {
    const f = features[31 - Math.clz32(rest & -rest)]!;
    values[f] = values[f]! - lost;
  }
}

function countBits(mask: number): number {
  let n = mask - ((mask >>> 1) & 0x55555555);
  n = (n & 0x33333333) + ((n >>> 2) & 0x33333333);
  return Math.imul((n + (n >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}
