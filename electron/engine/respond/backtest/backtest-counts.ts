import {
  type BacktestSummary,
  type HitKind,
  hitKinds,
  type RequestKind,
  type RuleFlips,
} from "../../../../shared/backtest.ts";
import type { Score } from "../../../../shared/units.ts";
import { oneSidedBounds } from "../../base/proportions.ts";

/** Requests that a rule hits, by what they are. */
type RequestCount = Record<RequestKind, number>;

const noRequests = (): RequestCount => ({ attack: 0, undecided: 0, false: 0 });

function addRequests(a: RequestCount, b: RequestCount): RequestCount {
  return { attack: a.attack + b.attack, undecided: a.undecided + b.undecided, false: a.false + b.false };
}

/** Requests that two versions of a rule hit, and those that only one of them does. */
export interface FlipCounts {
  both: number;
  readonly only: Record<keyof RuleFlips["only"], RequestCount>;
}

export const noFlips = (): FlipCounts => ({ both: 0, only: { tried: noRequests(), other: noRequests() } });

/** What trying a rule on some evidence comes to; groups are counted where they are stored. */
export interface EvidenceCounts {
  requests: number;
  readonly hits: Record<HitKind, number>;
  readonly days: Record<string, RequestCount>;
  excludedAttacks: number;
  /** Requests that are hit and benign or ordinary. */
  falseRequests: number;
  /** Requests that are known attacks or undecided, hit or not. */
  setAside: number;
  flips: FlipCounts;
}

export function noCounts(): EvidenceCounts {
  const hits = Object.fromEntries(hitKinds.map((kind) => [kind, 0])) as Record<HitKind, number>;
  return { requests: 0, hits, days: {}, excludedAttacks: 0, falseRequests: 0, setAside: 0, flips: noFlips() };
}

/** Both together. */
export function addCounts(a: EvidenceCounts, b: EvidenceCounts): EvidenceCounts {
  const days = structuredClone(a.days);
  for (const [day, count] of Object.entries(b.days)) {
    days[day] = addRequests(days[day] ?? noRequests(), count);
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
    flips: {
      both: a.flips.both + b.flips.both,
      only: {
        tried: addRequests(a.flips.only.tried, b.flips.only.tried),
        other: addRequests(a.flips.only.other, b.flips.only.other),
      },
    },
  };
}

/**
 * What a back-test says. What the rule was made of counts for nothing, since it was made to match that. Near-duplicates count once in the precision: fifty copies of one attack are one proof.
 *
 * @param groups by kind, over all evidence
 * @param against the version that it was compared with; null: none
 */
export function summarize(
  counts: EvidenceCounts,
  groups: Readonly<Record<HitKind, number>>,
  against: number | null,
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
    flips: against === null ? null : { version: against, ...counts.flips },
  };
}
