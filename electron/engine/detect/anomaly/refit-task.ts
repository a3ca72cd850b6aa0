import type { BehaviourDeployed } from "./deployed-behaviour.ts";

/** What a worker needs to fit the behaviour model. Plain data: it crosses a thread boundary. */
export interface RefitTask {
  /** Sessions, each of shape [schema.length]; NaN: not available. */
  readonly rows: readonly Float64Array[];
  readonly schema: readonly string[];
  readonly seed: number;
}

/** Sessions below which a fit would tell more of chance than of what is ordinary here. */
export const leastSessions = 200;
/** How much more there must be than at the last fit. */
const growth = 1.2;

/**
 * Whether there is enough to fit to, and enough more than at the last fit.
 *
 * @param last the last fit, also one that was taken back; null: none yet
 * @param now the sessions that there are, and the versions that they are of
 */
export function isRefitDue(
  last: BehaviourDeployed | null,
  now: { readonly sessions: number; readonly shipped: string; readonly extractorVersion: string },
): boolean {
  if (now.sessions < leastSessions) return false;
  // A newer version of the product starts from its own model, over vectors of its own.
  if (last === null || last.shipped !== now.shipped || last.extractor_version !== now.extractorVersion) return true;
  return now.sessions >= last.sessions * growth;
}
