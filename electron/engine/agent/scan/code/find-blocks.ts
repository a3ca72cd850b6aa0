import { type Language, languageNamed } from "./languages.ts";

/** A piece of code inside a text. */
export interface CodeBlock {
  readonly code: string;
  /** Where it starts in the text, in UTF-16 units. */
  readonly start: number;
  /** What the fence or the caller says it is; null where nobody says. */
  readonly language: Language | null;
  /** A fence marks it as code: it is none that was guessed from its looks. */
  readonly isFenced: boolean;
}

const fence = /(?:^|\n)([ \t>]*)(`{3,}|~{3,})[ \t]*([^\s`{]*)[^\n]*\n([\s\S]*?)(?:\n[ \t>]*\2[`~]*[ \t]*(?=\n|$)|$)/g;

/** Lines that a program could hold and prose hardly does. */
const codeLine =
  /[;{}]\s*(?:(?:\/\/|#|--).*)?$|^\s*(?:[)\]}]+[;,)]*|#include\b|#!|import\s+[\w{*"'.]|from\s+\S+\s+import\b|def\s+\w|class\s+\w+\s*[:({<]|func\s+[\w(]|fn\s+\w|pub\s+(?:fn|struct)|async\s+def|package\s+\w+$|use\s+[\w:]+;|using\s+[\w.]+;|public\s|private\s|protected\s|static\s|const\s+\w+\s*[:=]|let\s+\w+\s*[:=]|var\s+\w+|return\b.*[()\w'"]$|if\s*\(|if\s+\S.*[:{]$|if\s+\[|elif\s.*:$|else\s*[:{]?$|for\s*\(|for\s+\w+\s+in\s|while\s*[([]|try\s*[:{]?$|except\b.*:$|end$|fi$|done$|esac$|then$|do$|@\w+[\w.]*(?:\(.*\))?$|<\?php|<\?=|\?>|(?:SELECT|INSERT\s+INTO|UPDATE|DELETE\s+FROM|CREATE|ALTER|DROP|GRANT|EXEC|EXECUTE|DECLARE|BEGIN|END|SET)\b\s*[\w*@`"[(]*|\$\s+\w+|sudo\s|curl\s+-|wget\s|chmod\s|rm\s+-|echo\s|export\s+\w+=|mysql(?:dump)?\s+-|eval\s|(?:ssh|docker|openssl|git|tar|scp|s?ftp|psql|kubectl|find|python3?|node)\s|\$\w+\s*=|[A-Za-z_][\w.]*(?:\[[^\]]*\])?\s*(?::=|[+.]?=)\s*\S|[\w.$:>-]+\(.*\)\s*[;:{]?$|<\/?[a-zA-Z][^>]*>.*$|(?:[-\w$.]+\s*)?=>|resp?\s|\|\s|--?\w)/;
const prose = /^\s*(?:[-*\d.]+\s+)?[A-Z][a-z']*(?:,?\s+[a-z'`(][\w'`.()-]*){3,}.*[.:?!]?\s*$/;

/**
 * Finds the code of a text: what stands in fences, and what looks like code outside of them. Text between single backticks is a mention, not code.
 * @param language what the caller says that the text is; then a text without fences is code as a whole, unless it is mostly prose
 */
export function findBlocks(text: string, language: Language | null): CodeBlock[] {
  const blocks: CodeBlock[] = [];
  let rest = text;
  for (const match of text.matchAll(fence)) {
    const [whole, indent = "", , name = "", body = ""] = match;
    const start = match.index + whole.indexOf("\n", whole.startsWith("\n") ? 1 : 0) + 1;
    // A quoted fence (`> `) is blanked, so that offsets stay.
    const code = indent.includes(">") ? body.replaceAll(/^[ \t]*>/gm, (mark) => " ".repeat(mark.length)) : body;
    const named = name === "" ? language : languageNamed(name.replace(/^\./, ""));
    const isOther =
      name !== "" &&
      named === null &&
      /^(?:json|ya?ml|toml|ini|xml|html|css|text|txt|plain|diff|markdown|md|csv|log|output)$/i.test(name);
    if (!(isOther && /^(?:json|css|csv|toml|ini|text|txt|plain|log|output)$/i.test(name)))
      blocks.push({ code, start, language: named, isFenced: true });
    rest = rest.slice(0, match.index) + whole.replaceAll(/[^\n]/g, " ") + rest.slice(match.index + whole.length);
  }
  if (language !== null && blocks.length === 0) {
    const lines = text.split("\n").filter((line) => line.trim() !== "");
    const wordy = lines.filter((line) => prose.test(line) && !codeLine.test(line)).length;
    if (wordy * 3 <= lines.length) return [{ code: text, start: 0, language, isFenced: true }];
  }
  const lines = rest.split("\n").filter((line) => line.trim() !== "");
  if (blocks.length === 0 && lines.some((line) => codeLine.test(line)) && !lines.some(isProse)) {
    return [{ code: text, start: 0, language, isFenced: false }];
  }
  findRuns(rest, language, blocks);
  return blocks;
}

function isProse(line: string): boolean {
  return (
    prose.test(line) &&
    !/[;{}]\s*$|[\w)]\(|[)\]]\s*$|^\s*(?:SELECT|INSERT|UPDATE|DELETE|CREATE|GRANT|ALTER)\b/.test(line)
  );
}

/** Runs of lines that look like code; blank and indented lines in between belong to them. */
function findRuns(text: string, language: Language | null, blocks: CodeBlock[]): void {
  let start = -1;
  let end = 0;
  let at = 0;
  let count = 0;
  const close = () => {
    if (start >= 0 && count > 0) blocks.push({ code: text.slice(start, end), start, language, isFenced: false });
    start = -1;
    count = 0;
  };
  for (const line of text.split("\n")) {
    const isBlank = line.trim() === "";
    const isCode = !isBlank && line.length < 2000 && codeLine.test(line) && !isProse(line);
    const isInside =
      start >= 0 &&
      !isBlank &&
      (!/^\s*(?:[-*]|\d+\.)?\s*[A-Z][a-z]+[ ,]/.test(line) ||
        /^(?:\s{2,}|\t)/.test(line) ||
        /^\s*(?:#|\/\/|--|\*|\/\*)/.test(line));
    if (isCode || isInside) {
      if (start < 0) start = at;
      end = at + line.length;
      if (isCode) count++;
    } else if (!isBlank) close();
    at += line.length + 1;
  }
  close();
}
