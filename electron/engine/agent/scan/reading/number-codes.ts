import { type Decoder, put, resetRewriter } from "../../../detect/canonical/rewriter.ts";

const decimals = /(?<![\w.,])(?:\d{2,3}[,; ]{1,2}){7,2000}\d{2,3}(?![\w.])/g;
// Seven digits only between separators: a run without them is read one way, so that a match takes linear time.
const binaries = /(?<!\w)(?:[01]{8}(?:[ ,_-]{0,2}[01]{8}){5,2000}|[01]{7}(?:[ ,_-]{1,2}[01]{7,8}){5,2000})(?!\w)/g;
// Also as quoted-printable has them.
const octets = /(?<!\w)[0-9a-fA-F]{2}(?:[ :,=-][0-9a-fA-F]{2}){7,2000}(?!\w)/g;
const morse = /(?<![\w.-])[.\-·−]{1,6}(?:[ /|]{1,3}[.\-·−]{1,6}){7,2000}(?![\w-])/g;

const morseLetters =
  ".- -... -.-. -.. . ..-. --. .... .. .--- -.- .-.. -- -. --- .--. --.- .-. ... - ..- ...- .-- -..- -.-- --..".split(
    " ",
  );
const letterOf = new Map(morseLetters.map((code, i) => [code, String.fromCharCode(97 + i)]));

/** Undoes lists of character codes (decimal, binary, pairs of hexadecimal digits) and Morse code that spell text. */
export const undoCodes: Decoder = (text, out) => {
  const found: { start: number; end: number; plain: string }[] = [];
  const take = (pattern: RegExp, read: (run: string) => string | null) => {
    for (const match of text.matchAll(pattern)) {
      const plain = read(match[0]);
      const [start, end] = [match.index, match.index + match[0].length];
      if (plain !== null && !found.some((other) => start < other.end && other.start < end))
        found.push({ start, end, plain });
    }
  };
  if (/\d/.test(text)) {
    take(binaries, (run) => fromCodes(run.match(/[01]{8}|[01]{7}/g)!.map((bits) => Number.parseInt(bits, 2))));
    take(decimals, (run) => fromCodes(run.match(/\d+/g)!.map(Number)));
    take(octets, (run) => fromCodes(run.match(/[0-9a-fA-F]{2}/g)!.map((pair) => Number.parseInt(pair, 16))));
  }
  if (/[.\-·−]{1,6} [.\-·−]{1,6} /.test(text)) take(morse, fromMorse);
  if (found.length === 0) return null;
  found.sort((a, b) => a.start - b.start);
  resetRewriter(out, text.length);
  let at = 0;
  for (const { start, end, plain } of found) {
    for (; at < start; at++) put(out, text.charCodeAt(at), at);
    for (let k = 0; k < plain.length; k++) put(out, plain.charCodeAt(k), Math.min(end - 1, start + k * 2));
    at = end;
  }
  for (; at < text.length; at++) put(out, text.charCodeAt(at), at);
  return "codes";
};

function fromCodes(codes: readonly number[]): string | null {
  const letters = codes.filter((code) => (code | 32) >= 97 && (code | 32) <= 122).length;
  const printable = codes.every((code) => (code >= 32 && code < 127) || code === 10 || code === 13);
  return printable && letters >= codes.length * 0.6 ? String.fromCharCode(...codes) : null;
}

function fromMorse(run: string): string | null {
  const words = run
    .replace(/[·]/g, ".")
    .replace(/[−]/g, "-")
    .split(/ {0,2}[/|] {0,2}| {2,3}/);
  const plain = words
    .map((word) =>
      word
        .split(" ")
        .map((code) => letterOf.get(code) ?? "")
        .join(""),
    )
    .join(" ");
  return plain.length >= 6 ? plain : null;
}
