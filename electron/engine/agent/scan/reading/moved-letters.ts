import { type Decoder, put, resetRewriter } from "../../../detect/canonical/rewriter.ts";
import { findMovedWords } from "./find-moved-words.ts";

/** Different known words that must come out before a text is taken to be written so. */
const leastWords = 3;

/** Undoes letters moved along the alphabet (ROT13 and all other distances), where known words come out. */
export const undoShift: Decoder = (text, out) => {
  const { shift, shifted } = findMovedWords(text);
  if (shifted < leastWords) return null;
  resetRewriter(out, text.length);
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    const base = code >= 97 && code <= 122 ? 97 : code >= 65 && code <= 90 ? 65 : 0;
    put(out, base === 0 ? code : base + ((code - base - shift + 26) % 26), i);
  }
  return "shifted_letters";
};

/** Turns lines around that are written backwards, where known words come out. */
export const undoReversal: Decoder = (text, out) => {
  if (findMovedWords(text).reversed < leastWords) return null;
  resetRewriter(out, text.length);
  let start = 0;
  while (start <= text.length) {
    const found = text.indexOf("\n", start);
    const end = found < 0 ? text.length : found;
    for (let i = end - 1; i >= start; i--) put(out, text.charCodeAt(i), i);
    if (end < text.length) put(out, 10, end);
    start = end + 1;
  }
  return "reversed";
};

/** Turns each word around that is written backwards. */
export const undoWordReversal: Decoder = (text, out) => {
  if (findMovedWords(text).reversed < leastWords) return null;
  resetRewriter(out, text.length);
  let at = 0;
  for (const match of text.matchAll(/[A-Za-z]+/g)) {
    for (; at < match.index; at++) put(out, text.charCodeAt(at), at);
    const end = match.index + match[0].length;
    for (let i = end - 1; i >= match.index; i--) put(out, text.charCodeAt(i), i);
    at = end;
  }
  for (; at < text.length; at++) put(out, text.charCodeAt(at), at);
  return "reversed_words";
};
