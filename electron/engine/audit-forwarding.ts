import { setTimeout } from "node:timers/promises";
import type { Logger } from "./base/logging.ts";
import { createLogFollower, type LogFollower } from "./store/log-follower.ts";
import type { StoreHost } from "./store/store.ts";
import { type SyslogSender, toSyslog } from "./store/syslog-message.ts";

/** A connection that does not break within this time after a batch has taken it, milliseconds: syslog acknowledges nothing. */
const settledMs = 250;

/** Sends what is appended to the log to a syslog server. @param options.target empty: off */
export function createAuditForwarding({
  open,
  ...options
}: {
  readonly store: StoreHost;
  readonly log: Logger;
  readonly open: (target: string) => Promise<SyslogSender>;
  readonly target: () => Promise<string>;
  readonly onChange: () => void;
}): LogFollower {
  return createLogFollower({
    ...options,
    what: "The audit log is forwarded",
    async open(target) {
      const sender = await open(target);
      return {
        async take(events) {
          await sender.send(events.map((event) => toSyslog(event)));
          await setTimeout(settledMs, undefined, { ref: false });
          // An empty one tells whether the connection has broken meanwhile: then the batch is sent again.
          await sender.send([]);
        },
        close: () => sender.close(),
      };
    },
  });
}
