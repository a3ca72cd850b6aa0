import { SentinelError } from "../../../../shared/errors.ts";
import type { Scannable, Scanner, ScanOutcome } from "./scanner.ts";

export interface ScannersOptions {
  /** Longest time for one scanner, milliseconds. */
  readonly withinMs?: number;
  /** Scanners that an operator switched off. SECURITY: what is off blocks; it does not pass. */
  readonly off?: ReadonlySet<Scanner["name"]>;
}

/** A scanner, or the name of one that could not be made: it blocks all it should have looked at. */
export type ScannerEntry = Scanner | { readonly name: Scanner["name"]; readonly problem: string };

export interface ScanReport {
  /** True when any scanner found something, or did not do its work. */
  readonly flagged: boolean;
  readonly results: Readonly<Partial<Record<Scanner["name"], ScanOutcome>>>;
}

export interface Scanners {
  readonly names: readonly Scanner["name"][];
  /**
   * Asks every scanner, all at once. Never fails but by `signal`: a scanner that throws, is late, is off or was not loaded flags.
   * @throws the reason of `signal` when the caller gives up
   */
  scan(what: Scannable, signal: AbortSignal): Promise<ScanReport>;
}

const defaultWithinMs = 10_000;

/** Most findings that one scanner's outcome carries on: what is more says nothing new. */
const mostFindings = 200;

/**
 * Runs a list of scanners over a text.
 * @throws SentinelError SETTING_INVALID when two of them have one name
 */
export function createScanners(list: readonly ScannerEntry[], options: ScannersOptions = {}): Scanners {
  const { withinMs = defaultWithinMs, off = new Set<string>() } = options;
  const names = list.map(({ name }) => name);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) throw new SentinelError("SETTING_INVALID", `There are two scanners "${twice}".`);

  async function ask(entry: ScannerEntry, what: Scannable, signal: AbortSignal): Promise<ScanOutcome> {
    if (off.has(entry.name))
      return blocked("scanner_off", `The scanner ${entry.name} is off, and what it does not see is blocked.`);
    if ("problem" in entry)
      return blocked("scanner_not_loaded", `The scanner ${entry.name} could not be loaded: ${entry.problem}`);
    const timer = new AbortController();
    const both = AbortSignal.any([signal, timer.signal]);
    let timeout: NodeJS.Timeout | undefined;
    let giveUp: (() => void) | undefined;
    const late = new Promise<ScanOutcome>((resolve, reject) => {
      timeout = setTimeout(() => {
        timer.abort();
        resolve(blocked("scanner_late", `The scanner ${entry.name} took longer than ${withinMs} ms.`));
      }, withinMs);
      giveUp = () => reject(signal.reason);
      signal.addEventListener("abort", giveUp, { once: true });
    });
    try {
      const outcome = await Promise.race([entry.scan(what, both), late]);
      return outcome.findings.length <= mostFindings
        ? outcome
        : { flagged: outcome.flagged, findings: outcome.findings.slice(0, mostFindings) };
    } catch (error) {
      signal.throwIfAborted();
      // SECURITY: the kind of the error and no more: what it says may quote the text.
      const kind = error instanceof SentinelError ? error.code : error instanceof Error ? error.name : "an error";
      return blocked("scanner_failed", `The scanner ${entry.name} failed (${kind}).`);
    } finally {
      clearTimeout(timeout);
      if (giveUp !== undefined) signal.removeEventListener("abort", giveUp);
    }
  }

  return {
    names,
    async scan(what, signal) {
      signal.throwIfAborted();
      const outcomes = await Promise.all(
        list.map(async (entry) => [entry.name, await ask(entry, what, signal)] as const),
      );
      // Each flag stands on its own: one that does not say whether it flagged has flagged.
      const flagged = outcomes.some(([, outcome]) => outcome.flagged !== false);
      return { flagged, results: Object.fromEntries(outcomes) };
    },
  };
}

function blocked(rule: string, why: string): ScanOutcome {
  return { flagged: true, findings: [{ rule, why }] };
}
