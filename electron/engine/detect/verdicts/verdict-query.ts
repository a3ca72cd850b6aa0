import type { PayloadClass } from "../../../../shared/payload.ts";
import type { VerdictKind } from "../../../../shared/verdict.ts";
import { containsText } from "../../store/contains-text.ts";

/** Conditions of the list; `text` is matched as a substring, case-insensitive for ASCII. */
export interface VerdictQuery {
  readonly verdict?: VerdictKind | undefined;
  readonly class?: PayloadClass | undefined;
  readonly evidenceId?: string | undefined;
  readonly minScore: number;
  readonly after?: number | undefined;
  readonly before?: number | undefined;
  readonly text?: string | undefined;
}

/** The conditions of a query as SQL over `verdicts v`. Withdrawn evidence is out of view. */
export function conditions(query: VerdictQuery): { sql: string; args: (string | number)[] } {
  const parts = ["v.evidence_id NOT IN (SELECT id FROM evidence WHERE withdrawn = 1)"];
  const args: (string | number)[] = [];
  const add = (sql: string, ...values: (string | number)[]) => {
    parts.push(sql);
    args.push(...values);
  };
  if (query.verdict !== undefined) add("v.verdict = ?", query.verdict);
  if (query.class !== undefined) add("v.class = ?", query.class);
  if (query.evidenceId !== undefined) add("v.evidence_id = ?", query.evidenceId);
  if (query.minScore > 0) add("v.score >= ?", query.minScore);
  if (query.after !== undefined) add("v.started_at >= ?", query.after);
  if (query.before !== undefined) add("v.started_at < ?", query.before);
  if (query.text !== undefined && query.text !== "") {
    const { sql, args: texts } = containsText(query.text, ["v.payload", "v.request_line", "v.host", "v.client"]);
    add(sql, ...texts);
  }
  return { sql: parts.join(" AND "), args };
}
