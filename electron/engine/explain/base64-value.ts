import type { PayloadClassifier } from "../detect/payload.ts";

/** A value that is one Base64 text: an edit of what it says means something, an edit of its digits does not. */
export interface Base64Value {
  /** What it says. */
  readonly text: string;
  /** Another text in its place, written as the value was. */
  write(text: string): string;
}

/** Shorter words are rarely meant as Base64. */
const shortest = 16;

/** @param value as it stood, `=`, `+` and `/` escaped for a URL or not; null: it is something else */
export function readBase64(value: string): Base64Value | null {
  const isEscaped = /%(?:3d|2b|2f)/i.test(value);
  const plain = isEscaped ? value.replace(/%(?:3d|2b|2f)/gi, decodeURIComponent) : value;
  if (plain.length < shortest || !/^[A-Za-z0-9+/]+={0,2}$/.test(plain)) return null;
  const text = Buffer.from(plain, "base64").toString();
  const isPadded = plain.endsWith("=") || plain.length % 4 === 0;
  const write = (edited: string) => {
    const digits = Buffer.from(edited).toString("base64");
    const padded = isPadded ? digits : digits.replace(/=+$/, "");
    return isEscaped ? encodeURIComponent(padded) : padded;
  };
  // Not UTF-8, or not the way that anybody writes it: the digits say something else.
  return write(text).toLowerCase() === value.toLowerCase() && !text.includes("\ufffd") ? { text, write } : null;
}

/** Judges texts as the Base64 values that they would be; spans are of the text. */
export function throughBase64(classifier: PayloadClassifier, value: Base64Value): PayloadClassifier {
  return {
    hash: classifier.hash,
    score: (text, context) => classifier.score(value.write(text), context),
    classify: (text, context) => {
      const output = classifier.classify(value.write(text), context);
      const at = (digit: number) => Math.min(text.length, Math.floor((digit * 3) / 4));
      return {
        ...output,
        spans: output.spans.map(({ start, end, weight }) => ({ start: at(start), end: at(end) + 1, weight })),
      };
    },
  };
}
