import { setTimeout } from "node:timers/promises";
import { SentinelError } from "../../../shared/errors.ts";

const shortestWaitMs = 250;
const longestWaitMs = 30_000;

/** What another time may do without anybody changing anything. */
const passing: ReadonlySet<string> = new Set(["UNAVAILABLE", "BUSY", "RATE_LIMITED", "DISK_FULL"]);

export const isPassing = (error: unknown): boolean => error instanceof SentinelError && passing.has(error.code);

/**
 * Tries until it succeeds, waiting twice as long each time, up to half a minute.
 * @param onFailure hears of each failure that is waited out
 * @throws what does not pass by itself; what the signal was aborted with
 */
export async function withRetries<T>(
  act: () => Promise<T>,
  signal: AbortSignal,
  onFailure: (error: SentinelError) => void = () => {},
): Promise<T> {
  for (let wait = shortestWaitMs; ; wait = Math.min(longestWaitMs, wait * 2)) {
    signal.throwIfAborted();
    try {
      return await act();
    } catch (error) {
      if (!isPassing(error)) throw error;
      onFailure(error as SentinelError);
      await setTimeout(wait, undefined, { signal, ref: false }).catch(() => signal.throwIfAborted());
    }
  }
}
