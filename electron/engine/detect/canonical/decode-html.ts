import { copy, type Decoder, hexDigit, putCodePoint, resetRewriter } from "./rewriter.ts";

/** Named references of ASCII characters and white space: those with which mark-up and code can be spelled (HTML section 13.5). */
const named = new Map<string, number>([
  ["lt", 60],
  ["gt", 62],
  ["amp", 38],
  ["quot", 34],
  ["apos", 39],
  ["nbsp", 160],
  ["tab", 9],
  ["newline", 10],
  ["excl", 33],
  ["num", 35],
  ["dollar", 36],
  ["percnt", 37],
  ["lpar", 40],
  ["rpar", 41],
  ["ast", 42],
  ["midast", 42],
  ["plus", 43],
  ["comma", 44],
  ["period", 46],
  ["sol", 47],
  ["colon", 58],
  ["semi", 59],
  ["equals", 61],
  ["quest", 63],
  ["commat", 64],
  ["lsqb", 91],
  ["lbrack", 91],
  ["bsol", 92],
  ["rsqb", 93],
  ["rbrack", 93],
  ["hat", 94],
  ["lowbar", 95],
  ["grave", 96],
  ["lcub", 123],
  ["lbrace", 123],
  ["verbar", 124],
  ["vert", 124],
  ["rcub", 125],
  ["rbrace", 125],
]);
/** Those that browsers also take without the semicolon. */
const withoutSemicolon = new Set(["lt", "gt", "amp", "quot", "nbsp"]);
const longestName = 8;

function isAlphanumeric(code: number): boolean {
  const lower = code | 32;
  return (lower >= 97 && lower <= 122) || (code >= 48 && code <= 57);
}

/** Undoes HTML and XML character references: named, decimal and hexadecimal, with leading zeros, without semicolons. */
export const decodeHtml: Decoder = (text, out) => {
  let ampersand = text.indexOf("&");
  if (ampersand < 0) return null;
  resetRewriter(out, text.length);
  let copied = 0;
  let changed = false;
  for (; ampersand >= 0; ampersand = text.indexOf("&", Math.max(ampersand + 1, copied))) {
    const read =
      text.charCodeAt(ampersand + 1) === 35 ? readNumeric(text, ampersand + 2) : readNamed(text, ampersand + 1);
    if (read === null) continue;
    copy(out, text, copied, ampersand);
    putCodePoint(out, read.codePoint, ampersand);
    copied = read.next;
    changed = true;
  }
  if (!changed) return null;
  copy(out, text, copied, text.length);
  return "html";
};

interface Read {
  readonly codePoint: number;
  readonly next: number;
}

function readNumeric(text: string, start: number): Read | null {
  const hex = (text.charCodeAt(start) | 32) === 120;
  const base = hex ? 16 : 10;
  let i = hex ? start + 1 : start;
  const firstDigit = i;
  let codePoint = 0;
  for (; i < text.length; i++) {
    const digit = hexDigit(text.charCodeAt(i));
    if (digit < 0 || digit >= base) break;
    codePoint = Math.min(codePoint * base + digit, 0x110000);
  }
  if (i === firstDigit || codePoint > 0x10ffff) return null;
  return { codePoint, next: text.charCodeAt(i) === 59 ? i + 1 : i };
}

function readNamed(text: string, start: number): Read | null {
  let end = start;
  while (end < text.length && end - start <= longestName && isAlphanumeric(text.charCodeAt(end))) end++;
  if (end === start) return null;
  if (text.charCodeAt(end) === 59) {
    const codePoint = named.get(text.slice(start, end).toLowerCase());
    return codePoint === undefined ? null : { codePoint, next: end + 1 };
  }
  for (let length = Math.min(4, end - start); length >= 2; length--) {
    const name = text.slice(start, start + length).toLowerCase();
    if (withoutSemicolon.has(name)) {
      // "&ltd=1" and "&amplitude=2" are parameters: HTML section 13.2.5.73 leaves them alone within attributes.
      if (start + length < end || text.charCodeAt(end) === 61) return null;
      return { codePoint: named.get(name)!, next: start + length };
    }
  }
  return null;
}
