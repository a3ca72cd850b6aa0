import { SentinelError } from "../../shared/errors.ts";
import type { Route } from "../../shared/route.ts";
import type { Clock } from "../engine/base/clock.ts";
import type { Principal } from "../engine/base/principals.ts";

/** Requests a second, sustained, for one principal; twice as many may come at once. Tasks are counted by the minute. */
export interface RateLimits {
  /** Reading. */
  readonly read: number;
  /** Changes by people. */
  readonly change: number;
  /** What programs call for each of their own requests. */
  readonly detect: number;
  /** Telemetry samples. */
  readonly telemetry: number;
  /** What programs ask the agent's gates and memory, and say to its approvals. */
  readonly agent: number;
  /** What models work on, a minute; as many may come at once. */
  readonly task: number;
}

export const defaultRateLimits: RateLimits = {
  read: 200,
  change: 50,
  detect: 5_000,
  telemetry: 20_000,
  agent: 1_000,
  task: 60,
};

type Limited = Pick<Route, "method" | "callers" | "rate">;

export function rateClass(route: Limited): keyof RateLimits {
  if (route.rate !== undefined) return route.rate;
  if (route.method === "GET") return "read";
  return route.callers.includes("external") ? "detect" : "change";
}

export interface RateLimiter {
  /** @throws SentinelError RATE_LIMITED with `details.retry_after_s` */
  take(principal: Principal, route: Limited): void;
}

/** Buckets of callers that have been quiet long enough are full again: they are forgotten past this many. */
const maxBuckets = 1_000;

/** A token bucket for each principal and class of route. */
export function createRateLimiter(limits: RateLimits, clock: Clock): RateLimiter {
  const buckets = new Map<string, { tokens: number; at: number }>();
  // Most calls are those of a few principals: their keys are put together once.
  const keys = new WeakMap<Principal, Partial<Record<keyof RateLimits, string>>>();
  const keyOf = (principal: Principal, kind: keyof RateLimits): string => {
    let known = keys.get(principal);
    if (known === undefined) {
      known = {};
      keys.set(principal, known);
    }
    known[kind] ??= `${principal.caller} ${principal.actor} ${kind}`;
    return known[kind];
  };
  return {
    take(principal, route) {
      const kind = rateClass(route);
      const isByMinute = kind === "task";
      const perSecond = isByMinute ? limits[kind] / 60 : limits[kind];
      const capacity = Math.max(1, isByMinute ? limits[kind] : perSecond * 2);
      const key = keyOf(principal, kind);
      const now = clock.now();
      let bucket = buckets.get(key);
      if (bucket === undefined) {
        if (buckets.size >= maxBuckets) buckets.delete(buckets.keys().next().value!);
        bucket = { tokens: capacity, at: now };
        buckets.set(key, bucket);
      }
      bucket.tokens = Math.min(capacity, bucket.tokens + (Math.max(0, now - bucket.at) / 1000) * perSecond);
      bucket.at = now;
      if (bucket.tokens < 1) {
        const seconds = Math.max(1, Math.ceil((1 - bucket.tokens) / perSecond));
        const unit = isByMinute ? "minute" : "second";
        throw new SentinelError("RATE_LIMITED", `More than ${limits[kind]} requests a ${unit}.`, {
          retry_after_s: seconds,
        });
      }
      bucket.tokens -= 1;
    },
  };
}
