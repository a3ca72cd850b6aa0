import { type Severity, severities } from "../../../../shared/alert.ts";
import { contentId } from "../../base/ids.ts";
import type { VerdictRecord } from "./verdict-record.ts";

/** What a flagged session shares with others, as content ids: equal ids, equal in that respect. */
export interface Likeness {
  /** One alert: the same client, host, path, day, payload shape and explanation. */
  readonly alert: string;
  /** Class and shape of the worst payload. */
  readonly payload: string;
  /** Class, family and place of the worst payload, and which part of the score spoke louder. */
  readonly explanation: string;
}

type Likened = Pick<
  VerdictRecord,
  | "verdict"
  | "evidenceId"
  | "client"
  | "host"
  | "requestLine"
  | "class"
  | "family"
  | "payload"
  | "payloadPlace"
  | "payloadScore"
  | "behavioralScore"
  | "startedAt"
>;

const dayMs = 86_400_000;

/**
 * Depends on the session alone, not on what came before it: evidence gives the same alerts in whatever order it is imported.
 *
 * @returns null for a session that was not flagged
 */
export function likenessOf(verdict: Likened): Likeness | null {
  if (verdict.verdict === "benign") return null;
  const { evidenceId, client, host, requestLine, class: kind, family, payload, payloadPlace, startedAt } = verdict;
  const part = verdict.payloadScore >= verdict.behavioralScore ? "payload" : "behaviour";
  const shape = payload === null ? "" : payloadShape(payload);
  // Without a clock nobody knows that sessions of two files belong to one day.
  // As it is stored and told: every engine comes to the same day.
  const day = startedAt === null ? evidenceId : Math.floor(Math.round(startedAt) / dayMs);
  const explanation = contentId("explanation", kind, family ?? "", payloadPlace ?? "", part);
  return {
    alert: contentId("alert", client ?? "", host ?? "", requestLine, day, shape, explanation),
    payload: contentId("payload", kind, shape),
    explanation,
  };
}

const longestShape = 80;
/** Longest run of tokens whose repetition counts once: `../` has three. */
const longestPeriod = 4;

/**
 * A payload without what varies between tries: words are `a`, numbers `0`, white space one blank, and what is repeated at once
 * stands once. `' OR 12=12--` and `' or 7=7--` have the shape `' a 0=0-`.
 */
export function payloadShape(text: string): string {
  const tokens: string[] = [];
  for (const [token] of text.matchAll(/\p{L}+|\p{N}+|\s+|[^\p{L}\p{N}\s]/gu)) {
    if (tokens.length >= longestShape) break;
    tokens.push(/^\s/.test(token) ? " " : /^\p{L}/u.test(token) ? "a" : /^\p{N}/u.test(token) ? "0" : token);
    dropRepetition(tokens);
  }
  return tokens.join("");
}

function dropRepetition(tokens: string[]): void {
  for (let period = 1; period <= longestPeriod && 2 * period <= tokens.length; period++) {
    const end = tokens.length;
    let same = true;
    for (let i = 1; i <= period && same; i++) same = tokens[end - i] === tokens[end - period - i];
    if (same) {
      tokens.length = end - period;
      return;
    }
  }
}

/**
 * How much a session matters: one that was flagged for sure and seems to have worked is critical, one that only stands out and
 * seems to have failed is low.
 */
export function severityOf({ verdict, outcome }: Pick<VerdictRecord, "verdict" | "outcome">): Severity {
  const worked = outcome === "succeeded" || outcome === "likely_succeeded";
  if (verdict === "simulate") return worked ? "critical" : "high";
  if (worked) return "high";
  return outcome === "likely_failed" ? "low" : "medium";
}

/** Place in `severities`: 0 is the mildest. */
export function severityRank(severity: Severity): number {
  return severities.indexOf(severity);
}
