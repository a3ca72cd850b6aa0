import type { ScanSummary } from "../flow/task-state.ts";

/** Scanners whose word holds an answer back. What the others say is shown beside it, and the policy decides what may be done with it. */
const blocking = ["code", "echo"];

/** Whether a scanner did not do its work. SECURITY: what was not looked at does not pass. */
export function hasFailed({ results }: ScanSummary): boolean {
  return Object.values(results).some(failed);
}

/** Names of the scanners that hold an answer back. */
export function holdersOf({ results }: ScanSummary): string[] {
  return Object.entries(results).flatMap(([name, result]) =>
    result !== undefined && (failed(result) || (result.flagged && blocking.includes(name))) ? [name] : [],
  );
}

function failed(result: ScanSummary["results"][string]): boolean {
  return result?.findings.some(({ rule }) => rule.startsWith("scanner_")) === true;
}
