import { z } from "zod";
import { Job } from "./job.ts";
import { defineRoute } from "./route.ts";

/**
 * What changed, for screens that are open. Each message only says which resource to read again, except jobs, which are
 * carried whole because their progress changes several times a second.
 */
export const LiveMessage = z.discriminatedUnion("type", [
  z.object({ type: z.literal("verdicts"), added: z.number().int(), evidence_id: z.string() }),
  /** Alerts whose decisions changed; null: many. */
  z.object({ type: z.literal("alerts"), ids: z.array(z.string()).nullable() }),
  z.object({ type: z.literal("cases") }),
  z.object({ type: z.literal("handover") }),
  /** Somebody at another engine was before somebody here. */
  z.object({ type: z.literal("lost") }),
  /** Labels, or what is made of them. */
  z.object({ type: z.literal("datasets") }),
  /** Models of the registry: registered, judged, let pass, aliases. */
  z.object({ type: z.literal("models") }),
  /** Rules, what they are allowed to, and what waits for somebody's word. */
  z.object({ type: z.literal("rules") }),
  z.object({ type: z.literal("evidence"), evidence_id: z.string() }),
  z.object({ type: z.literal("job"), job: Job }),
  /** Another look at drift was made, or its alarm acknowledged. */
  z.object({ type: z.literal("drift") }),
  /** A simulation began, came further, or ended. */
  z.object({ type: z.literal("simulations"), id: z.string() }),
  /** What gatekeepers enforce, what waits for them, what their rules matched. */
  z.object({ type: z.literal("gatekeepers") }),
  /** Tasks of the agent, and what they wait for. */
  z.object({ type: z.literal("tasks") }),
  /** How far the agent is trusted, and what counts for it. */
  z.object({ type: z.literal("trust") }),
  /** What is remembered, or how it is searched. */
  z.object({ type: z.literal("memory") }),
  z.object({ type: z.literal("settings") }),
  z.object({ type: z.literal("health") }),
  z.object({ type: z.literal("log"), seq: z.number().int() }),
  /** The client fell behind what the server keeps: read everything again. */
  z.object({ type: z.literal("reset") }),
]);
export type LiveMessage = z.infer<typeof LiveMessage>;

/** Server-sent events; `id` is a sequence number, resumed with `last_event_id`. The same messages go over `WS /api/v1/sentinel/live/ws`. */
export const liveStream = defineRoute({
  method: "GET",
  path: "/api/v1/sentinel/live",
  summary: "What changed, as server-sent events",
  role: "viewer",
  callers: ["ui"],
  reply: "stream",
  input: z.strictObject({ last_event_id: z.coerce.number().int().min(0).optional() }),
  output: LiveMessage,
});

/** The same, for where streaming fails: everything after `last_event_id`. */
export const pollLive = defineRoute({
  method: "GET",
  path: "/api/v1/sentinel/live/poll",
  summary: "What changed since an event id",
  role: "viewer",
  callers: ["ui"],
  input: z.strictObject({ last_event_id: z.coerce.number().int().min(0).default(0) }),
  output: z.object({ messages: z.array(LiveMessage), last_event_id: z.number().int() }),
});
