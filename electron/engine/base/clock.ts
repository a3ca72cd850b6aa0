import type { Instant } from "../../../shared/units.ts";

/** Source of time, so that tests can hold or move it. */
export interface Clock {
  /** Milliseconds since the epoch, UTC. */
  now(): number;
}

export const systemClock: Clock = { now: () => Date.now() };

/** Time that goes on evenly, whatever the time of day is set to: for durations within this process. */
export interface SteadyClock {
  /** Milliseconds since some moment of this process. */
  elapsed(): number;
}

export const steadyClock: SteadyClock = { elapsed: () => performance.now() };

/** Epoch milliseconds as the wire's instant. @throws RangeError outside the years 0–9999 */
export function toInstant(epochMs: number): Instant {
  return new Date(epochMs).toISOString();
}
