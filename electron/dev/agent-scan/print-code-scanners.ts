import { evaluateCodeScanner } from "./code-pairs.ts";
import { evaluateEchoScanner } from "./echo-cases.ts";

/** @returns the tables of the group "agent scanners" that are about code and echoes, in Markdown */
export async function evaluateCodeScanners(): Promise<string[]> {
  return [await evaluateCodeScanner(), await evaluateEchoScanner()];
}
