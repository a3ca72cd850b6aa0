import type { DecoderName } from "../../shared/decode.ts";
import { parseBehaviour } from "../engine/detect/anomaly/behaviour-file.ts";
import { type BehaviourModel, modelInputs } from "../engine/detect/anomaly/behaviour-model.ts";
import { type Decoded, decodeAsDetector, decodeBySteps } from "../engine/detect/canonical/scratchpad.ts";
import { createCachedClassifier } from "../engine/detect/classifier/cached-classifier.ts";
import { featureSchema } from "../engine/detect/features/session-features.ts";
import type { PayloadClassifier, RemoteClassifier } from "../engine/detect/payload.ts";
import { type DeployedPayload, openDeployedPayload } from "../engine/detect/serving/deployed-payload.ts";
import type { FindingRecord } from "../engine/detect/verdicts/verdict-record.ts";
import { placeInContext } from "../engine/explain/context.ts";
import { findCounterfactual } from "../engine/explain/counterfactual.ts";
import { replaceInRequest } from "../engine/explain/edited-request.ts";
import { judgeEdited } from "../engine/explain/edited-session.ts";
import { createScoreExplainer, type ScoreExplainer, summarizeShapley } from "../engine/explain/explain-score.ts";
import type { ExplainResult, ExplainTask } from "../engine/explain/explain-task.ts";
import {
  type AttacksTask,
  findAttacks,
  type JudgeTask,
  judgeRequest,
  type RequestJudgement,
} from "../engine/explain/judge-request.ts";
import { explainPayload } from "../engine/explain/payload-shares.ts";
import type {
  CounterfactualResult,
  CounterfactualTask,
  HighlightResult,
  HighlightTask,
} from "../engine/explain/payload-task.ts";

interface Ready {
  readonly model: BehaviourModel;
  readonly explainer: ScoreExplainer;
}

/** Making an explainer takes a hundred milliseconds and more: once per model and weight. */
const ready = new Map<string, Ready>();
/** Models and weights that are remembered; each takes some megabytes. */
const mostReady = 8;

/** Explains one verdict, in a thread of its own: the analyst's input never waits for it. */
export function explain({ features, fusion, anomalyHash, behaviour, furtherReference }: ExplainTask): ExplainResult {
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
    context: placeInContext(featureSchema, features, [...furtherReference, ...model.reference]),
  };
}

/** The payload model used last: verdicts of one evidence were decided by the same. `as`: its hash, and what its sets keep to. */
let loaded: { as: string; classifier: PayloadClassifier | RemoteClassifier } | null = null;

async function classifierOf(model: DeployedPayload): Promise<PayloadClassifier> {
  const as = `${model.hash} ${model.setErrorRate}`;
  if (loaded?.as === as) return loaded.classifier;
  const classifier = await openDeployedPayload(model);
  const before = loaded?.classifier;
  loaded = { as, classifier };
  if (before !== undefined && "close" in before) await before.close();
  return classifier;
}

/** What each stretch of some values did to their judgement. */
export async function highlight({ model, values }: HighlightTask): Promise<HighlightResult> {
  const classifier = await classifierOf(model);
  return values.map(({ text, place }) => explainPayload(classifier, text, place));
}

/** What a text says once it is decoded; here, so that no long text holds up anything else. */
export function decode({ text, steps }: { text: string; steps: readonly DecoderName[] | null }): Decoded {
  return steps === null ? decodeAsDetector(text) : decodeBySteps(text, steps);
}

/** What the model says of every value of a request. */
export async function judge({ model, exchange, threshold }: JudgeTask): Promise<RequestJudgement> {
  return judgeRequest(await classifierOf(model), exchange, threshold);
}

/** The attacks of a request, for which its verdict had no room. */
export async function attacks({ model, exchange, threshold, withForgery }: AttacksTask): Promise<FindingRecord[]> {
  return findAttacks(await classifierOf(model), exchange, threshold, withForgery);
}

/** The smallest edit of a value that would change its judgement, and what its session would be then. */
export async function counterfactual(task: CounterfactualTask): Promise<CounterfactualResult> {
  const { model, text, place, session } = task;
  const classifier = await classifierOf(model);
  const from = performance.now();
  const search = findCounterfactual(classifier, text, place);
  const tookMs = performance.now() - from;
  if (search.found === null || session === null) return { ...search, session: null, tookMs };
  const { index, start, end } = session.at;
  const original = session.exchanges.find((exchange) => exchange.index === index);
  const edited = original === undefined ? null : replaceInRequest(original, start, end, search.found.text);
  // Most values of a session stand in it twice: before and after the edit.
  const cached = createCachedClassifier(classifier);
  const after = edited === null ? null : judgeEdited(session, edited, cached, parseBehaviour(session.behaviour));
  return { ...search, session: after, tookMs };
}
