import type { FeatureInContext, ShapSummary } from "../../../shared/verdict.ts";
import type { FeatureReference } from "../detect/anomaly/reference.ts";
import type { FusionConfig } from "../detect/fusion.ts";

/** A stored vector, and the model and weights that judged it. Plain data: it crosses a thread boundary. */
export interface ExplainTask {
  readonly features: Float64Array;
  readonly fusion: FusionConfig;
  readonly anomalyHash: string;
  /** The model's file. */
  readonly behaviour: Uint8Array;
  /** Spread of features that the model does not know over benign sessions. */
  readonly furtherReference: readonly FeatureReference[];
}

export interface ExplainResult {
  readonly summary: ShapSummary;
  readonly context: FeatureInContext[];
}
