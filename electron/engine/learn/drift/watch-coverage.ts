import type { PayloadClass } from "../../../../shared/payload.ts";
import { betAgainst, followMean, type MeanSoFar } from "./bet-on-mean.ts";

/** A payload of which it was found out what it is, with the conformal set that it was given. */
export interface LabelledSet {
  readonly label: PayloadClass;
  readonly set: readonly PayloadClass[];
}

export interface Coverage {
  /** Share of labelled payloads that the sets promise to hold: 1 − the model's error rate. */
  readonly promised: number;
  readonly labelled: number;
  readonly held: number;
  /** How the share became known, with a confidence sequence. */
  readonly followed: readonly MeanSoFar[];
  /** Whether it is certain that fewer are held than promised, however often that was looked at. */
  readonly isBroken: boolean;
  /** By class, the ones with labels. */
  readonly byClass: readonly { readonly label: PayloadClass; readonly labelled: number; readonly held: number }[];
}

/** Probability of ever calling a promise broken that is kept. */
export const coverageFalseAlarm = 0.001;

/**
 * Watches whether the sets hold what turns out to be true. Of attacks that were flagged and confirmed: they were chosen by their
 * probability, and one that is held is chosen rather than one that is not, so that their share is no lower than the promise where the
 * promise is kept. Of false alarms nothing can be learned this way, because they were chosen for the opposite: they are left out.
 *
 * @param rows confirmed attacks, in the order in which they became known
 * @param errorRate of the model's sets, in (0, 1)
 */
export function watchCoverage(rows: readonly LabelledSet[], errorRate: number): Coverage {
  const held = rows.map(({ label, set }) => (set.includes(label) ? 1 : 0));
  const classes = new Map<PayloadClass, { labelled: number; held: number }>();
  for (const [i, { label }] of rows.entries()) {
    const counts = classes.get(label) ?? { labelled: 0, held: 0 };
    classes.set(label, { labelled: counts.labelled + 1, held: counts.held + held[i]! });
  }
  return {
    promised: 1 - errorRate,
    labelled: rows.length,
    held: held.reduce<number>((sum, one) => sum + one, 0),
    followed: followMean(held, coverageFalseAlarm),
    isBroken: betAgainst(held, 1 - errorRate, "lower", coverageFalseAlarm).isRefuted,
    byClass: [...classes].map(([label, counts]) => ({ label, ...counts })).sort((a, b) => b.labelled - a.labelled),
  };
}
