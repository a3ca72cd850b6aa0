import { quantileOf } from "../anomaly/reference.ts";

/**
 * One side of a feature's reference range: how far ordinary values reach, and how rare one beyond is.
 *
 * Above the 90 % quantile the excess is taken for exponential, with the predictive distribution of its unknown mean (a Lomax tail):
 * P(X > start + t) = (k + 1) / (n + 1) × (1 + t / sum)^-shape, where k of n values exceed `start` by `sum` in all. On a logarithmic
 * scale that is a Pareto tail: heavier than what services usually show, so that it errs towards calm. `virtualExcesses` of the mean
 * size, at least of the floor, count as seen before: a handful of values must not be a range of no width, nor one without end.
 */
export interface Tail {
  /** Middle of the ordinary values. */
  readonly median: number;
  readonly start: number;
  readonly share: number;
  readonly sum: number;
  readonly shape: number;
  /** Where ordinary values end: beyond it the probability is below the rate that the range was made for. */
  readonly bound: number;
}

const virtualExcesses = 5;
/** Fewer values than this say nothing about a tail. */
const fewestValues = 20;

/**
 * @param sorted ascending values of the feature, in its scale, without NaN
 * @param rate probability that an ordinary value lies beyond the bound, in (0, 0.1)
 * @param floor smallest spread that is believed, in units of the scale; 0: a twentieth of the median
 * @returns null when there are too few values
 */
export function fitUpperTail(sorted: Float64Array, rate: number, floor: number): Tail | null {
  const n = sorted.length;
  if (n < fewestValues) return null;
  const median = quantileOf(sorted, 0.5);
  const start = quantileOf(sorted, 0.9);
  const least = floor > 0 ? floor : Math.max(Math.abs(median) / 20, 1e-6);
  let k = 0;
  let excess = 0;
  for (let i = n - 1; i >= 0 && sorted[i]! > start; i--) {
    k++;
    excess += sorted[i]! - start;
  }
  const share = (k + 1) / (n + 1);
  const sum = excess + virtualExcesses * Math.max(least, k === 0 ? 0 : excess / k);
  const shape = k + virtualExcesses;
  const bound = start + sum * Math.max((share / rate) ** (1 / shape) - 1, 0);
  return { median, start, share, sum, shape, bound };
}

/** Probability that an ordinary value is at least this far out; 1 for what is not beyond the start of the tail. */
export function tailProbability({ start, share, sum, shape }: Tail, value: number): number {
  return value <= start ? 1 : share * (1 + (value - start) / sum) ** -shape;
}

/** How far out a value is: 0 at the median, 1 at the end of the reference range, 2 at twice that. May be negative. */
export function reachOf({ median, bound }: Tail, value: number): number {
  return (value - median) / (bound - median);
}
