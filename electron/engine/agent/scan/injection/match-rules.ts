import { bitOf, isUnspaced } from "./find-concepts.ts";
import type { Folded } from "./injection-features.ts";
import { type InjectionRule, injectionRules } from "./injection-rules.ts";

export interface RuleMatch {
  readonly rule: string;
  readonly why: string;
  /** Offsets in the text. */
  readonly start: number;
  readonly end: number;
}

interface CompiledRule {
  readonly rule: InjectionRule;
  readonly steps: readonly number[];
  readonly pattern: RegExp | null;
}

/** Tries all rules on a text, given as folded and in lower case with the same offsets. */
export type RuleMatcher = (folded: Folded, lower: string) => RuleMatch[];

/**
 * Makes rules ready, and tries each on its own examples.
 * @throws RangeError naming a rule that has neither concepts nor a pattern, or fails one of its examples
 */
export function compileInjectionRules(rules: readonly InjectionRule[] = injectionRules): RuleMatcher {
  const compiled = rules.map((rule): CompiledRule => {
    const steps = (rule.concepts ?? []).map((step) =>
      (typeof step === "string" ? [step] : step).reduce((bits, concept) => bits | bitOf(concept), 0),
    );
    if ((steps.length === 0) === (rule.pattern === undefined)) {
      throw new RangeError(`The rule ${rule.rule} needs concepts or a pattern.`);
    }
    return { rule, steps, pattern: rule.pattern === undefined ? null : new RegExp(rule.pattern.source, "gu") };
  });
  return (folded, lower) => compiled.flatMap((one) => match(one, folded, lower));
}

const meta = bitOf("meta");
const you = bitOf("you");
/** "attack", "injection", "jailbreak". */
const attack = meta | bitOf("unrestricted");
/** Whom an order may be given to in the third person: "you will", "the assistant will". */
const addressed = bitOf("you") | bitOf("model");
/** Words before a phrase in which it may be spoken of rather than said. */
const talkedAbout = 25;
const quotes = new Set([..."\"'`“”„«»‘’「」『』"].map((quote) => quote.charCodeAt(0)));

function match({ rule, steps, pattern }: CompiledRule, folded: Folded, lower: string): RuleMatch[] {
  const { rule: name, why, reach = 4 } = rule;
  const found: RuleMatch[] = [];
  const add = (start: number, end: number, word: number) => {
    if (!isQuoted(lower, folded, start, word)) found.push({ rule: name, why, start, end });
  };
  if (pattern !== null) {
    for (const hit of lower.matchAll(pattern)) {
      add(hit.index, hit.index + hit[0].length, wordAt(folded, hit.index));
      if (found.length >= 20) break;
    }
    return found;
  }
  const { concepts, wordCount, words, from } = folded;
  for (let w = 0; w < wordCount && found.length < 20; w++) {
    if ((concepts[w]! & steps[0]!) === 0) continue;
    if (isTold(folded, w)) continue;
    const within = isUnspaced(folded.codes[words[w]!]!) ? reach * 2 : reach;
    let at = w;
    let step = 1;
    // A word, or two characters, of two concepts counts for both.
    for (; step < steps.length; step++) {
      let next = at;
      while (next <= at + within && next < wordCount && (concepts[next]! & steps[step]!) === 0) next++;
      if (next > at + within || next >= wordCount) break;
      at = next;
    }
    if (step === steps.length) {
      add(from[words[w]!]!, from[at + 1 < wordCount ? words[at + 1]! : folded.length]!, w);
      w = at;
    }
  }
  return found;
}

/** Words before a verb by which it tells what somebody else does, did or will do. */
const tellers = new Set(["has", "have", "had", "was", "were", "been", "will", "would", "could", "did", "who", "which"]);

/** Verbs by which a text tells what somebody else was asked to do. */
const askers = new Set(["asks", "tells", "tricks", "makes", "gets", "tries", "urges", "leads", "causes"]);

/** "ignores", "overrides", "ignored", "the court will override": somebody tells what is done; nobody is told to do it. */
function isTold(folded: Folded, w: number): boolean {
  const { codes, words, wordCount, length, concepts } = folded;
  let end = words[w]!;
  const limit = w + 1 < wordCount ? words[w + 1]! : length;
  while (end < limit && codes[end]! >= 97 && codes[end]! <= 122) end++;
  const last = codes[end - 1];
  if (last === 115 || (last === 100 && codes[end - 2] === 101)) return true;
  if (w === 0) return false;
  const startOf = (i: number) =>
    String.fromCharCode(...codes.subarray(words[i]!, Math.min(words[i + 1]!, words[i]! + 8))).trim();
  const before = startOf(w - 1);
  if (before === "to") return isAsked(folded, w, startOf);
  return tellers.has(before) && (w < 2 || (concepts[w - 2]! & addressed) === 0);
}

/**
 * "a jailbreak asks the model to ignore": an attack is told of.
 * SECURITY: only where an attack is the subject; "the user asks the assistant to ignore" is an order that pretends to be a report.
 */
function isAsked({ concepts }: Folded, w: number, startOf: (i: number) => string): boolean {
  for (let i = w - 2; i >= Math.max(1, w - 6); i--) {
    if ((concepts[i]! & you) !== 0) return false;
    if (askers.has(startOf(i))) return (concepts[i - 1]! & attack) !== 0;
  }
  return false;
}

/** The first word at or behind an offset of the text. */
function wordAt(folded: Folded, offset: number): number {
  let low = 0;
  let high = folded.wordCount;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (folded.from[folded.words[middle]!]! < offset) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** A phrase between quotes that a text about attacks gives as an example. */
function isQuoted(lower: string, folded: Folded, start: number, word: number): boolean {
  let quoted = false;
  for (let i = Math.max(0, start - 12); i < start; i++) if (quotes.has(lower.charCodeAt(i))) quoted = true;
  if (!quoted) return false;
  for (let w = Math.max(0, word - talkedAbout); w < word; w++) if ((folded.concepts[w]! & meta) !== 0) return true;
  return false;
}
