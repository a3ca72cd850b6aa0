import { copy, type Decoder, put, resetRewriter } from "./rewriter.ts";

function isWord(code: number): boolean {
  const lower = code | 32;
  return (lower >= 97 && lower <= 122) || (code >= 48 && code <= 57);
}

/** Length of a shell expansion at `i` that stands for white space (`${IFS}`, `$IFS$9`), or 0. */
function blankExpansion(text: string, i: number): number {
  if (text.startsWith("${IFS", i)) {
    // ${IFS}, ${IFS%??}: up to the closing brace, which must come soon.
    const close = text.slice(i, i + 16).indexOf("}");
    return close < 0 ? 0 : close + 1;
  }
  if (text.startsWith("$IFS", i)) {
    return text.charCodeAt(i + 4) === 36 && isWord(text.charCodeAt(i + 5)) ? 6 : 4;
  }
  return 0;
}

/** Length of something at `i` that a shell reads as nothing at all: `''`, `""`, `$@`, `$*`, `$1`, a backslash or caret before a letter. */
function emptyExpansion(text: string, i: number): number {
  const code = text.charCodeAt(i);
  const next = text.charCodeAt(i + 1);
  if ((code === 39 || code === 34 || code === 96) && next === code) return 2;
  if (code === 36 && (next === 64 || next === 42 || (next >= 49 && next <= 57))) return 2;
  if ((code === 92 || code === 94) && (next | 32) >= 97 && (next | 32) <= 122) return 1;
  if (code === 92 && (next === 10 || next === 13)) return 2;
  return 0;
}

/**
 * Undoes what shells ignore within words: `c''at`, `c\at`, `c$@at`, `w^hoami`; turns `${IFS}` into a space, and brace lists
 * where a command stands (`;{cat,/etc/passwd}`) into words. A reading of its own, since it would spoil SQL's quotes.
 */
export const undoShell: Decoder = (text, out) => {
  resetRewriter(out, text.length);
  let changed = false;
  let copied = 0;
  for (let i = 0; i < text.length; ) {
    const code = text.charCodeAt(i);
    if (code !== 36 && code !== 39 && code !== 34 && code !== 96 && code !== 92 && code !== 94 && code !== 123) {
      i++;
      continue;
    }
    const blank = code === 36 ? blankExpansion(text, i) : 0;
    if (blank > 0) {
      copy(out, text, copied, i);
      put(out, 32, i);
      i += blank;
      copied = i;
      changed = true;
      continue;
    }
    const inWord = i > 0 && (isWord(text.charCodeAt(i - 1)) || text.charCodeAt(i - 1) === 47);
    const empty = inWord ? emptyExpansion(text, i) : 0;
    const follower = text.charCodeAt(i + empty);
    if (empty > 0 && (isWord(follower) || follower === 47 || code === 36)) {
      copy(out, text, copied, i);
      i += empty;
      copied = i;
      changed = true;
      continue;
    }
    if (code === 123 && (i === 0 || ";|&`(\n".includes(text[i - 1]!))) {
      const end = braceListEnd(text, i);
      if (end > 0) {
        copy(out, text, copied, i);
        for (let k = i + 1; k < end; k++) put(out, text.charCodeAt(k) === 44 ? 32 : text.charCodeAt(k), k);
        i = end + 1;
        copied = i;
        changed = true;
        continue;
      }
    }
    i++;
  }
  if (!changed) return null;
  copy(out, text, copied, text.length);
  return "shell";
};

/** Offset of the brace that closes a list of words such as `{cat,/etc/passwd}`, or 0. JSON, CSS and templates are no such lists. */
function braceListEnd(text: string, start: number): number {
  let comma = false;
  for (let i = start + 1; i < text.length && i < start + 256; i++) {
    const code = text.charCodeAt(i);
    if (code === 125) return comma ? i : 0;
    if (code === 44) comma = true;
    else if (code <= 32 || code === 34 || code === 39 || code === 58 || code === 59 || code === 123) return 0;
  }
  return 0;
}

/** `${lower:x}`, `${upper:x}`, `${::-x}`, `${env:NAME:-x}` of Log4j stand for x; innermost first, one level each time. */
export const undoLookups: Decoder = (text, out) => {
  let dollar = text.indexOf("${");
  if (dollar < 0) return null;
  resetRewriter(out, text.length);
  let copied = 0;
  let changed = false;
  while (dollar >= 0) {
    const next = text.indexOf("${", dollar + 2);
    // Innermost only: its closing brace comes before the next opening.
    const limit = Math.min(next < 0 ? text.length : next, dollar + 128);
    const close = text.slice(dollar, limit).indexOf("}");
    if (close > 0) {
      const from = lookupValue(text, dollar + 2, dollar + close);
      if (from > 0) {
        copy(out, text, copied, dollar);
        copy(out, text, from, dollar + close);
        copied = dollar + close + 1;
        changed = true;
      }
    }
    dollar = next;
  }
  if (!changed) return null;
  copy(out, text, copied, text.length);
  return "lookups";
};

/** Where the value of the look-up with content [start, end) begins, or 0 when it is none of those that hide letters. */
function lookupValue(text: string, start: number, end: number): number {
  const content = text.slice(start, end).toLowerCase();
  if (content.startsWith("lower:") || content.startsWith("upper:")) return start + 6;
  const fallback = content.indexOf(":-");
  return fallback >= 0 ? start + fallback + 2 : 0;
}
