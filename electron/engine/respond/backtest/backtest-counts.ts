import { type BacktestSummary, type HitKind, hitKinds } from "../../../../shared/backtest.ts";
import type { Score } from "../../../../shared/units.ts";
import { oneSidedBounds } from "../../base/proportions.ts";

/** What a rule does on one day. */
interface DayCount {
  attack: number;
  undecided: number;
  false: number;
}

/** What trying a rule on some evidence comes to; groups are counted where they are stored. */
export interface EvidenceCounts {
  requests: number;
  readonly hits: Record<HitKind, number>;
  readonly days: Record<string, DayCount>;
  excludedAttacks: number;
  /** Requests that are hit and benign or ordinary. */
  falseRequests: number;
  /** Requests that are known attacks or undecided, hit or not. */
  setAside: number;
}

export function noCounts(): EvidenceCounts {
  const hits = Object.fromEntries(hitKinds.map((kind) => [kind, 0])) as Record<HitKind, number>;
  return { requests: 0, hits, days: {}, excludedAttacks: 0, falseRequests: 0, setAside: 0 };
}

/** Both together. */
export function addCounts(a: EvidenceCounts, b: EvidenceCounts): EvidenceCounts {
  const days = structuredClone(a.days);
  for (const [day, count] of Object.entries(b.days)) {
    days[day] ??= { attack: 0, undecided: 0, false: 0 };
    const sum = days[day];
    sum.attack += count.attack;
    sum.undecided += count.undecided;
    sum.false += count.false;
  }
  return {
    requests: a.requests + b.requests,
    hits: Object.fromEntries(hitKinds.map((kind) => [kind, (a.hits[kind] ?? 0) + (b.hits[kind] ?? 0)])) as Record<
      HitKind,
      number
    >,
    days,
    excludedAttacks: a.excludedAttacks + b.excludedAttacks,
    falseRequests: a.falseRequests + b.falseRequests,
    setAside: a.setAside + b.setAside,
  };
}

/**
 * What a back-test says. What the rule was made of counts for nothing, since it was made to match that. Near-duplicates count once in the precision: fifty copies of one attack are one proof.
 *
 * @param groups by kind, over all evidence
 */
export function summarize(
  counts: EvidenceCounts,
  groups: Readonly<Record<HitKind, number>>,
  rest: Pick<BacktestSummary, "evidence" | "notes">,
): BacktestSummary {
  const right = groups.attack;
  const judged = right + groups.benign + groups.ordinary;
  const others = Math.max(counts.falseRequests, counts.requests - counts.setAside);
  return {
    ...rest,
    requests: counts.requests,
    kinds: Object.fromEntries(
      hitKinds.map((kind) => [kind, { hits: counts.hits[kind], groups: groups[kind] }]),
    ) as BacktestSummary["kinds"],
    days: Object.entries(counts.days)
      .map(([day, count]) => ({ day, ...count }))
      .sort((a, b) => (a.day < b.day ? -1 : 1)),
    excluded_attacks: counts.excludedAttacks,
    precision: judged === 0 ? null : ((right / judged) as Score),
    confidence: oneSidedBounds(right, judged).low as Score,
    false_hits: counts.falseRequests,
    others,
    fp_upper: oneSidedBounds(counts.falseRequests, others).high as Score,
  };
}
