import type { EvidenceKind } from "../../shared/evidence.ts";
import type { JudgedSession, SentinelVerdict } from "../../shared/fleet.ts";
import { payloadClasses } from "../../shared/payload.ts";
import { Settings } from "../../shared/settings.ts";
import type { PayloadFinding } from "../../shared/verdict.ts";
import { featureSchema } from "./detect/features/session-features.ts";
import type { FindingRecord, LottedVerdict } from "./detect/verdicts/verdict-record.ts";
import type { VerdictRow } from "./detect/verdicts/verdict-tables.ts";
import type { StoredEvidence } from "./evidence/evidence-tables.ts";
import { toOrigin, toSummary } from "./verdict-views.ts";

/** What the fleet is told of a session beside its verdict. */
export function toJudgedSession(row: VerdictRow, { evidence }: StoredEvidence): JudgedSession {
  const { client, host, request_line, payload, payload_place, started_at, ended_at, decided_at } = toSummary(row);
  return {
    kind: row.evidenceKind,
    size: evidence.size_bytes,
    client,
    origin: toOrigin(row.origin),
    host,
    request_line,
    payload,
    payload_place,
    started_at,
    ended_at,
    decided_at,
    session_gap_minutes: row.inputs.sessionGapMinutes,
    max_entry_mb: row.inputs.maxEntryMb,
  };
}

/** Characters of a payload that lists show. */
const longestPayload = 200;

/** What stands for a request line that an earlier engine did not tell. */
const untold = "(not told)";

/** What can be said of a session whose engine, of an earlier version, told its verdict alone. */
function guessSession({ at, verdict }: SentinelVerdict, kind: EvidenceKind): JudgedSession {
  const worst = verdict.payload_predictions.find(({ prediction }) => prediction.class === verdict.class);
  const attack = verdict.class === "benign" ? undefined : worst;
  return {
    kind,
    size: 0,
    client: null,
    origin: null,
    host: null,
    request_line: untold,
    payload: attack?.canonical.slice(0, longestPayload) ?? null,
    payload_place: attack === undefined ? null : `${attack.place.replaceAll("_", " ")} ${attack.name}`.trim(),
    started_at: null,
    ended_at: null,
    decided_at: at,
    session_gap_minutes: 0,
    max_entry_mb: 0,
  };
}

const epoch = (at: string | null) => (at === null ? null : Date.parse(at));

/**
 * A verdict that was told, as lists hold it. By the same rule as at its engine it belongs to the same alert: that is made of the session
 * alone, and all of it is in the message.
 *
 * @param kind of the evidence, for the message of an engine that does not tell it
 */
export function toFollowedRecord(message: SentinelVerdict, kind: EvidenceKind): LottedVerdict {
  const { verdict, content_id, node_id } = message;
  const session = message.session ?? guessSession(message, kind);
  const { origin, request_line, host } = session;
  const { model_hash, anomaly_hash, config_hash, enrichment_hash, extractor_version, weights, thresholds } =
    verdict.provenance;
  const rate = Settings.shape.class_set_error_rate.safeParse(String(verdict.provenance.class_set_error_rate));
  const told = new Map(verdict.features.map(({ name, value }) => [name, value]));
  const first = verdict.payload_predictions[0]?.request;
  return {
    id: verdict.verdict_id,
    evidenceId: content_id,
    evidenceKind: session.kind,
    session: verdict.session,
    verdict: verdict.verdict,
    score: verdict.final_score,
    payloadScore: verdict.payload_score,
    behavioralScore: verdict.behavioral_score,
    class: verdict.class,
    family: verdict.family,
    outcome: verdict.outcome,
    client: session.client,
    origin:
      origin === null
        ? null
        : { country: origin.country, network: origin.network, badReputation: origin.bad_reputation },
    host,
    requestLine: request_line,
    payload: session.payload,
    payloadPlace: session.payload_place,
    requests: verdict.requests,
    startedAt: epoch(session.started_at),
    endedAt: epoch(session.ended_at),
    decidedAt: Date.parse(session.decided_at),
    features: Float64Array.from(featureSchema, ({ name }) => told.get(name) ?? Number.NaN),
    inputs: {
      modelHash: model_hash,
      anomalyHash: anomaly_hash,
      configHash: config_hash,
      enrichmentHash: enrichment_hash,
      extractorVersion: extractor_version,
      payloadWeight: weights.payload,
      tagThreshold: thresholds.tag,
      simulateThreshold: thresholds.simulate,
      sessionGapMinutes: session.session_gap_minutes,
      maxEntryMb: session.max_entry_mb,
      ...(rate.success ? { setErrorRate: rate.data } : {}),
    },
    findings: verdict.payload_predictions.map((finding) =>
      toRecord(
        finding,
        finding.request === first ? { requestLine: request_line, host } : { requestLine: untold, host },
      ),
    ),
    // Of requests that are not here nothing is asked.
    worst: [],
    extent: toExtentRecord(verdict.extent),
    // Nobody draws among them.
    lot: verdict.verdict_id,
    judgedBy: node_id,
  };
}

function toExtentRecord(extent: SentinelVerdict["verdict"]["extent"]): LottedVerdict["extent"] {
  if (extent === undefined) return null;
  return {
    payloadsFound: extent.payloads_found,
    valuesCut: extent.values_cut,
    requestsCrowded: extent.requests_crowded,
    bodiesCut: extent.bodies_cut,
    bytesMissing: extent.bytes_missing,
  };
}

function toRecord(finding: PayloadFinding, place: Pick<FindingRecord, "requestLine" | "host">): FindingRecord {
  const { prediction, outcome_reason, repeats, ...rest } = finding;
  const { confidence, probabilities, family, spans, set, truncated } = prediction;
  return {
    ...rest,
    ...place,
    class: prediction.class,
    confidence,
    probabilities: payloadClasses.map((name) => probabilities[name]),
    family: family ?? null,
    spans: spans ?? [],
    set: set ?? [],
    cut: truncated ?? false,
    outcomeReason: outcome_reason,
    ...(repeats === undefined
      ? {}
      : { repeats: repeats.map(({ outcome_reason: reason, ...repeat }) => ({ ...repeat, outcomeReason: reason })) }),
  };
}
