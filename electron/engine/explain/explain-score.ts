import type { ShapleyValue, ShapSummary } from "../../../shared/verdict.ts";
import type { BehaviourModel } from "../detect/anomaly/behaviour-model.ts";
import { type FusionConfig, payloadScoreFeature, payloadScoreOf } from "../detect/fusion.ts";
import { createLinearExplainer } from "./linear.ts";
import { createTreeExplainer } from "./shapley.ts";

/** Below this share of the score (unitless) a feature is not named among those that decided. */
const leastContribution = 0.0005;

/** Explains final scores; made once per model and configuration, a few hundred microseconds per session. */
export interface ScoreExplainer {
  /** Mean final score of the background sessions. */
  readonly baseValue: number;
  /**
   * Exact interventional Shapley values of the final score over the model's background sessions, all features being players.
   *
   * @param features shape [nFeatures], in the order of the model's schema; NaN: not available
   * @returns shape [nFeatures], in score points, signed; baseValue + Σ = final score to 1e-12
   * @throws RangeError if the vector has another length
   */
  explain(features: Float64Array): Float64Array;
  /** The part of the payload score's value that is its calibration to the base rate of live traffic, in score points. */
  calibration(features: Float64Array): number;
}

/**
 * The deployed score is w·payload + (1 - w)·mean over trees. Shapley values are linear in the function: the payload part is linear
 * in the classifier's probability and in what calibration to the base rate takes off it, both of one feature (linear.ts); the trees'
 * part is exact per leaf (shapley.ts).
 */
export function createScoreExplainer(model: BehaviourModel, config: FusionConfig): ScoreExplainer {
  const trees = createTreeExplainer(model.trees, model.background);
  const { payloadWeight } = config;
  const behaviourWeight = 1 - payloadWeight;
  const at = model.schema.indexOf(payloadScoreFeature);
  const partsOf = (features: Float64Array) => {
    const score = payloadScoreOf(model.schema, features);
    const probability = Number.isNaN(features[at]!) ? 0 : features[at]!;
    return [probability, score - probability];
  };
  const payload = createLinearExplainer([payloadWeight, payloadWeight], 0, model.background.map(partsOf));
  return {
    baseValue: payload.baseValue + behaviourWeight * trees.baseValue,
    explain: (features) => {
      const values = trees.explain(features).map((value) => behaviourWeight * value);
      const [probability, calibration] = payload.explain(partsOf(features));
      values[at] = values[at]! + probability! + calibration!;
      return values;
    },
    calibration: (features) => payload.explain(partsOf(features))[1]!,
  };
}

/** All values in the order of the schema, on the wire's names. */
export function summarizeShapley(
  explainer: ScoreExplainer,
  schema: readonly string[],
  features: Float64Array,
): ShapSummary {
  const contributions = explainer.explain(features);
  return {
    base_value: explainer.baseValue,
    values: schema.map((feature, i) => ({
      feature,
      value: Number.isNaN(features[i]!) ? null : features[i]!,
      contribution: contributions[i]!,
    })),
    calibration: { feature: payloadScoreFeature, contribution: explainer.calibration(features) },
  };
}

/** The features that moved the score most, up or down, largest first; those without a share are left out. */
export function topFeatures(summary: ShapSummary, count: number): ShapleyValue[] {
  return summary.values
    .filter(({ contribution }) => Math.abs(contribution) >= leastContribution)
    .sort((a, b) => Math.abs(b.contribution) - Math.abs(a.contribution))
    .slice(0, count);
}
