import { type AlertField, alertLanguage } from "./alert-query-fields.ts";
import { type MatchName, parseQuery, type QueryProblem, type QueryTerm } from "./query-language.ts";

/** Fields of an alert that are matched against text. */
export type AlertMatchField = MatchName<AlertField>;

/**
 * One condition on an alert: text is a substring of client, host, request line or payload; `severity` compares as its index in
 * `severities`; an assignee may be `me` or `none`; times are the start of the last session.
 */
export type AlertTerm = QueryTerm<AlertField>;

/** Reads a query of the alert queue, see `parseQuery`. */
export function parseAlertQuery(q: string, now: number): { terms: AlertTerm[]; problems: QueryProblem[] } {
  return parseQuery(alertLanguage, q, now);
}
