import { Piscina } from "piscina";
import { type PayloadClass, payloadClasses } from "../../shared/payload.ts";
import type { Explanation, FeatureInContext } from "../../shared/verdict.ts";
import { onDemand } from "./base/on-demand.ts";
import type { Tracing } from "./base/tracing.ts";
import { attackScore } from "./detect/features/score-features.ts";
import { featureSchema } from "./detect/features/session-features.ts";
import type { FindingRecord } from "./detect/verdicts/verdict-record.ts";
import type { VerdictRow } from "./detect/verdicts/verdict-tables.ts";
import { topFeatures } from "./explain/explain-score.ts";
import type { ExplainResult, ExplainTask } from "./explain/explain-task.ts";
import { narrate, type WorstPayload } from "./explain/narrative.ts";
import type { Models } from "./models.ts";

export interface Explained {
  readonly explanation: Explanation;
  readonly context: FeatureInContext[];
}

/** Explains stored verdicts by the models and weights that decided them. */
export interface Explaining {
  /** @throws SentinelError NOT_FOUND when the verdict's model is gone */
  explain(row: VerdictRow, findings: readonly FindingRecord[]): Promise<Explained>;
  close(): Promise<void>;
}

const namedFeatures = 8;
const benignAt = payloadClasses.indexOf("benign");

export function createExplaining(
  models: Pick<Models, "behaviourBytesOf" | "sequence">,
  workerEntry: URL,
  tracing: Tracing,
): Explaining {
  const pool = new Piscina<ExplainTask, ExplainResult>({
    filename: workerEntry.href,
    name: "explain",
    ...onDemand,
    idleTimeout: 300_000,
  });
  return {
    async explain(row, findings) {
      const { inputs, features } = row;
      const { payloadWeight, tagThreshold, simulateThreshold, anomalyHash } = inputs;
      const behaviour = await models.behaviourBytesOf(anomalyHash);
      const task = {
        features,
        fusion: { payloadWeight, tagThreshold, simulateThreshold },
        anomalyHash,
        behaviour,
        furtherReference: models.sequence?.model.reference ?? [],
      };
      const counts = { "sentinel.requests": row.requests };
      const { summary, context } = await tracing.span("analysis.explain", counts, () => pool.run(task));
      const narrative = narrate({
        verdict: row.verdict,
        score: row.score,
        behavioralScore: row.behavioralScore,
        tagThreshold: inputs.tagThreshold,
        requests: row.requests,
        worst: worstPayload(row, findings),
        outcome: row.outcome,
        outcomeRequest: requestOfOutcome(row, findings),
        context,
        shapley: summary,
      });
      return {
        explanation: { narrative, top_features: topFeatures(summary, namedFeatures), shap_summary: summary },
        context,
      };
    },
    close: () => pool.destroy(),
  };
}

function worstPayload(row: VerdictRow, findings: readonly FindingRecord[]): WorstPayload | null {
  const [worst] = findings;
  if (worst === undefined) return null;
  const suspicious = row.features[featureSchema.findIndex(({ name }) => name === "n_payloads_over_half")]!;
  return {
    probability: attackScore(worst),
    class: likeliestAttack(worst.probabilities),
    family: worst.family,
    place: worst.place,
    name: worst.name,
    requestLine: worst.requestLine,
    suspicious: Number.isNaN(suspicious) ? 0 : suspicious,
  };
}

/** Which request's response told the session's outcome; null where it is that of the worst value. */
function requestOfOutcome({ outcome }: VerdictRow, findings: readonly FindingRecord[]): number | null {
  const at = findings.findIndex((finding) => finding.outcome === outcome);
  return at > 0 ? findings[at]!.request : null;
}

function likeliestAttack(probabilities: readonly number[]): PayloadClass {
  let best = 0;
  for (let k = 0; k < probabilities.length; k++) {
    if (k !== benignAt && probabilities[k]! > probabilities[best]!) best = k;
  }
  return payloadClasses[best]!;
}
