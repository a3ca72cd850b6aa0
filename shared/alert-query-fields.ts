import { alertStatuses, closeReasons, severities } from "./alert.ts";
import { payloadClasses } from "./payload.ts";
import { attackOutcomes } from "./verdict.ts";

const alertStates = [
  "open",
  "closed",
  "new",
  "in_progress",
  "snoozed",
  "suppressed",
  "watched",
  "reopened",
  "unassigned",
] as const;

/** A field that the queue can be asked for. */
export type AlertField = {
  readonly aliases: readonly string[];
  /** What it holds, in words for the help. */
  readonly holds: string;
  /** A term with it, as an analyst would write it. */
  readonly example: string;
  /** Of a field that takes a choice: all its values; of another: those worth offering. */
  readonly values?: readonly string[];
  /** What values mean, where their names do not say it. */
  readonly meanings?: Readonly<Record<string, string>>;
} & (
  | {
      readonly takes: "choice";
      readonly name: "is" | "status" | "reason" | "severity" | "class" | "outcome";
      readonly values: readonly string[];
    }
  | { readonly takes: "word"; readonly name: "family" | "assignee" | "tag" | "case" | "evidence" | "id" }
  | { readonly takes: "word_or_prefix"; readonly name: "client" | "host" }
  | { readonly takes: "prefix"; readonly name: "path" }
  | { readonly takes: "substring"; readonly name: "param" | "payload" }
  | { readonly takes: "number"; readonly name: "score" | "sessions" }
  | { readonly takes: "time"; readonly name: "after" | "before" }
);

export type AlertFieldName = AlertField["name"];

const times = {
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

/** Every field of the query language, once: what reads a query, completes it and explains it reads this table. */
export const alertFields: readonly AlertField[] = [
  {
    name: "is",
    aliases: [],
    takes: "choice",
    holds: "state of the alert",
    values: alertStates,
    meanings: {
      open: "not closed, snoozed or suppressed",
      snoozed: "out of the queue for now",
      suppressed: "kept out of the queue by a suppression",
      watched: "met by a watch",
      reopened: "closed, and a worse session came since",
      unassigned: "nobody works on it",
    },
    example: "is:open",
  },
  {
    name: "status",
    aliases: [],
    takes: "choice",
    holds: "how far the work on it is",
    values: alertStatuses,
    example: "status:new,in_progress",
  },
  {
    name: "reason",
    aliases: [],
    takes: "choice",
    holds: "why it was closed",
    values: closeReasons,
    example: "reason:false_positive",
  },
  {
    name: "severity",
    aliases: ["sev"],
    takes: "choice",
    holds: "severity; can be compared",
    values: severities,
    example: "severity>=high",
  },
  {
    name: "class",
    aliases: [],
    takes: "choice",
    holds: "class of the attack",
    values: payloadClasses,
    example: "class:xss",
  },
  {
    name: "family",
    aliases: [],
    takes: "word",
    holds: "family of the attack, finer than its class",
    example: "family:ssti",
  },
  {
    name: "outcome",
    aliases: [],
    takes: "choice",
    holds: "whether the attack seems to have worked",
    values: attackOutcomes,
    example: "outcome:succeeded,likely_succeeded",
  },
  {
    name: "score",
    aliases: [],
    takes: "number",
    holds: "score of the worst session, 0 to 1",
    example: "score>=0.8",
  },
  { name: "sessions", aliases: [], takes: "number", holds: "how many sessions it has", example: "sessions>10" },
  {
    name: "client",
    aliases: ["ip"],
    takes: "word_or_prefix",
    holds: "address of the client, or how it begins",
    example: "client:10.0.*",
  },
  {
    name: "host",
    aliases: [],
    takes: "word_or_prefix",
    holds: "host that was attacked, or how it begins",
    example: "host:shop.example",
  },
  {
    name: "path",
    aliases: [],
    takes: "prefix",
    holds: "how the path of the request begins",
    example: "path:/login",
  },
  {
    name: "param",
    aliases: [],
    takes: "substring",
    holds: "part of the place and name of the payload",
    example: 'param:"query id"',
  },
  { name: "payload", aliases: [], takes: "substring", holds: "part of the payload", example: 'payload:"alert("' },
  {
    name: "assignee",
    aliases: ["by"],
    takes: "word",
    holds: "who works on it",
    values: ["me", "none"],
    meanings: { me: "yourself", none: "nobody" },
    example: "assignee:me",
  },
  { name: "tag", aliases: [], takes: "word", holds: "one of its tags", example: "tag:campaign-7" },
  {
    name: "case",
    aliases: [],
    takes: "word",
    holds: "id of the case that it is in",
    values: ["none"],
    meanings: { none: "in no case" },
    example: "case:none",
  },
  { name: "evidence", aliases: [], takes: "word", holds: "id of evidence it comes from", example: "evidence:0198a2" },
  { name: "id", aliases: [], takes: "word", holds: "id of the alert", example: "id:0198a2" },
  {
    name: "after",
    aliases: ["since"],
    takes: "time",
    holds: "its last session began then or later",
    ...times,
    example: "after:-24h",
  },
  {
    name: "before",
    aliases: ["until"],
    takes: "time",
    holds: "its last session began earlier",
    ...times,
    example: "before:2026-11-20T10:00",
  },
];

const byName = new Map(alertFields.flatMap((field) => [field.name, ...field.aliases].map((name) => [name, field])));

/** The field of that name or alias, in upper or lower case; undefined: there is none. */
export function fieldNamed(name: string): AlertField | undefined {
  return byName.get(name.toLowerCase());
}

/** The field that `name` was probably meant to be; null: it is like none. Names of two letters are too like everything. */
export function fieldLike(name: string): string | null {
  return likeliest(name.toLowerCase(), [...byName.keys()]);
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

/**
 * A value as the field writes it: choices and families in lower case, choices with `_` for `-` and space, `me` and `none` in
 * lower case. Everything else as it is.
 */
export function canonicalValue(field: AlertField, value: string): string {
  const lower = value.toLowerCase();
  if (field.takes === "choice") return lower.replaceAll(/[- ]/g, "_");
  if (field.name === "family" || (field.takes === "word" && field.values?.includes(lower))) return lower;
  return value;
}

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
