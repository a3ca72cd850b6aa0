import { canonicalValue, likeliest, type QueryField, type QueryLanguage, readQueryTime } from "./query-fields.ts";

/** What a query may be long, in UTF-16 units, and how many terms it may have. */
const maxQueryLength = 2000;
const maxQueryTerms = 50;

export type Comparison = ">" | ">=" | "<" | "<=" | "=";

/** Fields that are matched against text, that are compared, and that say when. */
export type MatchName<F extends QueryField> = Exclude<F, { takes: "number" | "time" }>["name"];
type CompareName<F extends QueryField> = Extract<F, { takes: "number" } | { ranked: true }>["name"];
type TimeName<F extends QueryField> = Extract<F, { takes: "time" }>["name"];

/** What a match looks for: never empty, except the prefix of `client:*` or `path:*`, which any has. */
export interface MatchValue {
  readonly text: string;
  readonly how: "exact" | "prefix" | "substring";
}

interface QueryTermBase {
  /** True: the term must not hold. */
  readonly negated: boolean;
  /** UTF-16 offsets into the query, with the minus sign. */
  readonly start: number;
  readonly end: number;
}

/**
 * One condition; all terms of a query must hold.
 * - text: a substring of what the list is searched by
 * - match: any of the values. Choices are spelt as in their lists
 * - compare: a number; a ranked choice as its index in its values
 * - time, in ms since 1970: `after` is at or after it, `before` strictly before
 */
export type QueryTerm<F extends QueryField> =
  | (QueryTermBase & { readonly kind: "text"; readonly text: string })
  | (QueryTermBase & { readonly kind: "match"; readonly field: MatchName<F>; readonly values: readonly MatchValue[] })
  | (QueryTermBase & {
      readonly kind: "compare";
      readonly field: CompareName<F>;
      readonly op: Comparison;
      readonly value: number;
    })
  | (QueryTermBase & { readonly kind: "time"; readonly field: TimeName<F>; readonly at: number });

/** Why a stretch of a query (UTF-16 offsets) cannot be understood and what to do, in at most 160 characters. */
export interface QueryProblem {
  readonly start: number;
  readonly end: number;
  readonly message: string;
}

/** A text or value as it stands in a query; `text` is without quotes and escapes. */
export interface QueryPiece {
  readonly text: string;
  readonly start: number;
  readonly end: number;
  readonly quoted: boolean;
  /** False: its quote is never closed. */
  readonly closed: boolean;
}

/** A term as it stands in a query, right or wrong. */
export interface QueryWord<F extends QueryField = QueryField> {
  readonly start: number;
  readonly end: number;
  readonly negated: boolean;
  /** Null: text, which is one piece. */
  readonly head: { readonly field: F; readonly op: ":" | Comparison } | null;
  readonly pieces: readonly [QueryPiece, ...QueryPiece[]];
}

const space = /\s/;
const isSpace = (q: string, at: number) => at < q.length && space.test(q[at]!);
const headPattern = /([a-z_]+)(:|[<>]=?)/iy;

/** The terms of a query as they stand there, in time linear in its length. */
export function* readQueryWords<F extends QueryField>(language: QueryLanguage<F>, q: string): Generator<QueryWord<F>> {
  for (let at = 0; at < q.length; ) {
    if (isSpace(q, at)) {
      at++;
      continue;
    }
    const word = readWord(language, q, at);
    yield word;
    at = word.end;
  }
}

function readWord<F extends QueryField>(language: QueryLanguage<F>, q: string, start: number): QueryWord<F> {
  // "--" is no negation: it is a comment of SQL that somebody forgot to quote.
  const negated = q[start] === "-" && q[start + 1] !== "-";
  const from = negated ? start + 1 : start;
  headPattern.lastIndex = from;
  const [all = "", name = "", op = ""] = headPattern.exec(q) ?? [];
  const field = language.named(name);
  if (field === undefined) {
    const piece = readPiece(q, from, false);
    return { start, end: piece.end, negated, head: null, pieces: [piece] };
  }
  let last = readPiece(q, from + all.length, true);
  const pieces: [QueryPiece, ...QueryPiece[]] = [last];
  while (q[last.end] === ",") {
    last = readPiece(q, last.end + 1, true);
    pieces.push(last);
  }
  return { start, end: last.end, negated, head: { field, op: op as ":" | Comparison }, pieces };
}

/** A piece is quoted only where it begins with a quote; a quote within a bare one is part of it. */
function readPiece(q: string, start: number, inList: boolean): QueryPiece {
  let end = start;
  if (q[start] !== '"') {
    while (end < q.length && !isSpace(q, end) && !(inList && q[end] === ",")) end++;
    return { text: q.slice(start, end), start, end, quoted: false, closed: true };
  }
  let text = "";
  for (end++; end < q.length; end++) {
    if (q[end] === '"') return { text, start, end: end + 1, quoted: true, closed: true };
    if (q[end] === "\\" && (q[end + 1] === '"' || q[end + 1] === "\\")) end++;
    text += q[end];
  }
  return { text, start, end: q.length, quoted: true, closed: false };
}

/**
 * Reads a query. Terms stand apart by white space, and all must hold; `-` before one negates it:
 * - `field:value`, `field:a,b` (any of), `field:"a value"`; `score>0.8`, `severity>=high`: see the language's fields
 * - `text` or `"quoted text"`, where every punctuation mark counts; in quotes `\"` and `\\` are escapes, another `\` is itself
 *
 * @param now ms since 1970, for times like `-24h`
 * @returns the terms that are right, and all problems; a query with problems is not one to run. Never throws
 */
export function parseQuery<F extends QueryField>(
  language: QueryLanguage<F>,
  q: string,
  now: number,
): { terms: QueryTerm<F>[]; problems: QueryProblem[] } {
  const terms: QueryTerm<F>[] = [];
  const problems: QueryProblem[] = [];
  const report = (start: number, end: number, message: string) => problems.push({ start, end, message });
  if (q.length > maxQueryLength) {
    report(maxQueryLength, q.length, `A query has at most ${maxQueryLength} characters. Shorten it.`);
    return { terms, problems };
  }
  let words = 0;
  let previous: QueryWord<F> | null = null;
  for (const word of readQueryWords(language, q)) {
    if (++words > maxQueryTerms) {
      report(word.start, q.length, `A query has at most ${maxQueryTerms} terms. Take some away.`);
      break;
    }
    const problemsBefore = problems.length;
    if (previous !== null && isTornApart(language, previous, word)) {
      report(previous.start, word.end, "Write field, sign and value without spaces, as in status:new or score>=0.8.");
    }
    // Once for a word that joins two terms.
    if (previous !== null && isJoined(previous, word) && problems.at(-1)?.end !== previous.end) {
      report(previous.start, word.end, joinHelp);
    }
    previous = word;
    for (const { start, end, quoted, closed, text } of word.pieces) {
      if (!closed) {
        report(start, end, `The quote that opens at character ${start + 1} is never closed. Add a " at its end.`);
      } else if (quoted && text === "") {
        report(start, end, "There is nothing between these quotes. Write what to look for, or take them away.");
      }
    }
    if (word.pieces.at(-1)?.quoted && word.end < q.length && !isSpace(q, word.end)) {
      report(word.end, word.end + 1, 'A space is missing after the quote that closes. A quote within quotes is \\".');
    }
    if (problems.length > problemsBefore) continue;
    const term = readTerm(language, word, now, report);
    if (problems.length === problemsBefore && term !== null) terms.push(term);
  }
  return { terms, problems };
}

/** Whether two words look like one: `score >= 0.8`, `status :new`. */
function isTornApart(language: QueryLanguage, first: QueryWord, second: QueryWord): boolean {
  if (first.head !== null || second.head !== null || second.negated) return false;
  const [name, rest] = [first.pieces[0], second.pieces[0]];
  if (name.quoted || rest.quoted || language.named(name.text) === undefined) return false;
  return /^(?::|[<>]=?[\d.]*$)/.test(rest.text);
}

const joinHelp =
  'All terms must hold, without AND. Write class:xss,xxe for either one, -class:xss for NOT, and "OR" in quotes to search for the word.';

const isJoin = ({ head, pieces: [piece] }: QueryWord) =>
  head === null && !piece.quoted && /^(?:AND|OR|NOT)$/.test(piece.text);

/** Whether one of two words joins the other to a term, as other languages do: `class:xss OR`, `NOT is:open`. Beside text it is text. */
function isJoined(first: QueryWord, second: QueryWord): boolean {
  return (isJoin(first) && second.head !== null) || (first.head !== null && isJoin(second));
}

type Report = (start: number, end: number, message: string) => void;

/** @returns null where it reported a problem */
function readTerm<F extends QueryField>(
  language: QueryLanguage<F>,
  word: QueryWord<F>,
  now: number,
  report: Report,
): QueryTerm<F> | null {
  const { start, end, negated, head, pieces } = word;
  const place = { negated, start, end };
  const [first, ...others] = pieces;
  if (head === null) {
    const problem = first.quoted ? null : problemOfText(language, first.text);
    if (problem !== null) report(start, end, problem);
    return { kind: "text", text: first.text, ...place };
  }
  const { field, op } = head;
  if (pieces.some((piece) => piece.text === "")) {
    report(start, end, `A value is missing after \`${field.name}\`. Write it without spaces: ${field.example}`);
    return null;
  }
  const compares = field.takes === "number" || (isRanked(field) && op !== ":");
  if (op !== ":" && !compares) {
    report(
      start,
      end,
      `\`${field.name}\` cannot be compared. Write ${field.example}, or quote it to search for the text.`,
    );
    return null;
  }
  if (others.length > 0 && (compares || field.takes === "time")) {
    report(others[0]!.start, end, `\`${field.name}\` takes one value here, as in ${field.example}`);
    return null;
  }
  if (field.takes === "time") {
    const at = readQueryTime(first.text, now);
    if (at !== null) return { kind: "time", field: field.name as TimeName<F>, at, ...place };
    report(
      first.start,
      first.end,
      `${shown(first.text)} is no time. Write -24h, -7d, today, yesterday, 2026-11-20 or 2026-11-20T10:00 (UTC).`,
    );
    return null;
  }
  if (field.takes === "number") {
    const value = readNumber(field, first.text);
    if (value !== null) {
      return { kind: "compare", field: field.name as CompareName<F>, op: op === ":" ? "=" : op, value, ...place };
    }
    const range = field.largest === undefined ? "a whole number" : `a number from 0 to ${field.largest}`;
    report(first.start, first.end, `\`${field.name}\` is ${range}, not ${shown(first.text)}. Write ${field.example}`);
    return null;
  }
  const values = new Map<string, MatchValue>();
  for (const piece of pieces) {
    const value = readValue(field, piece.text);
    if (typeof value === "string") report(piece.start, piece.end, value);
    else values.set(`${value.how} ${value.text}`, value);
  }
  if (op === ":") return { kind: "match", field: field.name as MatchName<F>, values: [...values.values()], ...place };
  const rank = field.values?.indexOf(canonicalValue(field, first.text)) ?? -1;
  return { kind: "compare", field: field.name as CompareName<F>, op, value: rank, ...place };
}

function problemOfText(language: QueryLanguage, text: string): string | null {
  if (text === "")
    return "A minus sign excludes what follows it without a space, as in -class:xss. Quote it to search for it.";
  if (text.startsWith("-")) return `${shown(text)} begins with two minus signs. Quote it to search for the text.`;
  headPattern.lastIndex = 0;
  const [all = "", name = ""] = headPattern.exec(text) ?? [];
  const like = all === "" || text.startsWith("//", all.length) ? null : language.like(name);
  if (like === null) return null;
  return `There is no field ${shown(name)}; did you mean \`${like}\`? Quote it to search for the text.`;
}

function isRanked(field: QueryField): boolean {
  return field.takes === "choice" && field.ranked === true;
}

function readNumber(field: QueryField & { takes: "number" }, text: string): number | null {
  if (!/^(?:\d{1,9}(?:\.\d{0,9})?|\.\d{1,9})$/.test(text)) return null;
  const value = Number(text);
  return (field.whole !== true || Number.isInteger(value)) && value <= (field.largest ?? Infinity) ? value : null;
}

/** @returns the value, or what is wrong with it */
function readValue(field: QueryField, written: string): MatchValue | string {
  const text = canonicalValue(field, written);
  if (field.takes === "choice") {
    if (field.values.includes(text)) return { text, how: "exact" };
    const like = likeliest(text, field.values);
    if (like !== null) return `\`${field.name}\` has no value ${shown(written)}; did you mean \`${like}\`?`;
    return `\`${field.name}\` has no value ${shown(written)}. It is ${field.values.join(", ")}.`;
  }
  if (field.takes === "substring") return { text, how: "substring" };
  if (field.takes === "word") return { text, how: "exact" };
  const bare = text.endsWith("*") ? text.slice(0, -1) : text;
  if (field.takes === "prefix") {
    if (/^\w/.test(bare) && !bare.includes("://")) return `A path begins with a slash, as in ${field.example}`;
    return { text: bare, how: "prefix" };
  }
  if (bare.includes("*")) return `In \`${field.name}\` a * stands at the end only, and stands for any rest.`;
  return { text: bare, how: bare === text ? "exact" : "prefix" };
}

/** A text within a message: short, and apart from it. */
function shown(text: string): string {
  const letters = [...text];
  return `\`${letters.length > 24 ? `${letters.slice(0, 23).join("")}…` : text}\``;
}
