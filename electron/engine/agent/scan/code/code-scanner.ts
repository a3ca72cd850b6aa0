import type { Finding, Scanner } from "../scanner.ts";
import type { CodeReader } from "./read-code.ts";
import { weaknesses } from "./weaknesses.ts";

/** Findings of one text that are told; more say no more. */
const mostFindings = 100;

/**
 * Finds insecure patterns in the code of a text by rules over syntax trees. Code that could not be read to its end is flagged:
 * what nobody read is not called safe.
 */
export function createCodeScanner(reader: CodeReader): Scanner {
  return {
    name: "code",
    async scan({ text, language }, signal) {
      const { matches, isCut } = await reader.read(text, language, signal);
      const findings: Finding[] = matches.slice(0, mostFindings).map(({ rule, start, end }) => ({
        rule: rule.id,
        why: `CWE-${weaknesses[rule.weakness].cwe}: ${rule.message ?? weaknesses[rule.weakness].why}`,
        start,
        end,
      }));
      if (isCut) findings.push({ rule: "code.unread", why: "the code is too long or too deep to be read to its end" });
      return { flagged: findings.length > 0, findings };
    },
  };
}
