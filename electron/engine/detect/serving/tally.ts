import { addLatency, createLatency, type LatencyCounts } from "../../base/latency.ts";

/** What a served model was asked and how it went. Plain data: a worker's is added to the main thread's. */
export interface ServingTally {
  /** Look-ups in the cache. */
  hits: number;
  misses: number;
  /** Calls of the model that failed or were late. */
  failures: number;
  /** Answers of the rules in the model's place. */
  degraded: number;
  readonly model: LatencyCounts;
  readonly cached: LatencyCounts;
}

export function createTally(): ServingTally {
  return { hits: 0, misses: 0, failures: 0, degraded: 0, model: createLatency(), cached: createLatency() };
}

export function addTally(into: ServingTally, more: ServingTally): void {
  into.hits += more.hits;
  into.misses += more.misses;
  into.failures += more.failures;
  into.degraded += more.degraded;
  addLatency(into.model, more.model);
  addLatency(into.cached, more.cached);
}
