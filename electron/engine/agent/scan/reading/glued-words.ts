import { type Decoder, put, resetRewriter } from "../../../detect/canonical/rewriter.ts";
import { knownWords, longestKnown } from "./known-words.ts";

/** Letters in a row: what is shorter is a word, or holds no instruction. */
const run = /[A-Za-z]{20,}/g;
/** Words are told apart by a capital letter, alone or after several: `readTheHTMLPage`. */
const hump = /(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])/;
const fewestWords = 5;
/** Share of words that have to be known ones, where capitals tell them apart; with a word that names in programs seldom hold, and without. */
const leastKnown = { said: 0.6, listed: 0.8 };
const spoken = new Set("the all any you your my me this that these those everything anything and".split(" "));

/** Writes blanks between words that stand without: `IgnoreAllPreviousInstructions`, `ignoreallpreviousinstructions`. */
export const splitGlued: Decoder = (text, out) => {
  let at = 0;
  let changed = false;
  for (const { 0: letters, index } of text.matchAll(run)) {
    const words = byHumps(letters) ?? byKnownWords(letters);
    if (words === null) continue;
    if (!changed) resetRewriter(out, text.length * 2);
    changed = true;
    for (; at < index; at++) put(out, text.charCodeAt(at), at);
    for (const word of words) {
      if (at > index) put(out, 32, at);
      for (const end = at + word.length; at < end; at++) put(out, text.charCodeAt(at), at);
    }
  }
  if (!changed) return null;
  for (; at < text.length; at++) put(out, text.charCodeAt(at), at);
  return "glued_words";
};

function byHumps(letters: string): string[] | null {
  const words = letters.split(hump);
  if (words.length < fewestWords) return null;
  const lower = words.map((word) => word.toLowerCase());
  const known = lower.filter((word) => knownWords.has(word)).length;
  const share = lower.some((word) => spoken.has(word)) ? leastKnown.said : leastKnown.listed;
  return known >= words.length * share ? words : null;
}

/** Known words and nothing else, each as long as can be. */
function byKnownWords(letters: string): string[] | null {
  const lower = letters.toLowerCase();
  const words: string[] = [];
  for (let i = 0; i < lower.length; ) {
    const length = longestKnown(lower, i);
    if (length === 0) return null;
    words.push(letters.slice(i, i + length));
    i += length;
  }
  return words.length >= fewestWords ? words : null;
}
