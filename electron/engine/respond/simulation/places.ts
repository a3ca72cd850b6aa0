import { createRunQueue } from "../../sandbox/run-queue.ts";

/**
 * Places for simulations that run at once. What waits holds nothing but its place in the line: plans are built by those whose turn it is.
 *
 * @returns waits for a place, higher priorities first, and gives what frees it; rejects with the signal's reason
 */
export function createPlaces(atMost: number): (priority: number, signal: AbortSignal) => Promise<() => void> {
  const queue = createRunQueue(atMost);
  let turns = 0;
  return (priority, signal) => {
    const id = ++turns;
    return new Promise((resolve, reject) => {
      const leave = () => {
        if (queue.remove(id)) reject(signal.reason);
      };
      const run = () => {
        signal.removeEventListener("abort", leave);
        const place = Promise.withResolvers<void>();
        resolve(place.resolve);
        return place.promise;
      };
      if (signal.aborted) {
        reject(signal.reason);
        return;
      }
      signal.addEventListener("abort", leave, { once: true });
      queue.add({ id, priority, run });
    });
  };
}
