import { knownWords } from "./known-words.ts";

function shiftWord(word: string, shift: number): string {
  let shifted = "";
  for (let i = 0; i < word.length; i++) shifted += String.fromCharCode(97 + ((word.charCodeAt(i) - 97 + shift) % 26));
  return shifted;
}

const hashStart = 0x811c9dc5;
const addCode = (hash: number, code: number) => Math.imul(hash ^ code, 0x01000193);
const hashOf = (word: string) => [...word].reduce((hash, letter) => addCode(hash, letter.charCodeAt(0)), hashStart);

/** By how much a known word is moved along the alphabet, by the hash of what that gives. */
const shiftOf = new Map<number, number>();
const reversedWords = new Set<number>();
for (const word of knownWords) {
  if (word.length < 3) continue;
  for (let shift = 1; shift < 26; shift++) {
    const shifted = shiftWord(word, shift);
    if (!knownWords.has(shifted) && !shiftOf.has(hashOf(shifted))) shiftOf.set(hashOf(shifted), shift);
  }
  const reversed = [...word].reverse().join("");
  if (!knownWords.has(reversed)) reversedWords.add(hashOf(reversed));
}

/** How many different words of a text are known ones with their letters moved, or turned around. */
export interface MovedWords {
  /** By how much most of the moved ones are. */
  readonly shift: number;
  readonly shifted: number;
  readonly reversed: number;
}

let last: { readonly text: string; readonly found: MovedWords } | null = null;

/** One pass, no allocation for words that are not known; the last text's answer is kept, as several decoders ask. */
export function findMovedWords(text: string): MovedWords {
  if (last?.text === text) return last.found;
  const reversed = new Set<number>();
  const shifts = new Map<number, Set<number>>();
  let hash = hashStart;
  let length = 0;
  for (let i = 0; i <= text.length; i++) {
    const code = i < text.length ? text.charCodeAt(i) | 32 : 0;
    if (code >= 97 && code <= 122) {
      hash = addCode(hash, code);
      length++;
      continue;
    }
    if (length >= 3) {
      if (reversedWords.has(hash)) reversed.add(hash);
      const shift = shiftOf.get(hash);
      if (shift !== undefined) shifts.set(shift, (shifts.get(shift) ?? new Set()).add(hash));
    }
    hash = hashStart;
    length = 0;
  }
  const [best] = [...shifts].sort((one, other) => other[1].size - one[1].size);
  const found = { shift: best?.[0] ?? 0, shifted: best?.[1].size ?? 0, reversed: reversed.size };
  last = { text, found };
  return found;
}
