/** What waits for a place, and what has one. */
export interface RunQueue {
  /**
   * Begins `run` as soon as there is a place: higher priorities first, among equals in the order they came.
   * @param run never rejects; its place is free once it is fulfilled
   */
  add(entry: QueueEntry): void;
  /** Takes one out that has not begun. @returns whether there was one */
  remove(id: number): boolean;
  /** Empties the queue. @returns what waited, in its order */
  clear(): QueueEntry[];
  /** In the order that they will begin. */
  waiting(): readonly QueueEntry[];
  /** Runs that have begun and not ended. */
  readonly running: number;
}

export interface QueueEntry {
  readonly id: number;
  readonly priority: number;
  readonly run: () => Promise<void>;
}

/** @param atMost places, 1 or more */
export function createRunQueue(atMost: number): RunQueue {
  let entries: QueueEntry[] = [];
  let running = 0;
  const next = () => {
    while (running < atMost) {
      const entry = entries.shift();
      if (entry === undefined) return;
      running += 1;
      void entry.run().finally(() => {
        running -= 1;
        next();
      });
    }
  };
  return {
    add(entry) {
      const after = entries.findIndex(({ priority }) => priority < entry.priority);
      entries.splice(after < 0 ? entries.length : after, 0, entry);
      next();
    },
    remove(id) {
      const before = entries.length;
      entries = entries.filter((entry) => entry.id !== id);
      return entries.length < before;
    },
    clear: () => entries.splice(0),
    waiting: () => entries,
    get running() {
      return running;
    },
  };
}
