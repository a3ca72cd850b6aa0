/** A link or image as it stands in Markdown, HTML, CSS or plain text. */
export interface Link {
  readonly start: number;
  readonly end: number;
  /** Where it leads, entities and escapes undone. */
  readonly target: string;
  /** Fetched without anybody's click. */
  readonly isImage: boolean;
  /** What a reader sees of it, where that is not the target. */
  readonly label: string | null;
}

const inline = /(!?)\[([^\]\n]{0,300})\]\([ \t]{0,8}<?([^\s<>"')]{1,1000})/g;
const reference = /(!?)\[([^\]\n]{0,300})\][ ]?\[([^\]\n]{0,100})\]/g;
const definition = /^[ \t>]{0,12}\[([^\]\n]{1,100})\]:[ \t]{0,8}<?([^\s<>]{1,4000})/gm;
const attribute =
  /<(img|image|video|audio|source|track|iframe|embed|object|script|link|input|body|table|td|use|a|area|form|base|meta)\b[^<>]{0,1000}?\b(?:src|srcset|href|xlink:href|data|poster|background|action|content)[ \t\r\n]{0,8}=[ \t\r\n]{0,8}(?:"([^"]{1,4000})"|'([^']{1,4000})'|([^\s"'<>]{1,4000}))/gi;
const cssUrl = /(?:url\([ \t]{0,8}["']?|@import[ \t]{1,8}["'])([^\s"')]{1,4000})/gi;
const bare =
  /(?<![\w("'=\]])(?:https?|ftp|wss?):\/\/[^\s<>"'`|\\^]{1,4000}|(?:javascript|vbscript|data|file):[^\s<>"'`]{3,4000}/gi;

const clicked = new Set(["a", "area", "form"]);

/** All links of a text. A place that has several readings is given once for each. */
export function* findLinks(text: string): Generator<Link> {
  const labels = new Map<string, { target: string; start: number; end: number }>();
  if (text.includes("](")) {
    for (const match of text.matchAll(inline)) {
      yield { ...placeOf(match), target: clean(match[3]!), isImage: match[1] === "!", label: match[2]! };
    }
  }
  if (text.includes("]:")) {
    for (const match of text.matchAll(definition))
      labels.set(match[1]!.toLowerCase(), { target: clean(match[2]!), ...placeOf(match) });
  }
  if (labels.size > 0) {
    for (const match of text.matchAll(reference)) {
      const found = labels.get((match[3] || match[2]!).toLowerCase());
      if (found !== undefined)
        yield { ...placeOf(match), target: found.target, isImage: match[1] === "!", label: match[2]! };
    }
    for (const match of text.matchAll(/!\[([^\]\n]{1,100})\](?![[(:])/g)) {
      const found = labels.get(match[1]!.toLowerCase());
      if (found !== undefined) yield { ...placeOf(match), target: found.target, isImage: true, label: match[1]! };
    }
    for (const { target, start, end } of labels.values()) yield { start, end, target, isImage: false, label: null };
  }
  if (text.includes("<")) {
    for (const match of text.matchAll(attribute)) {
      const tag = match[1]!.toLowerCase();
      const value = clean(match[2] ?? match[3] ?? match[4]!).replace(/^\d+;\s*url=/i, "");
      if (tag === "meta" && !/^https?:/i.test(value)) continue;
      yield { ...placeOf(match), target: value, isImage: !clicked.has(tag), label: null };
    }
  }
  for (const match of text.matchAll(cssUrl))
    yield { ...placeOf(match), target: clean(match[1]!), isImage: true, label: null };
  for (const match of text.matchAll(bare)) {
    yield { ...placeOf(match), target: clean(match[0].replace(/[).,;:!?\]]+$/, "")), isImage: false, label: null };
  }
}

const placeOf = (match: RegExpMatchArray) => ({ start: match.index!, end: match.index! + match[0].length });

/** Undoes what hides a scheme: character references, blanks and controls within (URL standard, "remove all ASCII tab or newline"). */
function clean(target: string): string {
  return target
    .replace(/&#x([0-9a-f]{1,6});?/gi, (_, digits: string) => fromCode(Number.parseInt(digits, 16)))
    .replace(/&#(\d{1,7});?/g, (_, digits: string) => fromCode(Number(digits)))
    .replace(/&colon;/gi, ":")
    .replace(/&(?:tab|newline);/gi, "")
    .replaceAll("&amp;", "&")
    .replace(/[\t\r\n]/g, "");
}

const fromCode = (code: number) => (code <= 0x10ffff ? String.fromCodePoint(code) : "");
