import { exp, log } from "./math.ts";

/** A figure with its two-sided 95 % interval. */
export interface Interval {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/** Standard normal quantile at 0.975. */
export const z975 = 1.959963984540054;

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

/**
 * Exact one-sided 95 % bounds of a proportion: with probability 0.95 at least, it is not below `low`; with as much, not above `high`.
 * Source: Clopper & Pearson 1934.
 *
 * @param hits in [0, rows]
 * @returns low 0 and high 1 without rows
 */
export function oneSidedBounds(hits: number, rows: number): { readonly low: number; readonly high: number } {
  if (rows === 0) return { low: 0, high: 1 };
  return {
    low: hits === 0 ? 0 : betaQuantile(0.05, hits, rows - hits + 1),
    high: hits === rows ? 1 : betaQuantile(0.95, hits + 1, rows - hits),
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
