import { canonicalValue, type QueryField, type QueryLanguage } from "./query-fields.ts";
import { type QueryPiece, type QueryWord, readQueryWords } from "./query-language.ts";

/** Writes `field:value` so that it reads back as that value: with quotes and escapes where it needs them. */
export function formatTerm(field: string, value: string): string {
  return `${field}:${formatValue(value)}`;
}

/** Writes a text so that it is looked for as it is. */
export function formatText(text: string): string {
  return `"${text.replaceAll(/["\\]/g, "\\$&")}"`;
}

function formatValue(value: string): string {
  if (value !== "" && !/[\s,]|^"/.test(value)) return value;
  return `"${value.replaceAll(/["\\]/g, "\\$&")}"`;
}

/**
 * Adds a value to a query, or takes it away if it is there; the rest of the query stays as typed.
 * - a choice or word joins the values that the field has (`severity:low` becomes `severity:low,high`), except those of `is`,
 *   which ask for different things: `is:open is:unassigned`
 * - a number or time takes the place of the one before it
 *
 * Only plain `field:` terms count: `-severity:low` and `severity>=high` are left alone.
 */
export function toggleValue(language: QueryLanguage, q: string, field: string, value: string): string {
  const asked = language.named(field)!;
  const all = [...readQueryWords(language, q)];
  const words = all.filter((word) => word.head?.field === asked && word.head.op === ":" && isWhole(q, word));
  const isValue = (piece: QueryPiece) => canonicalValue(asked, piece.text) === canonicalValue(asked, value);
  const having = words.filter((word) => word.pieces.some(isValue));
  if (having.length > 0) return having.reduceRight((rest, word) => withoutPieces(rest, word, isValue), q);

  const last = words.at(-1);
  if (last !== undefined && (asked.takes === "number" || asked.takes === "time")) {
    return splice(q, last.pieces[0].start, last.end, formatValue(value));
  }
  if (last !== undefined && !(asked.takes === "choice" && asked.apart === true)) {
    const comma = last.pieces.at(-1)!.text === "" ? "" : ",";
    return splice(q, last.end, last.end, comma + formatValue(value));
  }
  const term = formatTerm(field, value);
  // Behind a quote that is never closed, it would be part of the quote.
  if (all.at(-1)?.pieces.at(-1)?.closed === false) return `${term} ${q}`;
  return /^$|\s$/.test(q) ? q + term : `${q} ${term}`;
}

/** Whether a word can be added to: it is not negated, its quotes are closed, and it stands apart from what follows. */
function isWhole(q: string, word: QueryWord): boolean {
  return !word.negated && word.pieces.every((piece) => piece.closed) && /^$|\s/.test(q.charAt(word.end));
}

function withoutPieces(q: string, word: QueryWord, isGone: (piece: QueryPiece) => boolean): string {
  const kept = word.pieces.filter((piece) => !isGone(piece) && piece.text !== "");
  if (kept.length > 0) {
    return splice(q, word.pieces[0].start, word.end, kept.map(({ start, end }) => q.slice(start, end)).join(","));
  }
  const [before, after] = [q.slice(0, word.start), q.slice(word.end).trimStart()];
  return after === "" ? before.trimEnd() : before + after;
}

function splice(q: string, start: number, end: number, text: string): string {
  return q.slice(0, start) + text + q.slice(end);
}

export interface Completion {
  /** What of the query an item takes the place of, in UTF-16 offsets. */
  readonly from: number;
  readonly to: number;
  /** Best first; none: there is nothing to offer. */
  readonly items: readonly CompletionItem[];
}

export interface CompletionItem {
  readonly insert: string;
  readonly label: string;
  /** What it means; may be empty. */
  readonly detail: string;
}

/** Values to offer besides those that the table holds, by field, those to offer first in front. */
export type KnownValues = Readonly<Record<string, readonly string[]>>;

const mostItems = 30;

/**
 * What could stand at the cursor: names of fields and, from two letters on, terms with a fixed value; after `field:`, values.
 */
export function completeQuery(language: QueryLanguage, q: string, cursor: number, known: KnownValues): Completion {
  const at = Math.min(Math.max(cursor, 0), q.length);
  // The last one: two words touch where a space is missing.
  const word = [...readQueryWords(language, q)].findLast((each) => each.start <= at && at <= each.end);
  if (word === undefined) return completion(q, at, at, fieldItems(language, ""));
  const from = word.start + (word.negated ? 1 : 0);
  if (word.head === null || at < word.pieces[0].start) {
    const isQuoted = word.head === null && word.pieces[0].quoted;
    if (isQuoted || (at <= from && from < word.end)) return completion(q, at, at, []);
    const typed = q.slice(from, at).toLowerCase();
    const sign = q.slice(at, word.end).search(/[:<>]/);
    if (sign < 0) return completion(q, from, word.end, [...fieldItems(language, typed), ...termItems(language, typed)]);
    const names = fieldItems(language, typed).map((item) => ({ ...item, insert: item.label }));
    return completion(q, from, at + sign, names);
  }
  const { field } = word.head;
  const piece = word.pieces.find((each) => at <= each.end)!;
  const typed = at === piece.end ? piece.text : q.slice(piece.start + (piece.quoted ? 1 : 0), at);
  const others = word.pieces.filter((each) => each !== piece).map((each) => canonicalValue(field, each.text));
  const items = valueItems(field, typed, known).filter((item) => !others.includes(item.label));
  return completion(q, piece.start, piece.closed ? piece.end : at, items);
}

/** Leaves out what stands there already. */
function completion(q: string, from: number, to: number, items: readonly CompletionItem[]): Completion {
  const there = q.slice(from, to);
  return { from, to, items: items.filter((item) => item.insert !== there).slice(0, mostItems) };
}

/** Fields whose name or alias begins like what was typed, in lower case. */
function fieldItems(language: QueryLanguage, typed: string): CompletionItem[] {
  return language.fields
    .filter(({ name, aliases }) => [name, ...aliases].some((each) => each.startsWith(typed)))
    .map((field) => ({
      insert: field.name + (field.takes === "number" ? ">=" : ":"),
      label: field.name,
      detail: field.holds,
    }));
}

/** Whole terms whose value begins like what was typed, in lower case: `high` may mean `severity:high`. */
function termItems(language: QueryLanguage, typed: string): CompletionItem[] {
  if (typed.length < 2) return [];
  return language.fields.flatMap((field) =>
    field.takes !== "choice"
      ? []
      : field.values
          .filter((value) => value.startsWith(typed))
          .map((value) => {
            const term = formatTerm(field.name, value);
            return { insert: term, label: term, detail: field.meanings?.[value] ?? field.holds };
          }),
  );
}

/** Values that begin like what was typed, then those that contain it; upper and lower case are the same. */
function valueItems(field: QueryField, typed: string, known: KnownValues): CompletionItem[] {
  const sought = canonicalValue(field, typed).toLowerCase();
  const values = [...new Set([...(field.values ?? []), ...(known[field.name] ?? [])])];
  const found = values.map((value) => ({ value, at: value.toLowerCase().indexOf(sought) })).filter(({ at }) => at >= 0);
  return [...found.filter(({ at }) => at === 0), ...found.filter(({ at }) => at > 0)].map(({ value }) => ({
    insert: formatValue(value),
    label: value,
    detail: field.meanings?.[value] ?? "",
  }));
}
