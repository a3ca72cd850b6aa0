import type { RequestRow } from "../../evidence/analysis-tables.ts";
import type { ClientFacts } from "../../evidence/enrichment.ts";
import type { Exchange } from "../../evidence/exchange.ts";
import { fingerprintOf } from "../../evidence/fingerprint.ts";
import { groupSessions, type Session, sessionName } from "../../evidence/sessions.ts";
import type { VerdictRecord } from "../verdicts/verdict-record.ts";
import { maskedPath, maskedQuery } from "./masked-path.ts";
import type { PhaseClock } from "./phase-clock.ts";
import {
  type AnalysisInputs,
  createSessionAnalyses,
  type EvidenceIdentity,
  type SessionAnalysis,
} from "./session-analysis.ts";

/**
 * Characters of requests that wait until more of their session are there: what is known of thousands of open sessions does not fit into the
 * processor's caches, and is fetched once for several requests.
 */
const mostHeld = 8_000_000;

/** About what a request holds of memory while it waits, in characters. */
function weightOf({ target, headers, body, response }: Exchange): number {
  const fields = (headers?.length ?? 0) + (response?.headers?.length ?? 0);
  return 500 + 150 * fields + target.length + (body?.length ?? 0) + (response?.body?.length ?? 0);
}

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
  /** Open sessions from which on requests wait for more of theirs. */
  readonly waitsFrom?: number;
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
  const { inputs, evidence, gapMs, describeClient, now, clock, waitsFrom = 1000, batchSize = 1000 } = options;
  const during: <T>(work: () => T) => T =
    clock === null || clock === undefined ? (work) => work() : (work) => clock.during("features", work);
  const grouper = groupSessions({ gapMs });
  const begin = createSessionAnalyses(inputs, evidence);
  const open = new Map<number, SessionAnalysis>();
  /** Requests that are not analysed yet, by session, the one that waits longest first. */
  const waiting = new Map<number, Exchange[]>();
  let held = 0;
  let requests: RequestRow[] = [];
  let sessions: Session[] = [];
  let verdicts: VerdictRecord[] = [];

  /** Analyses the requests of a session that wait. */
  function catchUp({ number, name }: Pick<Session, "number" | "name">): SessionAnalysis {
    let analysis = open.get(number);
    if (analysis === undefined) {
      analysis = begin(name);
      open.set(number, analysis);
    }
    for (const exchange of waiting.get(number) ?? []) {
      held -= weightOf(exchange);
      analysis.add(exchange, describeClient(exchange.clientAddress));
    }
    waiting.delete(number);
    return analysis;
  }

  function judge(closed: readonly Session[]): void {
    for (const session of closed) {
      const analysis = catchUp(session);
      sessions.push(session);
      verdicts.push(analysis.finish(session, now()));
      open.delete(session.number);
    }
  }

  function add(exchange: Exchange): void {
    const session = grouper.add(exchange);
    const before = waiting.get(session.number);
    if (before === undefined) waiting.set(session.number, [exchange]);
    else before.push(exchange);
    held += weightOf(exchange);
    requests.push(toRow(exchange, session.number));
    // What is known of few sessions is at hand anyway.
    const limit = grouper.open() < waitsFrom ? 0 : mostHeld;
    for (const number of waiting.keys()) {
      if (held <= limit) break;
      catchUp({ number, name: sessionName(number) });
    }
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
