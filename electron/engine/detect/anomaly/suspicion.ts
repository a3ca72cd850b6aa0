import { exp, log } from "../../base/math.ts";

/**
 * Which way a feature is suspicious, and from where. Rare is not the same as suspicious: a long or a quiet session is rare and
 * harmless. So the behaviour score asks only questions whose "yes" speaks for an attack.
 */
export interface Suspicion {
  /** Name in the feature schema. */
  readonly feature: string;
  readonly side: "high" | "low";
  /** Up to here (from here, on the low side) the feature is held against no session; in the feature's unit. */
  readonly ordinary: number;
  /** From here every question about the feature is answered yes. Beyond `ordinary` on the suspicious side. */
  readonly extreme: number;
  /** How questions are spread between the two: evenly, or evenly in log(1 + value) for counts and sizes. */
  readonly scale: "linear" | "log";
  /** How often the feature is asked about, relative to the others; above 0. */
  readonly weight: number;
}

/** Where questions about one feature may lie, once the reference sessions are known. */
export interface QuestionRange {
  /** Index in the schema. */
  readonly feature: number;
  readonly side: "high" | "low";
  readonly weight: number;
  /** Threshold at a share of the way from ordinary (0) to extreme (1), in the feature's unit, six significant digits. */
  at(share: number): number;
}

/** An analyst's own traffic may move the ordinary bound at most this far towards extreme: it cannot make an attack ordinary. */
const furthestMove = 0.5;

/**
 * Puts a suspicion in relation to reference sessions: the ordinary bound moves to their 95th (5th) percentile where that lies
 * further out, up to half way to extreme.
 *
 * @param reference quantile of the reference on the suspicious side (p95 or p05); null: not available
 */
export function placeQuestions(suspicion: Suspicion, feature: number, reference: number | null): QuestionRange {
  const { side, weight } = suspicion;
  const forth = suspicion.scale === "log" ? (value: number) => log(1 + value) : (value: number) => value;
  const back = suspicion.scale === "log" ? (value: number) => exp(value) - 1 : (value: number) => value;
  const from = forth(suspicion.ordinary);
  const to = forth(suspicion.extreme);
  const seen = reference === null ? 0 : (forth(reference) - from) / (to - from);
  const ordinary = from + Math.min(Math.max(seen, 0), furthestMove) * (to - from);
  return {
    feature,
    side,
    weight,
    at: (share) => Number(back(ordinary + share * (to - ordinary)).toPrecision(6)),
  };
}

/** @throws RangeError naming the first entry that cannot be asked about */
export function checkSuspicions(suspicions: readonly Suspicion[]): void {
  for (const { feature, side, ordinary, extreme, scale, weight } of suspicions) {
    const directed = side === "high" ? ordinary < extreme : ordinary > extreme;
    const inRange = scale === "linear" || Math.min(ordinary, extreme) >= 0;
    if (!(directed && inRange && weight > 0)) throw new RangeError(`the suspicion of ${feature} has no range`);
  }
}
