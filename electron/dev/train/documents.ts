import type { Random } from "../../engine/learn/training/random.ts";

/** What one file of documentation or source consists of, as people paste it. */
export interface DocumentParts {
  /** Paragraphs, markup taken off. */
  readonly prose: readonly string[];
  /** Examples: whole blocks of code, commands, output. */
  readonly code: readonly string[];
  /** Terms set in code within a sentence. */
  readonly terms: readonly string[];
  /** Lines as they stand in the file. */
  readonly lines: readonly string[];
  /** Lines that are pasted together at least: a single line of a shell script is, as a value of a request, an attack rather. */
  readonly leastLines: number;
}

const longestPart = 2500;
const longestTerm = 90;
/** Texts about attacks hold attacks; their examples are no ordinary text. */
const aboutAttacks = /\bXSS\b|cross.site|injection|exploit|onerror=|alert\(|etc\/passwd|malicious|attacker/i;

/** @param kind as `readTextFolder` names kinds: html, markdown, markup text, manual, … */
export function partsOf(text: string, kind: string): DocumentParts {
  const lines = text.split("\n").filter((line) => line.trim().length >= 3 && isPlain(line) && line.length < 2000);
  if (kind === "html") return { ...harmless(text, htmlParts(text)), lines, leastLines: 1 };
  if (kind === "manual") {
    const rendered = renderManual(text);
    return {
      ...harmless(text, plainParts(rendered)),
      lines: rendered.split("\n").filter((line) => line.trim().length >= 3),
      leastLines: 1,
    };
  }
  if (["markdown", "markup text", "plain text", "perl"].includes(kind))
    return { ...harmless(text, plainParts(text)), lines, leastLines: 1 };
  return { prose: [], code: [], terms: [], lines, leastLines: kind === "shell" ? 4 : 1 };
}

type Blocks = Omit<DocumentParts, "lines" | "leastLines">;

function harmless(text: string, blocks: Blocks): Blocks {
  return aboutAttacks.test(text) ? { prose: blocks.prose, code: [], terms: [] } : blocks;
}

function isPlain(text: string): boolean {
  return !/[\0\ufffd]/.test(text);
}

function isUsable(text: string): boolean {
  return text.trim().length >= 3 && text.length <= longestPart && isPlain(text);
}

const named: Record<string, string> = {
  amp: "&",
  lt: "<",
  gt: ">",
  quot: '"',
  apos: "'",
  nbsp: " ",
  mdash: "—",
  ndash: "–",
  hellip: "…",
};

function textOf(html: string): string {
  return html
    .replace(/<[^>]*>/g, "")
    .replace(/&(?:#x([0-9a-f]{1,6})|#(\d{1,7})|(\w+));/gi, (whole, hex, decimal, name) => {
      if (name !== undefined) return named[name] ?? whole;
      const code = Number.parseInt(hex ?? decimal, hex === undefined ? 10 : 16);
      return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
    });
}

function htmlParts(html: string): Blocks {
  const body = html.replace(/<(script|style|head)\b[\s\S]*?<\/\1\s*>/gi, "");
  const code = [...body.matchAll(/<pre\b[^>]*>([\s\S]*?)<\/pre\s*>/gi)].map((match) =>
    textOf(match[1]!).replace(/^\n+|\s+$/g, ""),
  );
  const rest = body.replace(/<pre\b[\s\S]*?<\/pre\s*>/gi, "\n");
  const terms = [...rest.matchAll(/<(code|tt|kbd|samp)\b[^>]*>([\s\S]*?)<\/\1\s*>/gi)].map((match) =>
    textOf(match[2]!).trim(),
  );
  const prose = rest
    .split(/<\/?(?:p|li|td|th|dd|dt|h[1-6]|div|blockquote|br|tr|table|ul|ol|dl)\b[^>]*>/i)
    .map((part) => textOf(part).replace(/\s+/g, " ").trim())
    .filter((part) => part.length >= 20);
  return select(prose, code, terms);
}

/** Markdown, reStructuredText, plain text: fenced and indented blocks are examples. */
function plainParts(text: string): Blocks {
  const code: string[] = [];
  const rest = text.replace(/^(```+|~~~+)[^\n]*\n([\s\S]*?)^\1[^\n]*$/gm, (_, _fence, block: string) => {
    code.push(block.trimEnd());
    return "\n";
  });
  const prose: string[] = [];
  for (const block of rest.split(/\n[ \t]*\n/)) {
    const rows = block.split("\n").filter((row) => row.trim() !== "");
    if (rows.length > 0 && rows.every((row) => /^(?: {3,}|\t)/.test(row))) code.push(dedent(rows));
    else if (block.trim().length >= 20) prose.push(block.trim());
  }
  const terms = [...rest.matchAll(/(`{1,2})([^`\n]{2,90})\1/g)].map((match) => match[2]!.trim());
  return select(prose, code, terms);
}

function select(prose: string[], code: string[], terms: string[]): Blocks {
  return {
    prose: prose.filter(isUsable),
    code: code.filter(isUsable),
    terms: [...new Set(terms)].filter((term) => isUsable(term) && term.length <= longestTerm),
  };
}

function dedent(rows: readonly string[]): string {
  const margin = Math.min(...rows.map((row) => row.length - row.trimStart().length));
  return rows.map((row) => row.slice(margin)).join("\n");
}

/** A manual page roughly as a terminal shows it. */
function renderManual(roff: string): string {
  return roff
    .split("\n")
    .map((line) => (/^['.](?:B|I|BR|IR|RB|RI|SH|SS|TP|Fl|Ar|Nm|Cm|Pa)\b/.test(line) ? line.slice(3).trim() : line))
    .filter((line) => !/^['.]/.test(line))
    .join("\n")
    .replace(/\\f(?:[BIRP]|\(\w\w|\[\w*\])/g, "")
    .replace(/\\-/g, "-")
    .replace(/\\(?:\(\w\w|\[\w*\]|[&/,|e])/g, "");
}

/** One value that somebody might paste: a line, some lines, a paragraph, an example, a term, or a small page of several. */
export function pasted(parts: DocumentParts, random: Random): string | null {
  const roll = random.next();
  if (roll < 0.12 && parts.terms.length > 0) return random.pick(parts.terms);
  if (roll < 0.3 && parts.code.length > 0) return random.pick(parts.code);
  if (roll < 0.4 && parts.prose.length > 0) return random.pick(parts.prose);
  if (roll < 0.58 && parts.code.length + parts.prose.length > 1) return page(parts, random);
  if (parts.lines.length < parts.leastLines) return null;
  const at = random.below(parts.lines.length);
  const much = Math.max(parts.leastLines, roll < 0.8 ? 1 : roll < 0.9 ? random.between(2, 6) : random.between(6, 25));
  const piece = parts.lines.slice(at, at + much).join("\n");
  return much === 1 && random.chance(0.7) ? piece.trim() : piece;
}

const fences: readonly (readonly [string, string])[] = [
  ["```\n", "\n```"],
  ["```sh\n", "\n```"],
  ["```python\n", "\n```"],
  ["```js\n", "\n```"],
  ["```sql\n", "\n```"],
  ["~~~\n", "\n~~~"],
  ["{{{\n", "\n}}}"],
  ["{{{#!sh\n", "\n}}}"],
  ["<pre>", "</pre>"],
  ["<code>\n", "\n</code>"],
  ["[code]", "[/code]"],
  ["{code}\n", "\n{code}"],
  ['<syntaxhighlight lang="bash">\n', "\n</syntaxhighlight>"],
  ["", ""],
];

/** Several paragraphs and examples, as in a wiki page, a ticket or a README. */
function page(parts: DocumentParts, random: Random): string {
  const [open, close] = random.pick(fences);
  const out: string[] = [];
  for (let n = random.between(2, 5); n > 0; n--) {
    const isCode = parts.prose.length === 0 || (parts.code.length > 0 && random.chance(0.45));
    out.push(isCode ? `${open}${random.pick(parts.code)}${close}` : random.pick(parts.prose));
  }
  if (random.chance(0.3)) out.unshift(`${random.pick(["# ", "== ", "= ", "h1. ", ""])}${parts.terms[0] ?? "Notes"}`);
  return out.join("\n\n").slice(0, longestPart);
}
