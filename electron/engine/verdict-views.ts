import type { z } from "zod";
import { attackIdsOf } from "../../shared/attack-ids.ts";
import { extentWords } from "../../shared/extent-words.ts";
import { type PayloadClass, type PayloadPrediction, payloadClasses } from "../../shared/payload.ts";
import type { Score } from "../../shared/units.ts";
import type {
  ClientOrigin,
  PayloadFinding,
  Verdict,
  VerdictExtent,
  VerdictProvenance,
  VerdictSummary,
} from "../../shared/verdict.ts";
import { toInstant } from "./base/clock.ts";
import { keptAttacks } from "./detect/analysis/finding-list.ts";
import type { FeatureDefinition } from "./detect/features/feature-group.ts";
import type { ClassifierOutput } from "./detect/payload.ts";
import type { FindingRecord, VerdictInputs } from "./detect/verdicts/verdict-record.ts";
import type { ListedVerdict, VerdictRow } from "./detect/verdicts/verdict-tables.ts";

type Provenance = z.infer<typeof VerdictProvenance>;

const score = (value: number) => value as Score;

/** Probabilities in the order of `payloadClasses`, named. */
export function namedProbabilities(probabilities: readonly number[]): Record<PayloadClass, Score> {
  const named = payloadClasses.map((name, i) => [name, score(probabilities[i] ?? 0)]);
  return Object.fromEntries(named) as Record<PayloadClass, Score>;
}

/** The family, and the ids of what it is. */
function named(kind: Pick<ClassifierOutput, "class" | "family">): Pick<PayloadPrediction, "family" | "ids"> {
  const ids = attackIdsOf(kind);
  return { ...(kind.family === null ? {} : { family: kind.family }), ...(ids === null ? {} : { ids }) };
}

export function toPrediction(output: ClassifierOutput): PayloadPrediction {
  return {
    class: output.class,
    confidence: score(output.confidence),
    probabilities: namedProbabilities(output.probabilities),
    ...named(output),
    spans: output.spans.map((span) => ({ ...span })),
    set: [...output.set],
    ...(output.cut ? { truncated: true } : {}),
    tier: output.tier === "rule" ? "rules" : "model",
    ...(output.degraded ? { degraded: true } : {}),
  };
}

/** Characters of a query that lists show. */
const listedQuery = 300;

/** Path and query of a request, as lists show them. */
export function listedTarget({ path, query }: { readonly path: string; readonly query: string | null }): string {
  if (query === null || query.length <= listedQuery) return path + (query ?? "");
  return `${path}${query.slice(0, listedQuery - 1)}\u2026`;
}

export function toSummary(row: ListedVerdict): VerdictSummary {
  return {
    id: row.id,
    evidence_id: row.evidenceId,
    file_name: row.fileName,
    session: row.session,
    verdict: row.verdict,
    score: score(row.score),
    payload_score: score(row.payloadScore),
    behavioral_score: score(row.behavioralScore),
    class: row.class,
    family: row.family,
    outcome: row.outcome,
    client: row.client,
    host: row.host,
    request_line: row.requestLine,
    payload: row.payload,
    payload_place: row.payloadPlace,
    requests: row.requests,
    started_at: row.startedAt === null ? null : toInstant(row.startedAt),
    ended_at: row.endedAt === null ? null : toInstant(row.endedAt),
    decided_at: toInstant(row.decidedAt),
    judged_by: row.judgedBy,
    ...(extentWords(toExtent(row.extent), keptAttacks).length > 0 ? { left_out: true } : {}),
  };
}

export function toFinding(record: FindingRecord): PayloadFinding {
  return {
    request: record.request,
    place: record.place,
    name: record.name,
    span: record.span,
    text: record.text,
    canonical: record.canonical,
    decodings: [...record.decodings],
    prediction: {
      class: record.class,
      confidence: score(record.confidence),
      probabilities: namedProbabilities(record.probabilities),
      ...named(record),
      spans: record.spans.map((span) => ({ ...span })),
      set: [...record.set],
      ...(record.cut ? { truncated: true } : {}),
    },
    outcome: record.outcome,
    outcome_reason: record.outcomeReason,
    ...(record.repeats === undefined
      ? {}
      : {
          repeats: record.repeats.map(({ request, outcome, outcomeReason }) => ({
            request,
            outcome,
            outcome_reason: outcomeReason,
          })),
        }),
  };
}

export function toExtent(extent: VerdictRow["extent"]): VerdictExtent | null {
  if (extent === null) return null;
  const { payloadsFound, valuesCut, requestsCrowded, bodiesCut, bytesMissing } = extent;
  return {
    payloads_found: payloadsFound,
    values_cut: valuesCut,
    requests_crowded: requestsCrowded,
    bodies_cut: bodiesCut,
    bytes_missing: bytesMissing,
  };
}

export function toProvenance(inputs: VerdictInputs, evidenceSha256: string): Provenance {
  return {
    model_hash: inputs.modelHash,
    anomaly_hash: inputs.anomalyHash,
    config_hash: inputs.configHash,
    enrichment_hash: inputs.enrichmentHash,
    extractor_version: inputs.extractorVersion,
    evidence_sha256: evidenceSha256,
    weights: { payload: inputs.payloadWeight, behavior: 1 - inputs.payloadWeight },
    thresholds: { tag: score(inputs.tagThreshold), simulate: score(inputs.simulateThreshold) },
    ...(inputs.setErrorRate === undefined ? {} : { class_set_error_rate: Number(inputs.setErrorRate) }),
    ...(inputs.withheld === undefined ? {} : { withheld: [...inputs.withheld] }),
  };
}

export function toOrigin(origin: VerdictRow["origin"]): z.infer<typeof ClientOrigin> | null {
  if (origin === null) return null;
  return { country: origin.country, network: origin.network, bad_reputation: origin.badReputation };
}

/** The vector with names; NaN, "not available", is null on the wire, as is what an earlier version did not count. */
export function namedFeatures(schema: readonly FeatureDefinition[], features: Float64Array): Verdict["features"] {
  return schema.map(({ name }, i) => {
    const value = features[i] ?? Number.NaN;
    return { name, value: Number.isNaN(value) ? null : value };
  });
}
