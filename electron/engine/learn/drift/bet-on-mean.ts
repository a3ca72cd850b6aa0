import { log } from "../../base/math.ts";

/**
 * Betting against a mean, so that looking often does no harm. Somebody begins with a capital of 1 and bets, before each value, that the
 * mean of what comes is not `m`. Where it is `m`, no way of betting makes money on average, so that the capital ever reaches 1/α with a
 * probability of at most α, however often one looks and whenever one stops (Ville 1939). The means that have not made the gambler that
 * rich form a confidence sequence.
 * Source: Waudby-Smith & Ramdas 2024, "Estimating means of bounded random variables by betting" (JRSS B 86): the capital process of
 * proposition 3, with diversified Kelly bets, that is the capital shared out among bets of several sizes that are never changed.
 */

/** Shares of the capital that are put at stake on one value, from nearly all of it to very little: what is rare needs small ones. */
const stakes = Array.from({ length: 16 }, (_, i) => 0.9 * 0.7 ** i);

/** What a mean is bet against: that it is higher, or lower, than `m`. */
type Side = "higher" | "lower";

/** A mean of exactly 0 or 1 would be refuted by a bet without bound. */
const leastDistance = 1e-6;

/** Capitals of the bets of all sizes on one side, each begun with 1. */
function openBets(m: number, side: Side) {
  const room = Math.max(leastDistance, side === "higher" ? m : 1 - m);
  const capitals = new Float64Array(stakes.length).fill(1);
  return {
    /** @returns the capital after another value, one share for each bet */
    play(value: number): number {
      const gain = (side === "higher" ? value - m : m - value) / room;
      let sum = 0;
      for (let i = 0; i < capitals.length; i++) {
        capitals[i]! *= 1 + stakes[i]! * gain;
        sum += capitals[i]!;
      }
      return sum / capitals.length;
    },
  };
}

export interface Bet {
  /** Largest capital so far, as its natural logarithm; 0 at the beginning. */
  readonly most: number;
  /** Whether the capital ever reached 1/α: the mean was not `m`. */
  readonly isRefuted: boolean;
  /** How many values it took; null: it was not reached. */
  readonly after: number | null;
}

/**
 * Bets that a mean is higher or lower than `m`, or on both with half the capital each. Ends where it is refuted.
 *
 * @param values each in [0, 1], in the order in which they became known
 * @param error α: probability of ever being refuted where the mean is `m` (for one side: at most, or at least `m`)
 */
export function betAgainst(values: readonly number[], m: number, side: Side | "either", error: number): Bet {
  const sides: readonly Side[] = side === "either" ? ["higher", "lower"] : [side];
  const bets = sides.map((each) => openBets(m, each));
  let most = 1;
  for (const [i, value] of values.entries()) {
    let capital = 0;
    for (const bet of bets) capital += bet.play(value) / bets.length;
    if (capital > most) most = capital;
    if (most >= 1 / error) return { most: log(most), isRefuted: true, after: i + 1 };
  }
  return { most: log(most), isRefuted: false, after: null };
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
  const bets = Array.from({ length: gridSteps + 1 }, (_, g) => ({
    higher: openBets(g / gridSteps, "higher"),
    lower: openBets(g / gridSteps, "lower"),
    isOut: false,
  }));
  const followed: MeanSoFar[] = [];
  const every = Math.max(1, Math.ceil(values.length / points));
  let sum = 0;
  for (const [i, value] of values.entries()) {
    sum += value;
    for (const bet of bets) {
      if (!bet.isOut) bet.isOut = (bet.higher.play(value) + bet.lower.play(value)) / 2 >= 1 / error;
    }
    const count = i + 1;
    if ((values.length - count) % every !== 0) continue;
    const first = bets.findIndex(({ isOut }) => !isOut);
    const last = bets.findLastIndex(({ isOut }) => !isOut);
    const mean = sum / count;
    // A mean between two points of the grid may be where the one that is out is not: a step more on each side.
    const low = first < 0 ? mean : Math.max(0, first - 1) / gridSteps;
    const high = first < 0 ? mean : Math.min(gridSteps, last + 1) / gridSteps;
    followed.push({ count, mean, low, high });
  }
  return followed;
}
