import { type Severity, severities } from "../../../shared/alert.ts";
import { type AlertMatchField, type AlertTerm, parseAlertQuery } from "../../../shared/alert-query.ts";
import { SentinelError } from "../../../shared/errors.ts";
import type { MatchValue } from "../../../shared/query-language.ts";
import { containsText } from "../store/contains-text.ts";
import { mergedCases } from "./case-state.ts";

export interface QueryContext {
  /** Epoch milliseconds. */
  readonly now: number;
  /** Who asks: what `assignee:me` means. */
  readonly by: string;
  /** What stays out of `is:open`. */
  readonly suppressions?: readonly Suppression[];
  /** What `is:watched` means: any of them. */
  readonly watches?: readonly AlertConditions[];
}

/** Matching alerts up to a severity, as its place in the list of severities. */
export interface Suppression {
  readonly where: AlertConditions;
  readonly upTo: number;
}

/** A query as conditions over `alerts a`. */
export interface AlertConditions {
  readonly sql: string;
  readonly args: readonly (string | number)[];
  /** The smallest index that holds every column that is looked at; null: the table itself. */
  readonly covered: CoveringIndex | null;
  /** What the index of substrings can answer of it, as its query; null: nothing. The conditions say the same once more. */
  readonly match: string | null;
  /** Names of the fields that are looked at, and "text". */
  readonly fields: readonly string[];
}

/** The second one holds all that the first does. */
type CoveringIndex = "alerts_counts" | "alerts_facts";

interface Condition {
  readonly sql: string;
  readonly args: readonly (string | number)[];
  readonly covered: CoveringIndex | null;
  readonly match?: string;
}

function coveredBy(parts: readonly Pick<Condition, "covered">[]): CoveringIndex | null {
  if (parts.some(({ covered }) => covered === null)) return null;
  return parts.some(({ covered }) => covered === "alerts_facts") ? "alerts_facts" : "alerts_counts";
}

/**
 * @throws SentinelError INPUT_INVALID with the query's first problem in words
 */
export function alertConditions(q: string, context: QueryContext): AlertConditions {
  const { terms, problems } = parseAlertQuery(q, context.now);
  const [problem] = problems;
  if (problem !== undefined) {
    throw new SentinelError("INPUT_INVALID", `q: ${problem.message}`, { start: problem.start, end: problem.end });
  }
  const parts = terms.map((term) => {
    const condition = conditionOf(term, context);
    if (!term.negated) return condition;
    const { match: _, ...rest } = condition;
    // `coalesce`: where nothing is known the term does not hold, and its negation does.
    return { ...rest, sql: `NOT coalesce(${rest.sql}, 0)` };
  });
  const matches = parts.flatMap(({ match }) => (match === undefined ? [] : [match]));
  return {
    sql: parts.map(({ sql }) => sql).join(" AND ") || "1",
    args: parts.flatMap(({ args }) => args),
    covered: coveredBy(parts),
    match: matches.length === 0 ? null : matches.join(" AND "),
    fields: [...new Set(terms.map((term) => (term.kind === "text" ? "text" : term.field)))],
  };
}

function conditionOf(term: AlertTerm, context: QueryContext): Condition {
  switch (term.kind) {
    case "text":
      return textCondition(term.text, ["client", "host", "request_line", "payload"]);
    case "time":
      return fact(`a.last_seen ${term.field === "after" ? ">=" : "<"} ?`, term.at);
    case "compare":
      return (term.field === "severity" ? facet : fact)(`a.${term.field} ${term.op} ?`, term.value);
    case "match": {
      const each = term.values.map((value) => matchCondition(term.field, value, context));
      const [only] = each;
      if (only !== undefined && each.length === 1) return only;
      return {
        sql: `(${each.map(({ sql }) => sql).join(" OR ")})`,
        args: each.flatMap(({ args }) => args),
        covered: coveredBy(each),
      };
    }
  }
}

function fact(sql: string, ...args: (string | number)[]): Condition {
  return { sql, args, covered: "alerts_facts" };
}

/** A condition on what is counted by. */
function facet(sql: string, ...args: (string | number)[]): Condition {
  return { sql, args, covered: "alerts_counts" };
}

/** Shortest text that the index of substrings answers, in characters. */
const trigram = 3;

/** Substring of any of the columns: every character counts, case only outside ASCII. */
function textCondition(text: string, columns: readonly string[]): Condition {
  const { sql, args } = containsText(
    text,
    columns.map((column) => `a.${column}`),
  );
  if ([...text].length < trigram) return { sql, args, covered: null };
  // SECURITY: the text is one FTS5 string; nothing in it is syntax.
  return { sql, args, covered: null, match: `{${columns.join(" ")}} : "${text.replaceAll('"', '""')}"` };
}

function matchCondition(field: AlertMatchField, { text, how }: MatchValue, context: QueryContext): Condition {
  if (how === "prefix") return fact(`(a.${field} >= ? AND a.${field} < ?)`, text, `${text}\u{10FFFF}`);
  switch (field) {
    case "is":
      return isCondition(text, context);
    case "status":
      return statusCondition(text);
    case "severity":
      return facet("a.severity = ?", severities.indexOf(text as Severity));
    case "param":
      return { ...containsText(text, ["a.payload_place"]), covered: "alerts_facts" };
    case "payload":
      return textCondition(text, ["payload"]);
    case "assignee":
      return text === "none" ? facet("a.assignee IS NULL") : facet("a.assignee = ?", text === "me" ? context.by : text);
    case "tag":
      return fact("(a.tags != '[]' AND EXISTS (SELECT 1 FROM json_each(a.tags) WHERE value = ?))", text);
    case "case":
      return text === "none" ? { sql: `NOT ${inAnyCase}`, args: [], covered: null } : inCase(text);
    case "evidence": {
      const sql = "a.id IN (SELECT alert_id FROM verdicts WHERE evidence_id = ? AND alert_id IS NOT NULL)";
      return { sql, args: [text], covered: null };
    }
    case "id":
      return { sql: "a.id = ?", args: [text], covered: null };
    case "class":
      return facet("a.class = ?", text);
    default:
      return fact(`a.${field} = ?`, text);
  }
}

/** A case that was taken back leaves its alerts in none. */
const inAnyCase = "(a.case_id IS NOT NULL AND a.case_id IN (SELECT id FROM cases))";

/** In a case, or in one that was merged into it. */
function inCase(id: string): Condition {
  return { sql: `a.case_id IN (${mergedCases})`, args: [id], covered: null };
}

/** Said twice for the sake of the indexes. */
function statusCondition(status: string): Condition {
  return facet(`(a.is_open = ${status === "closed" ? 0 : 1} AND a.status = ?)`, status);
}

/** Alerts for which one of the conditions holds. */
function anyOf(conditions: readonly Pick<Condition, "sql" | "args" | "covered">[]): Condition {
  if (conditions.length === 0) return facet("0");
  return {
    sql: `(${conditions.map(({ sql }) => `coalesce(${sql}, 0)`).join(" OR ")})`,
    args: conditions.flatMap(({ args }) => args),
    covered: coveredBy(conditions),
  };
}

function suppressed({ suppressions = [] }: QueryContext): Condition {
  return anyOf(suppressions.map(({ where, upTo }) => ({ ...where, sql: `(a.severity <= ${upTo} AND ${where.sql})` })));
}

function isCondition(value: string, context: QueryContext): Condition {
  const { now } = context;
  switch (value) {
    case "open": {
      const open = facet("(a.is_open = 1 AND (a.snoozed_until IS NULL OR a.snoozed_until <= ?))", now);
      const hidden = suppressed(context);
      if (hidden.args.length === 0) return open;
      const sql = `(${open.sql} AND NOT ${hidden.sql})`;
      return { sql, args: [...open.args, ...hidden.args], covered: coveredBy([open, hidden]) };
    }
    case "suppressed":
      return suppressed(context);
    case "watched":
      return anyOf(context.watches ?? []);
    case "snoozed":
      return facet("(a.snoozed_until > ?)", now);
    case "reopened":
      return fact("a.reopened = 1");
    case "unassigned":
      return facet("a.assignee IS NULL");
    default:
      return statusCondition(value);
  }
}
