import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { createCodeScanner } from "../../engine/agent/scan/code/code-scanner.ts";
import { createCodeReader } from "../../engine/agent/scan/code/read-code.ts";
import type { Scanner } from "../../engine/agent/scan/scanner.ts";

/** An insecure snippet and its mended twin, written apart from the rules' own examples. */
export interface CodePair {
  readonly language: string;
  readonly name: string;
  readonly insecure: string;
  readonly secure: string;
  /** Kept aside: no rule was changed after looking at it. */
  readonly isKept: boolean;
}

const folder = join(import.meta.dirname, "pairs");

/** @returns every pair; each second one of the first files is kept aside, those of `-more` were all looked at */
export function loadCodePairs(): CodePair[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith(".txt"))
    .flatMap((file) => {
      const parts = readFileSync(join(folder, file), "utf8").split(/^### /m).slice(1);
      return parts.map((part, index) => {
        const lines = part.indexOf("\n");
        const [insecure = "", secure = ""] = part.slice(lines + 1).split("\n===\n");
        return {
          language: file.slice(0, -4).split("-")[0]!,
          name: part.slice(0, lines),
          insecure: insecure.trimEnd(),
          secure: secure.trimEnd(),
          isKept: index % 2 === 1 && !file.includes("-more"),
        };
      });
    });
}

export interface JudgedPair extends CodePair {
  /** Rules that were found in the insecure snippet, and in its twin. */
  readonly found: readonly string[];
  readonly foundInTwin: readonly string[];
  readonly isRight: boolean;
}

/** Judges each pair: right where the insecure snippet is flagged and its twin is not. */
export async function judgePairs(
  pairs: readonly CodePair[],
  scanner: Scanner,
  says: "fence" | "caller" | "nobody",
): Promise<JudgedPair[]> {
  const { signal } = new AbortController();
  const rules = async (code: string, language: string) => {
    const text = says === "fence" ? `\`\`\`${language}\n${code}\n\`\`\`` : code;
    const outcome = await scanner.scan({ text, kind: "output", ...(says === "caller" && { language }) }, signal);
    return outcome.findings.map(({ rule }) => rule);
  };
  const judged: JudgedPair[] = [];
  for (const pair of pairs) {
    const found = await rules(pair.insecure, pair.language);
    const foundInTwin = await rules(pair.secure, pair.language);
    judged.push({ ...pair, found, foundInTwin, isRight: found.length > 0 && foundInTwin.length === 0 });
  }
  return judged;
}

/** The code scanner on the pairs, as a table in Markdown. */
export async function evaluateCodeScanner(): Promise<string> {
  const scanner = createCodeScanner(await createCodeReader());
  const rows: string[] = [];
  for (const says of ["fence", "caller", "nobody"] as const) {
    const judged = await judgePairs(loadCodePairs(), scanner, says);
    const share = (some: readonly JudgedPair[]) => `${some.filter(({ isRight }) => isRight).length} of ${some.length}`;
    rows.push(
      `| ${says} | ${share(judged.filter(({ isKept }) => isKept))} | ${share(judged.filter(({ isKept }) => !isKept))} |`,
    );
  }
  return `### Code pairs, both judged right\n\n| the language is said by | kept aside | tuned on |\n|---|---|---|\n${rows.join("\n")}`;
}
