import type { TreeEnsemble } from "../detect/anomaly/tree-ensemble.ts";
import { gaussLegendre } from "./gauss-legendre.ts";
import type { TreeExplainer } from "./shapley.ts";
import { describeTree, groupSize, type TreeBlock } from "./tree-block.ts";

/**
 * Exact path-dependent Shapley values of a tree ensemble. The game: at a question about a feature of the coalition the row decides;
 * at any other both ways are gone, weighted by how many training rows went there.
 * Source: Lundberg et al. 2020, "From local explanations to global understanding with explainable AI for trees", algorithm 1.
 *
 * A leaf of value v whose path asks about features F is worth v·∏ o_f over the coalition times ∏ z_f over the others, where o_f is 1
 * if the row meets all conditions on f, else 0, and z_f is the product of the shares of training rows at the questions about f. Such
 * a product has the Shapley values φ_f = v·(o_f - z_f)·∫₀¹ ∏_{g≠f} (z_g + t·(o_g - z_g)) dt (by the multilinear extension, Owen 1972):
 * a polynomial of degree |F| - 1, which ⌈|F|/2⌉ Gauss-Legendre points integrate exactly. As in Yu et al. 2022, "Linear TreeSHAP",
 * the factors above an edge are multiplied on the way down and the leaves below it summed on the way up, so that every edge costs
 * one product a point, however many leaves are below it. The integral is a sum over points, so that they can be taken in groups of six:
 * one group serves paths over up to twelve features, and is written out for speed.
 *
 * @param cover training rows that reached each node, shape [nNodes]; those of two children add up to their parent's
 * @throws RangeError for covers of another length, negative ones, or a question that no training row was asked
 */
export function createPathExplainer(trees: TreeEnsemble, cover: Float64Array): TreeExplainer {
  if (cover.length !== trees.feature.length) throw new RangeError("there must be one cover for each node");
  if (cover.some((rows, node) => !(trees.feature[node]! < 0 ? rows >= 0 : rows > 0))) {
    throw new RangeError("a cover is negative, or a question was asked of no row");
  }
  const blocks = Array.from(trees.roots, (root) => describeTree(trees, cover, root));
  const groups = new Map<number, readonly PointGroup[]>();
  for (const { width } of blocks) if (!groups.has(width)) groups.set(width, describePoints(width));
  const largest = Math.max(...blocks.map(({ feature }) => feature.length));
  const scratch = { products: new Float64Array((largest + 1) * groupSize), met: new Uint8Array(2 * largest + 1) };
  return {
    baseValue: blocks.reduce((sum, block) => sum + block.mean, 0),
    explain(x) {
      if (x.length !== trees.nFeatures) throw new RangeError(`${x.length} features given, ${trees.nFeatures} expected`);
      const values = new Float64Array(trees.nFeatures);
      for (const block of blocks) {
        for (const group of groups.get(block.width)!) {
          descend(block, group, x, scratch);
          ascend(block, group, values, scratch);
        }
      }
      return values;
    },
  };
}

interface PointGroup {
  readonly t: Float64Array;
  readonly weights: Float64Array;
}

/** @param width most features on a path: the polynomials' degree is below it */
function describePoints(width: number): readonly PointGroup[] {
  const groups = Math.ceil(width / (2 * groupSize));
  const { points, weights } = gaussLegendre(groups * groupSize);
  return Array.from({ length: groups }, (_, g) => {
    const [from, to] = [g * groupSize, (g + 1) * groupSize];
    return { t: points.slice(from, to), weights: weights.slice(from, to) };
  });
}

interface Scratch {
  /** By inner node and point: quadrature weight × factors of the features above, without the one that it asks about. */
  readonly products: Float64Array;
  /** By edge: whether the row meets all conditions on the edge's feature down to here. */
  readonly met: Uint8Array;
}

/** Down: the product of z_f + t·(o_f - z_f) over the features above each inner node, at every point. */
function descend(block: TreeBlock, { t, weights }: PointGroup, x: Float64Array, { products, met }: Scratch): void {
  const { feature, threshold, missing, above, share, below } = block;
  const t0 = t[0]!;
  const t1 = t[1]!;
  const t2 = t[2]!;
  const t3 = t[3]!;
  const t4 = t[4]!;
  const t5 = t[5]!;
  products.set(weights);
  for (let i = 0; i < feature.length; i++) {
    const value = x[feature[i]!]!;
    const at = threshold[i]!;
    const hot = 2 * i + (value <= at ? 0 : value > at ? 1 : missing[i]!);
    const cold = hot ^ 1;
    const before = above[i]!;
    const own = i * groupSize;
    const zHot = share[hot]!;
    const zCold = share[cold]!;
    met[cold] = 0;
    met[hot] = 1;
    let hotFrom = zHot;
    let hotTo = 1;
    let coldTo = 0;
    let coldFrom = zCold;
    let p0 = products[own]!;
    let p1 = products[own + 1]!;
    let p2 = products[own + 2]!;
    let p3 = products[own + 3]!;
    let p4 = products[own + 4]!;
    let p5 = products[own + 5]!;
    if (before >= 0) {
      const z = share[before]!;
      if (met[before] === 0) {
        // Neither way changes whether the feature's conditions are met, only how many training rows go there.
        met[hot] = 0;
        hotFrom = hotTo = zHot / z;
        coldFrom = coldTo = zCold / z;
      } else {
        const slope = 1 - z;
        p0 /= z + slope * t0;
        p1 /= z + slope * t1;
        p2 /= z + slope * t2;
        p3 /= z + slope * t3;
        p4 /= z + slope * t4;
        p5 /= z + slope * t5;
        products[own] = p0;
        products[own + 1] = p1;
        products[own + 2] = p2;
        products[own + 3] = p3;
        products[own + 4] = p4;
        products[own + 5] = p5;
      }
    }
    if (below[hot]! >= 0) {
      const to = below[hot]! * groupSize;
      const slope = hotTo - hotFrom;
      products[to] = p0 * (hotFrom + slope * t0);
      products[to + 1] = p1 * (hotFrom + slope * t1);
      products[to + 2] = p2 * (hotFrom + slope * t2);
      products[to + 3] = p3 * (hotFrom + slope * t3);
      products[to + 4] = p4 * (hotFrom + slope * t4);
      products[to + 5] = p5 * (hotFrom + slope * t5);
    }
    if (below[cold]! >= 0) {
      const to = below[cold]! * groupSize;
      const slope = coldTo - coldFrom;
      products[to] = p0 * (coldFrom + slope * t0);
      products[to + 1] = p1 * (coldFrom + slope * t1);
      products[to + 2] = p2 * (coldFrom + slope * t2);
      products[to + 3] = p3 * (coldFrom + slope * t3);
      products[to + 4] = p4 * (coldFrom + slope * t4);
      products[to + 5] = p5 * (coldFrom + slope * t5);
    }
  }
}

/** Up: sums of leaf values × factors below each inner node, and what each question adds to its feature's share. */
function ascend(block: TreeBlock, { t }: PointGroup, values: Float64Array, { products, met }: Scratch): void {
  const { feature, above, share, place, step, sums } = block;
  const t0 = t[0]!;
  const t1 = t[1]!;
  const t2 = t[2]!;
  const t3 = t[3]!;
  const t4 = t[4]!;
  const t5 = t[5]!;
  for (let i = feature.length - 1; i >= 0; i--) {
    const before = above[i]!;
    const own = i * groupSize;
    const f = feature[i]!;
    const hot = 2 * i + 1 - met[2 * i]!;
    const cold = hot ^ 1;
    const hotAt = place[hot]!;
    const coldAt = place[cold]!;
    const hotStep = step[hot]!;
    const coldStep = step[cold]!;
    const zHot = share[hot]!;
    const zCold = share[cold]!;
    const c0 = sums[coldAt]!;
    const c1 = sums[coldAt + coldStep]!;
    const c2 = sums[coldAt + 2 * coldStep]!;
    const c3 = sums[coldAt + 3 * coldStep]!;
    const c4 = sums[coldAt + 4 * coldStep]!;
    const c5 = sums[coldAt + 5 * coldStep]!;
    const d0 = sums[hotAt]! - c0;
    const d1 = sums[hotAt + hotStep]! - c1;
    const d2 = sums[hotAt + 2 * hotStep]! - c2;
    const d3 = sums[hotAt + 3 * hotStep]! - c3;
    const d4 = sums[hotAt + 4 * hotStep]! - c4;
    const d5 = sums[hotAt + 5 * hotStep]! - c5;
    if (before < 0) {
      // The shares of the two ways add up to 1, and so do their factors.
      sums[own] = c0 + (zHot + zCold * t0) * d0;
      sums[own + 1] = c1 + (zHot + zCold * t1) * d1;
      sums[own + 2] = c2 + (zHot + zCold * t2) * d2;
      sums[own + 3] = c3 + (zHot + zCold * t3) * d3;
      sums[own + 4] = c4 + (zHot + zCold * t4) * d4;
      sums[own + 5] = c5 + (zHot + zCold * t5) * d5;
      let gain = products[own]! * d0;
      gain += products[own + 1]! * d1;
      gain += products[own + 2]! * d2;
      gain += products[own + 3]! * d3;
      gain += products[own + 4]! * d4;
      gain += products[own + 5]! * d5;
      values[f] = values[f]! + zCold * gain;
      continue;
    }
    const z = share[before]!;
    if (met[before] === 0) {
      const part = zHot / z;
      sums[own] = c0 + part * d0;
      sums[own + 1] = c1 + part * d1;
      sums[own + 2] = c2 + part * d2;
      sums[own + 3] = c3 + part * d3;
      sums[own + 4] = c4 + part * d4;
      sums[own + 5] = c5 + part * d5;
      continue;
    }
    // What the edge above was credited with is taken back: this question answers for the feature now.
    const slope = 1 - z;
    const hotSlope = 1 - zHot;
    const s0 = c0 + (d0 * (zHot + hotSlope * t0)) / (z + slope * t0);
    const s1 = c1 + (d1 * (zHot + hotSlope * t1)) / (z + slope * t1);
    const s2 = c2 + (d2 * (zHot + hotSlope * t2)) / (z + slope * t2);
    const s3 = c3 + (d3 * (zHot + hotSlope * t3)) / (z + slope * t3);
    const s4 = c4 + (d4 * (zHot + hotSlope * t4)) / (z + slope * t4);
    const s5 = c5 + (d5 * (zHot + hotSlope * t5)) / (z + slope * t5);
    sums[own] = s0;
    sums[own + 1] = s1;
    sums[own + 2] = s2;
    sums[own + 3] = s3;
    sums[own + 4] = s4;
    sums[own + 5] = s5;
    let gain = products[own]! * (hotSlope * d0 + slope * (c0 - s0));
    gain += products[own + 1]! * (hotSlope * d1 + slope * (c1 - s1));
    gain += products[own + 2]! * (hotSlope * d2 + slope * (c2 - s2));
    gain += products[own + 3]! * (hotSlope * d3 + slope * (c3 - s3));
    gain += products[own + 4]! * (hotSlope * d4 + slope * (c4 - s4));
    gain += products[own + 5]! * (hotSlope * d5 + slope * (c5 - s5));
    values[f] = values[f]! + gain;
  }
}
