import { type Decoder, put, resetRewriter } from "../../../detect/canonical/rewriter.ts";
import { knownWords, longestKnown } from "./known-words.ts";

const isLetter = (code: number) => ((code | 32) >= 97 && (code | 32) <= 122) || (code >= 0xc0 && code <= 0x24f);
/** What may stand between the letters of a word that is spelled out. */
const isGap = (code: number) =>
  code === 32 ||
  code === 45 ||
  code === 46 ||
  code === 95 ||
  code === 42 ||
  code === 124 ||
  code === 47 ||
  code === 43 ||
  code === 183 ||
  code === 10 ||
  code === 44;

/** Joins letters that stand one by one: `i g n o r e`, `i.g.n.o.r.e`; what then is one long word is cut where known words end. */
export const joinLetters: Decoder = (text, out) => {
  if (!hasLoneLetters(text)) return null;
  resetRewriter(out, text.length * 2);
  let changed = false;
  for (let i = 0; i < text.length; ) {
    const run = readSpelled(text, i);
    if (run === null) {
      put(out, text.charCodeAt(i), i);
      i++;
      continue;
    }
    for (const part of run.words) {
      const letters = part
        .map((at) => text[at]!)
        .join("")
        .toLowerCase();
      const cuts = part.length > 8 ? cutWords(letters) : [letters.length];
      let from = 0;
      for (const cut of cuts) {
        for (let k = from; k < cut; k++) put(out, text.charCodeAt(part[k]!), part[k]!);
        put(out, 32, part[cut - 1]!);
        from = cut;
      }
    }
    changed = true;
    i = run.end;
  }
  return changed ? "spelled_letters" : null;
};

/** Whether five letters stand alone, each near the last. */
function hasLoneLetters(text: string): boolean {
  let count = 0;
  let last = 0;
  for (let i = 0; i < text.length; i++) {
    if (!isLetter(text.charCodeAt(i))) continue;
    const start = i;
    while (isLetter(text.charCodeAt(i + 1))) i++;
    if (i > start || start - last > 7) count = 0;
    if (i === start && ++count === 5) return true;
    last = start;
  }
  return false;
}

/** Five letters or more, each alone between gaps; a wider gap ends a word. */
function readSpelled(text: string, start: number): { words: number[][]; end: number } | null {
  if (!isLetter(text.charCodeAt(start)) || (start > 0 && isLetter(text.charCodeAt(start - 1)))) return null;
  const words: number[][] = [[start]];
  let count = 1;
  let at = start;
  let usual = -1;
  while (at + 2 < text.length) {
    let next = at + 1;
    while (next < text.length && next - at < 6 && isGap(text.charCodeAt(next))) next++;
    const gap = next - at - 1;
    if (gap === 0 || next >= text.length || !isLetter(text.charCodeAt(next)) || isLetter(text.charCodeAt(next + 1)))
      break;
    if (usual < 0) usual = gap;
    // Between words there is more of it than between letters.
    if (gap > usual) words.push([]);
    words.at(-1)!.push(next);
    count++;
    at = next;
  }
  return count >= 5 ? { words, end: at + 1 } : null;
}

/** Where known words end in a text without blanks; what is no word is kept together. */
function cutWords(letters: string): number[] {
  const cuts: number[] = [];
  let unknown = -1;
  for (let i = 0; i < letters.length; ) {
    const length = longestKnown(letters, i);
    if (length === 0) {
      if (unknown < 0) unknown = i;
      i++;
      continue;
    }
    if (unknown >= 0) cuts.push(i);
    unknown = -1;
    i += length;
    cuts.push(i);
  }
  if (unknown >= 0) cuts.push(letters.length);
  return cuts;
}

const leetLetters: Readonly<Record<string, string>> = {
  "0": "o",
  "1": "i",
  "3": "e",
  "4": "a",
  "5": "s",
  "6": "g",
  "7": "t",
  "8": "b",
  "9": "g",
  "@": "a",
  $: "s",
  "!": "i",
  "|": "l",
  "+": "t",
  "€": "e",
};
/** A letter beside a digit or sign that may stand for one. */
const leetPair = /[A-Za-z][0-9@$|+€]|[0-9@$!|+€][A-Za-z]/g;
const isLeetCode = (code: number) =>
  ((code | 32) >= 97 && (code | 32) <= 122) ||
  (code >= 48 && code <= 57) ||
  "@$!|+€".includes(String.fromCharCode(code));
const longestLeet = 24;

/** Words of letters mixed with digits and signs. */
function* findLeetWords(text: string): Generator<{ start: number; word: string }> {
  let end = 0;
  for (const { index } of text.matchAll(leetPair)) {
    if (index < end) continue;
    let start = index;
    while (start > end && index - start <= longestLeet && isLeetCode(text.charCodeAt(start - 1))) start--;
    end = index + 2;
    while (end < text.length && end - start <= longestLeet && isLeetCode(text.charCodeAt(end))) end++;
    if (end - start >= 3 && end - start <= longestLeet) yield { start, word: text.slice(start, end) };
  }
}

/** Writes digits and signs within words as the letters they stand for, in texts where several known words come out. */
export const undoLeet: Decoder = (text, out) => {
  const changes: { start: number; word: string }[] = [];
  let known = 0;
  for (const { start, word } of findLeetWords(text)) {
    const plain = undoWord(word);
    if (plain === null) continue;
    known++;
    changes.push({ start, word: plain });
  }
  if (known < 2) return null;
  resetRewriter(out, text.length);
  let at = 0;
  for (const { start, word } of changes) {
    for (; at < start; at++) put(out, text.charCodeAt(at), at);
    for (let k = 0; k < word.length; k++) put(out, word.charCodeAt(k), start + k);
    at = start + word.length;
  }
  for (; at < text.length; at++) put(out, text.charCodeAt(at), at);
  return "digits_for_letters";
};

function undoWord(word: string): string | null {
  const plain = [...word.toLowerCase()].map((character) => leetLetters[character] ?? character).join("");
  if (knownWords.has(plain)) return plain;
  const other = [...word.toLowerCase()]
    .map((character) => (character === "1" ? "l" : (leetLetters[character] ?? character)))
    .join("");
  if (knownWords.has(other)) return other;
  // A mark that ends a sentence is no letter.
  return word.endsWith("!") ? undoWord(word.replace(/!+$/, "")) : null;
}

const joint =
  /(?:["'`] {0,2}[+.&] {0,2}["'`]|-\r?\n[ \t]{0,8}|\*{1,3}|_{2}|~{2}|\/\*[^*]{0,20}\*\/|<!--[^>]{0,20}-->|<\/?[a-z]{1,6}>|`|\\)(?=\p{L})/gu;

const isLetterBefore = (text: string, at: number) =>
  at > 0 && (isLetter(text.charCodeAt(at - 1)) || /\p{L}/u.test(text[at - 1]!));

/** Joins words that quotes, comments, mark-up or the end of a line cut in two. */
export const joinFragments: Decoder = (text, out) => {
  let at = 0;
  let changed = false;
  for (const match of text.matchAll(joint)) {
    if (!isLetterBefore(text, match.index)) continue;
    if (!changed) resetRewriter(out, text.length);
    changed = true;
    for (; at < match.index; at++) put(out, text.charCodeAt(at), at);
    at = match.index + match[0].length;
  }
  if (!changed) return null;
  for (; at < text.length; at++) put(out, text.charCodeAt(at), at);
  return "joined";
};
