import type { Place } from "../../../../shared/payload.ts";
import { canonicalize } from "../../detect/canonical/canonicalize.ts";
import { roleOfHash, wordHash, wordRoles } from "../../detect/classifier/vocabulary.ts";
import { anyNumber, anyWord } from "../../detect/waf/rule-pattern.ts";

/** Tokens of a value that are looked at, from its beginning. */
const mostTokens = 256;
/** Signs that mean more together. */
const signs = [
  "../",
  "..\\",
  "</",
  "<!",
  "<?",
  "/*",
  "*/",
  "--",
  "||",
  "&&",
  "$(",
  "${",
  "#{",
  "{{",
  "{%",
  "://",
] as const;
const tokenAt = new RegExp(
  `[\\p{L}_][\\p{L}\\p{N}_]*|0x[0-9a-f]+|\\d+(?:\\.\\d+)?|${signs.map((sign) => sign.replace(/[\\^$.|?*+()[\]{}]/g, "\\$&")).join("|")}|[^\\s]`,
  "gu",
);
const prose = wordRoles.indexOf("prose") + 1;

export interface RuleToken {
  /** As it stands, in small letters. */
  readonly text: string;
  /** What stands for it in a fingerprint: itself, or `<number>` or `<word>` where any other would do. */
  readonly shape: string;
}

/** What a rule would look at: the last reading of a value, in small letters, white space folded. */
export function ruleText(text: string, place: Place | null): string {
  const { layers } = canonicalize(text, place === null ? {} : { place });
  return layers.at(-1)!.text.toLowerCase().replace(/\s+/g, " ").trim();
}

/** Tokens of a rule text: words with a role in some language of attacks stay, names and numbers stand for others. */
export function ruleTokens(text: string): RuleToken[] {
  const tokens: RuleToken[] = [];
  for (const [token] of text.matchAll(tokenAt)) {
    tokens.push({ text: token, shape: shapeOf(token) });
    if (tokens.length === mostTokens) break;
  }
  return tokens;
}

function shapeOf(token: string): string {
  if (/^\d/.test(token)) return anyNumber;
  if (!/^[\p{L}_]/u.test(token)) return token;
  // `on` and what follows is the name of an event where markup is read.
  if (/^on[a-z]{3,26}$/.test(token)) return token;
  const role = roleOfHash(wordHash(token));
  // RE2's `\w` knows ASCII alone: another word can only stand for itself.
  return (role > 0 && role !== prose) || !/^\w+$/.test(token) ? token : anyWord;
}

/** How much a run of tokens says: what stands for anything says nothing, a word of attacks more than a sign. */
export function weightOf(shapes: readonly string[]): number {
  return shapes.reduce(
    (sum, shape) => sum + (shape === anyNumber || shape === anyWord ? 0 : /^\w/.test(shape) ? 2 : 1),
    0,
  );
}
