import { SentinelError } from "../../../shared/errors.ts";
import {
  type EvidenceReady,
  type JudgedSession,
  type RuleGenerated,
  type SentinelVerdict,
  type SimResult,
  topics,
} from "../../../shared/fleet.ts";
import type { Verdict } from "../../../shared/verdict.ts";
import { EvidenceAnalysed, type StoredEvidence } from "../evidence/evidence-tables.ts";
import { RuleRecord, ruleEntity, ruleSaved } from "../respond/rules/rule-state.ts";
import type { EventRow } from "../store/store.ts";
import type { EvidenceArrival } from "./arrival-table.ts";
import type { OutgoingMessage } from "./message-bus.ts";

/** What messages are written from, beside the log. */
export interface ResultSources {
  /** This engine's name. */
  readonly nodeId: string;
  /** @throws SentinelError NOT_FOUND */
  evidence(id: string): Promise<StoredEvidence>;
  /** How evidence with this content came; null: not by a message. */
  arrivalOf(sha256: string): Promise<EvidenceArrival | null>;
  /** Further names of the same content, each of which is answered. */
  otherNames(sha256: string): Promise<readonly string[]>;
  /** Trace that evidence with this content came by; null: none is known. */
  traceOf(sha256: string): string | null;
  /** Verdicts of evidence, one after the other: there may be many. */
  verdicts(evidence: StoredEvidence): AsyncIterable<{ verdict: Verdict; session: JudgedSession }>;
  /** Null: it is not kept any more. */
  simulation(id: string): Promise<{ readonly verdictId: string } | null>;
}

/** Of a message, and of messages that are sent at once: brokers take no batch above 1 MiB unless they were told to. */
export const mostBytes = 900_000;

type Written = Pick<OutgoingMessage, "topic" | "key" | "headers"> & {
  readonly body: EvidenceReady | SentinelVerdict | SimResult | RuleGenerated;
};

/** A verdict with as many of its findings, the worst ones first, as a message has room for. */
function cutToSize(told: SentinelVerdict): SentinelVerdict {
  const findings = told.verdict.payload_predictions;
  for (let kept = findings.length; ; kept = Math.floor(kept / 2)) {
    const left = findings.length - kept;
    const verdict = { ...told.verdict, payload_predictions: findings.slice(0, kept) };
    const cut = left === 0 ? told : { ...told, verdict, findings_left_out: left };
    if (kept === 0 || Buffer.byteLength(JSON.stringify(cut)) <= mostBytes) return cut;
  }
}

/** What other programs are told of an entry of the log; for most entries nothing. What was erased meanwhile is not told of. */
export async function* resultMessages(event: EventRow, sources: ResultSources): AsyncGenerator<OutgoingMessage> {
  try {
    for await (const { body, ...message } of write(event, sources)) yield { ...message, value: JSON.stringify(body) };
  } catch (error) {
    if (!(error instanceof SentinelError) || error.code !== "NOT_FOUND") throw error;
  }
}

/** That evidence was judged, under one of its names. @param event of the judging */
function ready(
  { entity_id: content_id, at, payload }: EventRow,
  { evidence, sha256 }: StoredEvidence,
  arrival: EvidenceArrival | null,
  evidence_id: string | null,
  node_id: string,
): Written {
  const { requests, sessions, verdicts, problem_count: problems, extractor_version } = EvidenceAnalysed.parse(payload);
  const { digest: _digest, ...counts } = verdicts;
  const body: EvidenceReady = {
    ...{ schema_version: 1, node_id, at, evidence_id, content_id, sha256 },
    ...{
      kind: evidence.kind,
      size: evidence.size_bytes,
      requests,
      sessions,
      verdicts: counts,
      problems,
      extractor_version,
    },
    ...(arrival?.message == null ? {} : { announcement: JSON.parse(arrival.message) }),
  };
  return { topic: topics.evidenceReady, key: content_id, body };
}

/** The answer to another name of evidence that was judged before. @throws SentinelError NOT_FOUND: it was erased */
export async function readyAgain(
  event: EventRow,
  evidenceId: string,
  sources: ResultSources,
): Promise<OutgoingMessage> {
  const stored = await sources.evidence(event.entity_id);
  const arrival = await sources.arrivalOf(stored.sha256);
  const { body, ...message } = ready(event, stored, arrival, evidenceId, sources.nodeId);
  return { ...message, value: JSON.stringify(body) };
}

async function* write(event: EventRow, sources: ResultSources): AsyncGenerator<Written> {
  const head = { schema_version: 1 as const, node_id: sources.nodeId, at: event.at };
  const { kind, entity_id: id, payload } = event;
  if (kind === "evidence.analysed") {
    const stored = await sources.evidence(id);
    const { sha256 } = stored;
    const arrival = await sources.arrivalOf(sha256);
    const names = { evidence_id: arrival?.evidence_id ?? null, content_id: id, sha256 };
    const traceparent = sources.traceOf(sha256);
    const traced = traceparent === null ? {} : { headers: { traceparent } };
    // First what was judged: whoever reads that it is ready finds the rest before it.
    for await (const told of sources.verdicts(stored)) {
      yield { topic: topics.verdict, key: id, ...traced, body: cutToSize({ ...head, ...names, ...told }) };
    }
    const others = arrival === null ? [] : await sources.otherNames(sha256);
    for (const evidence_id of [names.evidence_id, ...others]) {
      yield { ...ready(event, stored, arrival, evidence_id, sources.nodeId), ...traced };
    }
  } else if (kind === "simulation.ended") {
    const simulation = await sources.simulation(id);
    const { verdict, score, confirmed } = payload as Pick<SimResult, "verdict" | "score" | "confirmed">;
    if (simulation === null || !["exploit_possible", "exploit_improbable"].includes(verdict)) return;
    const body = { ...head, simulation_id: id, verdict_id: simulation.verdictId, verdict, score, confirmed };
    yield { topic: topics.simulation, key: id, body };
  } else if (event.entity_type === ruleEntity && kind === ruleSaved) {
    const { name, definition, stage, measured } = RuleRecord.parse(payload);
    const confidence = measured?.confidence ?? null;
    const body = { ...head, rule_id: id, version: event.version, name, definition, stage, confidence };
    yield { topic: topics.rule, key: id, body };
  }
}
