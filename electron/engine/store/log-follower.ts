import type { ComponentHealth } from "../../../shared/health.ts";
import type { Logger } from "../base/logging.ts";
import { eventsAfter, logHead } from "./event-table.ts";
import { forwardCursor, saveForwardCursor } from "./forward-table.ts";
import type { EventRow, StoreHost } from "./store.ts";

/** Takes entries of the log, in their order. */
export interface LogTaker {
  /** Resolves once they have arrived; what it throws brings the same entries again later. */
  take(events: readonly EventRow[]): Promise<void>;
  close(): void;
}

/** Brings what is appended to the log somewhere else, whatever comes between: the log itself is what waits. */
export interface LogFollower {
  /** Goes on with the target as it is now. */
  follow(): Promise<void>;
  /** Null: there is no target. */
  health(): ComponentHealth | null;
  /** Entries that had not arrived when it was last tried. */
  behind(): number;
  close(): Promise<void>;
}

/** Entries that are sent at once. */
const batch = 200;
const shortestWaitMs = 1_000;
const longestWaitMs = 60_000;
export function createLogFollower(options: {
  readonly store: StoreHost;
  readonly log: Logger;
  readonly open: (target: string) => Promise<LogTaker>;
  /** Where it goes, by which its place in the log is kept; empty: nowhere. */
  readonly target: () => Promise<string>;
  /** "The audit log is forwarded": told to an operator where it is not. */
  readonly what: string;
  readonly onChange: () => void;
}): LogFollower {
  const { store, log } = options;
  let target = "";
  let taker: LogTaker | null = null;
  let problem: string | null = null;
  let behind = 0;
  let wait = shortestWaitMs;
  let timer: NodeJS.Timeout | undefined;
  let working: Promise<void> | null = null;
  /** Whether something was appended since it was last looked. */
  let isStale = false;
  let closing = false;

  const stop = store.onAppended(() => {
    isStale = true;
    // What waits for a server that cannot be reached goes on waiting.
    if (problem === null) wake(0);
  });

  function wake(afterMs: number): void {
    if (closing || target === "" || working !== null) return;
    clearTimeout(timer);
    timer = setTimeout(() => {
      isStale = false;
      working = work().finally(() => {
        working = null;
        if (problem !== null) wake(wait);
        else if (isStale) wake(0);
      });
    }, afterMs).unref();
  }

  /** Sends what there is; resolves when nothing is left, or it cannot go on. */
  async function work(): Promise<void> {
    const to = target;
    try {
      for (;;) {
        const { seq } = await store.read(forwardCursor, to);
        const events = await store.read(eventsAfter, { after: seq, limit: batch });
        if (events.length === 0 || closing || to !== target) break;
        taker ??= await options.open(to);
        if (closing || to !== target) break;
        await taker.take(events);
        await store.write(saveForwardCursor, { target: to, seq: events.at(-1)!.seq });
        tell(null);
      }
      await count();
    } catch (error) {
      drop();
      await count().catch(() => {});
      if (closing || to !== target) return;
      wait = problem === null ? shortestWaitMs : Math.min(longestWaitMs, wait * 2);
      tell(error instanceof Error ? error.message : String(error));
    }
  }

  function drop(): void {
    taker?.close();
    taker = null;
  }

  async function count(): Promise<void> {
    const [{ seq }, head] = [await store.read(forwardCursor, target), await store.read(logHead, null)];
    behind = Math.max(0, (head?.seq ?? 0) - seq);
  }

  function tell(now: string | null): void {
    if (now === problem) return;
    if (now !== null && problem === null) log.warn({ reason: now }, `${options.what}, but not at the moment`);
    problem = now;
    options.onChange();
  }

  return {
    async follow() {
      const now = await options.target();
      if (now === target) return;
      // First what it goes on by: a server that takes nothing more must not hold up who switches it off.
      target = now;
      clearTimeout(timer);
      drop();
      await working;
      drop();
      problem = null;
      wait = shortestWaitMs;
      if (target === "") return;
      await count();
      wake(0);
    },
    health() {
      if (target === "") return null;
      if (problem === null) return { status: "healthy", detail: `${options.what} to ${target}` };
      return { status: "degraded", detail: `${behind} entries wait. ${problem}` };
    },
    behind: () => behind,
    async close() {
      closing = true;
      stop();
      clearTimeout(timer);
      drop();
      await working;
      drop();
    },
  };
}
