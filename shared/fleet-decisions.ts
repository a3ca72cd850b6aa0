import { z } from "zod";
import { defineRoute } from "./route.ts";
import { Instant, Sha256 } from "./units.ts";

/** A decision of the caller that somebody at another engine was before: it has no effect any more. */
export const LostDecision = z.object({
  /** Entry of the event log that says so. */
  seq: z.number().int(),
  at: Instant,
  entity_type: z.string(),
  /** Entities that are as the others decided. */
  count: z.number().int(),
  /** Who was before; null: what it stood on was lost. */
  because: z.object({ node_id: z.string(), actor: z.string(), at: Instant }).nullable(),
});
export type LostDecision = z.infer<typeof LostDecision>;

export const getFleetDecisions = defineRoute({
  method: "GET",
  path: "/api/v1/sentinel/fleet/decisions",
  summary:
    "Whether decisions are shared with other engines, how far they have come, and what the caller lost within a day",
  role: "viewer",
  callers: ["ui", "external"],
  input: z.strictObject({
    /** `1`: with a hash over everything that is shared. It takes a moment. */
    hash: z.enum(["0", "1"]).optional(),
  }),
  output: z.object({
    sharing: z.boolean(),
    /** Decisions of this engine that were not judged yet. */
    waiting: z.number().int(),
    /** The last message of the topic that was judged; -1: none. Engines at one offset with nothing waiting have one hash. */
    offset: z.number().int(),
    hash: Sha256.nullable(),
    lost: z.array(LostDecision),
  }),
});
