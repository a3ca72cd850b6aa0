/** Characters (UTF-16) that a chunk is filled up to, and that it never has more of. */
const fullAt = 700;
export const longestChunk = 1000;

/** Text that the sentence finder is given at once: its time grows with more than the length. */
const segmentAtOnce = 20_000;

const sentences = new Intl.Segmenter("en", { granularity: "sentence" });

/**
 * What of a text is remembered: well-formed, NFC, line ends as `\n`, without control characters but tab and line feed. Invisible
 * characters stay: whoever reads them has to see that they are there.
 */
export function cleanText(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters to take out.
  const controls = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g;
  return text.toWellFormed().normalize("NFC").replace(/\r\n?/g, "\n").replace(controls, "").trim();
}

/**
 * Splits a text into chunks of at most `longestChunk` characters: whole paragraphs where they fit, else whole sentences, else whole
 * words. Nothing but white space between chunks is lost; the same text gives the same chunks.
 *
 * @param text as `cleanText` gives it
 */
export function splitText(text: string): string[] {
  const chunks: string[] = [];
  let open = "";
  const close = () => {
    const chunk = open.trim();
    if (chunk !== "") chunks.push(chunk);
    open = "";
  };
  for (const paragraph of text.split(/\n(?:[\t ]*\n)+/)) {
    if (open.length + paragraph.length > fullAt) close();
    for (const piece of pieces(paragraph)) {
      if (open.length + piece.length > (open === "" ? longestChunk : fullAt)) close();
      open += piece;
    }
    if (open !== "") open += "\n\n";
  }
  close();
  return chunks;
}

/** Sentences of a paragraph with the space behind them; those that are too long for a chunk in parts. */
function* pieces(paragraph: string): Generator<string> {
  for (const part of cut(paragraph, segmentAtOnce)) {
    for (const { segment } of sentences.segment(part)) yield* cut(segment, longestChunk - 2);
  }
}

/** Cuts a text behind a word, where there is one to cut behind. */
function* cut(text: string, most: number): Generator<string> {
  let from = 0;
  while (text.length - from > most) {
    let to = from + most;
    const space = text.slice(from, to).search(/\s\S*$/);
    if (space > most / 2) to = from + space + 1;
    else if (isLowSurrogate(text.charCodeAt(to))) to--;
    yield text.slice(from, to);
    from = to;
  }
  if (from < text.length) yield text.slice(from);
}

const isLowSurrogate = (unit: number) => unit >= 0xdc00 && unit <= 0xdfff;
