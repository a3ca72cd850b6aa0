import type { Clock } from "../../base/clock.ts";
import type { Logger } from "../../base/logging.ts";
import type { SampleWindow } from "./sample-window.ts";
import type { TelemetryMetrics } from "./telemetry-metrics.ts";

/** Samples that are kept however little memory there is: a model needs as many. */
const leastKept = 50;
const checkEveryMs = 1_000;
const tellEveryMs = 60_000;

/** Keeps the history within its bounds, and says what it lets go. */
export interface HistoryKeeper {
  /** Whether memory was low when it last looked. */
  readonly isMemoryLow: boolean;
  /** Adds a sample; under memory pressure half of the history leaves, once a second. */
  add(values: Float64Array, template: string): void;
  /** Looks whether memory is still low, at most once a second. */
  check(): void;
}

export function createHistoryKeeper(options: {
  readonly window: SampleWindow;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: TelemetryMetrics;
  /** Memory that this process may still take, bytes. */
  readonly availableMemory: () => number;
  /** What must stay free, bytes. */
  readonly leastFree: number;
}): HistoryKeeper {
  const { window, clock, log, metrics } = options;
  let isMemoryLow = false;
  let checkedAt = Number.NEGATIVE_INFINITY;
  let toldAt = Number.NEGATIVE_INFINITY;
  let untold = 0;

  function check(): void {
    const now = clock.now();
    if (now - checkedAt < checkEveryMs) return;
    checkedAt = now;
    const wasLow = isMemoryLow;
    isMemoryLow = options.availableMemory() < options.leastFree;
    if (isMemoryLow) {
      const evicted = window.shrink(Math.max(leastKept, Math.floor(window.size / 2)));
      if (evicted > 0) {
        metrics.evictions.inc({ cause: "memory" }, evicted);
        log.info({ evicted, kept: window.size }, "Memory is low: the oldest telemetry samples were evicted.");
      }
    } else if (wasLow) log.info("Memory is no longer low: the telemetry history grows again.");
    metrics.historySize.set(window.size);
  }

  return {
    get isMemoryLow() {
      return isMemoryLow;
    },
    add(values, template) {
      untold += window.add(values, template);
      // A line for each would be a line for each sample.
      if (untold > 0 && clock.now() - toldAt >= tellEveryMs) {
        toldAt = clock.now();
        metrics.evictions.inc({ cause: "full" }, untold);
        log.info({ evicted: untold, kept: window.size }, "The telemetry history is full: its oldest samples left.");
        untold = 0;
      }
      check();
    },
    check,
  };
}
