import { type Carrying, readCarrying } from "./carrying.ts";
import { claimPatterns } from "./claim-patterns.ts";
import { rolePatterns } from "./role-patterns.ts";
import { type Reach, reachOf } from "./turn-reach.ts";
import { contentWords, normaliseTurn, withoutQuotes } from "./turn-words.ts";

/** What can be read from one turn alone. */
export interface TurnSigns {
  readonly words: ReadonlySet<string>;
  readonly reach: Reach;
  readonly carrying: Carrying;
  /** The assistant is told to be somebody else. */
  readonly persona: boolean;
  /** Somebody claims to be who made or runs the assistant. */
  readonly authority: boolean;
  /** Rules are said not to hold. */
  readonly unbound: boolean;
  /** Approvals or checks are to be left out. */
  readonly skips: boolean;
  readonly urgent: boolean;
  /** Something is said to be permitted, agreed or approved already; or a reply of the assistant is made up. */
  readonly claims: boolean;
  /** Asks for tools, policies, instructions; `deep`: for their words, limits, gaps. */
  readonly probe: "none" | "plain" | "deep";
  /** Hands over a part of something, to be kept. */
  readonly part: boolean;
  /** Asks to put parts together and do what they say. */
  readonly joins: boolean;
  /** What the part is, for putting parts together. */
  readonly fragment: string;
}

const patterns = { ...rolePatterns, ...claimPatterns };

export function isBoundless(text: string): boolean {
  return patterns.unbound.test(text) || patterns.skips.test(text);
}

/** A longer part is no part. */
const longestFragment = 500;

/** What a part hands over: what is quoted, or what stands after the colon or equals sign. */
function fragmentOf(normal: string): string {
  const quoted = [
    ...normal.matchAll(/"([^"\n]*)"|„([^“”\n]*)[“”]|“([^”\n]*)”|'([^'\n]{2,})'|`([^`\n]*)`|«([^»\n]*)»/g),
  ];
  if (quoted.length > 0) return quoted.map((match) => match.slice(1).find((one) => one !== undefined) ?? "").join(" ");
  return /[:=] ?(.+)$/s.exec(normal)?.[1] ?? "";
}

export function readSigns(given: string): TurnSigns {
  const normal = normaliseTurn(given);
  const text = withoutQuotes(normal);
  const has = (name: Exclude<keyof typeof patterns, "deep">) => patterns[name].test(text);
  const part = patterns.part.test(text);
  return {
    words: contentWords(normal),
    reach: reachOf(text),
    carrying: readCarrying(text),
    persona: has("persona"),
    authority: has("authority"),
    unbound: has("unbound"),
    skips: has("skips"),
    urgent: has("urgent"),
    claims: has("claims") || has("madeUp"),
    probe: patterns.deep.test(text) ? "deep" : has("probe") ? "plain" : "none",
    part,
    joins: has("joins"),
    fragment: part ? fragmentOf(normal).trim().slice(0, longestFragment) : "",
  };
}
