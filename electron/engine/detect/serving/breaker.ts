/** closed: the model is asked; open: it is not; half_open: it is tried, one call at a time. */
export type BreakerState = "closed" | "open" | "half_open";

/** One failed call in five. */
export const defaultErrorShare = 0.2;

export interface BreakerOptions {
  /** Share of failed calls among the last ones at which it opens, in (0, 1]. */
  readonly errorShare?: number;
  /** Calls that the share is taken over. */
  readonly window?: number;
  /** Calls before which nothing is concluded. */
  readonly fewest?: number;
  /** Silence before the first trial, milliseconds; doubled with each failed trial up to `longestPauseMs`. */
  readonly pauseMs?: number;
  readonly longestPauseMs?: number;
  /** Trials in a row that must go well before it closes. */
  readonly trials?: number;
  /** Monotonic time, milliseconds. */
  readonly now?: () => number;
}

export interface BreakerStatus {
  readonly state: BreakerState;
  /** Failed among the last `calls`. */
  readonly errors: number;
  readonly calls: number;
  /** Time until the next trial, milliseconds; 0 unless open. */
  readonly retryInMs: number;
  /** How often it opened. */
  readonly opened: number;
}

/**
 * Keeps callers from a model that fails too often. Source: Nygard 2007, "Release It!", circuit breaker; the share of errors is taken over a
 * count of calls, not a time, so that it means the same at any rate.
 */
export interface Breaker {
  /** Whether the model may be asked now. A true answer must be followed by `succeed` or `fail`. */
  allow(): boolean;
  succeed(): void;
  fail(): void;
  status(): BreakerStatus;
}

export function createBreaker(options: BreakerOptions = {}): Breaker {
  const {
    errorShare = defaultErrorShare,
    window = 50,
    fewest = 5,
    pauseMs = 5000,
    longestPauseMs = 60_000,
    trials = 3,
  } = options;
  const now = options.now ?? (() => performance.now());
  const failed = new Uint8Array(window);
  let at = 0;
  let calls = 0;
  let errors = 0;
  let state: BreakerState = "closed";
  let pause = pauseMs;
  let retryAt = 0;
  let opened = 0;
  let inTrial = false;
  let trialsPassed = 0;

  function note(outcome: 0 | 1): void {
    errors += outcome - (calls === window ? failed[at]! : 0);
    failed[at] = outcome;
    at = (at + 1) % window;
    if (calls < window) calls++;
  }

  function open(): void {
    state = "open";
    opened++;
    inTrial = false;
    retryAt = now() + pause;
  }

  function close(): void {
    state = "closed";
    pause = pauseMs;
    calls = 0;
    errors = 0;
    at = 0;
    failed.fill(0);
  }

  return {
    allow() {
      if (state === "closed") return true;
      if (state === "open") {
        if (now() < retryAt) return false;
        state = "half_open";
        trialsPassed = 0;
      }
      if (inTrial) return false;
      inTrial = true;
      return true;
    },
    succeed() {
      if (state === "closed") note(0);
      else if (state === "half_open") {
        inTrial = false;
        if (++trialsPassed >= trials) close();
      }
    },
    fail() {
      // A call that was under way when it opened changes nothing any more.
      if (state === "closed") {
        note(1);
        if (calls >= fewest && errors >= errorShare * calls) open();
      } else if (state === "half_open") {
        pause = Math.min(longestPauseMs, pause * 2);
        open();
      }
    },
    status: () => ({
      state,
      errors,
      calls,
      retryInMs: state === "open" ? Math.max(0, retryAt - now()) : 0,
      opened,
    }),
  };
}
