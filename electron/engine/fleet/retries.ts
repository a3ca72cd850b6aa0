import { setTimeout } from "node:timers/promises";
import { SentinelError } from "../../../shared/errors.ts";
import type { Rest } from "./message-bus.ts";

const shortestWaitMs = 250;
const longestWaitMs = 30_000;

/** What another time may do without anybody changing anything. */
const passing: ReadonlySet<string> = new Set(["UNAVAILABLE", "BUSY", "RATE_LIMITED", "DISK_FULL"]);

export const isPassing = (error: unknown): boolean => error instanceof SentinelError && passing.has(error.code);

export type OnFailure = (error: SentinelError) => void | Promise<void>;

/**
 * Tries until it succeeds, waiting twice as long each time, up to half a minute.
 * @param onFailure hears of each failure that is waited out; what it throws ends the waiting
 * @param rest what the time until the next try is spent in
 * @throws what does not pass by itself; what the signal was aborted with
 */
export async function withRetries<T>(
  act: () => Promise<T>,
  signal: AbortSignal,
  onFailure: OnFailure = () => {},
  rest: Rest = (pause) => pause(),
): Promise<T> {
  for (let wait = shortestWaitMs; ; wait = Math.min(longestWaitMs, wait * 2)) {
    signal.throwIfAborted();
    try {
      return await act();
    } catch (error) {
      if (!isPassing(error)) throw error;
      await onFailure(error as SentinelError);
      await rest(() => setTimeout(wait, undefined, { signal, ref: false }).catch(() => signal.throwIfAborted()));
    }
  }
}
