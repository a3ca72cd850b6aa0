import { SentinelError } from "../../../shared/errors.ts";
import type { MatchName, MatchValue } from "../../../shared/query-language.ts";
import { parseSearchQuery, type SearchTerm, type searchLanguage } from "../../../shared/search-query.ts";
import { addressOf, keyOf } from "../evidence/request-text.ts";
import { containsText } from "../store/contains-text.ts";
import { asSent } from "./as-sent.ts";

/**
 * A query as conditions over `requests r`, `evidence e`, and the session `s` of the request, which may not be stored yet.
 */
export interface SearchConditions {
  readonly sql: string;
  readonly args: readonly Arg[];
  /** Ways to what can match: each lists the keys of all requests for which one of the terms holds, and maybe more. */
  readonly sources: readonly KeySource[];
  /** Ids of the evidence that can match; null: any. */
  readonly evidence: readonly string[] | null;
}

type Arg = string | number;

/** A SELECT of keys, without its limit. */
export interface KeySource {
  readonly sql: string;
  readonly args: readonly Arg[];
}

interface Condition {
  readonly sql: string;
  readonly args: readonly Arg[];
  readonly source?: KeySource | undefined;
}

/**
 * @param watches what `is:watched` means: any of them
 * @throws SentinelError INPUT_INVALID with the query's first problem in words
 */
export function searchConditions(q: string, now: number, watches: readonly SearchConditions[] = []): SearchConditions {
  const { terms, problems } = parseSearchQuery(q, now);
  const [problem] = problems;
  if (problem !== undefined) {
    throw new SentinelError("INPUT_INVALID", `q: ${problem.message}`, { start: problem.start, end: problem.end });
  }
  const parts = terms.map((term): Condition => {
    const condition = conditionOf(term, watches);
    // `coalesce`: where nothing is known the term does not hold, and its negation does.
    return term.negated ? { sql: `NOT coalesce(${condition.sql}, 0)`, args: condition.args } : condition;
  });
  const named = terms.flatMap((term) =>
    term.kind === "match" && term.field === "evidence" && !term.negated ? [term.values.map(({ text }) => text)] : [],
  );
  return {
    sql: parts.map(({ sql }) => sql).join(" AND ") || "1",
    args: parts.flatMap(({ args }) => args),
    sources: parts.flatMap(({ source }) => (source === undefined ? [] : [source])),
    evidence: named[0] ?? null,
  };
}

const verdictOf = (column: string) =>
  `(SELECT v.${column} FROM verdicts v WHERE v.evidence_id = e.id AND v.session = 's' || r.session ORDER BY v.n DESC LIMIT 1)`;
const isFlagged = "EXISTS (SELECT 1 FROM worst_predictions w WHERE w.evidence_id = e.id AND w.request = r.idx)";
const key = keyOf("r");
const address = addressOf("r");

function conditionOf(term: SearchTerm, watches: readonly SearchConditions[]): Condition {
  switch (term.kind) {
    case "text":
      return textCondition(term.text);
    case "time":
      return { sql: `r.started_at ${term.field === "after" ? ">=" : "<"} ?`, args: [term.at] };
    case "compare": {
      const { field, op, value } = term;
      if (field === "score") return { sql: `${verdictOf("score")} ${op} ?`, args: [value] };
      const sql = `r.status ${op} ?`;
      return { sql, args: [value], source: { sql: `SELECT ${key} FROM requests r WHERE ${sql}`, args: [value] } };
    }
    case "match":
      return anyOf(
        term.values.map((value) =>
          term.field === "is" && value.text === "watched"
            ? anyOf(watches.map(asCondition))
            : matchCondition(term.field, value),
        ),
      );
  }
}

/** A whole query as one condition of another. Each of its ways leads to all that can match. */
function asCondition({ sql, args, sources }: SearchConditions): Condition {
  return { sql: `(${sql})`, args, source: sources[0] };
}

function anyOf(each: readonly Condition[]): Condition {
  if (each.length === 0) return { sql: "0", args: [] };
  const [only] = each;
  if (only !== undefined && each.length === 1) return only;
  const sources = each.map(({ source }) => source);
  return {
    sql: `(${each.map(({ sql }) => sql).join(" OR ")})`,
    args: each.flatMap(({ args }) => args),
    source: sources.some((source) => source === undefined) ? undefined : union(sources as KeySource[]),
  };
}

/** Parts that SQLite puts into one union are 500 at most: those of a part count as one. */
const mostParts = 500;

/** All that any of them finds. Undefined: they are too many to be asked, and what can match is read along. */
function union(sources: readonly KeySource[]): KeySource | undefined {
  if (sources.length > mostParts) return undefined;
  const all = sources.map(({ sql }) => sql).join(" UNION ALL ");
  return { sql: `SELECT * FROM (${all})`, args: sources.flatMap(({ args }) => args) };
}

/** Shortest text that the indexes of substrings answer, in characters. */
const trigram = 3;

/**
 * What an index of substrings is asked so that it lists everything with the text: all of its stretches of three characters.
 * Null: the text is too short for it.
 * SECURITY: each stretch is one FTS5 string; nothing in it is syntax.
 */
function stretchesOf(text: string): string | null {
  const letters = [...text];
  if (letters.length < trigram) return null;
  const stretches = new Set<string>();
  for (let at = 0; at + trigram <= letters.length; at++) stretches.add(letters.slice(at, at + trigram).join(""));
  return [...stretches].map((stretch) => `"${stretch.replaceAll('"', '""')}"`).join(" AND ");
}

/** Requests whose address may have one of the texts. */
function addressSource(texts: readonly string[]): KeySource | undefined {
  const asked = texts.map(stretchesOf);
  if (asked.includes(null)) return undefined;
  return { sql: "SELECT rowid FROM request_text WHERE request_text MATCH ?", args: [either(asked as string[])] };
}

/** Requests of which a flagged payload may have one of the texts. */
function payloadSource(texts: readonly string[]): KeySource | undefined {
  const asked = texts.map(stretchesOf);
  if (asked.includes(null)) return undefined;
  const sql = `SELECT (o.seq << 32 | f.request) FROM flagged_text t JOIN flagged_payloads f ON f.n = t.rowid
    JOIN evidence o ON o.id = f.evidence_id WHERE t.flagged_text MATCH ?`;
  return { sql, args: [either(asked as string[])] };
}

const either = (asked: readonly string[]) => asked.map((each) => `(${each})`).join(" OR ");

function containsAny(texts: readonly string[], columns: readonly string[]): Condition {
  const each = texts.map((text) => containsText(text, columns));
  return { sql: `(${each.map(({ sql }) => sql).join(" OR ")})`, args: each.flatMap(({ args }) => args) };
}

/** Requests of the sessions for which a condition on `sessions o` holds. */
function sessionSource({ sql, args }: Condition): KeySource {
  return {
    sql: `SELECT ${key} FROM sessions o JOIN requests r ON r.evidence = o.evidence AND r.session = o.number WHERE ${sql}`,
    args,
  };
}

function flaggedWith(condition: Condition): Condition {
  const sql = `EXISTS (SELECT 1 FROM flagged_payloads f WHERE f.evidence_id = e.id AND f.request = r.idx AND ${condition.sql})`;
  return { sql, args: condition.args };
}

function textCondition(text: string): Condition {
  const sent = asSent(text);
  const inAddress = containsAny(sent, [address]);
  const ofSession = containsText(text, ["s.client", "s.user_agent"]);
  const inPayload = flaggedWith(containsText(text, ["f.text"]));
  const sources = [
    addressSource(sent),
    sessionSource(containsText(text, ["o.client", "o.user_agent"])),
    payloadSource([text]),
  ];
  return {
    sql: `(${inAddress.sql} OR coalesce(${ofSession.sql}, 0) OR ${inPayload.sql})`,
    args: [...inAddress.args, ...ofSession.args, ...inPayload.args],
    source: sources.some((source) => source === undefined) ? undefined : union(sources as KeySource[]),
  };
}

function matchCondition(field: MatchName<(typeof searchLanguage.fields)[number]>, value: MatchValue): Condition {
  const { text } = value;
  switch (field) {
    case "is":
      return text === "flagged" ? classCondition(null) : { sql: `NOT ${isFlagged}`, args: [] };
    case "verdict":
      return { sql: `${verdictOf("verdict")} = ?`, args: [text] };
    case "class":
      return text === "benign" ? { sql: `NOT ${isFlagged}`, args: [] } : classCondition(text);
    case "family":
      return flaggedBy("f.family = ?", text);
    case "param": {
      const named = [`?${text}=`, `&${text}=`];
      const flagged = flaggedBy("f.name = ?", text);
      const inQuery = containsAny(named, ["r.query"]);
      return {
        sql: `(coalesce(${inQuery.sql}, 0) OR ${flagged.sql})`,
        args: [...inQuery.args, ...flagged.args],
        source: union([addressSource(named)!, flagged.source!]),
      };
    }
    case "payload":
      return { ...flaggedWith(containsText(text, ["f.text"])), source: payloadSource([text]) };
    case "client":
      return { ...isOrBegins("s.client", value), source: sessionSource(isOrBegins("o.client", value)) };
    case "agent":
      return { ...containsText(text, ["s.user_agent"]), source: sessionSource(containsText(text, ["o.user_agent"])) };
    case "host": {
      const { sql, args } = isOrBegins("r.host", value);
      return { sql, args, source: { sql: `SELECT ${key} FROM requests r WHERE ${sql}`, args } };
    }
    case "path":
      return { ...isOrBegins("r.path", value), source: addressSource([text]) };
    case "method": {
      const sql = "r.method IN (?, ?)";
      const args = [text, text.toUpperCase()];
      return { sql, args, source: { sql: `SELECT ${key} FROM requests r WHERE ${sql}`, args } };
    }
    case "evidence":
      return { sql: "e.id = ?", args: [text] };
    case "scan": {
      const source = { sql: "SELECT (h.evidence << 32 | h.request) FROM scan_hits h WHERE h.scan = ?", args: [text] };
      const sql =
        "EXISTS (SELECT 1 FROM scan_hits h WHERE h.scan = ? AND h.evidence = r.evidence AND h.request = r.idx)";
      return { sql, args: [text], source };
    }
  }
}

function isOrBegins(column: string, { text, how }: MatchValue): Condition {
  if (how !== "prefix") return { sql: `${column} = ?`, args: [text] };
  return { sql: `(${column} >= ? AND ${column} < ?)`, args: [text, `${text}\u{10FFFF}`] };
}

/** Requests with a flagged payload for which a condition on `flagged_payloads f` holds. */
function flaggedBy(sql: string, text: string): Condition {
  const source = `SELECT (o.seq << 32 | f.request) FROM flagged_payloads f JOIN evidence o ON o.id = f.evidence_id WHERE ${sql}`;
  return { ...flaggedWith({ sql, args: [text] }), source: { sql: source, args: [text] } };
}

/** Requests whose worst value is of a class, or of any. */
function classCondition(of: string | null): Condition {
  const sql = of === null ? "1" : "w.class = ?";
  const args = of === null ? [] : [of];
  return {
    sql: `EXISTS (SELECT 1 FROM worst_predictions w WHERE w.evidence_id = e.id AND w.request = r.idx AND ${sql})`,
    args,
    source: {
      sql: `SELECT (o.seq << 32 | w.request) FROM worst_predictions w JOIN evidence o ON o.id = w.evidence_id WHERE ${sql}`,
      args,
    },
  };
}
