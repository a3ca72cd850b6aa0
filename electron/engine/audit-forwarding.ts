import { setTimeout } from "node:timers/promises";
import type { ComponentHealth } from "../../shared/health.ts";
import type { Logger } from "./base/logging.ts";
import { eventsAfter, logHead } from "./store/event-table.ts";
import { forwardCursor, saveForwardCursor } from "./store/forward-table.ts";
import type { StoreHost } from "./store/store.ts";
import { type SyslogSender, toSyslog } from "./store/syslog-message.ts";

/** Sends what is appended to the log to a syslog server, whatever comes between: the log itself is what waits. */
export interface AuditForwarding {
  /** Takes up the setting. */
  follow(): Promise<void>;
  /** Null: nothing is forwarded. */
  health(): ComponentHealth | null;
  close(): Promise<void>;
}

/** Entries that are sent at once. */
const batch = 200;
const shortestWaitMs = 1_000;
const longestWaitMs = 60_000;
/** A connection that does not break within this time after a batch has taken it, milliseconds: syslog acknowledges nothing. */
const settledMs = 250;

export function createAuditForwarding(options: {
  readonly store: StoreHost;
  readonly log: Logger;
  readonly open: (target: string) => Promise<SyslogSender>;
  /** Empty: off. */
  readonly target: () => Promise<string>;
  readonly onChange: () => void;
}): AuditForwarding {
  const { store, log } = options;
  let target = "";
  let sender: SyslogSender | null = null;
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
    timer = globalThis
      .setTimeout(() => {
        isStale = false;
        working = work().finally(() => {
          working = null;
          if (problem !== null) wake(wait);
          else if (isStale) wake(0);
        });
      }, afterMs)
      .unref();
  }

  /** Sends what there is; resolves when nothing is left, or it cannot go on. */
  async function work(): Promise<void> {
    const to = target;
    try {
      for (;;) {
        const { seq } = await store.read(forwardCursor, to);
        const events = await store.read(eventsAfter, { after: seq, limit: batch });
        if (events.length === 0 || closing || to !== target) break;
        sender ??= await options.open(to);
        if (closing || to !== target) break;
        await sender.send(events.map((event) => toSyslog(event)));
        await setTimeout(settledMs, undefined, { ref: false });
        // An empty one tells whether the connection has broken meanwhile: then the batch is sent again.
        await sender.send([]);
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
    sender?.close();
    sender = null;
  }

  async function count(): Promise<void> {
    const [{ seq }, head] = [await store.read(forwardCursor, target), await store.read(logHead, null)];
    behind = Math.max(0, (head?.seq ?? 0) - seq);
  }

  function tell(now: string | null): void {
    if (now === problem) return;
    if (now !== null && problem === null) log.warn({ reason: now }, "The audit log is not forwarded");
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
      if (problem === null) return { status: "healthy", detail: `Forwarded to ${target}` };
      return { status: "degraded", detail: `${behind} entries wait. ${problem}` };
    },
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
