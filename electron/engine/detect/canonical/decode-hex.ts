import { looksLikeText } from "./plausible-text.ts";
import { copy, type Decoder, hexDigit, put, resetRewriter } from "./rewriter.ts";

const shortestRun = 16;
const shortestPrefixedRun = 8;

const sample = new Uint8Array(64);

/**
 * Undoes runs of hexadecimal digits that spell text: `0x53454c454354` as MySQL reads it, and bare runs of at least eight bytes.
 * Decimal numbers are left alone.
 */
export const decodeHex: Decoder = (text, out) => {
  resetRewriter(out, text.length);
  let copied = 0;
  let changed = false;
  for (let i = 0; i < text.length; i++) {
    if (hexDigit(text.charCodeAt(i)) < 0) continue;
    let end = i + 1;
    let letter = text.charCodeAt(i) > 57;
    for (; end < text.length; end++) {
      const code = text.charCodeAt(end);
      if (hexDigit(code) < 0) break;
      letter ||= code > 57;
    }
    // "0x" is read as a run of one digit, then x, then the digits.
    const prefixed = i >= 2 && (text.charCodeAt(i - 1) | 32) === 120 && text.charCodeAt(i - 2) === 48;
    const digits = end - i;
    if (digits % 2 === 0 && digits >= (prefixed ? shortestPrefixedRun : shortestRun) && (letter || prefixed)) {
      const sampled = Math.min(sample.length, digits >> 1);
      for (let k = 0; k < sampled; k++) sample[k] = byteAt(text, i + 2 * k);
      if (looksLikeText(sample, sampled, false) || (prefixed && isPrintable(sampled))) {
        copy(out, text, copied, prefixed ? i - 2 : i);
        for (let k = i; k < end; k += 2) put(out, byteAt(text, k), k);
        copied = end;
        changed = true;
      }
    }
    i = end;
  }
  if (!changed) return null;
  copy(out, text, copied, text.length);
  return "hex";
};

function byteAt(text: string, i: number): number {
  return hexDigit(text.charCodeAt(i)) * 16 + hexDigit(text.charCodeAt(i + 1));
}

function isPrintable(length: number): boolean {
  for (let k = 0; k < length; k++) if (sample[k]! < 32 || sample[k]! > 126) return false;
  return true;
}
