import { log } from "../../base/math.ts";

/**
 * Sums of a confidence sequence for the mean of values in [0, 1]. Plain data, of constant size: it is stored, and goes on after a
 * restart.
 */
export interface SequenceState {
  /** Values so far. */
  readonly n: number;
  readonly sum: number;
  /** Σ (x_i − μ̂_i)². */
  readonly squares: number;
  /** Σ λ_i, Σ λ_i x_i and Σ v_i ψ(λ_i) of the paper. */
  readonly weights: number;
  readonly weighted: number;
  readonly spread: number;
}

export const emptySequence: SequenceState = { n: 0, sum: 0, squares: 0, weights: 0, weighted: 0, spread: 0 };

/** Largest bet: ψ grows without bound towards 1. */
const longestBet = 0.5;

/**
 * Takes in the next value.
 *
 * Source: I. Waudby-Smith, A. Ramdas, "Estimating means of bounded random variables by betting", Journal of the Royal Statistical
 * Society B 86 (2024), Theorem 2: the predictable plug-in empirical Bernstein confidence sequence, equations (14) to (16).
 *
 * @param value in [0, 1]
 * @param alpha probability, over all time, that the interval ever misses the mean; must be the same for each value
 * @throws RangeError for a value outside [0, 1]
 */
export function observe(state: SequenceState, value: number, alpha: number): SequenceState {
  if (!(value >= 0 && value <= 1)) throw new RangeError(`${value} is not in [0, 1].`);
  const n = state.n + 1;
  // Of the values before this one: a bet must not know what it bets on.
  const meanBefore = (0.5 + state.sum) / n;
  const varianceBefore = (0.25 + state.squares) / n;
  const bet = Math.min(longestBet, Math.sqrt((2 * log(2 / alpha)) / (varianceBefore * n * log(1 + n))));
  const sum = state.sum + value;
  const mean = (0.5 + sum) / (n + 1);
  return {
    n,
    sum,
    squares: state.squares + (value - mean) ** 2,
    weights: state.weights + bet,
    weighted: state.weighted + bet * value,
    // v_i ψ_E(λ_i) with v_i = 4 (x_i − μ̂_{i−1})² and ψ_E(λ) = (−log(1 − λ) − λ) / 4.
    spread: state.spread + (value - meanBefore) ** 2 * (-log(1 - bet) - bet),
  };
}

/**
 * The interval that holds the mean, at every moment at once, with probability 1 − alpha: one may look after each value and stop
 * when one likes.
 *
 * @returns bounds in [0, 1]; [0, 1] before the first value
 */
export function intervalOf(state: SequenceState, alpha: number): { readonly lower: number; readonly upper: number } {
  if (state.n === 0) return { lower: 0, upper: 1 };
  const centre = state.weighted / state.weights;
  const width = (log(2 / alpha) + state.spread) / state.weights;
  return { lower: Math.max(0, centre - width), upper: Math.min(1, centre + width) };
}
