import type { z } from "zod";
import { SentinelError } from "../../shared/errors.ts";
import type { Input, Output } from "../../shared/route.ts";
import type { Score } from "../../shared/units.ts";
import type {
  getSessionRequest,
  getVerdict,
  listDecisions,
  listSessionRequests,
  listVerdicts,
  SessionDecision,
  SessionRequest,
  Verdict,
  VerdictFilter,
  verdictCounts,
} from "../../shared/verdict.ts";
import { toInstant } from "./base/clock.ts";
import { featureSchema } from "./detect/features/session-features.ts";
import { pastVerdictsOf, successorOf } from "./detect/verdicts/past-verdicts.ts";
import { countVerdicts } from "./detect/verdicts/verdict-counts.ts";
import type { VerdictQuery } from "./detect/verdicts/verdict-query.ts";
import type { VerdictInputs } from "./detect/verdicts/verdict-record.ts";
import {
  findingsOfVerdict,
  findVerdict,
  listVerdictRows,
  type VerdictRow,
  worstOfRequests,
} from "./detect/verdicts/verdict-tables.ts";
import { type KnownRequest, requestByIndex, requestsOfSession } from "./evidence/analysis-tables.ts";
import type { EvidenceRoom } from "./evidence/evidence.ts";
import type { Explaining } from "./explaining.ts";
import { createFleetView } from "./fleet-view.ts";
import type { RequestFindings } from "./request-findings.ts";
import { requestSegments, responseView } from "./request-view.ts";
import type { ReadableStore } from "./store/store.ts";
import {
  listedTarget,
  namedFeatures,
  toExtent,
  toFinding,
  toOrigin,
  toProvenance,
  toSummary,
} from "./verdict-views.ts";

/** Earlier decisions that are listed. */
const shownDecisions = 50;

type RequestRow = z.infer<typeof SessionRequest>;

/** What screens and programs ask of stored verdicts, in wire shapes. */
export interface VerdictQueries {
  list(input: Input<typeof listVerdicts>): Promise<Output<typeof listVerdicts>>;
  counts(input: Input<typeof verdictCounts>): Promise<Output<typeof verdictCounts>>;
  get(id: string): Promise<Output<typeof getVerdict>>;
  /** The verdict as `POST analyze` answers it. */
  whole(row: VerdictRow): Promise<Verdict>;
  /** @throws SentinelError NOT_FOUND, for a verdict that was replaced with `replaced_by` and `evidence_id` */
  find(id: string): Promise<VerdictRow>;
  decisions(input: Input<typeof listDecisions>): Promise<Output<typeof listDecisions>>;
  requests(input: Input<typeof listSessionRequests>): Promise<Output<typeof listSessionRequests>>;
  request(id: string, index: number): Promise<Output<typeof getSessionRequest>>;
  /** The request with its secrets; the caller has logged who asked. */
  revealed(id: string, index: number): Promise<Output<typeof getSessionRequest>["segments"]>;
}

export function createVerdictQueries(options: {
  store: ReadableStore;
  evidence: EvidenceRoom;
  explaining: Explaining;
  findingsOf: (row: VerdictRow, request: number) => Promise<RequestFindings>;
  /** Whether evidence that lies at the fleet can be fetched. */
  fetches: boolean;
}): VerdictQueries {
  const { store, evidence, explaining, findingsOf } = options;
  const fleetView = createFleetView(options);

  async function find(id: string): Promise<VerdictRow> {
    const row = await store.read(findVerdict, id);
    if (row === null) throw await missing(id);
    return row;
  }

  /** A verdict that was replaced is told from one that never was: links and reports may name it. */
  async function missing(id: string): Promise<SentinelError> {
    const successor = await store.read(successorOf, id);
    if (successor === null) return new SentinelError("NOT_FOUND", "There is no such verdict.");
    const { verdictId, evidenceId } = successor;
    const now =
      verdictId === null
        ? `its session is none of those that evidence ${evidenceId} has now`
        : `${verdictId} took its place`;
    return new SentinelError(
      "NOT_FOUND",
      `This verdict is not in force any more: its evidence was judged again, and ${now}.`,
      {
        replaced_by: verdictId,
        evidence_id: evidenceId,
      },
    );
  }

  /** @throws SentinelError NOT_FOUND when the request is not one of the session's */
  async function requestOf(row: VerdictRow, index: number): Promise<KnownRequest> {
    const { seq, atFleet } = await evidence.get(row.evidenceId);
    if (atFleet)
      throw new SentinelError("EVIDENCE_ELSEWHERE", "This session's requests lie at the fleet. Fetch them first.");
    const found = await store.read(requestByIndex, { evidence: seq, index });
    if (found === null || found.session !== sessionNumber(row)) {
      throw new SentinelError("NOT_FOUND", "There is no such request in this session.");
    }
    return found;
  }

  async function withWorst(row: VerdictRow, requests: readonly KnownRequest[]): Promise<RequestRow[]> {
    const indexes = requests.map(({ index }) => index);
    const worst = await store.read(worstOfRequests, { evidenceId: row.evidenceId, requests: indexes });
    return requests.map((request, i) => ({
      request: request.index,
      started_at: request.startedAt === null ? null : toInstant(request.startedAt),
      duration_ms: request.durationMs,
      method: request.method,
      target: listedTarget(request),
      host: request.host,
      status: request.status,
      response_size: request.responseSize,
      worst: worst[i] == null ? null : { class: worst[i].class, confidence: worst[i].confidence as Score },
      overlaps_evidence: request.overlaps,
    }));
  }

  return {
    find,

    async list({ limit, cursor, ...filter }) {
      const below = cursor === undefined ? null : Number(cursor);
      if (below !== null && !Number.isSafeInteger(below)) {
        throw new SentinelError("INPUT_INVALID", "cursor: it is no cursor of this list.");
      }
      const rows = await store.read(listVerdictRows, { query: toQuery(filter), below, limit: limit + 1 });
      const items = rows.slice(0, limit);
      return { items: items.map(toSummary), next: rows.length > limit ? String(items.at(-1)!.n) : null };
    },

    async counts(filter) {
      const { total, byVerdict, byClass, timeline } = await store.read(countVerdicts, toQuery(filter));
      return {
        total,
        by_verdict: byVerdict,
        by_class: byClass,
        timeline: timeline.map(({ startMs, widthMs, counts }) => ({
          start: toInstant(startMs),
          width_ms: widthMs,
          counts,
        })),
      };
    },

    async get(id) {
      const row = await find(id);
      const findings = await store.read(findingsOfVerdict, id);
      const told = row.judgedBy === null ? null : await fleetView.message(id);
      const { explanation, context } = await (told === null
        ? explaining.explain(row, findings)
        : fleetView.explain(row, findings, told));
      const custody = await evidence.manifest(row.evidenceId);
      return {
        ...toSummary(row),
        evidence_kind: row.evidenceKind,
        origin: toOrigin(row.origin),
        custody,
        findings: findings.map(toFinding),
        explanation,
        context,
        provenance: toProvenance(row.inputs, custody.sha256),
        extent: toExtent(row.extent),
        fleet: await fleetView.of(row),
      };
    },

    async whole(row) {
      if (row.judgedBy !== null) return (await fleetView.message(row.id)).verdict;
      const findings = await store.read(findingsOfVerdict, row.id);
      const { explanation } = await explaining.explain(row, findings);
      const { sha256 } = await evidence.get(row.evidenceId);
      const { score, payload_score, behavioral_score, verdict, family, outcome, requests, session } = toSummary(row);
      return {
        verdict_id: row.id,
        session,
        verdict,
        final_score: score,
        payload_score,
        behavioral_score,
        class: row.class,
        family,
        outcome,
        requests,
        payload_predictions: findings.map(toFinding),
        features: namedFeatures(featureSchema, row.features),
        explain: explanation,
        provenance: toProvenance(row.inputs, sha256),
        ...(row.extent === null ? {} : { extent: toExtent(row.extent)! }),
      };
    },

    async decisions({ id }) {
      const row = await find(id);
      const past = await store.read(pastVerdictsOf, { id, limit: shownDecisions });
      return {
        decisions: [
          toDecision(row),
          ...past.map(({ payload_score, behavioral_score, decided_at, inputs, ...rest }) =>
            toDecision({
              ...rest,
              payloadScore: payload_score,
              behavioralScore: behavioral_score,
              decidedAt: decided_at,
              inputs: JSON.parse(inputs) as VerdictInputs,
            }),
          ),
        ],
      };
    },

    async requests({ id, limit, offset }) {
      const row = await find(id);
      const { seq } = await evidence.get(row.evidenceId);
      const page = await store.read(requestsOfSession, { evidence: seq, session: sessionNumber(row), limit, offset });
      return { items: await withWorst(row, page.items), total: page.total };
    },

    async request(id, index) {
      const row = await find(id);
      const [request] = await withWorst(row, [await requestOf(row, index)]);
      const { findings: found, from } = await findingsOf(row, index);
      const findings = found.map(({ finding }) => finding);
      const exchange = await evidence.exchange(row.evidenceId, index);
      return {
        request: request!,
        scheme: exchange.scheme,
        ...requestSegments(exchange, findings, false),
        response: responseView(exchange.response),
        findings: findings.map(toFinding),
        findings_from: from,
      };
    },

    async revealed(id, index) {
      const row = await find(id);
      await requestOf(row, index);
      const exchange = await evidence.exchange(row.evidenceId, index);
      const { findings } = await findingsOf(row, index);
      const records = findings.map(({ finding }) => finding);
      return requestSegments(exchange, records, true).segments;
    },
  };
}

type Decision = Pick<
  VerdictRow,
  "id" | "verdict" | "score" | "payloadScore" | "behavioralScore" | "class" | "decidedAt" | "inputs"
>;

function toDecision(row: Decision): SessionDecision {
  const { modelHash, anomalyHash, configHash, extractorVersion, tagThreshold } = row.inputs;
  return {
    verdict_id: row.id,
    decided_at: toInstant(row.decidedAt),
    verdict: row.verdict,
    score: row.score as Score,
    payload_score: row.payloadScore as Score,
    behavioral_score: row.behavioralScore as Score,
    class: row.class,
    model_hash: modelHash,
    anomaly_hash: anomalyHash,
    config_hash: configHash,
    extractor_version: extractorVersion,
    tag_threshold: tagThreshold as Score,
  };
}

/** "s17" is the session numbered 17 in its evidence. */
function sessionNumber(row: VerdictRow): number {
  return Number(row.session.slice(1));
}

function toQuery(filter: z.output<typeof VerdictFilter>): VerdictQuery {
  return {
    verdict: filter.verdict,
    class: filter.class,
    evidenceId: filter.evidence_id,
    minScore: filter.min_score,
    after: filter.after === undefined ? undefined : Date.parse(filter.after),
    before: filter.before === undefined ? undefined : Date.parse(filter.before),
    text: filter.text,
  };
}
