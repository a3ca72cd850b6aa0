/** Work on the same thing, one after the other; work on different things at once. */
export interface Turns {
  /**
   * Does the work once everything that came before under this name has ended, however it ended.
   * @throws the signal's reason when it is aborted while waiting; what the work throws
   */
  take<T>(name: string, work: () => Promise<T>, signal?: AbortSignal): Promise<T>;
}

export function createTurns(): Turns {
  const last = new Map<string, Promise<unknown>>();
  return {
    async take(name, work, signal) {
      const before = last.get(name);
      const mine = Promise.withResolvers<void>();
      // Whoever follows waits for all before, also when this one gives up waiting.
      const until = Promise.all([before, mine.promise]);
      last.set(name, until);
      try {
        if (before !== undefined) await orAborted(before, signal);
        return await work();
      } finally {
        mine.resolve();
        if (last.get(name) === until) last.delete(name);
      }
    },
  };
}

async function orAborted(before: Promise<unknown>, signal: AbortSignal | undefined): Promise<void> {
  if (signal === undefined) {
    await before;
    return;
  }
  signal.throwIfAborted();
  const { promise, reject } = Promise.withResolvers<never>();
  const stop = () => reject(signal.reason);
  signal.addEventListener("abort", stop, { once: true });
  try {
    await Promise.race([before, promise]);
  } finally {
    signal.removeEventListener("abort", stop);
  }
}
