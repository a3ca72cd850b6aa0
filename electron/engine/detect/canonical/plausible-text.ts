/** Digrams that are frequent in words of Latin-script languages, code and markup. */
const frequentDigrams = (
  "th he in er an re on at en nd ti es or te of ed is it al ar st to nt ng se ha as ou io le ve co me de hi ri ro ic ne ea " +
  "ra ce li ch ll be ma si om ur ca el ta la ns di fo ho pe ec pr no ct us ac ot il tr ly nc et ut ss so rs un lo wa ge ie " +
  "wh ee wi em ad ol rt po we na ul ni ts mo ow pa im mi ai sh ir su id os iv ia am fi ci vi pl ig tu ev ld ry mp fe bl ab " +
  "gh op sa ay ex ke fr av ag if ap od bo sp do uc bu ei by ep ht tp cr cu sq js ja va sc ip pt da sl ee ot rl le"
).split(" ");
const isFrequent = new Uint8Array(26 * 26);
for (const digram of frequentDigrams) {
  isFrequent[(digram.charCodeAt(0) - 97) * 26 + digram.charCodeAt(1) - 97] = 1;
}

/**
 * Whether decoded bytes read like text that somebody wrote, so that identifiers and keys which happen to be made of Base64 or
 * hexadecimal digits are left alone. The chance that n random bytes are all printable is 0.37^n, one in 8,000 for nine of
 * them; below that, and below 16 where there is more than ASCII, words are asked for as well.
 *
 * @param bytes at least the beginning of what was decoded
 * @param certain something else already says that it is an encoding (padding, a data: URL)
 */
export function looksLikeText(bytes: Uint8Array, length: number, certain: boolean): boolean {
  if (length < 6) return false;
  // Most candidates fail at one of their first bytes.
  let misses = length >= 24 ? Math.floor(length * 0.1) : 0;
  let high = 0;
  let letters = 0;
  let figures = 0;
  let digrams = 0;
  let frequent = 0;
  let previous = 0;
  for (let i = 0; i < length; i++) {
    const byte = bytes[i]!;
    const continuation = byte >= 0xc2 && byte < 0xf5 ? continuationBytes(bytes, i, length) : 0;
    if (continuation > 0) {
      high += continuation + 1;
      i += continuation;
      previous = 0;
      continue;
    }
    const printable = (byte >= 32 && byte < 127) || byte === 9 || byte === 10 || byte === 13;
    if (!printable && --misses < 0) return false;
    const lower = byte | 32;
    const letter = lower >= 97 && lower <= 122;
    if (letter) {
      letters++;
      if (previous > 0) {
        digrams++;
        frequent += isFrequent[(previous - 97) * 26 + lower - 97]!;
      }
    }
    if (byte >= 48 && byte <= 57) figures++;
    previous = letter ? lower : 0;
  }
  if (high * 2 > length && !certain) return false;
  if (certain || length >= (high > 0 ? 16 : 9)) return (letters + figures) * 4 >= length;
  return digrams >= 2 && frequent * 2 >= digrams && letters * 3 >= length;
}

/** Number of well-formed continuation bytes behind the UTF-8 lead byte at `i`; 0 when it is none. */
function continuationBytes(bytes: Uint8Array, i: number, length: number): number {
  const lead = bytes[i]!;
  const more = lead >= 0xf0 ? 3 : lead >= 0xe0 ? 2 : 1;
  if (i + more >= length) return 0;
  for (let k = 1; k <= more; k++) if ((bytes[i + k]! & 0xc0) !== 0x80) return 0;
  return more;
}
