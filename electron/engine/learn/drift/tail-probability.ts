import { exp } from "../../base/math.ts";

/** Terms after which the sums below change nothing any more. */
const terms = 200;

/** 1 − erf(z) for z ≥ 0. Source: DLMF 7.6.2 (series) and 7.9.1 (continued fraction). */
function erfc(z: number): number {
  if (z < 2) {
    let term = z;
    let sum = z;
    for (let n = 1; n < terms && term > sum * 1e-17; n++) {
      term *= (2 * z * z) / (2 * n + 1);
      sum += term;
    }
    return 1 - (2 / Math.sqrt(Math.PI)) * exp(-z * z) * sum;
  }
  let fraction = 1;
  for (let n = terms; n > 0; n--) fraction = 1 + n / (2 * z * z) / fraction;
  return exp(-z * z) / (z * Math.sqrt(Math.PI) * fraction);
}

/**
 * Probability that a chi-square variable is at least this large.
 * Source: Abramowitz & Stegun 1964, 26.4.4 and 26.4.5 (whole degrees of freedom).
 *
 * @param x at least 0
 * @param freedom degrees of freedom, a whole number of at least 1
 * @returns in [0, 1]
 */
export function chiSquareTail(x: number, freedom: number): number {
  if (x <= 0) return 1;
  const y = x / 2;
  const decay = exp(-y);
  // Q(a + 1, y) = Q(a, y) + y^a e^-y / Γ(a + 1), from Q(1/2, y) = erfc(√y) or Q(1, y) = e^-y.
  const isOdd = freedom % 2 === 1;
  let a = isOdd ? 0.5 : 1;
  let tail = isOdd ? erfc(Math.sqrt(y)) : decay;
  let term = isOdd ? 2 * Math.sqrt(y / Math.PI) * decay : y * decay;
  for (; a < freedom / 2; a++) {
    tail += term;
    term *= y / (a + 1);
  }
  return Math.min(1, tail);
}

/**
 * Probability that Kolmogorov's statistic √n·D is at least this large, for continuous values; for values with ties it is less, so
 * that this is on the safe side (Noether 1963). Source: Kolmogorov 1933; for small ones the same by the theta function's
 * transformation (Marsaglia, Tsang & Wang 2003).
 *
 * @returns in [0, 1]
 */
export function kolmogorovTail(x: number): number {
  if (x <= 0) return 1;
  if (x < 1.18) {
    let sum = 0;
    for (let k = 1; k <= 9; k += 2) sum += exp((-k * k * Math.PI * Math.PI) / (8 * x * x));
    return 1 - (Math.sqrt(2 * Math.PI) / x) * sum;
  }
  let sum = 0;
  for (let k = 1; k <= 9; k++) sum += (k % 2 === 1 ? 2 : -2) * exp(-2 * k * k * x * x);
  return Math.min(1, Math.max(0, sum));
}
