import { log } from "../../base/math.ts";
import { chiSquareTail } from "./tail-probability.ts";

/** What is read into a population stability index in credit scoring (Siddiqi 2006, "Credit Risk Scorecards", chapter 9). */
export const movedFrom = 0.1;
export const driftedFrom = 0.25;

export interface Stability {
  /**
   * Population stability index Σ (p − q)·log(p / q), less what chance alone gives it on average, at least 0. Without that a hundred
   * rows in ten bins "move" by 0.18 where nothing has changed: for equal distributions the index is about (1/n + 1/m)·χ² with one
   * degree of freedom less than bins. Source: Yurdakul 2018, "Statistical properties of the population stability index"; du Pisanie,
   * Allison & Visagie 2023, "A critical review of existing and new population stability testing procedures".
   */
  readonly psi: number;
  /** The index as it is usually given, with half a row added to each bin so that none is empty. */
  readonly raw: number;
  /**
   * P-value that both come from one distribution: it asks whether, the index how much. The less certain of Pearson's test, which makes
   * too much of a few rows where the other population has none, and of the index's own, which makes too much of an empty bin.
   */
  readonly pValue: number;
  /** What each bin adds to the raw index. */
  readonly parts: readonly number[];
}

/**
 * Compares how two populations are shared out among the same bins.
 *
 * @param reference rows of each bin, at least 0; may be fractions where they come from shares
 * @param live rows of each bin, in the same order
 * @throws RangeError when either has no rows, or they have different bins
 */
export function compareBins(reference: readonly number[], live: readonly number[]): Stability {
  const m = sum(reference);
  const n = sum(live);
  if (!(m > 0 && n > 0) || reference.length !== live.length) throw new RangeError("two populations of the same bins");
  const used = reference.map((count, bin) => count > 0 || live[bin]! > 0);
  const bins = used.filter(Boolean).length;
  let chiSquare = 0;
  const parts = reference.map((count, bin) => {
    if (!used[bin]) return 0;
    const now = live[bin]!;
    const together = (count + now) / (m + n);
    chiSquare += (count - m * together) ** 2 / (m * together) + (now - n * together) ** 2 / (n * together);
    const p = (now + 0.5) / (n + bins / 2);
    const q = (count + 0.5) / (m + bins / 2);
    return (p - q) * log(p / q);
  });
  const raw = sum(parts);
  const byChance = (bins - 1) * (1 / n + 1 / m);
  return {
    psi: Math.max(0, raw - byChance),
    raw,
    pValue: bins === 1 ? 1 : chiSquareTail(Math.min(chiSquare, raw / (1 / n + 1 / m)), bins - 1),
    parts,
  };
}

function sum(values: readonly number[]): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}
