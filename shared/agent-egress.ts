import { z } from "zod";
import { defineRoute } from "./route.ts";
import { Id, Instant, PageSize, Sha256 } from "./units.ts";

/** Why something left: for a plan, for the worker's text work, or because a task called a tool of an MCP server. */
export const egressPurposes = ["planner", "worker", "mcp"] as const;
export const EgressPurpose = z.enum(egressPurposes);
export type EgressPurpose = z.infer<typeof EgressPurpose>;

/** Something that left this machine for a task. */
export const EgressEntry = z.object({
  id: Id,
  task_id: Id,
  purpose: EgressPurpose,
  /** Where it went: scheme, host and port of the planner; server and tool of an MCP call. */
  to: z.string(),
  at: Instant,
  /** UTF-16 units of the text that was sent. */
  characters: z.number().int(),
  /** SHA-256 of that text. */
  sha256: Sha256,
  /** `sent`: no answer yet, or the engine ended before one came. */
  outcome: z.enum(["sent", "answered", "failed"]),
  /** As the planner counts them; null: it did not say. */
  input_tokens: z.number().int().nullable(),
  output_tokens: z.number().int().nullable(),
});
export type EgressEntry = z.infer<typeof EgressEntry>;

/** Somebody outside this process whom the agent may call; nobody else can be reached. */
export const EgressDestination = z.object({
  purpose: EgressPurpose,
  /** Scheme, host and port. */
  origin: z.string(),
  /** Whether it has to be this machine or in a private network, looked at for each call. */
  is_private: z.boolean(),
});
export type EgressDestination = z.infer<typeof EgressDestination>;

/** Whom the engine itself speaks to beside the agent, each over a connection of its own, and programs of the operator that run beside it. */
export const otherConnections = [
  "gatekeeper",
  "syslog",
  "siem",
  "update",
  "traces",
  "kafka",
  "s3",
  "postgres",
  "mcp_program",
  "signal_program",
] as const;
export const OtherConnection = z.object({
  what: z.enum(otherConnections),
  /** Host and port, or scheme, host and port; of a program its command without arguments. */
  to: z.string(),
});
export type OtherConnection = z.infer<typeof OtherConnection>;

export const listEgress = defineRoute({
  method: "GET",
  path: "/api/v1/sentinel/egress",
  summary:
    "What left this machine for the agent's tasks, the last first, whom it may call at all, and whom else the engine speaks to",
  role: "viewer",
  callers: ["ui"],
  input: z.strictObject({ task_id: Id.optional(), limit: PageSize }),
  output: z.object({
    items: z.array(EgressEntry),
    destinations: z.array(EgressDestination),
    others: z.array(OtherConnection),
  }),
});

export const getEgress = defineRoute({
  method: "GET",
  path: "/api/v1/sentinel/egress/:id",
  summary: "The exact text that was sent; null once it was erased with its task",
  role: "analyst",
  callers: ["ui"],
  input: z.strictObject({ id: Id }),
  output: EgressEntry.extend({ text: z.string().nullable() }),
});
