import { looksLikeText } from "./plausible-text.ts";
import { copy, type Decoder, put, putCodePoint, type Rewriter, resetRewriter } from "./rewriter.ts";

/** Value of each Base64 digit, standard and URL alphabets (RFC 4648 sections 4 and 5); 64 for other codes. */
const digitOf = new Uint8Array(128).fill(64);
for (let i = 0; i < 64; i++) {
  digitOf["ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".charCodeAt(i)] = i;
}
digitOf[45] = 62;
digitOf[95] = 63;

/** Digits of the shortest run that is tried: nine bytes, or fewer with padding. */
const shortestRun = 12;
const shortestPaddedRun = 10;
/** Bytes looked at before the whole run is decoded. */
const sampleBytes = 64;

let bytes = new Uint8Array(4096);

/** Decodes digits [start, end) into `bytes`, at most `limit` bytes. @returns how many */
function decodeRun(text: string, start: number, end: number, limit: number): number {
  const most = Math.min(limit, Math.floor(((end - start) * 3) / 4));
  if (bytes.length < most) bytes = new Uint8Array(most * 2);
  let length = 0;
  let bits = 0;
  let count = 0;
  for (let i = start; i < end && length < most; i++) {
    bits = ((bits << 6) | digitOf[text.charCodeAt(i)]!) & 0xffffff;
    count += 6;
    if (count >= 8) {
      count -= 8;
      bytes[length++] = bits >> count;
    }
  }
  return length;
}

/** Whether digits are of both cases, or of one case and figures: words and numbers are not. */
function mixesKinds(text: string, start: number, end: number): boolean {
  let upper = 0;
  let lower = 0;
  let figure = 0;
  for (let i = start; i < end && i < start + sampleBytes; i++) {
    const code = text.charCodeAt(i);
    if (code >= 97 && code <= 122) lower = 1;
    else if (code >= 65 && code <= 90) upper = 1;
    else if (code >= 48 && code <= 57) figure = 1;
  }
  return upper === 1 && lower + figure > 0;
}

/** UTF-16LE text, as PowerShell's -EncodedCommand takes it: every other byte is 0. */
function isWide(length: number): boolean {
  let zeros = 0;
  for (let i = 1; i < length; i += 2) if (bytes[i] === 0) zeros++;
  return length >= 8 && zeros * 2 >= (length >> 1) * 1.8;
}

/** Writes the decoded run. Unit k of the text stands at byte position(k), whose first digit is its origin. */
function writeBytes(out: Rewriter, length: number, start: number, wide: boolean): void {
  for (let i = 0; i < length; ) {
    const from = start + Math.floor((i * 4) / 3);
    if (wide) {
      put(out, bytes[i]! | ((bytes[i + 1] ?? 0) << 8), from);
      i += 2;
      continue;
    }
    const byte = bytes[i]!;
    const more = byte >= 0xf0 ? 3 : byte >= 0xe0 ? 2 : byte >= 0xc2 ? 1 : 0;
    let codePoint = more === 3 ? byte & 7 : more === 2 ? byte & 15 : more === 1 ? byte & 31 : byte;
    let k = 1;
    for (; k <= more && i + k < length && (bytes[i + k]! & 0xc0) === 0x80; k++) {
      codePoint = codePoint * 64 + (bytes[i + k]! & 63);
    }
    if (k <= more || codePoint > 0x10ffff) {
      put(out, byte, from);
      i++;
    } else {
      putCodePoint(out, codePoint, from);
      i += more + 1;
    }
  }
}

/** Decodes one run in place. @returns false when it does not read like text */
function tryRun(text: string, start: number, end: number, padded: boolean, out: Rewriter, copied: number): boolean {
  const digits = end - start;
  if (digits < (padded ? shortestPaddedRun : shortestRun) || digits % 4 === 1) return false;
  // "eyJ" begins every JSON object, and with it the parts of a JSON Web Token (RFC 7519).
  const certain = padded || text.startsWith("eyJ", start) || endsWithBase64Mark(text, start);
  if (!certain && !mixesKinds(text, start, end)) return false;
  const sampled = decodeRun(text, start, end, sampleBytes);
  const wide = isWide(sampled);
  if (!wide && !looksLikeText(bytes, sampled, certain)) return false;
  copy(out, text, copied, start);
  writeBytes(out, decodeRun(text, start, end, Number.POSITIVE_INFINITY), start, wide);
  return true;
}

/** `;base64,` of a data: URL (RFC 2397) stands right before `start`. */
function endsWithBase64Mark(text: string, start: number): boolean {
  return start >= 8 && text.slice(start - 8, start).toLowerCase() === ";base64,";
}

/**
 * Undoes Base64 and base64url where what comes out reads like text: a whole value, a part of a token, the content of a data:
 * URL. The rest of the value stays around it.
 */
export const decodeBase64: Decoder = (text, out) => {
  resetRewriter(out, text.length);
  let copied = 0;
  let changed = false;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code > 127 || digitOf[code] === 64) continue;
    let end = i + 1;
    let slash = code === 47 ? i : -1;
    for (; end < text.length; end++) {
      const next = text.charCodeAt(end);
      if (next > 127 || digitOf[next] === 64) break;
      if (next === 47) slash = end;
    }
    let behind = end;
    while (behind < text.length && behind < end + 2 && text.charCodeAt(behind) === 61) behind++;
    const padded = behind > end && (behind - i) % 4 === 0;
    if (tryRun(text, i, end, padded, out, copied)) {
      copied = padded ? behind : end;
      changed = true;
    } else if (slash >= i) {
      // A path whose last segment is encoded.
      const paddedTail = behind > end && (behind - slash - 1) % 4 === 0;
      if (tryRun(text, slash + 1, end, paddedTail, out, copied)) {
        copied = paddedTail ? behind : end;
        changed = true;
      }
    }
    i = behind - 1;
  }
  if (!changed) return null;
  copy(out, text, copied, text.length);
  return "base64";
};

/** Undoes UTF-7 (RFC 2152) where it spells ASCII other than letters and figures: `+ADw-script+AD4-`. */
export const decodeUtf7: Decoder = (text, out) => {
  let plus = text.indexOf("+A");
  if (plus < 0) return null;
  resetRewriter(out, text.length);
  let copied = 0;
  let changed = false;
  while (plus >= 0) {
    let end = plus + 1;
    for (; end < text.length; end++) {
      const code = text.charCodeAt(end);
      if (code > 127 || digitOf[code] === 64 || code === 45 || code === 95) break;
    }
    const digits = end - plus - 1;
    const units = Math.floor((digits * 6) / 16);
    const length = decodeRun(text, plus + 1, end, units * 2);
    let plausible = units > 0 && digits === Math.ceil((units * 16) / 6) && length === units * 2;
    for (let k = 0; plausible && k < units; k++) {
      const low = bytes[k * 2 + 1]!;
      const alphanumeric = (low >= 48 && low <= 57) || ((low | 32) >= 97 && (low | 32) <= 122);
      plausible = bytes[k * 2] === 0 && low < 127 && (low >= 32 || low === 9 || low === 10) && !alphanumeric;
    }
    if (plausible) {
      copy(out, text, copied, plus);
      for (let k = 0; k < units; k++) put(out, bytes[k * 2 + 1]!, plus + 1 + Math.floor((k * 16) / 6));
      copied = text.charCodeAt(end) === 45 ? end + 1 : end;
      changed = true;
    }
    plus = text.indexOf("+A", Math.max(end, copied));
  }
  if (!changed) return null;
  copy(out, text, copied, text.length);
  return "utf7";
};
