import { clopperPearson, type Interval } from "../base/proportions.ts";

/** What is known of one that was drawn: what it turned out to be, or that nobody has said, or not so that all agree. */
export type AuditOutcome = "attack" | "benign" | "open";

/** An estimate is given for so many draws, twice as many, and so on: not for whatever number makes it look best. */
export const auditBlock = 20;
/** Of the draws that an estimate is of, those without a label are at most one in so many. */
const mostOpen = 10;

export interface AuditEstimate {
  /** How many draws the estimate is of, in the order of the lots; 0: not known yet. */
  readonly drawn: number;
  readonly attacks: number;
  /** Draws among them of which nobody has said what they are: skipped, disputed, erased, or just come in. */
  readonly open: number;
  /** Share of attacks among what was called benign; null: not known yet. */
  readonly share: Interval | null;
  /** Whether these are all there are. */
  readonly isAll: boolean;
  /** How many of the first `needed` are labelled: `auditBlock`, or all where those are fewer. */
  readonly begun: number;
  readonly needed: number;
}

/**
 * Share of attacks among what the detector called benign, with its exact 95 % interval (Clopper & Pearson 1934, which without putting
 * back is too wide rather than too narrow). What is open counts as benign at the lower end and as an attack at the upper one, so that
 * the interval holds whatever was skipped, and why (Horowitz & Manski 1998, worst-case bounds). The number of draws is
 * chosen by what is open, never by what was found.
 *
 * @param outcomes of what was called benign, in the order of its lots, without a gap
 * @param isExhausted whether nothing comes after the last of them
 */
export function estimateMissed(outcomes: readonly AuditOutcome[], isExhausted: boolean): AuditEstimate {
  let [drawn, attacks, open] = [0, 0, 0];
  let best = { drawn: 0, attacks: 0, open: 0 };
  for (const outcome of outcomes) {
    drawn++;
    if (outcome === "attack") attacks++;
    if (outcome === "open") open++;
    const isWhole = drawn % auditBlock === 0 || (isExhausted && drawn === outcomes.length);
    if (isWhole && open * mostOpen <= drawn) best = { drawn, attacks, open };
  }
  const needed = isExhausted ? Math.min(auditBlock, outcomes.length) : auditBlock;
  const begun = outcomes.slice(0, needed).filter((outcome) => outcome !== "open").length;
  const isAll = isExhausted && best.drawn > 0 && best.drawn === outcomes.length;
  return { ...best, share: best.drawn === 0 ? null : shareOf(best, isAll), isAll, begun, needed };
}

function shareOf(of: { drawn: number; attacks: number; open: number }, isAll: boolean): Interval {
  const { drawn, attacks, open } = of;
  const value = attacks / Math.max(1, drawn - open);
  if (isAll) return { value, low: attacks / drawn, high: (attacks + open) / drawn };
  const { low } = clopperPearson(attacks, drawn);
  const { high } = clopperPearson(attacks + open, drawn);
  return { value, low, high };
}
