import { exp, log } from "../../base/math.ts";

/**
 * What releases cost, as zero-concentrated differential privacy (zCDP; Bun & Steinke 2016): costs of releases over the same rows add up,
 * also when later ones are chosen by what earlier ones gave, up to a bound that was fixed before (Feldman & Zrnic 2021).
 */

/** Orders of the Rényi divergence that a conversion looks at: log(α − 1) from −7 to 14. */
const firstOrder = -7;
const lastOrder = 14;
const orderSteps = 2000;

/** ε at one order α > 1: proposition 12 of the source below. */
function epsilonAt(rho: number, delta: number, order: number): number {
  return order * rho + log(1 - 1 / order) - log(order * delta) / (order - 1);
}

/**
 * The smallest known ε for which ρ-zCDP implies (ε, δ)-differential privacy. Every order gives a true bound; the best of many is taken.
 * Source: Canonne, Kamath & Steinke 2020, "The Discrete Gaussian for Differential Privacy", corollary 13.
 *
 * @param rho ≥ 0
 * @param delta in (0, 1)
 * @returns ε ≥ 0
 */
export function epsilonOf(rho: number, delta: number): number {
  if (rho === 0) return 0;
  let best = Number.POSITIVE_INFINITY;
  for (let i = 0; i <= orderSteps; i++) {
    const order = 1 + exp(firstOrder + ((lastOrder - firstOrder) * i) / orderSteps);
    best = Math.min(best, epsilonAt(rho, delta, order));
  }
  return Math.max(0, best);
}

/** The largest ρ whose ε is at most this one, rounded down. @param epsilon > 0 */
export function rhoOf(epsilon: number, delta: number): number {
  let low = 0;
  // ε is at least ρ from the first order on.
  let high = epsilon + 1;
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2;
    if (epsilonOf(middle, delta) <= epsilon) low = middle;
    else high = middle;
  }
  return low;
}
