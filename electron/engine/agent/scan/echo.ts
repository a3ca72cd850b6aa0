import type { CodeMatch, CodeReader } from "./code/read-code.ts";
import { weaknesses } from "./code/weaknesses.ts";
import { findPayloads, findSecrets, fold, holdsSecret, unpack } from "./echo-secrets.ts";
import type { Finding, Scanner } from "./scanner.ts";

const longestText = 400_000;
/** Words before a block of code that say that it shows what is wrong. */
const shownAsWrong =
  /\b(?:vulnerable|insecure|unsafe|before|original|wrong|bad|problem(?:atic)?|issue|flawed|dangerous|offending|old|your code|you have|instead of|do not|don't|never|avoid|current(?:ly)?)\b/i;
const shownAsRight =
  /\b(?:fix(?:ed)?|secure(?:d)?|safe(?:r)?|after|correct(?:ed)?|improved|mended|new|hardened|patched|not (?:vulnerable|unsafe|insecure)|no longer)\b/i;

/**
 * Finds that a worker's answer repeats a weakness of its input: the same weakness in code (renamed, rearranged, in another language), a secret
 * (as it is or lightly disguised), or an attack payload that stands bare in the text.
 *
 * What is no echo: code in which the weakness is mended; the input's bad code quoted under words that call it so, where mended code follows; a
 * payload between backticks, in a block of text or as a value of JSON, which is a mention. A secret is an echo wherever it stands.
 */
export function createEchoScanner(reader: CodeReader): Scanner {
  return {
    name: "echo",
    async scan({ text, input, language, kind }, signal) {
      if (kind !== "output" || input === undefined || input === "") return { flagged: false, findings: [] };
      if (text.length > longestText || input.length > longestText) {
        return {
          flagged: true,
          findings: [{ rule: "echo.unread", why: "the texts are too long to be compared to their end" }],
        };
      }
      const findings: Finding[] = [];
      const given = await reader.read(input, language, signal);
      const told = await reader.read(text, given.matches[0]?.language ?? language, signal);
      if (given.isCut || told.isCut)
        findings.push({ rule: "echo.unread", why: "the code is too long or too deep to be read to its end" });
      for (const match of repeats(given.matches, told.matches, text)) {
        const { cwe, why } = weaknesses[match.rule.weakness];
        findings.push({
          rule: `echo.${match.rule.weakness}`,
          why: `the input's weakness is there again, CWE-${cwe}: ${why}`,
          start: match.start,
          end: match.end,
        });
      }
      const secrets = findSecrets(input);
      if (secrets.some((secret) => holdsSecret(text, secret))) {
        findings.push({ rule: "echo.credential", why: "a secret of the input is in the answer" });
      }
      const payloads = findPayloads(input.replaceAll(codeBlock, "\n"));
      if (payloads.length > 0 && !isJson(text)) {
        const bare = fold(unpack(outsideOfCode(text)));
        if (payloads.some((payload) => bare.includes(payload))) {
          findings.push({ rule: "echo.payload", why: "an attack payload of the input stands bare in the answer" });
        }
      }
      return { flagged: findings.length > 0, findings };
    },
  };
}

/** Matches of the answer whose weakness the input has too, less those that are shown as what is wrong. */
function repeats(given: readonly CodeMatch[], told: readonly CodeMatch[], text: string): CodeMatch[] {
  const known = new Set(given.map(({ rule }) => weaknesses[rule.weakness].cwe));
  const same = told.filter(({ rule }) => known.has(weaknesses[rule.weakness].cwe));
  const blocks = fencedBlocks(text);
  return same.filter((match) => {
    const block = blocks.find(({ start, end }) => start <= match.start && match.end <= end);
    if (block === undefined || !isShownAsWrong(text, block.start)) return true;
    const isMendedLater = blocks.some(
      (later) => later.start > block.end && !same.some((other) => later.start <= other.start && other.end <= later.end),
    );
    return !isMendedLater;
  });
}

function fencedBlocks(text: string): { readonly start: number; readonly end: number }[] {
  const marks = [...text.matchAll(/^[ \t>]*(?:`{3,}|~{3,})/gm)];
  const blocks: { start: number; end: number }[] = [];
  for (let i = 0; i + 1 < marks.length; i += 2) blocks.push({ start: marks[i]!.index, end: marks[i + 1]!.index });
  return blocks;
}

function isShownAsWrong(text: string, at: number): boolean {
  const before = text.slice(0, at).trimEnd();
  const line = before.slice(before.lastIndexOf("\n") + 1).slice(-300);
  return shownAsWrong.test(line) && !shownAsRight.test(line);
}

/** A block whose fence names a language: what stands there is a program, judged as one. */
const codeBlock = /(?:^|\n)[ \t]*(`{3,}|~{3,})[ \t]*[a-z][^\n]*\n[\s\S]*?(?:\n[ \t]*\1|$)/gi;

/** Blocks and spans of code are blanked: what stands there is shown, not said. */
function outsideOfCode(text: string): string {
  return text.replaceAll(/(?:^|\n)[ \t]*(`{3,}|~{3,})[\s\S]*?(?:\n[ \t]*\1|$)|(`+)[^\n]*?\2/g, (code) =>
    code.replaceAll(/[^\n]/g, " "),
  );
}

function isJson(text: string): boolean {
  try {
    return typeof JSON.parse(text) === "object";
  } catch {
    return false;
  }
}
