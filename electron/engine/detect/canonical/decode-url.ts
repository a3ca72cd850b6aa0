import { type Decoder, hexDigit, put, putCodePoint, type Rewriter, resetRewriter } from "./rewriter.ts";

/** The byte of `%XX` at `i`, or -1. */
function percentByte(text: string, i: number): number {
  if (text.charCodeAt(i) !== 37) return -1;
  const high = hexDigit(text.charCodeAt(i + 1));
  if (high < 0) return -1;
  const low = hexDigit(text.charCodeAt(i + 2));
  return low < 0 ? -1 : high * 16 + low;
}

/** The unit of `%uXXXX` at `i`, or -1. Not in any RFC, but IIS and old JavaScript understand it. */
function percentUnit(text: string, i: number): number {
  if ((text.charCodeAt(i + 1) | 32) !== 117) return -1;
  let unit = 0;
  for (let k = 2; k < 6; k++) {
    const digit = hexDigit(text.charCodeAt(i + k));
    if (digit < 0) return -1;
    unit = unit * 16 + digit;
  }
  return unit;
}

/**
 * Reads the escapes of one UTF-8 character whose first byte is `lead`. Overlong forms are read the way careless decoders read
 * them (`%c0%ae` is a dot); what is no UTF-8 at all stands for itself as Latin-1.
 *
 * @returns true when the form was overlong
 */
function decodeMultibyte(
  text: string,
  start: number,
  lead: number,
  out: Rewriter,
): { next: number; overlong: boolean } {
  const more = lead >= 0xf8 || lead < 0xc0 ? 0 : lead >= 0xf0 ? 3 : lead >= 0xe0 ? 2 : 1;
  let codePoint = more === 3 ? lead & 7 : more === 2 ? lead & 15 : lead & 31;
  let i = start + 3;
  for (let k = 0; k < more; k++, i += 3) {
    const byte = percentByte(text, i);
    if (byte < 0x80 || byte > 0xbf) {
      put(out, lead, start);
      return { next: start + 3, overlong: false };
    }
    codePoint = codePoint * 64 + (byte & 63);
  }
  if (more === 0 || codePoint > 0x10ffff || (codePoint >= 0xd800 && codePoint <= 0xdfff)) {
    put(out, lead, start);
    return { next: start + 3, overlong: false };
  }
  putCodePoint(out, codePoint, start);
  const least = more === 3 ? 0x10000 : more === 2 ? 0x800 : 0x80;
  return { next: i, overlong: codePoint < least };
}

function hasEscape(text: string): boolean {
  for (let at = text.indexOf("%"); at >= 0; at = text.indexOf("%", at + 1)) {
    if (percentByte(text, at) >= 0 || percentUnit(text, at) >= 0) return true;
  }
  return false;
}

/**
 * Undoes percent-encoding (RFC 3986 section 2.1, `%uXXXX` too).
 *
 * @param plus whether `+` stands for a space (forms and queries: WHATWG URL section 5.1)
 */
export function createUrlDecoder(plus: boolean): Decoder {
  return (text, out) => {
    // Prose has per cents of its own: most texts with a sign have nothing to undo.
    if (!hasEscape(text) && !(plus && text.includes("+"))) return null;
    resetRewriter(out, text.length);
    const { codes, origin } = out;
    let changed = false;
    let overlong = false;
    for (let i = 0; i < text.length; ) {
      const code = text.charCodeAt(i);
      if (code === 37) {
        const byte = percentByte(text, i);
        if (byte >= 0x80) {
          const read = decodeMultibyte(text, i, byte, out);
          overlong ||= read.overlong;
          changed = true;
          i = read.next;
          continue;
        }
        if (byte >= 0) {
          put(out, byte, i);
          changed = true;
          i += 3;
          continue;
        }
        const unit = percentUnit(text, i);
        if (unit >= 0) {
          put(out, unit, i);
          changed = true;
          i += 6;
          continue;
        }
      }
      const space = plus && code === 43;
      changed ||= space;
      codes[out.length] = space ? 32 : code;
      origin[out.length++] = i++;
    }
    if (!changed) return null;
    return overlong ? "overlong_utf8" : "url";
  };
}
