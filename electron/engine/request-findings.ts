import { SentinelError } from "../../shared/errors.ts";
import { keptAttacks, keptRepeats } from "./detect/analysis/finding-list.ts";
import type { FindingRecord } from "./detect/verdicts/verdict-record.ts";
import { findingsOfVerdict, type VerdictRow, worstOfRequests } from "./detect/verdicts/verdict-tables.ts";
import type { ReadableStore } from "./store/store.ts";

/** What is known of the values of one request. */
export interface RequestFindings {
  /** With their numbers among the verdict's findings; those that it does not keep are counted on from there. */
  readonly findings: readonly { readonly finding: FindingRecord; readonly number: number }[];
  /** `model`: some were judged again just now; `lost`: the request was flagged, and nothing here tells by what. */
  readonly from: "verdict" | "model" | "lost";
}

/**
 * The findings of one request. A verdict keeps the worst payloads of its session, each once: those of other requests are judged again,
 * so that a request never looks harmless that its session's list calls an attack.
 *
 * @param judgeAgain the attacks of a request by the model that decided
 * @throws whatever `judgeAgain` throws that is no SentinelError
 */
export async function findRequestFindings(
  store: ReadableStore,
  row: VerdictRow,
  request: number,
  judgeAgain: (row: VerdictRow, request: number) => Promise<readonly FindingRecord[]>,
): Promise<RequestFindings> {
  const all = (await store.read(findingsOfVerdict, row.id)).map((finding, number) => ({ finding, number }));
  const own = all.filter(({ finding }) => finding.request === request);
  const [worst] = await store.read(worstOfRequests, { evidenceId: row.evidenceId, requests: [request] });
  if (worst === null || isWhole(row, all, request)) return { findings: own, from: "verdict" };
  let judged: readonly FindingRecord[] = [];
  try {
    judged = await judgeAgain(row, request);
  } catch (error) {
    // The model is not kept any more, or does not answer.
    if (!(error instanceof SentinelError)) throw error;
  }
  if (judged.length === 0) return { findings: own, from: own.length > 0 ? "verdict" : "lost" };
  const findings = judged.map((finding, i) => {
    const kept = all.find((each) => isSame(each.finding, finding) && tells(each.finding, request) !== undefined);
    if (kept === undefined) return { finding, number: all.length + i, isNew: true };
    const { outcome, outcomeReason } = tells(kept.finding, request)!;
    const number = kept.finding.request === request ? kept.number : all.length + i;
    return { finding: { ...finding, outcome, outcomeReason }, number, isNew: false };
  });
  return { findings, from: findings.some(({ isNew }) => isNew) ? "model" : "verdict" };
}

/** Whether the verdict's own findings are all that was found in the request. */
function isWhole(row: VerdictRow, all: RequestFindings["findings"], request: number): boolean {
  const found = row.extent?.payloadsFound ?? (all.length < keptAttacks ? all.length : Number.POSITIVE_INFINITY);
  const repeats = all.flatMap(({ finding }) => finding.repeats ?? []);
  return (
    found <= all.length &&
    repeats.length < keptRepeats &&
    !repeats.some((repeat) => repeat.request === request) &&
    all.some(({ finding }) => finding.request === request)
  );
}

/** What is kept of a payload in one request; undefined: nothing. */
function tells(finding: FindingRecord, request: number) {
  return finding.request === request ? finding : finding.repeats?.find((repeat) => repeat.request === request);
}

function isSame(a: FindingRecord, b: FindingRecord): boolean {
  return a.class === b.class && a.place === b.place && a.name === b.name && a.text === b.text;
}
