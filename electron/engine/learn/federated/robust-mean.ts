import { updateSize } from "./public-frame.ts";

/** Engines below which one hostile one would decide. */
export const fewestPeers = 3;

/** Steps that the median takes at most, and how near two of them have to be for it to end. */
const mostSteps = 1000;
const nearEnough = 1e-10;
/** Distance below which a point counts as if it were so far away: the median may lie on one of them. */
const nearest = 1e-9;

/** A mean with the share that each vector has in it. */
export interface WeightedMean {
  readonly mean: Float64Array;
  /** Sum to 1; what lies far from the others has little. */
  readonly shares: readonly number[];
}

/**
 * The geometric median: the point with the least sum of distances to all vectors. Unlike a mean, it stays near the honest vectors whatever
 * fewer than half of them are (see `honestBound`); unlike a trimmed mean or a median by coordinates, it does not depend on the axes, and
 * keeps what a single honest engine has seen, where engines see different things.
 *
 * Source: Pillutla, Kakade & Harchaoui 2022, "Robust Aggregation for Federated Learning"; Weiszfeld's iteration. The same vectors in the same
 * order give the same bits.
 *
 * @param vectors of one length, at least one
 */
export function geometricMedian(vectors: readonly Float64Array[]): WeightedMean {
  let shares = vectors.map(() => 1 / vectors.length);
  let mean = weighted(vectors, shares);
  for (let step = 0; step < mostSteps; step++) {
    const pulls = vectors.map((vector) => 1 / Math.max(nearest, distance(vector, mean)));
    const total = pulls.reduce((sum, pull) => sum + pull, 0);
    shares = pulls.map((pull) => pull / total);
    const next = weighted(vectors, shares);
    const moved = distance(next, mean);
    mean = next;
    if (moved < nearEnough) break;
  }
  return { mean, shares };
}

/** Mean of all vectors, as plain federated averaging (McMahan et al. 2017) takes it: one hostile vector moves it as far as it likes. */
export function plainMean(vectors: readonly Float64Array[]): Float64Array {
  return weighted(
    vectors,
    vectors.map(() => 1 / vectors.length),
  );
}

function weighted(vectors: readonly Float64Array[], shares: readonly number[]): Float64Array {
  const mean = new Float64Array(vectors[0]?.length ?? updateSize);
  vectors.forEach((vector, v) => {
    for (let i = 0; i < mean.length; i++) mean[i]! += shares[v]! * vector[i]!;
  });
  return mean;
}

/**
 * How far the geometric median of all vectors is from the mean z of the honest ones at most, whatever the hostile ones are:
 * 2·Σ|xᵢ − z| / (n − 2q), the sum over the honest vectors, of n vectors q hostile, q < n / 2. With one hostile of five it is 2.67 times the
 * mean distance of an honest vector from z.
 *
 * For y, the median: Σ|xᵢ − y| ≤ Σ|xᵢ − z| over all vectors. On the left, an honest xᵢ has at least |y − z| − |xᵢ − z|, a hostile one at
 * least |xᵢ − z| − |y − z|; so (n − 2q)·|y − z| ≤ 2·Σ|xᵢ − z| over the honest ones.
 */
export function honestBound(honest: readonly Float64Array[], hostile: number): number {
  const z = plainMean(honest);
  const total = honest.reduce((sum, vector) => sum + distance(vector, z), 0);
  return (2 * total) / (honest.length - hostile);
}

/** L2 norm of a − b. */
export function distance(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i]! - b[i]!) * (a[i]! - b[i]!);
  return Math.sqrt(sum);
}
