import type { LiveMessage } from "../../shared/live.ts";
import type { Clock } from "../engine/base/clock.ts";
import type { Engine } from "../engine/engine-interface.ts";

/** A message with its place in the order. */
export interface NumberedMessage {
  readonly id: number;
  readonly message: LiveMessage;
}

export interface Live {
  /** Everything after an id; a single `reset` when that is further back than what is kept. */
  since(lastId: number): { messages: LiveMessage[]; lastId: number };
  /**
   * Messages after `lastId`, for as long as `signal` allows. A reader that is too slow is told `reset`
   * instead of holding memory.
   */
  follow(lastId: number, signal: AbortSignal): AsyncGenerator<NumberedMessage>;
  /** Id of the newest message. */
  readonly lastId: number;
  close(): void;
}

/** How many messages are kept for readers that come back. */
const defaultCapacity = 2_000;

/**
 * Keeps the latest messages with ascending ids. Ids start at the clock's milliseconds, so that a client which outlives a restart
 * of the engine is behind, not ahead, and reads everything again.
 */
export function createLive(source: Engine["live"], clock: Clock, capacity: number = defaultCapacity): Live {
  const ring: NumberedMessage[] = [];
  const waiting = new Set<() => void>();
  let lastId = clock.now();
  let closed = false;
  const wake = () => {
    for (const resume of waiting) resume();
    waiting.clear();
  };
  /** Id of the newest message that is no longer kept. */
  let dropped = lastId;
  const unsubscribe = source.subscribe((message) => {
    if (message.type === "job") {
      // Of a job's progress only the newest message is worth keeping.
      const old = ring.findIndex((kept) => kept.message.type === "job" && kept.message.job.id === message.job.id);
      if (old >= 0) ring.splice(old, 1);
    }
    lastId += 1;
    ring.push({ id: lastId, message });
    if (ring.length > capacity) dropped = ring.shift()!.id;
    wake();
  });
  const after = (id: number): NumberedMessage[] => {
    if (id < dropped || id > lastId) return [{ id: lastId, message: { type: "reset" } }];
    return ring.slice(firstAfter(ring, id));
  };
  return {
    get lastId() {
      return lastId;
    },
    since(id) {
      const found = after(id);
      return { messages: found.map((item) => item.message), lastId };
    },
    async *follow(from, signal) {
      let at = from;
      while (!closed && !signal.aborted) {
        const batch = at === lastId ? [] : after(at);
        for (const item of batch) {
          at = item.id;
          yield item;
          if (signal.aborted) return;
        }
        if (at !== lastId || closed || signal.aborted) continue;
        await new Promise<void>((resolve) => {
          const done = () => {
            signal.removeEventListener("abort", done);
            waiting.delete(done);
            resolve();
          };
          signal.addEventListener("abort", done, { once: true });
          waiting.add(done);
        });
      }
    },
    close() {
      closed = true;
      unsubscribe();
      wake();
    },
  };
}

/** Index of the first item whose id is above `id`. */
function firstAfter(ring: readonly NumberedMessage[], id: number): number {
  let low = 0;
  let high = ring.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ring[middle]!.id > id) high = middle;
    else low = middle + 1;
  }
  return low;
}
