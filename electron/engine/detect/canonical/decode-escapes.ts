import { copy, type Decoder, hexDigit, put, putCodePoint, type Rewriter, resetRewriter } from "./rewriter.ts";

/** Escapes of JSON strings that stand for one other character (RFC 8259 section 7). */
const jsonShort = new Map<number, number>([
  [34, 34],
  [92, 92],
  [47, 47],
  [98, 8],
  [102, 12],
  [110, 10],
  [114, 13],
  [116, 9],
]);

function readHex(text: string, start: number, digits: number): number {
  let value = 0;
  for (let i = start; i < start + digits; i++) {
    const digit = hexDigit(text.charCodeAt(i));
    if (digit < 0) return -1;
    value = value * 16 + digit;
  }
  return value;
}

/** Reads the escape whose backslash is at `i`; writes its character. @returns offset behind it, or `i` when it is none */
function readEscape(text: string, i: number, out: Rewriter): number {
  const kind = text.charCodeAt(i + 1);
  if (kind === 117 && text.charCodeAt(i + 2) === 123) {
    // \u{H…}: at most six digits count, so the look-ahead is bounded.
    let value = 0;
    let end = i + 3;
    for (; end < i + 11; end++) {
      const digit = hexDigit(text.charCodeAt(end));
      if (digit < 0) break;
      value = value * 16 + digit;
    }
    if (end === i + 3 || text.charCodeAt(end) !== 125 || value > 0x10ffff) return i;
    putCodePoint(out, value, i);
    return end + 1;
  }
  if (kind === 117 || kind === 120) {
    const digits = kind === 117 ? 4 : 2;
    const value = readHex(text, i + 2, digits);
    if (value < 0) return i;
    put(out, value, i);
    return i + 2 + digits;
  }
  if (kind >= 48 && kind <= 51) {
    const second = text.charCodeAt(i + 2) - 48;
    const third = text.charCodeAt(i + 3) - 48;
    if (!(second >= 0 && second <= 7 && third >= 0 && third <= 7)) return i;
    put(out, (kind - 48) * 64 + second * 8 + third, i);
    return i + 4;
  }
  return i;
}

/**
 * Undoes escapes of JavaScript, C, shell and PHP strings that spell a character by its number: `\x41`, `\u0041`, `\u{41}`,
 * `\101`; also `\"` and `\/`. Letters such as `\n` stay: in `..\notes` they are no escapes.
 */
export const decodeEscapes: Decoder = (text, out) => {
  let backslash = text.indexOf("\\");
  if (backslash < 0) return null;
  resetRewriter(out, text.length);
  let copied = 0;
  let changed = false;
  while (backslash >= 0) {
    copy(out, text, copied, backslash);
    copied = backslash;
    let next = readEscape(text, backslash, out);
    const follower = text.charCodeAt(backslash + 1);
    if (next === backslash && (follower === 34 || follower === 47)) {
      put(out, follower, backslash);
      next = backslash + 2;
    }
    if (next > backslash) {
      changed = true;
      copied = next;
    }
    backslash = text.indexOf("\\", Math.max(next, backslash + 1));
  }
  if (!changed) return null;
  copy(out, text, copied, text.length);
  return "escapes";
};

/** Undoes the escapes of a JSON string, whose quotes are not part of `text` (RFC 8259 section 7). */
export const decodeJson: Decoder = (text, out) => {
  let backslash = text.indexOf("\\");
  if (backslash < 0) return null;
  resetRewriter(out, text.length);
  let copied = 0;
  let changed = false;
  while (backslash >= 0) {
    copy(out, text, copied, backslash);
    copied = backslash;
    const short = jsonShort.get(text.charCodeAt(backslash + 1));
    let next = backslash;
    if (short !== undefined) {
      put(out, short, backslash);
      next = backslash + 2;
    } else {
      next = readEscape(text, backslash, out);
    }
    if (next > backslash) {
      changed = true;
      copied = next;
    }
    backslash = text.indexOf("\\", Math.max(next, backslash + 1));
  }
  if (!changed) return null;
  copy(out, text, copied, text.length);
  return "json";
};
