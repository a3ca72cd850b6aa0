import { isUtf8 } from "node:buffer";

/**
 * Bytes as text. Well-formed UTF-8 sequences become their characters; every byte that belongs to none stands as the Latin-1
 * character of the same number, so that nothing an attacker sent disappears behind a replacement character.
 */
export function decodeBytes(bytes: Buffer): string {
  if (isUtf8(bytes)) return bytes.toString("utf8", 0, bytes.length);
  const parts: string[] = [];
  let plain = 0;
  let i = 0;
  while (i < bytes.length) {
    const length = sequenceLength(bytes, i);
    if (length > 0) {
      i += length;
      continue;
    }
    if (i > plain) parts.push(bytes.toString("utf8", plain, i));
    parts.push(String.fromCharCode(bytes[i]!));
    plain = ++i;
  }
  if (i > plain) parts.push(bytes.toString("utf8", plain, i));
  return parts.join("");
}

/** Length of the well-formed UTF-8 sequence at `at` (Unicode 16, table 3-7), 0 for an ill-formed byte. */
function sequenceLength(bytes: Buffer, at: number): number {
  const first = bytes[at]!;
  if (first < 0x80) return 1;
  if (first < 0xc2 || first > 0xf4) return 0;
  const second = bytes[at + 1] ?? 0;
  const length = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
  const lowest = first === 0xe0 ? 0xa0 : first === 0xf0 ? 0x90 : 0x80;
  const highest = first === 0xed ? 0x9f : first === 0xf4 ? 0x8f : 0xbf;
  if (second < lowest || second > highest) return 0;
  for (let i = 2; i < length; i++) {
    if (((bytes[at + i] ?? 0) & 0xc0) !== 0x80) return 0;
  }
  return length;
}

/** The first `limit` UTF-16 units of a text, never ending in half a surrogate pair. */
export function cutText(text: string, limit: number): { readonly text: string; readonly cut: boolean } {
  if (text.length <= limit) return { text, cut: false };
  const last = text.charCodeAt(limit - 1);
  return { text: text.slice(0, last >= 0xd800 && last < 0xdc00 ? limit - 1 : limit), cut: true };
}
