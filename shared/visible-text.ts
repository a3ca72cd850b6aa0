/** A stretch of untrusted text: as it is, or one character that would not be seen, named. */
export type VisiblePart =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "mark"; readonly text: string; readonly name: string };

/**
 * Characters that would be invisible, reorder their surroundings or break the layout: C0 and C1 controls, soft hyphen,
 * zero-width and bidirectional controls (Unicode TR 36, TR 9), line and paragraph separators, byte order mark, interlinear
 * annotation, tag characters, variation selectors, fillers, lone surrogates.
 */
const hidden =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for.
  // biome-ignore lint/suspicious/noMisleadingCharacterClass: combining characters are among them, each on its own.
  /[\u0000-\u001f\u007f-\u009f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb\u{e0000}-\u{e0fff}]|\p{Surrogate}/gu;

const names: Record<string, string> = {
  "\0": "NUL",
  "\b": "BS",
  "\t": "TAB",
  "\n": "LF",
  "\v": "VT",
  "\f": "FF",
  "\r": "CR",
  "\u001b": "ESC",
  "\u007f": "DEL",
  "\u00a0": "NBSP",
  "\u00ad": "SHY",
  "\u200b": "ZWSP",
  "\u200c": "ZWNJ",
  "\u200d": "ZWJ",
  "\u200e": "LRM",
  "\u200f": "RLM",
  "\u202a": "LRE",
  "\u202b": "RLE",
  "\u202c": "PDF",
  "\u202d": "LRO",
  "\u202e": "RLO",
  "\u2066": "LRI",
  "\u2067": "RLI",
  "\u2068": "FSI",
  "\u2069": "PDI",
  "\ufeff": "BOM",
};

function nameOf(character: string): string {
  return names[character] ?? `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}`;
}

/**
 * Cuts untrusted text so that nothing in it stays hidden.
 * @param lines true where the text is shown over several lines: then LF, and CR before LF, stay what they are, and so do tabs
 */
export function splitVisible(text: string, lines: boolean): VisiblePart[] {
  const source = lines ? text.replaceAll("\r\n", "\n") : text;
  const parts: VisiblePart[] = [];
  let from = 0;
  for (const match of source.matchAll(hidden)) {
    const [character] = match;
    if (lines && (character === "\n" || character === "\t")) continue;
    if (match.index > from) parts.push({ kind: "text", text: source.slice(from, match.index) });
    parts.push({ kind: "mark", text: character, name: nameOf(character) });
    from = match.index + character.length;
  }
  if (from < source.length) parts.push({ kind: "text", text: source.slice(from) });
  return parts;
}

/** The same as a plain text, for where only that can stand: what would be hidden is named in brackets. */
export function visibleWords(text: string, lines = false): string {
  return splitVisible(text, lines)
    .map((part) => (part.kind === "text" ? part.text : `[${part.name}]`))
    .join("");
}
