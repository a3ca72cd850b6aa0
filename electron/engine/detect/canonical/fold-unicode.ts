import { type Decoder, put, resetRewriter } from "./rewriter.ts";

/**
 * Characters that servers turn into ASCII by best fit though NFKC keeps them: quotes, slashes, angles.
 * Typographic quotes are not among them: they stand in ordinary prose.
 */
const bestFit = new Map<number, number>([
  [0x02b9, 39],
  [0x02bc, 39],
  [0x2032, 39],
  [0x2033, 34],
  [0x02ba, 34],
  [0x2044, 47],
  [0x2215, 47],
  [0x2216, 92],
  [0x2039, 60],
  [0x203a, 62],
  [0x3008, 60],
  [0x3009, 62],
  [0x2329, 60],
  [0x232a, 62],
  [0x2223, 124],
  [0x02d0, 58],
  [0xa789, 58],
]);

/** Compatibility characters of ordinary text: folding them would only make work. */
const ordinary = new Set([0xa0, 0xa8, 0xaa, 0xaf, 0xb2, 0xb3, 0xb4, 0xb5, 0xb8, 0xb9, 0xba, 0x2026, 0x2122, 0x2116]);

/**
 * The ASCII that NFKC gives for a code point, or null. Blocks without such characters are not asked. Unicode's stability policy
 * fixes NFKC of assigned characters, so that the answer does not depend on the version of ICU.
 */
function asciiOf(codePoint: number, character: string): string | null {
  const fit = bestFit.get(codePoint);
  if (fit !== undefined) return String.fromCharCode(fit);
  const asked =
    (codePoint >= 0xff01 && codePoint <= 0xff5e) ||
    (codePoint >= 0x2000 && codePoint <= 0x24ff) ||
    (codePoint >= 0x1d400 && codePoint <= 0x1d7ff) ||
    (codePoint >= 0xfb00 && codePoint <= 0xfb06) ||
    (codePoint >= 0xfe10 && codePoint <= 0xfe6f) ||
    (codePoint >= 0x1d2c && codePoint <= 0x1d6a) ||
    (codePoint >= 0x02b0 && codePoint <= 0x02b8) ||
    codePoint === 0x17f ||
    codePoint === 0x3000;
  if (!asked || ordinary.has(codePoint)) return null;
  const folded = character.normalize("NFKC");
  for (let i = 0; i < folded.length; i++) if (folded.charCodeAt(i) > 127) return null;
  return folded.length <= character.length ? folded : null;
}

/** Soft hyphen, zero-width characters, directional marks, byte order mark: invisible, and dropped by many readers. */
function isInvisible(code: number): boolean {
  return code === 0xad || (code >= 0x200b && code <= 0x200f) || (code >= 0x202a && code <= 0x202e) || code === 0xfeff;
}

/**
 * Folds characters that careless readers take for ASCII: full-width and mathematical forms (Unicode NFKC), best-fit quotes and
 * slashes, invisible characters between ASCII ones, and overlong UTF-8 that was read as Latin-1.
 */
export const foldUnicode: Decoder = (text, out) => {
  resetRewriter(out, text.length);
  let changed = false;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code < 0x80) {
      put(out, code, i);
      continue;
    }
    if (isInvisible(code) && !(text.charCodeAt(i - 1) > 127) && !(text.charCodeAt(i + 1) > 127)) {
      changed = true;
      continue;
    }
    if (code === 0xc0 || code === 0xc1) {
      const next = text.charCodeAt(i + 1);
      if (next >= 0x80 && next <= 0xbf) {
        put(out, ((code & 31) << 6) | (next & 63), i);
        changed = true;
        i++;
        continue;
      }
    }
    const codePoint = text.codePointAt(i)!;
    const width = codePoint > 0xffff ? 2 : 1;
    const ascii = asciiOf(codePoint, width === 2 ? text.slice(i, i + 2) : text[i]!);
    if (ascii === null) {
      put(out, code, i);
      if (width === 2) put(out, text.charCodeAt(i + 1), i + 1);
    } else {
      for (let k = 0; k < ascii.length; k++) put(out, ascii.charCodeAt(k), i);
      changed = true;
    }
    i += width - 1;
  }
  return changed ? "unicode" : null;
};
