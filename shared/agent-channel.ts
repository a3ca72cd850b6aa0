import { z } from "zod";
import { decideTaskApproval, followTask, runTask } from "./agent-task.ts";

/** Path of the agent's WebSocket. */
export const agentSocketPath = "/ws";

/** The first message: who calls. */
export const AuthMessage = z.strictObject({
  type: z.literal("auth"),
  pin: z.string().max(500).optional(),
  token: z.string().max(500).optional(),
});

/** A name that the caller gives a message; errors that concern it carry it. */
const ref = z.string().min(1).max(100).optional();
const task = runTask.input.shape;
const word = decideTaskApproval.input.shape;
const from = followTask.input.shape;

/** What is sent once `auth_ok` came. */
export const AgentMessage = z.discriminatedUnion("type", [
  /** A task. Sent again with the same `ref`, after a connection broke, it is the same task. */
  z.strictObject({ type: z.literal("task"), request: task.request, session_id: task.session_id, ref }),
  /** A word about an approval. What comes of it is told by the task's events, after `last_event_id` where they are not followed yet. */
  z.strictObject({
    type: z.literal("approval"),
    approval_id: word.id,
    granted: word.granted,
    reason: word.reason,
    shown_hash: word.shown_hash,
    last_event_id: from.last_event_id,
    ref,
  }),
  /** The events of a task after one that came already. */
  z.strictObject({ type: z.literal("follow"), task_id: from.task_id, last_event_id: from.last_event_id, ref }),
]);
export type AgentMessage = z.infer<typeof AgentMessage>;
