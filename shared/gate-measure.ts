import { z } from "zod";
import { Id, Instant } from "./units.ts";

const count = z.number().int().min(0);

/** Upper ends of the steps that times are counted in, microseconds; one more step holds what took longer. */
export const timeSteps = [50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 25_000] as const;

/** What happened to requests, each counted once, under the most that was done with it. */
export const DeedCounts = z.strictObject({ logged: count, tagged: count, challenged: count, blocked: count });
export type DeedCounts = z.infer<typeof DeedCounts>;

/** Times of some requests, microseconds. */
export const GateTimes = z.strictObject({
  /** Requests that were timed. */
  timed: count,
  sum_us: z.number().min(0),
  max_us: z.number().min(0),
  /** Requests by time: at each step of `timeSteps`, and beyond them. */
  steps: z.array(count).length(timeSteps.length + 1),
});
export type GateTimes = z.infer<typeof GateTimes>;

/** Routes and rules that a gatekeeper no longer tells apart are counted together under this name. */
export const otherRoutes = "{other}";
export const otherRules = "other-rules";

/** Requests of one hour to one route: all of them, or those that one rule looked at. */
export const GateMeasure = z.strictObject({
  seq: z.number().int().min(1),
  /** Its beginning. */
  hour: Instant,
  /** A template, never a path with values in it; or `otherRoutes`. */
  route: z.string().min(1).max(200),
  /** Null: all requests of the route. Else those that the rule looked at, or `otherRules`. */
  rule: Id.nullable(),
  requests: count,
  deeds: DeedCounts,
  /**
   * Of a route: how long each request waited for the look that all rules take together. Of a rule: what it alone took of that, for the
   * first hundred requests of an hour and one in 64 after them.
   */
  times: GateTimes,
});
export type GateMeasure = z.infer<typeof GateMeasure>;
