import { setImmediate } from "node:timers/promises";

/** How long other work may be held up, milliseconds. */
const turnMs = 5;

/**
 * For long work in many small parts: called between two of them, it lets other work run when it is due. Awaiting what is there already
 * lets nobody in.
 * @returns rejects with the signal's reason
 */
export function takeTurns(signal: AbortSignal): () => Promise<void> {
  let since = performance.now();
  return async () => {
    signal.throwIfAborted();
    if (performance.now() - since < turnMs) return;
    await setImmediate();
    signal.throwIfAborted();
    since = performance.now();
  };
}
