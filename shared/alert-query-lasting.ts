import { parseAlertQuery } from "./alert-query.ts";

/** Fields, and "text", that say what an alert is; the others say what became of it, and would make a suppression or watch come and go. */
export const lastingFields: ReadonlySet<string> = new Set([
  "client",
  "host",
  "path",
  "class",
  "family",
  "param",
  "payload",
  "outcome",
  "score",
  "severity",
  "evidence",
  "id",
  "text",
]);

/** The terms of a query that say what an alert is, as they were written. */
export function keepLasting(q: string, now: number): string {
  return parseAlertQuery(q, now)
    .terms.filter((term) => lastingFields.has(term.kind === "text" ? "text" : term.field))
    .map(({ start, end }) => q.slice(start, end))
    .join(" ");
}
