import { decodeBase64 } from "../../../detect/canonical/decode-base64.ts";
import { decodeHex } from "../../../detect/canonical/decode-hex.ts";
import {
  createRewriter,
  type Decoder,
  put,
  resetRewriter,
  writtenOrigin,
  writtenText,
} from "../../../detect/canonical/rewriter.ts";

// Digits alone on a line, but for how deep it stands, and marks of quotes, strings and comments around it.
const line = /^[ \t>"'`#*/|+]{0,12}([A-Za-z0-9+/_-]{2,200}={0,2})[ \t"'`,;+\\\r]{0,6}$/;

/** Shorter lines are no wrapped text; the last one may be. */
const shortestLine = 8;

const inner = createRewriter();

/**
 * Undoes Base64 and hexadecimal digits that are wrapped: lines of one length each, and a last one. Line by line they would be
 * pieces of words.
 */
export const decodeWrapped: Decoder = (text, out) => {
  if (!text.includes("\n")) return null;
  const found: { start: number; end: number; plain: string; origin: number[] }[] = [];
  let block: { digits: string; start: number }[] = [];
  const close = () => {
    // A word that stands alone on the line behind looks like a last line.
    const plain = decode(block) ?? decode(block.slice(0, -1));
    if (plain !== null) found.push(plain);
    block = [];
  };
  let start = 0;
  for (const written of text.split("\n")) {
    const digits = line.exec(written)?.[1];
    const width = block[0]?.digits.length ?? 0;
    const isLast = digits !== undefined && ((block.length > 0 && digits.length < width) || digits.endsWith("="));
    if (digits === undefined || (block.length > 0 && digits.length > width)) close();
    if (digits !== undefined) block.push({ digits, start: start + written.indexOf(digits) });
    if (isLast) close();
    start += written.length + 1;
  }
  close();
  if (found.length === 0) return null;
  resetRewriter(out, text.length);
  let at = 0;
  for (const { start: from, end, plain, origin } of found) {
    for (; at < from; at++) put(out, text.charCodeAt(at), at);
    for (let k = 0; k < plain.length; k++) put(out, plain.charCodeAt(k), origin[k]!);
    at = end;
  }
  for (; at < text.length; at++) put(out, text.charCodeAt(at), at);
  return "wrapped";
};

function decode(block: readonly { digits: string; start: number }[]) {
  if (block.length < 2 || block[0]!.digits.length < shortestLine) return null;
  const joined = block.map(({ digits }) => digits).join("");
  const from = block.flatMap(({ digits, start }) => Array.from(digits, (_, i) => start + i));
  const name = decodeBase64(joined, inner) ?? decodeHex(joined, inner);
  if (name === null) return null;
  const origin = [...writtenOrigin(inner, joined.length)].map((unit) => from[Math.min(unit, from.length - 1)]!);
  return { start: from[0]!, end: from.at(-1)! + 1, plain: writtenText(inner), origin };
}
