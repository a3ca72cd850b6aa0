import { type Decoder, put, resetRewriter } from "./rewriter.ts";

function isBlank(code: number): boolean {
  return code === 32 || (code >= 9 && code <= 13) || code === 160;
}

/** Schemes that run code; browsers skip control characters and line breaks within them (WHATWG URL section 4.4). */
const schemes = ["javascript:", "vbscript:"];

/** When a scheme starts at `i` with control characters inside, the offset behind it; else `i`. */
function splitSchemeEnd(text: string, i: number, scheme: string): number {
  let k = 0;
  let skipped = false;
  for (let at = i; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code < 32) {
      skipped = true;
      continue;
    }
    if ((code | 32) !== (scheme.charCodeAt(k) | 32)) return i;
    if (++k === scheme.length) return skipped ? at + 1 : i;
  }
  return i;
}

/**
 * Folds what separates words: SQL block comments become one space, the content of MySQL's version comments (`/*!50000 …`) is
 * kept, runs of blanks become one space, NUL and other control characters go, `java\tscript:` is joined.
 */
export const foldSpace: Decoder = (text, out) => {
  resetRewriter(out, text.length);
  let comments = false;
  let blanks = false;
  let versionDepth = 0;
  for (let i = 0; i < text.length; ) {
    const code = text.charCodeAt(i);
    if (code === 47 && text.charCodeAt(i + 1) === 42) {
      comments = true;
      const bang = text.charCodeAt(i + 2) === 33 ? i + 3 : text.charCodeAt(i + 3) === 33 ? i + 4 : 0;
      if (bang > 0 && (bang === i + 3 || (text.charCodeAt(i + 2) | 32) === 109)) {
        put(out, 32, i);
        versionDepth++;
        i = bang;
        for (let digits = 0; digits < 6 && text.charCodeAt(i) >= 48 && text.charCodeAt(i) <= 57; digits++) i++;
        continue;
      }
      const end = text.indexOf("*/", i + 2);
      // Unclosed, the comment would swallow the rest: read on behind its opening.
      put(out, 32, i);
      i = end < 0 ? i + 2 : end + 2;
      if (end < 0) {
        for (; i < text.length; i++) put(out, text.charCodeAt(i), i);
      }
      continue;
    }
    if (versionDepth > 0 && code === 42 && text.charCodeAt(i + 1) === 47) {
      versionDepth--;
      put(out, 32, i);
      i += 2;
      continue;
    }
    if (isBlank(code)) {
      let end = i + 1;
      while (end < text.length && isBlank(text.charCodeAt(end))) end++;
      const lineBreak = end === i + 2 && code === 13 && text.charCodeAt(i + 1) === 10;
      if (end === i + 1 || lineBreak) {
        for (; i < end; i++) put(out, text.charCodeAt(i), i);
      } else {
        put(out, 32, i);
        blanks = true;
      }
      i = end;
      continue;
    }
    if (code < 32 || code === 127) {
      blanks = true;
      i++;
      continue;
    }
    const lower = code | 32;
    if (lower === 106 || lower === 118) {
      const scheme = schemes[lower === 106 ? 0 : 1]!;
      const end = splitSchemeEnd(text, i, scheme);
      if (end > i) {
        for (; i < end; i++) if (text.charCodeAt(i) >= 32) put(out, text.charCodeAt(i), i);
        blanks = true;
        continue;
      }
    }
    put(out, code, i++);
  }
  if (comments) return blanks ? "comments and white_space" : "comments";
  return blanks ? "white_space" : null;
};
