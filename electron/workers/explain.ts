import { parseBehaviour } from "../engine/detect/anomaly/behaviour-file.ts";
import { type BehaviourModel, modelInputs } from "../engine/detect/anomaly/behaviour-model.ts";
import { featureSchema } from "../engine/detect/features/session-features.ts";
import { placeInContext } from "../engine/explain/context.ts";
import { createScoreExplainer, type ScoreExplainer, summarizeShapley } from "../engine/explain/explain-score.ts";
import type { ExplainResult, ExplainTask } from "../engine/explain/explain-task.ts";

interface Ready {
  readonly model: BehaviourModel;
  readonly explainer: ScoreExplainer;
}

/** Making an explainer takes a hundred milliseconds and more: once per model and weight. */
const ready = new Map<string, Ready>();
/** Models and weights that are remembered; each takes some megabytes. */
const mostReady = 8;

/** Explains one verdict, in a thread of its own: the analyst's input never waits for it. */
export function explain({ features, fusion, anomalyHash, behaviour }: ExplainTask): ExplainResult {
  const key = `${anomalyHash} ${fusion.payloadWeight}`;
  let known = ready.get(key);
  if (known === undefined) {
    const model = parseBehaviour(behaviour);
    known = { model, explainer: createScoreExplainer(model, fusion) };
    if (ready.size >= mostReady) ready.clear();
    ready.set(key, known);
  }
  const { model, explainer } = known;
  const inputs = modelInputs(model, features);
  return {
    summary: summarizeShapley(explainer, model.schema, inputs),
    context: placeInContext(featureSchema, features, model.reference),
  };
}
