import { RE2JS } from "re2js";
import { SentinelError } from "../../../../shared/errors.ts";
import { rulePatternGap as gap, type RuleMatch, rulePatternNumber } from "../../../../shared/rule.ts";

/** Tokens of a fingerprint that stand for others. */
export const anyNumber = "<number>";
export const anyWord = "<word>";

/**
 * Instructions of a compiled regular expression: a match costs up to so many steps a character. SECURITY: linear time alone lets a
 * repetition of some thousand optional letters take minutes.
 */
const mostInstructions = 1000;
/** Of what is made of a text or of tokens: long, but one thing after the other. */
const mostOfSequence = 8000;

const isWordlike = (token: string) => token === anyNumber || token === anyWord || /^\w/.test(token);
const endsWordlike = (token: string) => token === anyNumber || token === anyWord || /\w$/.test(token);

function tokenPattern(token: string): string {
  if (token === anyNumber) return rulePatternNumber;
  if (token === anyWord) return "\\w+";
  return quotePattern(token);
}

/** A pattern that matches exactly this text. */
export function quotePattern(text: string): string {
  // By hand: `\Q…\E`, which the library would write, is no part of what other engines read alike.
  return text
    .replace(/[\\^$.|?*+()[\]{}]/g, "\\$&")
    .replace(/\n/g, "\\n")
    .replace(/\r/g, "\\r")
    .replace(/\t/g, "\\t");
}

/**
 * Tokens that follow each other as a pattern: white space between two may be there or not, between two words it must; a word is not
 * the end of a longer one.
 */
export function tokensPattern(tokens: readonly string[]): string {
  let pattern = "";
  for (const [i, token] of tokens.entries()) {
    const before = tokens[i - 1];
    if (before !== undefined) pattern += endsWordlike(before) && isWordlike(token) ? `${gap}+` : `${gap}*`;
    if (isWordlike(token) && (before === undefined || !endsWordlike(before))) pattern += "\\b";
    pattern += tokenPattern(token);
    const next = tokens[i + 1];
    if (endsWordlike(token) && (next === undefined || !isWordlike(next))) pattern += "\\b";
  }
  return pattern;
}

/** What a rule's match means, in RE2 syntax, to be found somewhere in a reading without regard to case. */
export function patternOf(match: RuleMatch): string {
  switch (match.kind) {
    case "string":
      return match.text.split(/\s+/).map(quotePattern).join(`${gap}+`);
    case "fingerprint":
      return tokensPattern(match.tokens);
    case "regex":
      return match.pattern;
  }
}

/**
 * Compiles a pattern for matching in linear time.
 *
 * @param what named in the error: "match.pattern"
 * @param most instructions that it may come to
 * @throws SentinelError INPUT_INVALID for what is no RE2 pattern, matches the empty text, or grows too large
 */
export function compilePattern(pattern: string, what: string, most = mostInstructions): RE2JS {
  let compiled: RE2JS;
  try {
    // SECURITY: a repetition of repetitions is refused before it is compiled: compiling it is what would take the memory.
    if (writtenOut(pattern) > most) throw tooLarge(what, most);
    compiled = RE2JS.compile(pattern, RE2JS.CASE_INSENSITIVE | RE2JS.DOTALL);
  } catch (error) {
    if (error instanceof SentinelError) throw error;
    throw new SentinelError("INPUT_INVALID", `${what}: this is no pattern that can be used: ${reasonOf(error)}.`);
  }
  if (compiled.programSize() > most) throw tooLarge(what, most);
  if (compiled.test("")) throw new SentinelError("INPUT_INVALID", `${what}: the pattern matches everything.`);
  return compiled;
}

const tooLarge = (what: string, most: number) =>
  new SentinelError(
    "INPUT_INVALID",
    `${what}: with its counted repetitions written out the pattern comes to more than ${most} steps; lower the counts, or use + or *.`,
  );

/** In the library's words, without the flags that we put before the pattern. */
const reasonOf = (error: unknown) =>
  (error instanceof Error ? error.message : String(error))
    .replace("error parsing regexp: ", "")
    .replace("(?s)(?i)", "")
    .slice(0, 200);

/**
 * How many atoms a pattern is written out to: a counted repetition is compiled as so many copies of what it repeats, so that nested ones
 * multiply and those that follow each other add up.
 */
function writtenOut(pattern: string): number {
  /** Of each open group, the outermost first: what stands in it so far, and the last of that, which a repetition would be of. */
  const sums = [0];
  const last = [0];
  const add = (size: number) => {
    sums[sums.length - 1]! += size;
    last[last.length - 1] = size;
  };
  for (const [token, from, to] of pattern.matchAll(tokenOfPattern)) {
    if (from !== undefined) {
      const copies = Math.max(1, Number(from), Number(to ?? 0));
      const one = last.at(-1)!;
      add(one * (copies - 1));
      last[last.length - 1] = one * copies;
    } else if (token === "(") {
      sums.push(0);
      last.push(0);
    } else if (token === ")" && sums.length > 1) {
      last.pop();
      add(sums.pop()!);
    } else if (!"*+?|".includes(token)) add(1);
    if (sums[0]! > mostInstructions) break;
  }
  return Math.max(...sums);
}

/** An escape, a class of characters, a counted repetition, or any one character. */
const tokenOfPattern = /\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|\{(\d{1,9})(?:,(\d{0,9}))?\}|./gs;

/**
 * A text in small letters that stands in everything a match matches, to look for first; null where none is known. Only of ASCII, where
 * small letters are the only ones that fold to each other.
 */
export function requiredText(match: RuleMatch): string | null {
  const parts =
    match.kind === "string"
      ? match.text.split(/\s+/)
      : match.kind === "fingerprint"
        ? match.tokens.filter((token) => token !== anyNumber && token !== anyWord)
        : [];
  const longest = parts.reduce((best, part) => (part.length > best.length ? part : best), "");
  return longest.length > 0 && /^[\x20-\x7e]+$/.test(longest) ? longest.toLowerCase() : null;
}

/** @throws SentinelError INPUT_INVALID */
export function compileMatch(match: RuleMatch): RE2JS {
  return compilePattern(patternOf(match), "match", match.kind === "regex" ? mostInstructions : mostOfSequence);
}

/** Compiles the shape of an exclusion, which the whole of a reading has. @throws SentinelError INPUT_INVALID */
export function compileShape(shape: string): RE2JS {
  // SECURITY: alone first: `x)|(?:.*` would close the group that anchors it.
  compilePattern(shape, "shape");
  return compilePattern(`^(?:${shape})$`, "shape");
}
