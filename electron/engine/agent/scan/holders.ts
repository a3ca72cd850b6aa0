import type { ScanSummary } from "../flow/task-state.ts";

/**
 * Names of the scanners whose word holds a request, or a text that is to be worked on, back. Personal data, links and the like are what
 * analysts ask about: they are told, and hold nothing back.
 */
export const holdersOfRequest = (summary: ScanSummary): string[] => holdersOf(summary, ["injection"]);

/**
 * The same of a worker's answer. What the other scanners say is shown beside it, and the policy decides what may be done with it. A secret
 * of the input that stands in the answer is no reason to hold it back from whoever asked: the step that read it shows it, too.
 */
export const holdersOfAnswer = (summary: ScanSummary): string[] => holdersOf(summary, ["code", "echo"]);

const secretRule = "echo.credential";

/** Whether an answer repeats a secret of what it was given: nobody beyond the engine may come to know it without a word. */
export const repeatsSecret = ({ results }: ScanSummary): boolean =>
  results.echo?.findings.some(({ rule }) => rule === secretRule) === true;

function holdersOf({ results }: ScanSummary, blocking: readonly string[]): string[] {
  return Object.entries(results).flatMap(([name, result]) => {
    if (result === undefined) return [];
    // SECURITY: what a scanner did not look at does not pass, whichever it is.
    const hasFailed = result.findings.some(({ rule }) => rule.startsWith("scanner_"));
    const { findings } = result;
    const isSecretAlone = findings.length > 0 && findings.every(({ rule }) => rule === secretRule);
    return hasFailed || (result.flagged && blocking.includes(name) && !isSecretAlone) ? [name] : [];
  });
}
