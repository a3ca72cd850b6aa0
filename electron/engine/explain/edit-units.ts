/** A stretch of a value that an edit takes or leaves as a whole: one character as a reader sees it, escaped or not. */
export interface EditUnit {
  /** UTF-16 offsets in the value. */
  readonly start: number;
  readonly end: number;
  /** The character it stands for, as far as its escape tells; of several bytes the escape itself. */
  readonly means: string;
}

/**
 * Escapes that stand for one character: of URLs (also escaped twice, or of UTF-8 in several bytes), of JSON, JavaScript and HTML;
 * else a character. Each alternative is bounded: linear in the text.
 */
const unit =
  /%[c-fC-F][0-9a-fA-F](?:%[89abAB][0-9a-fA-F]){1,3}|%u[0-9a-fA-F]{4}|%(?:25){0,8}[0-9a-fA-F]{2}|\\u[0-9a-fA-F]{4}|\\x[0-9a-fA-F]{2}|\\["\\/bfnrt]|&#x?[0-9a-fA-F]{1,7};|&[a-zA-Z]{2,8};|[\s\S]/gu;

/** Cuts a value into units, in order, without gaps. */
export function cutIntoUnits(text: string): EditUnit[] {
  const units: EditUnit[] = [];
  for (const match of text.matchAll(unit)) {
    const start = match.index;
    units.push({ start, end: start + match[0].length, means: meaningOf(match[0]) });
  }
  return units;
}

function meaningOf(written: string): string {
  const byte = /^(?:%|\\[xu]|%u)(?:25)*([0-9a-f]+)$/i.exec(written)?.[1];
  return byte === undefined ? written : String.fromCharCode(Number.parseInt(byte, 16));
}

/** What a replaced unit becomes: nothing that any language reads as more than a letter or figure, and needs no escape anywhere. */
export function neutralFor({ means }: EditUnit): string {
  return /^\d$/.test(means) ? "0" : "a";
}
