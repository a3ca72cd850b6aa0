import { Piscina } from "piscina";
import { loadRules } from "./agent/scan/code/load-rules.ts";
import { codeRules } from "./agent/scan/code/rules/all-rules.ts";
import type { Scanner, ScanOutcome } from "./agent/scan/scanner.ts";
import { onDemand } from "./base/on-demand.ts";

/** A thread that has had nothing to do for so long is ended, milliseconds. */
const idleMs = 60_000;

/**
 * The scanners of code and of echoes, in a thread of their own that starts with the first text: reading code may take seconds.
 * @throws Error for a rule that does not load
 */
export function createCodeScanning(entry: URL): { readonly scanners: readonly Scanner[]; close(): Promise<void> } {
  // SECURITY: now, not when the first text comes: without all of its rules the engine does not start.
  loadRules(codeRules);
  const pool = new Piscina({ filename: entry.href, ...onDemand, idleTimeout: idleMs });
  const scannerOf = (name: "code" | "echo"): Scanner => ({
    name,
    scan: (what, signal) => pool.run({ name, what }, { name: "scan", signal }) as Promise<ScanOutcome>,
  });
  return { scanners: [scannerOf("code"), scannerOf("echo")], close: () => pool.close({ force: true }) };
}
