import { SentinelError } from "../../../../shared/errors.ts";
import { requestNumber } from "../../../../shared/request-number.ts";
import type { PlanApplication } from "../../../../shared/simulator.ts";
import type { FindingRecord } from "../../detect/verdicts/verdict-record.ts";
import { findingsOfVerdict, type VerdictRow } from "../../detect/verdicts/verdict-tables.ts";
import { requestsOfSession } from "../../evidence/analysis-tables.ts";
import type { EvidenceRoom } from "../../evidence/evidence.ts";
import type { Exchange } from "../../evidence/exchange.ts";
import type { ReadableStore } from "../../store/store.ts";
import { buildPlan, type Plan } from "./build-plan.ts";
import { type ChosenRequest, chooseRequests } from "./choose-requests.ts";

/** Payloads that one simulation plays. */
const mostPayloads = 60;
/** Requests of a session that are looked through. */
const mostRequests = 20_000;
/** What goes into a sandbox, characters of all requests. */
const mostText = 8 * 1024 ** 2;
const pageSize = 500;

/** What a session's simulation plays, and what of it is left out, in words. */
export interface SessionPlan extends Plan {
  readonly notes: readonly string[];
}

/**
 * Builds the plan for a session from its stored evidence. What secrets its requests hold goes into the sandbox, and nowhere else.
 * @throws SentinelError INPUT_INVALID when there is nothing to play
 */
export async function planSession(
  { store, evidence }: { readonly store: ReadableStore; readonly evidence: EvidenceRoom },
  row: VerdictRow,
  application: PlanApplication,
  signal: AbortSignal,
): Promise<SessionPlan> {
  const notes: string[] = [];
  const attacks = (await store.read(findingsOfVerdict, row.id)).filter((one) => one.class !== "benign");
  const findings = chooseFindings(attacks, notes);
  if (findings.length === 0)
    throw new SentinelError("INPUT_INVALID", "The session has no payload that could be played.");
  const session = await readSession(store, (await evidence.get(row.evidenceId)).seq, row, notes, signal);
  const { chosen, leftOut } = chooseRequests(session, new Set(findings.map(({ request }) => request)));
  if (leftOut > 0)
    notes.push(`${leftOut} requests before the payloads that may be needed are left out: they are too many.`);
  const exchanges: Exchange[] = [];
  let text = 0;
  for (const { index } of chosen) {
    signal.throwIfAborted();
    const exchange = await evidence.exchange(row.evidenceId, index);
    text += exchange.target.length + (exchange.body?.length ?? 0);
    if (text > mostText) {
      notes.push(
        `Requests from number ${requestNumber(index)} on are left out: together they are over ${mostText / 1024 ** 2} MiB.`,
      );
      break;
    }
    if (exchange.bodyCut) notes.push(`Of the body of request ${requestNumber(index)} only the beginning is recorded.`);
    exchanges.push(exchange);
  }
  const plan = buildPlan(application, exchanges, findings);
  const lost = findings.length - plan.payloads.length;
  if (lost > 0) notes.push(`${lost} payloads are not in what is recorded of their requests.`);
  if (plan.payloads.length === 0)
    throw new SentinelError("INPUT_INVALID", "None of the payloads is in what is recorded of its request.");
  notes.unshift(`${exchanges.length} of the session's ${session.length} requests are played.`);
  return { ...plan, notes };
}

/** The most certain, once each: who tries a thousand times mostly sends the same. */
function chooseFindings(attacks: readonly FindingRecord[], notes: string[]): FindingRecord[] {
  const distinct = new Map<string, FindingRecord>();
  for (const one of attacks) {
    const key = JSON.stringify([one.requestLine, one.place, one.name, one.text]);
    if (!distinct.has(key)) distinct.set(key, one);
  }
  const same = attacks.length - distinct.size;
  if (same > 0) notes.push(`${same} payloads are the same as others at the same place, and are played once.`);
  const sorted = [...distinct.values()].sort((a, b) => b.confidence - a.confidence);
  if (sorted.length > mostPayloads) {
    notes.push(`The ${mostPayloads} most certain of ${sorted.length} payloads are played.`);
  }
  return sorted.slice(0, mostPayloads).sort((a, b) => a.request - b.request || a.span.start - b.span.start);
}

async function readSession(
  store: ReadableStore,
  evidence: number,
  { session, requests }: VerdictRow,
  notes: string[],
  signal: AbortSignal,
): Promise<ChosenRequest[]> {
  const number = Number(session.slice(1));
  const all: ChosenRequest[] = [];
  for (let offset = 0; offset < Math.min(requests, mostRequests); offset += pageSize) {
    signal.throwIfAborted();
    const { items } = await store.read(requestsOfSession, { evidence, session: number, limit: pageSize, offset });
    all.push(...items.map(({ index, method, path, host }) => ({ index, method, path, host })));
  }
  if (requests > mostRequests)
    notes.push(`The session has ${requests} requests; the first ${mostRequests} are looked through.`);
  return all;
}
