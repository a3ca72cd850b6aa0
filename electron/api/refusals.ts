import { SentinelError } from "../../shared/errors.ts";
import type { Clock } from "../engine/base/clock.ts";
import type { Logger } from "../engine/base/logging.ts";
import type { Metrics } from "../engine/base/metrics.ts";
import type { Shown } from "./external-access.ts";

/** Failures of one kind a minute that are logged one by one; all of them are counted. */
const mostLogged = 30;
const minuteMs = 60_000;

/** Ways in on this machine. */
type Way = "program" | "window" | "MCP";

/** Counts and logs who is not let in on this machine. */
export interface Refusals {
  /** @param shown with the call @throws what `identify` throws */
  watch<T>(way: Way, shown: Shown, identify: () => T | Promise<T>): Promise<T>;
  /** Somebody was not let in. @param token that was shown; null: none */
  note(way: Way, token: string | null): void;
}

function reasonOf({ token, pin }: Shown, { code }: SentinelError) {
  if (code === "RATE_LIMITED") return "pin_locked";
  if (code !== "UNAUTHENTICATED") return null;
  if (token !== null) return "token_unknown";
  return pin === null ? "none" : "pin_wrong";
}

export function createRefusals(options: {
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: Pick<Metrics, "authenticationFailures">;
}): Refusals {
  const { clock, log, metrics } = options;
  const minutes = new Map<string, { since: number; count: number }>();

  function note(way: Way, reason: NonNullable<ReturnType<typeof reasonOf>>): void {
    metrics.authenticationFailures.inc({ reason });
    // Who shows nothing guesses nothing.
    if (reason === "none") return;
    let minute = minutes.get(reason);
    if (minute === undefined || clock.now() - minute.since >= minuteMs) minute = { since: clock.now(), count: 0 };
    minutes.set(reason, minute);
    // SECURITY: whoever guesses does not fill the log, and what was tried never reaches it.
    if (++minute.count > mostLogged) return;
    log.warn(
      { way, reason, ...(minute.count === mostLogged ? { more: "not logged" } : {}) },
      "Refused on this machine",
    );
  }

  return {
    note: (way, token) => note(way, token === null ? "none" : "token_unknown"),
    async watch(way, shown, identify) {
      try {
        return await identify();
      } catch (error) {
        const reason = error instanceof SentinelError ? reasonOf(shown, error) : null;
        if (reason !== null) note(way, reason);
        throw error;
      }
    },
  };
}
