import { exp, log } from "../base/math.ts";
import type { Random } from "./training/random.ts";

/** A figure with its two-sided 95 % interval. */
export interface Interval {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/** Standard normal quantile at 0.975. */
const z975 = 1.959963984540054;

/**
 * Wilson's score interval of a proportion, 95 %. Source: Wilson 1927, "Probable Inference"; Brown, Cai & DasGupta 2001.
 *
 * @param hits in [0, rows]
 * @returns low 0, high 1 and value NaN without rows
 */
export function wilson(hits: number, rows: number): Interval {
  if (rows === 0) return { value: Number.NaN, low: 0, high: 1 };
  const share = hits / rows;
  const square = z975 * z975;
  const middle = (share + square / (2 * rows)) / (1 + square / rows);
  const half = (z975 / (1 + square / rows)) * Math.sqrt((share * (1 - share)) / rows + square / (4 * rows * rows));
  return {
    value: share,
    low: hits === 0 ? 0 : Math.max(0, middle - half),
    high: hits === rows ? 1 : Math.min(1, middle + half),
  };
}

/**
 * Exact interval of a proportion, 95 %: its ends are never too narrow, however few rows there are.
 * Source: Clopper & Pearson 1934, "The use of confidence or fiducial limits".
 *
 * @param hits in [0, rows]
 * @returns low 0, high 1 and value NaN without rows
 */
export function clopperPearson(hits: number, rows: number): Interval {
  if (rows === 0) return { value: Number.NaN, low: 0, high: 1 };
  return {
    value: hits / rows,
    low: hits === 0 ? 0 : betaQuantile(0.025, hits, rows - hits + 1),
    high: hits === rows ? 1 : betaQuantile(0.975, hits + 1, rows - hits),
  };
}

/** Halvings of [0, 1]: more than a double has bits. */
const halvings = 60;

function betaQuantile(probability: number, a: number, b: number): number {
  let low = 0;
  let high = 1;
  for (let i = 0; i < halvings; i++) {
    const middle = (low + high) / 2;
    if (incompleteBeta(middle, a, b) < probability) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** Regularized incomplete beta function I_x(a, b), by its continued fraction. Source: DLMF 8.17.22; Lentz 1976. */
function incompleteBeta(x: number, a: number, b: number): number {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  if (x > (a + 1) / (a + b + 2)) return 1 - incompleteBeta(1 - x, b, a);
  const front = exp(logGamma(a + b) - logGamma(a) - logGamma(b) + a * log(x) + b * log(1 - x)) / a;
  const tiny = 1e-300;
  const away = (value: number) => (Math.abs(value) < tiny ? tiny : value);
  let c = 1;
  let d = 1 / away(1 - ((a + b) * x) / (a + 1));
  let fraction = d;
  for (let m = 1; m <= 2000; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / away(1 + even * d);
    c = away(1 + even / c);
    fraction *= d * c;
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / away(1 + odd * d);
    c = away(1 + odd / c);
    const step = d * c;
    fraction *= step;
    if (Math.abs(step - 1) < 1e-15) break;
  }
  return front * fraction;
}

/** Coefficients for g = 7, n = 9: Lanczos 1964, as computed by Godfrey. */
const lanczos = [
  0.9999999999998099, 676.5203681218851, -1259.1392167224028, 771.3234287776531, -176.6150291621406, 12.507343278686905,
  -0.13857109526572012, 9.984369578019572e-6, 1.5056327351493116e-7,
];

/** log Γ(x) for x ≥ 0.5. */
function logGamma(x: number): number {
  const y = x - 1;
  let sum = lanczos[0]!;
  for (let i = 1; i < lanczos.length; i++) sum += lanczos[i]! / (y + i);
  const t = y + 7.5;
  return 0.9189385332046727 + (y + 0.5) * log(t) - t + log(sum);
}

/**
 * Percentile bootstrap over groups, 95 %: near-duplicates are drawn together, so that a value that occurs fifty times does not
 * count as fifty. Source: Efron 1979; Davison & Hinkley 1997, section 3.8 (resampling of clusters).
 *
 * @param groups how many there are
 * @param figure of a sample in which group g occurs `times[g]` times; NaN: the sample has no such figure and is left out
 */
export function bootstrapGroups(
  groups: number,
  figure: (times: Int32Array) => number,
  random: Random,
  resamples = 400,
): Interval {
  const times = new Int32Array(groups).fill(1);
  const value = groups === 0 ? Number.NaN : figure(times);
  const drawn: number[] = [];
  for (let i = 0; i < resamples && groups > 0; i++) {
    times.fill(0);
    for (let g = 0; g < groups; g++) times[random.below(groups)]!++;
    const one = figure(times);
    if (!Number.isNaN(one)) drawn.push(one);
  }
  if (drawn.length === 0) return { value, low: 0, high: 1 };
  drawn.sort((a, b) => a - b);
  const at = (share: number) => drawn[Math.min(drawn.length - 1, Math.floor(drawn.length * share))]!;
  return { value, low: at(0.025), high: at(0.975) };
}

/**
 * Exact interval of a proportion in which the rows of one group count as one row together, however many they are.
 * @param isHit of a row
 */
export function groupProportion<R extends { readonly group: string }>(
  rows: readonly R[],
  isHit: (row: R) => boolean,
): Interval {
  let hits = 0;
  const groups = Map.groupBy(rows, ({ group }) => group);
  for (const members of groups.values()) hits += members.filter(isHit).length / members.length;
  // Sums of thirds are no whole numbers; a hair above the count would have no interval.
  return clopperPearson(Math.min(groups.size, Math.round(hits * 1e9) / 1e9), groups.size);
}

/**
 * A quantile with its distribution-free 95 % interval by order statistics. Source: David & Nagaraja 2003, section 7.1, with the normal
 * approximation of the binomial.
 *
 * @returns an infinite end where there are too few values for it; NaN without any
 */
export function quantileInterval(values: readonly number[], share: number): Interval {
  const sorted = [...values].sort((a, b) => a - b);
  const n = sorted.length;
  const half = z975 * Math.sqrt(n * share * (1 - share));
  const low = Math.floor(n * share - half) - 1;
  const high = Math.ceil(n * share + half);
  return {
    value: n === 0 ? Number.NaN : sorted[Math.min(n - 1, Math.floor(n * share))]!,
    low: sorted[low] ?? 0,
    high: sorted[high] ?? Number.POSITIVE_INFINITY,
  };
}
