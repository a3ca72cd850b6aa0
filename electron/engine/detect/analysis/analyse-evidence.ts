import type { RequestRow } from "../../evidence/analysis-tables.ts";
import type { ClientFacts } from "../../evidence/enrichment.ts";
import type { Exchange } from "../../evidence/exchange.ts";
import { fingerprintOf } from "../../evidence/fingerprint.ts";
import { groupSessions, type Session } from "../../evidence/sessions.ts";
import type { VerdictRecord } from "../verdicts/verdict-record.ts";
import { maskedPath, maskedQuery } from "./masked-path.ts";
import type { PhaseClock } from "./phase-clock.ts";
import {
  type AnalysisInputs,
  createSessionAnalyses,
  type EvidenceIdentity,
  type SessionAnalysis,
} from "./session-analysis.ts";

/** Rows of one stretch of evidence, ready to be stored together. */
export interface AnalysedBatch {
  readonly requests: readonly RequestRow[];
  readonly sessions: readonly Session[];
  readonly verdicts: readonly VerdictRecord[];
}

export interface AnalysisOptions {
  readonly inputs: AnalysisInputs;
  readonly evidence: EvidenceIdentity;
  readonly gapMs: number;
  /** What the operator's own data says of a client's address; null: there is none. */
  readonly describeClient: (address: string | null) => ClientFacts | null;
  readonly now: () => number;
  /** Null or absent: what the phases take is not measured. */
  readonly clock?: PhaseClock | null;
  /** Requests in a batch, about. */
  readonly batchSize?: number;
}

/**
 * Groups exchanges into sessions and judges each session once it cannot grow any more. Streaming: memory grows with the open
 * sessions, not with the evidence.
 *
 * @param exchanges batches in file order, as the readers give them
 */
export async function* analyseExchanges(
  exchanges: AsyncIterable<readonly Exchange[]>,
  options: AnalysisOptions,
): AsyncGenerator<AnalysedBatch> {
  const { inputs, evidence, gapMs, describeClient, now, clock, batchSize = 1000 } = options;
  const during: <T>(work: () => T) => T =
    clock === null || clock === undefined ? (work) => work() : (work) => clock.during("features", work);
  const grouper = groupSessions({ gapMs });
  const begin = createSessionAnalyses(inputs, evidence);
  const open = new Map<number, SessionAnalysis>();
  let requests: RequestRow[] = [];
  let sessions: Session[] = [];
  let verdicts: VerdictRecord[] = [];

  function judge(closed: readonly Session[]): void {
    for (const session of closed) {
      sessions.push(session);
      verdicts.push(open.get(session.number)!.finish(session, now()));
      open.delete(session.number);
    }
  }

  function add(exchange: Exchange): void {
    const session = grouper.add(exchange);
    let analysis = open.get(session.number);
    if (analysis === undefined) {
      analysis = begin(session.name);
      open.set(session.number, analysis);
    }
    analysis.add(exchange, describeClient(exchange.clientAddress));
    requests.push(toRow(exchange, session.number));
  }

  function takeBatch(): AnalysedBatch {
    const batch = { requests, sessions, verdicts };
    requests = [];
    sessions = [];
    verdicts = [];
    return batch;
  }

  for await (const batch of exchanges) {
    for (const exchange of batch) {
      during(() => {
        add(exchange);
        judge(grouper.takeClosed());
      });
      if (requests.length >= batchSize) yield takeBatch();
    }
  }
  during(() => judge(grouper.finish()));
  while (requests.length + verdicts.length > 0) yield takeBatch();
}

function toRow(exchange: Exchange, session: number): RequestRow {
  return {
    index: exchange.index,
    session,
    offset: exchange.offset,
    length: exchange.length,
    fingerprint: fingerprintOf(exchange),
    startedAt: exchange.startedAt,
    durationMs: exchange.durationMs,
    method: exchange.method,
    host: exchange.host,
    path: maskedPath(exchange.target),
    query: maskedQuery(exchange.target),
    status: exchange.response?.status ?? null,
    responseSize: exchange.response?.size ?? null,
  };
}
