import type { Refusal } from "./path-text.ts";

const longestCommand = 8192;
const mostWords = 256;

/** Signs that mean something to a shell where they are not quoted. */
const meta = new Set("|&;<>()$`\n\r*?[]{}!");
const controls = /\p{Cc}/u;
const unseen = /\p{Bidi_Control}|\p{Default_Ignorable_Code_Point}|[\ufff9-\ufffb]/u;
/** White space beyond ASCII: what looks like a blank is none. */
const oddSpace = /[\u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]/;

export type SplitCommand = { readonly words: readonly string[] } | Refusal;

/**
 * Splits a command as a POSIX shell would, as far as it is fully understood: words, single and double quotes, backslashes. Nothing is
 * expanded; whatever a shell would expand, redirect, chain or substitute is refused.
 * Source: POSIX.1-2017, Shell Command Language, section 2.2.
 */
export function splitCommand(command: string): SplitCommand {
  const refuse = (rule: string, reason: string): Refusal => ({ rule, reason });
  if (command.length > longestCommand)
    return refuse("too-long", `The command is longer than ${longestCommand} characters.`);
  if (!command.isWellFormed()) return refuse("encoding", "The command is no valid text.");
  if (controls.test(command.replace(/\t/g, " ").replace(/[\n\r]/g, ""))) {
    return refuse("control-character", "The command holds a control character.");
  }
  if (unseen.test(command)) {
    return refuse("unseen-character", "The command holds a character that is not seen or turns the text around.");
  }
  if (oddSpace.test(command)) return refuse("odd-space", "The command holds a blank that is none.");
  const words: string[] = [];
  let word: string | null = null;
  let isQuoted = false;
  for (let i = 0; i < command.length; i++) {
    const sign = command[i]!;
    if (sign === " " || sign === "\t") {
      if (word !== null) words.push(word);
      word = null;
      isQuoted = false;
      continue;
    }
    if (sign === "'") {
      const end = command.indexOf("'", i + 1);
      if (end < 0) return refuse("quote", "A quote is not closed.");
      const quoted = command.slice(i + 1, end);
      if (/[\n\r]/.test(quoted)) return refuse("metacharacter", "The command goes over several lines.");
      word = (word ?? "") + quoted;
      isQuoted = true;
      i = end;
    } else if (sign === '"') {
      const end = readDouble(command, i + 1);
      if (typeof end !== "number") return end;
      const quoted = command.slice(i + 1, end);
      word = (word ?? "") + quoted.replace(/\\(["\\])/g, "$1");
      isQuoted = true;
      i = end;
    } else if (sign === "\\") {
      const next = command[i + 1];
      if (next === undefined || next === "\n" || next === "\r")
        return refuse("quote", "A backslash stands at the end of a line.");
      word = (word ?? "") + next;
      isQuoted = true;
      i++;
    } else {
      const found = refuseUnquoted(sign, word, isQuoted, words.length);
      if (found !== null) return found;
      word = (word ?? "") + sign;
    }
  }
  if (word !== null) words.push(word);
  if (words.length === 0) return refuse("empty", "There is no command.");
  if (words.length > mostWords) return refuse("too-long", `The command has more than ${mostWords} words.`);
  return { words };
}

/** @returns offset of the closing quote */
function readDouble(command: string, from: number): number | Refusal {
  for (let i = from; i < command.length; i++) {
    const sign = command[i]!;
    if (sign === '"') return i;
    if (sign === "$" || sign === "`" || sign === "!") {
      return { rule: "metacharacter", reason: `Within double quotes ${sign} would be expanded.` };
    }
    if (sign === "\n" || sign === "\r")
      return { rule: "metacharacter", reason: "The command goes over several lines." };
    if (sign === "\\") i++;
  }
  return { rule: "quote", reason: "A quote is not closed." };
}

function refuseUnquoted(sign: string, word: string | null, isQuoted: boolean, before: number): Refusal | null {
  for (const reading of new Set([sign, ...sign.normalize("NFKC")])) {
    if (meta.has(reading))
      return { rule: "metacharacter", reason: "A sign that means something to a shell is not quoted." };
    if (reading === "~" && word === null)
      return { rule: "metacharacter", reason: "A word begins with ~, which a shell expands." };
    if (reading === "#" && word === null)
      return { rule: "metacharacter", reason: "A word begins with #, which is a comment to a shell." };
    if (reading === "=" && before === 0 && !isQuoted) {
      return { rule: "metacharacter", reason: "The command begins with an assignment." };
    }
  }
  return null;
}
