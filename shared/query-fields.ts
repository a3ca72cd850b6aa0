/** What every field of a query language says of itself. */
interface FieldWords {
  readonly aliases: readonly string[];
  /** What it holds, in words for the help. */
  readonly holds: string;
  /** A term with it, as an analyst would write it. */
  readonly example: string;
  /** Of a field that takes a choice: all its values; of another: those worth offering. */
  readonly values?: readonly string[];
  /** What values mean, where their names do not say it. */
  readonly meanings?: Readonly<Record<string, string>>;
  /** True: values are kept in lower case. */
  readonly lower?: true;
}

/**
 * A field that can be asked for, by what it takes.
 * - choice: one of its values; `ranked`: they are in order and can be compared; `apart`: its values ask for different things
 * - number: from 0; `largest`: at most that; `whole`: an integer
 */
export type QueryField = FieldWords &
  (
    | {
        readonly takes: "choice";
        readonly name: string;
        readonly values: readonly string[];
        readonly ranked?: true;
        readonly apart?: true;
      }
    | { readonly takes: "word" | "word_or_prefix" | "prefix" | "substring" | "time"; readonly name: string }
    | { readonly takes: "number"; readonly name: string; readonly largest?: number; readonly whole?: true }
  );

/** A table of fields: what reads a query, completes it and explains it reads it. */
export interface QueryLanguage<F extends QueryField = QueryField> {
  readonly fields: readonly F[];
  /** The field of that name or alias, in upper or lower case; undefined: there is none. */
  named(name: string): F | undefined;
  /** The name that `name` was probably meant to be; null: it is like none. Names of two letters are too like everything. */
  like(name: string): string | null;
}

export function defineQueryLanguage<const F extends QueryField>(fields: readonly F[]): QueryLanguage<F> {
  const byName = new Map(fields.flatMap((field) => [field.name, ...field.aliases].map((name) => [name, field])));
  return {
    fields,
    named: (name) => byName.get(name.toLowerCase()),
    like: (name) => likeliest(name.toLowerCase(), [...byName.keys()]),
  };
}

/**
 * A value as the field writes it: choices in lower case with `_` for `-` and space; words that are offered by name, and those of
 * fields in lower case, in lower case. Everything else as it is.
 */
export function canonicalValue(field: QueryField, value: string): string {
  const lower = value.toLowerCase();
  if (field.takes === "choice") return lower.replaceAll(/[- ]/g, "_");
  if (field.lower === true || (field.takes === "word" && field.values?.includes(lower))) return lower;
  return value;
}

/** The word that `word` was probably meant to be: one typing mistake away, or two where the word is long; null: none is. */
export function likeliest(word: string, words: readonly string[]): string | null {
  let best: { word: string; mistakes: number } | null = null;
  if (word.length < 3) return null;
  for (const candidate of words) {
    const allowed = candidate.length < 3 ? 0 : candidate.length < 5 ? 1 : 2;
    if (Math.abs(candidate.length - word.length) > allowed) continue;
    const mistakes = typingMistakes(word, candidate);
    if (mistakes <= allowed && (best === null || mistakes < best.mistakes)) best = { word: candidate, mistakes };
  }
  return best?.word ?? null;
}

/** Letters added, left out, replaced, or swapped with their neighbour (optimal string alignment). */
function typingMistakes(a: string, b: string): number {
  let twoAbove: number[] = [];
  let above = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = above[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      row.push(Math.min(replaced, above[j]! + 1, row[j - 1]! + 1, swapped ? twoAbove[j - 2]! + 1 : Infinity));
    }
    twoAbove = above;
    above = row;
  }
  return above[b.length]!;
}

/** Times worth offering. */
export const queryTimes = {
  values: ["-1h", "-24h", "-7d", "-4w", "today", "yesterday"],
  meanings: {
    "-1h": "an hour ago",
    "-24h": "24 hours ago",
    "-7d": "a week ago",
    "-4w": "four weeks ago",
    today: "midnight, UTC",
    yesterday: "midnight of the day before, UTC",
  },
} as const;

const minute = 60_000;
const day = 1440 * minute;
const unitMs: Readonly<Record<string, number>> = { m: minute, h: 60 * minute, d: day, w: 7 * day };

/**
 * A time as a query writes it: `-30m`, `-24h`, `-7d`, `-2w`, `today`, `yesterday` (their first moment), `2026-11-20`,
 * `2026-11-20T10:00`, `2026-11-20T10:00:00Z`; dates are UTC.
 * @param now ms since 1970
 * @returns ms since 1970, at least 0 for what is relative; null: it is no such time
 */
export function readQueryTime(text: string, now: number): number | null {
  const word = text.toLowerCase();
  const today = Math.floor(now / day) * day;
  if (word === "today") return today;
  if (word === "yesterday") return today - day;
  const ago = /^-(\d{1,6})([mhdw])$/.exec(word);
  if (ago) return Math.max(0, now - Number(ago[1]) * unitMs[ago[2]!]!);
  const parts = /^(\d{4}-\d{2}-\d{2})(?:t(\d{2}:\d{2})(?::(\d{2}(?:\.\d{1,3})?))?z?)?$/.exec(word);
  if (!parts) return null;
  const [, date = "", time = "00:00", seconds = "00"] = parts;
  const at = Date.parse(`${date}T${time}:${seconds}Z`);
  // JavaScript reads 30 February as 2 March.
  return Number.isNaN(at) || !new Date(at).toISOString().startsWith(date) ? null : at;
}
