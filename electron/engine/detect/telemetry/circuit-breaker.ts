import type { Clock } from "../../base/clock.ts";

/** Calls that the share of failures is taken over. */
const windowCalls = 50;
const fewestCalls = 10;
const openAtShare = 0.2;
const openMs = 5_000;

/**
 * Stops asking what keeps failing. `closed`: every call goes through. `open`: none does, for five seconds. Then one call is tried
 * (half-open): it succeeds and the breaker closes, or it fails and the breaker stays open.
 */
export interface CircuitBreaker {
  readonly isOpen: boolean;
  /** @returns what the call returns, or null where it was not made or failed */
  run<T>(call: () => T): T | null;
}

/** @param onFailure hears of every failed call */
export function createCircuitBreaker(clock: Clock, onFailure: (error: unknown) => void): CircuitBreaker {
  let outcomes: boolean[] = [];
  let openedAt: number | null = null;
  return {
    get isOpen() {
      return openedAt !== null;
    },
    run(call) {
      if (openedAt !== null && clock.now() - openedAt < openMs) return null;
      try {
        const result = call();
        if (openedAt !== null) {
          openedAt = null;
          outcomes = [];
        }
        outcomes.push(true);
        if (outcomes.length > windowCalls) outcomes.shift();
        return result;
      } catch (error) {
        onFailure(error);
        outcomes.push(false);
        if (outcomes.length > windowCalls) outcomes.shift();
        const failures = outcomes.filter((ok) => !ok).length;
        const isTooMany = outcomes.length >= fewestCalls && failures >= openAtShare * outcomes.length;
        if (openedAt !== null || isTooMany) openedAt = clock.now();
        return null;
      }
    },
  };
}
