import { type Decoder, put, putCodePoint, resetRewriter } from "../../../detect/canonical/rewriter.ts";

/** Invisible in every font: zero-width, directional and filler characters, soft hyphen, byte order mark. */
export function isInvisible(code: number): boolean {
  return (
    (code >= 0x200b && code <= 0x200f) ||
    (code >= 0x202a && code <= 0x202e) ||
    (code >= 0x2060 && code <= 0x206f) ||
    code === 0xad ||
    code === 0xfeff ||
    code === 0x34f ||
    code === 0x61c ||
    code === 0x115f ||
    code === 0x1160 ||
    code === 0x180e ||
    code === 0x3164 ||
    code === 0xffa0
  );
}

/** Byte that a variation selector may stand for: VS1 to VS16 are 0 to 15, VS17 to VS256 the rest; -1 for other characters. */
function selectorByte(codePoint: number): number {
  if (codePoint >= 0xfe00 && codePoint <= 0xfe0f) return codePoint - 0xfe00;
  return codePoint >= 0xe0100 && codePoint <= 0xe01ef ? codePoint - 0xe0100 + 16 : -1;
}

/** Tag character of Unicode's block "Tags", as the ASCII it stands for; -1 for others. */
function tagAscii(codePoint: number): number {
  return codePoint >= 0xe0020 && codePoint <= 0xe007e ? codePoint - 0xe0000 : -1;
}

const blackFlag = 0x1f3f4;

/**
 * Makes text visible that is written in characters nobody sees: tag characters, bytes in variation selectors, and bits in two
 * kinds of zero-width characters; other invisible characters are dropped. Flags of regions are left alone (UTS 51, annex C).
 */
export const revealHidden: Decoder = (text, out) => {
  let any = false;
  for (let i = 0; i < text.length && !any; i++) {
    const code = text.charCodeAt(i);
    any = code > 127 && (isInvisible(code) || (code >= 0xfe00 && code <= 0xfe0f) || code === 0xdb40);
  }
  if (!any) return null;
  resetRewriter(out, text.length);
  let before = 0;
  let isFlag = false;
  for (let i = 0; i < text.length; ) {
    const codePoint = text.codePointAt(i)!;
    const width = codePoint > 0xffff ? 2 : 1;
    const tag = tagAscii(codePoint);
    if (tag >= 0 || codePoint === 0xe007f || codePoint === 0xe0001) {
      if (before === blackFlag) isFlag = true;
      if (!isFlag && tag >= 0) put(out, tag, i);
      i += width;
      before = codePoint;
      continue;
    }
    isFlag = false;
    if (selectorByte(codePoint) >= 0) i = readSelectors(text, i, out);
    else if (isInvisible(codePoint)) i = readZeroWidth(text, i, out);
    else {
      putCodePoint(out, codePoint, i);
      i += width;
    }
    before = codePoint;
  }
  return "invisible";
};

/** A run of selectors as UTF-8; one alone only chooses how a character looks. */
function readSelectors(text: string, start: number, out: Parameters<Decoder>[1]): number {
  const bytes: number[] = [];
  let i = start;
  for (; i < text.length; ) {
    const codePoint = text.codePointAt(i)!;
    const byte = selectorByte(codePoint);
    if (byte < 0) break;
    bytes.push(byte);
    i += codePoint > 0xffff ? 2 : 1;
  }
  if (bytes.length >= 4) writeBytes(bytes, start, i, out);
  return i;
}

/** A run of two kinds of zero-width characters as bits of ASCII; others are dropped. */
function readZeroWidth(text: string, start: number, out: Parameters<Decoder>[1]): number {
  let i = start;
  const seen: number[] = [];
  for (; i < text.length && isInvisible(text.charCodeAt(i)); i++) seen.push(text.charCodeAt(i));
  if (seen.length < 32) return i;
  const counts = new Map<number, number>();
  for (const code of seen) counts.set(code, (counts.get(code) ?? 0) + 1);
  const two = [...counts]
    .sort((a, b) => b[1] - a[1])
    .slice(0, 2)
    .map(([code]) => code);
  for (const one of two) {
    const bits = seen.filter((code) => two.includes(code)).map((code) => (code === one ? 1 : 0));
    for (const size of [8, 7]) {
      const bytes = Array.from({ length: Math.floor(bits.length / size) }, (_, k) =>
        bits.slice(k * size, k * size + size).reduce((sum: number, bit) => sum * 2 + bit, 0),
      );
      if (bytes.length >= 4 && bytes.every((byte) => (byte >= 32 && byte < 127) || byte === 10)) {
        writeBytes(bytes, start, i, out);
        return i;
      }
    }
  }
  return i;
}

function writeBytes(bytes: readonly number[], start: number, end: number, out: Parameters<Decoder>[1]): void {
  const text = Buffer.from(bytes).toString("utf8");
  for (let k = 0; k < text.length && k < end - start; k++) put(out, text.charCodeAt(k), Math.min(end - 1, start + k));
}
