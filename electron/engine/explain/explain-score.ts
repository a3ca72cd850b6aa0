import type { ShapleyValue, ShapSummary } from "../../../shared/verdict.ts";
import type { BehaviourModel } from "../detect/anomaly/behaviour-model.ts";
import { type FusionConfig, payloadScoreFeature, payloadScoreOf } from "../detect/fusion.ts";
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
}

/**
 * The deployed score is w·payload + (1 - w)·mean over trees. Shapley values are linear in the function: the payload part depends
 * on one feature alone, whose value is its distance from the background's mean; the trees' part is exact per leaf (shapley.ts).
 */
export function createScoreExplainer(model: BehaviourModel, config: FusionConfig): ScoreExplainer {
  const trees = createTreeExplainer(model.trees, model.background);
  const behaviourWeight = 1 - config.payloadWeight;
  const at = model.schema.indexOf(payloadScoreFeature);
  const meanPayload =
    model.background.reduce((sum, row) => sum + payloadScoreOf(model.schema, row), 0) / model.background.length;
  return {
    baseValue: config.payloadWeight * meanPayload + behaviourWeight * trees.baseValue,
    explain: (features) => {
      const values = trees.explain(features).map((value) => behaviourWeight * value);
      values[at] = values[at]! + config.payloadWeight * (payloadScoreOf(model.schema, features) - meanPayload);
      return values;
    },
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
  };
}

/** The features that moved the score most, up or down, largest first; those without a share are left out. */
export function topFeatures(summary: ShapSummary, count: number): ShapleyValue[] {
  return summary.values
    .filter(({ contribution }) => Math.abs(contribution) >= leastContribution)
    .sort((a, b) => Math.abs(b.contribution) - Math.abs(a.contribution))
    .slice(0, count);
}
