import type { Language } from "./languages.ts";
import type { CodeRule } from "./rule.ts";
import { codeRules } from "./rules/all-rules.ts";
import { weaknesses } from "./weaknesses.ts";

const titles: Readonly<Record<Language, string>> = {
  python: "Python",
  javascript: "JavaScript and TypeScript",
  java: "Java",
  c: "C and C++",
  php: "PHP",
  ruby: "Ruby",
  go: "Go",
  rust: "Rust",
  csharp: "C#",
  sql: "SQL",
  shell: "Shell",
};

/** The page of the documentation that lists every rule of the code scanner, in Markdown. */
export function describeCodeRules(rules: readonly CodeRule[] = codeRules): string {
  const parts = Object.entries(titles).map(([language, title]) => {
    const rows = rules
      .filter((rule) => rule.language === language)
      .map(
        ({ id, weakness, message }) =>
          `| \`${id}\` | ${weaknesses[weakness].cwe} | ${message ?? weaknesses[weakness].why} |`,
      );
    return `## ${title}\n\n| rule | CWE | what is wrong |\n|---|---|---|\n${rows.join("\n")}\n`;
  });
  return `# Rules of the code scanner

Made by \`npm run generate\` from \`electron/engine/agent/scan/code/rules/\`. ${rules.length} rules over syntax trees; each has an insecure example in which it must fire and
a secure one in which no rule may. Values are followed through names within a function; a check against a list of what is allowed, and calls that make a
value harmless for the weakness, count. A rule is no proof: the agent's policy is the boundary, not its scanners.

${parts.join("\n")}`;
}
