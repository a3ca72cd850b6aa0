import { log } from "../../base/math.ts";

/**
 * Betting against a mean, so that looking often does no harm. Somebody begins with a capital of 1 and bets, before each value, that the
 * mean of what comes is not `m`. Where it is `m`, no way of betting makes money on average, so that the capital ever reaches 1/α with a
 * probability of at most α, however often one looks and whenever one stops (Ville 1939). The means that have not made the gambler that
 * rich form a confidence sequence.
 * Source: Waudby-Smith & Ramdas 2024, "Estimating means of bounded random variables by betting" (JRSS B 86), the hedged capital process
 * with predictable plug-in bets, equations 23 to 26.
 */

/** Share of the capital that may be lost on one value. */
const boldest = 0.5;

/** Predictable bets: each is computed from the values before. @param values each in [0, 1] */
function betsOn(values: readonly number[], error: number): Float64Array {
  const bets = new Float64Array(values.length);
  let sum = 0.5;
  let squares = 0.25;
  for (const [i, value] of values.entries()) {
    const t = i + 1;
    const variance = squares / t;
    bets[i] = Math.sqrt((2 * log(2 / error)) / (variance * t * log(t + 1)));
    sum += value;
    const mean = sum / (t + 1);
    squares += (value - mean) ** 2;
  }
  return bets;
}

/** What a mean is bet against: that it is higher, or lower, than `m`. */
type Side = "higher" | "lower";

function gain(value: number, bet: number, m: number, side: Side): number {
  if (side === "higher") return log(1 + Math.min(bet, boldest / Math.max(m, 1e-9)) * (value - m));
  return log(1 - Math.min(bet, boldest / Math.max(1 - m, 1e-9)) * (value - m));
}

export interface Bet {
  /** Largest capital so far, as its logarithm; 0 at the beginning. */
  readonly most: number;
  /** Whether the capital ever reached 1/α: the mean was not `m`. */
  readonly isRefuted: boolean;
  /** How many values it took; null: it was not reached. */
  readonly after: number | null;
}

/**
 * Bets that a mean is higher or lower than `m`, or on both with half the capital each.
 *
 * @param values each in [0, 1], in the order in which they became known
 * @param error α: probability of ever being refuted where the mean is `m` (for one side: at most, or at least `m`)
 */
export function betAgainst(values: readonly number[], m: number, side: Side | "either", error: number): Bet {
  const bets = betsOn(values, error);
  const sides: readonly Side[] = side === "either" ? ["higher", "lower"] : [side];
  const capital = sides.map(() => 0);
  const goal = log(1 / error);
  let most = 0;
  let after: number | null = null;
  for (const [i, value] of values.entries()) {
    for (const [s, each] of sides.entries()) {
      capital[s]! += gain(value, bets[i]!, m, each);
      // Half the capital on each side: the larger half alone is on the safe side.
      const now = capital[s]! - log(sides.length);
      if (now > most) most = now;
    }
    if (after === null && most >= goal) after = i + 1;
  }
  return { most, isRefuted: after !== null, after };
}

/** A mean as it is known after some values. */
export interface MeanSoFar {
  readonly count: number;
  readonly mean: number;
  /** Confidence sequence: with probability 1 − α the true mean is inside at every count at once. */
  readonly low: number;
  readonly high: number;
}

const gridSteps = 200;

/**
 * The confidence sequence of a mean at some of its counts.
 *
 * @param values each in [0, 1]
 * @param points at most so many counts, evenly spread, the last one always
 */
export function followMean(values: readonly number[], error: number, points = 60): MeanSoFar[] {
  const bets = betsOn(values, error);
  const goal = log(2 / error);
  const higher = new Float64Array(gridSteps + 1);
  const lower = new Float64Array(gridSteps + 1);
  const isOut = new Uint8Array(gridSteps + 1);
  const followed: MeanSoFar[] = [];
  const every = Math.max(1, Math.ceil(values.length / points));
  let sum = 0;
  for (const [i, value] of values.entries()) {
    sum += value;
    for (let g = 0; g <= gridSteps; g++) {
      if (isOut[g] === 1) continue;
      const m = g / gridSteps;
      higher[g]! += gain(value, bets[i]!, m, "higher");
      lower[g]! += gain(value, bets[i]!, m, "lower");
      if (higher[g]! >= goal || lower[g]! >= goal) isOut[g] = 1;
    }
    const count = i + 1;
    if ((values.length - count) % every !== 0) continue;
    // A mean between two points of the grid may be where the one that is out is not: a step more on each side.
    const first = Math.max(0, isOut.indexOf(0) - 1);
    const last = Math.min(gridSteps, isOut.lastIndexOf(0) + 1);
    const isEmpty = isOut.indexOf(0) < 0;
    const mean = sum / count;
    followed.push({ count, mean, low: isEmpty ? mean : first / gridSteps, high: isEmpty ? mean : last / gridSteps });
  }
  return followed;
}
