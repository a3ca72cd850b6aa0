import { attackScore } from "../features/score-features.ts";
import type { ClassifierOutput, PayloadClassifier, PayloadValue } from "../payload.ts";

/**
 * How a challenger fared beside the champion in one session: each number in [0, 1], so that its mean over sessions can be watched
 * without an assumption about its distribution.
 */
export interface SessionTrial {
  /** Share of values that the challenger could not judge. */
  readonly errors: number;
  /** The challenger's share of the time that both took: 0.5 is as fast, 2/3 twice as slow. */
  readonly latency: number;
  /** Share of requests that one flags and the other does not. */
  readonly disagreement: number;
  /** Mean difference of a request's worst score. */
  readonly drift: number;
}

export const trialMeasures = ["errors", "latency", "disagreement", "drift"] as const;
export type TrialMeasure = (typeof trialMeasures)[number];

/** Probability of being an attack from which a value counts as flagged. */
const flaggedFrom = 0.5;

/** Judges each request of a session by both models. */
export interface TrialRun {
  /**
   * Judges the values of a request by the other model.
   * @param outputs what the model that decides has said of them
   * @param tookMs and how long that took
   */
  compare(values: readonly PayloadValue[], outputs: readonly ClassifierOutput[], tookMs: number): void;
  /** Null for a session without a value. */
  finish(): SessionTrial | null;
}

/**
 * @param other the model that is compared with the one whose word counts for this session
 * @param isChallenger whether the challenger's word counts
 */
export function createTrialRun(other: PayloadClassifier, isChallenger: boolean): TrialRun {
  let [requests, disagreements, drift, values, failed] = [0, 0, 0, 0, 0];
  let [ownMs, otherMs] = [0, 0];
  const worstOf = (outputs: readonly ClassifierOutput[]) =>
    outputs.reduce((worst, one) => Math.max(worst, attackScore(one)), 0);

  return {
    compare(given, outputs, tookMs) {
      if (given.length === 0) return;
      const from = performance.now();
      const others = given.map((value) => other.score(value.text, value));
      otherMs += performance.now() - from;
      ownMs += tookMs;
      const [own, theirs] = [worstOf(outputs), worstOf(others)];
      requests++;
      values += given.length;
      failed += (isChallenger ? outputs : others).filter((output) => output.degraded === true).length;
      if (own >= flaggedFrom !== theirs >= flaggedFrom) disagreements++;
      drift += Math.abs(own - theirs);
    },
    finish() {
      if (requests === 0) return null;
      const time = ownMs + otherMs;
      const share = time === 0 ? 0.5 : (isChallenger ? ownMs : otherMs) / time;
      return {
        errors: failed / values,
        latency: share,
        disagreement: disagreements / requests,
        drift: drift / requests,
      };
    },
  };
}
