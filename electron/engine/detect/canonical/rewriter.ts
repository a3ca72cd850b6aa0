/**
 * Where a decoder writes its text: one UTF-16 unit at a time with the offset it came from. The buffers are reused from value to
 * value, so that a decoding costs no allocation but its result.
 */
export interface Rewriter {
  codes: Uint16Array;
  origin: Uint32Array;
  length: number;
}

declare global {
  interface Buffer {
    /** Node's own fast path behind `toString("latin1")`; missing from its type definitions. */
    latin1Slice(start: number, end: number): string;
  }
}

/** Rewrites `text` into `out`; answers the name of what it undid, or null when there was nothing to undo (`out` is then void). */
export type Decoder = (text: string, out: Rewriter) => string | null;

export function createRewriter(): Rewriter {
  return { codes: new Uint16Array(1024), origin: new Uint32Array(1025), length: 0 };
}

/** Empties the rewriter and makes room for `capacity` units. */
export function resetRewriter(out: Rewriter, capacity: number): void {
  out.length = 0;
  if (out.codes.length < capacity) {
    const size = Math.max(capacity, out.codes.length * 2);
    out.codes = new Uint16Array(size);
    out.origin = new Uint32Array(size + 1);
  }
}

/** Appends one UTF-16 unit that came from offset `from`. No decoder writes more units than it made room for. */
export function put(out: Rewriter, code: number, from: number): void {
  out.codes[out.length] = code;
  out.origin[out.length++] = from;
}

/** Appends one code point, as a surrogate pair above U+FFFF. */
export function putCodePoint(out: Rewriter, codePoint: number, from: number): void {
  if (codePoint <= 0xffff) {
    put(out, codePoint, from);
    return;
  }
  put(out, 0xd800 + ((codePoint - 0x10000) >> 10), from);
  put(out, 0xdc00 + ((codePoint - 0x10000) & 0x3ff), from);
}

/** Appends `text` from `start` up to `end` as it stands. */
export function copy(out: Rewriter, text: string, start: number, end: number): void {
  const { codes, origin } = out;
  let length = out.length;
  for (let i = start; i < end; i++) {
    codes[length] = text.charCodeAt(i);
    origin[length++] = i;
  }
  out.length = length;
}

let bytes = Buffer.alloc(4096);

/** The written text, flat: through a byte buffer where it is Latin-1, else from the units as they lie in memory. */
export function writtenText(out: Rewriter): string {
  const { codes, length } = out;
  if (bytes.length < length) bytes = Buffer.alloc(codes.length);
  let all = 0;
  for (let i = 0; i < length; i++) {
    const code = codes[i]!;
    all |= code;
    bytes[i] = code;
  }
  if (all <= 0xff) return bytes.latin1Slice(0, length);
  return Buffer.from(codes.buffer, codes.byteOffset, length * 2).toString("utf16le");
}

/** Where each unit of the written text came from, and behind the last one the end of what was read. */
export function writtenOrigin(out: Rewriter, inputLength: number): Uint32Array {
  out.origin[out.length] = inputLength;
  return out.origin.slice(0, out.length + 1);
}

/** Value of a hexadecimal digit's code, or -1. */
export function hexDigit(code: number): number {
  if (code >= 48 && code <= 57) return code - 48;
  const lower = code | 32;
  return lower >= 97 && lower <= 102 ? lower - 87 : -1;
}
