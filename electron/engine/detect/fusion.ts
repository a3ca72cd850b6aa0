import type { Settings } from "../../../shared/settings.ts";
import type { VerdictKind } from "../../../shared/verdict.ts";
import { canonicalJson } from "../base/canonical-json.ts";
import { sha256 } from "../base/ids.ts";
import { log } from "../base/math.ts";
import type { BehaviourModel } from "./anomaly/behaviour-model.ts";

/** Feature that carries the session's payload score into the vector, so that a stored vector alone gives the verdict again. */
export const payloadScoreFeature = "max_payload_score";

/** How the two scores become a verdict. All unitless, in [0, 1]. */
export interface FusionConfig {
  /** Behaviour has the rest, 1 - payloadWeight. */
  readonly payloadWeight: number;
  readonly tagThreshold: number;
  readonly simulateThreshold: number;
}

export function fusionConfig(
  settings: Pick<Settings, "payload_weight" | "tag_threshold" | "simulate_threshold">,
): FusionConfig {
  return {
    payloadWeight: settings.payload_weight,
    tagThreshold: settings.tag_threshold,
    simulateThreshold: settings.simulate_threshold,
  };
}

/** SHA-256 over all that fuses two scores: verdicts with the same inputs and the same hash are the same. */
export function hashFusionConfig(config: FusionConfig): string {
  const { payloadWeight, tagThreshold, simulateThreshold } = config;
  return sha256(canonicalJson({ payloadWeight, tagThreshold, simulateThreshold, rarity }));
}

/** A session's scores, each in [0, 1], and what follows from them. */
export interface FusedScore {
  /** Attack probability of the session's worst payload at the base rate of live traffic; 0 for a session without values. */
  readonly payloadScore: number;
  readonly behavioralScore: number;
  /** payloadWeight × payloadScore + (1 - payloadWeight) × behavioralScore. */
  readonly score: number;
  readonly verdict: VerdictKind;
}

/**
 * Decides one session from its feature vector. Only IEEE products, sums and comparisons: the same stored inputs give the same
 * verdict bit for bit.
 *
 * @param features shape [nFeatures], in the order of `model.schema`; NaN: not available
 * @throws RangeError when the vector has another length or the schema has no payload score
 */
export function fuse(model: BehaviourModel, config: FusionConfig, features: Float64Array): FusedScore {
  const payloadScore = payloadScoreOf(model.schema, features);
  const behavioralScore = model.score(features);
  // Weights add up to 1 only up to rounding.
  const score = Math.min(1, config.payloadWeight * payloadScore + (1 - config.payloadWeight) * behavioralScore);
  return { payloadScore, behavioralScore, score, verdict: verdictOf(config, score) };
}

/**
 * How much rarer an attack is among the values of live traffic than among those that the classifier's probabilities are calibrated
 * on, where every second one is an attack. Chosen on recorded sessions: with it at most one in two hundred honest sessions of
 * everyday use comes out above the threshold, and an attack that the classifier gives 0.9 or more does.
 */
const rarity = 4;

/** The same as a step in log-odds: logit(payload score) = logit(probability) + this. */
export const baseRateStep = -log(rarity);

/**
 * The session's payload score: the attack probability of its worst value at the base rate of live traffic.
 * Source: Saerens, Latinne & Decaestecker 2002, "Adjusting the outputs of a classifier to new a priori probabilities", eq. 4.
 *
 * @returns in [0, 1]; 0 when the session has no values
 */
export function payloadScoreOf(schema: readonly string[], features: Float64Array): number {
  const at = schema.indexOf(payloadScoreFeature);
  if (at < 0) throw new RangeError(`the schema has no ${payloadScoreFeature}`);
  const probability = features[at]!;
  return Number.isNaN(probability) ? 0 : probability / (probability + (1 - probability) * rarity);
}

/** The probability of a value that gives a payload score. @param payloadScore in [0, 1] @returns in [0, 1] */
export function probabilityOf(payloadScore: number): number {
  return (payloadScore * rarity) / (1 - payloadScore + payloadScore * rarity);
}

function verdictOf(config: FusionConfig, score: number): VerdictKind {
  if (score >= config.simulateThreshold) return "simulate";
  return score >= config.tagThreshold ? "tag" : "benign";
}
