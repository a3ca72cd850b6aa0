import { type FusedScore, type FusionConfig, probabilityOf } from "./fusion.ts";

/** What one of the scores would have to be, the other staying as it is, for a session to reach a threshold. */
export interface NeededScores {
  /** Null: not even 1 would be enough. */
  readonly payloadScore: number | null;
  /** The same as the probability of the worst value to be an attack. */
  readonly attack: number | null;
  readonly behavioralScore: number | null;
}

/** @returns null where the threshold for `tag` is reached already */
export function neededToTag(
  config: FusionConfig,
  scores: Pick<FusedScore, "payloadScore" | "behavioralScore" | "score">,
): NeededScores | null {
  const { payloadWeight: weight, tagThreshold } = config;
  if (scores.score >= tagThreshold) return null;
  const sum = (payload: number, behaviour: number) => Math.min(1, weight * payload + (1 - weight) * behaviour);
  const payloadScore = leastThat((score) => sum(score, scores.behavioralScore) >= tagThreshold);
  return {
    payloadScore,
    attack: payloadScore === null ? null : probabilityOf(payloadScore),
    behavioralScore: leastThat((score) => sum(scores.payloadScore, score) >= tagThreshold),
  };
}

/** Finest step that is told. */
const steps = 10_000;

/** The least score in steps of a ten-thousandth for which something holds that holds for all above it; null: not even for 1. */
function leastThat(holds: (score: number) => boolean): number | null {
  if (!holds(1)) return null;
  let [low, high] = [0, steps];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (holds(middle / steps)) high = middle;
    else low = middle + 1;
  }
  return high / steps;
}
