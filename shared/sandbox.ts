import { z } from "zod";
import { defineRoute } from "./route.ts";
import { Instant } from "./units.ts";

/** A server that a sandbox may be let reach: `api.example:443`. */
export const EgressTarget = z
  .string()
  .regex(/^(?:\[[0-9a-fA-F:.]+\]|[A-Za-z0-9.-]{1,253}):\d{1,5}$/, "a server is written as host:port");

/** A container image that is on this machine: `shop:1`, `localhost/shop@sha256:…`. */
export const ImageName = z
  .string()
  .regex(/^[a-zA-Z0-9][a-zA-Z0-9._/:@-]{0,255}$/, "an image is named as NAME:TAG or by its hash");

/** A call out of a sandbox, allowed or not. */
export const EgressRecord = z.object({
  at: Instant,
  target: z.string(),
  allowed: z.boolean(),
  /** Why not; empty: it was allowed. */
  reason: z.string(),
  sent_bytes: z.number().int().min(0),
  received_bytes: z.number().int().min(0),
});
export type EgressRecord = z.infer<typeof EgressRecord>;

/** One thing that was tried from inside a sandbox and had to fail. */
export const SandboxCheck = z.object({ name: z.string(), passed: z.boolean(), detail: z.string() });
export type SandboxCheck = z.infer<typeof SandboxCheck>;

/** In the order that they are preferred. */
export const sandboxDriverKinds = ["bubblewrap", "podman", "docker"] as const;

/** A way to sandbox, as it was found when the application started. */
export const SandboxDriverState = z.object({
  kind: z.enum(sandboxDriverKinds),
  /** With its version; null where it is absent. */
  name: z.string().nullable(),
  /** `chosen`: runs are started with it. `ready`: it isolates too, for who asks for it. `failed`: it is there and does not. */
  state: z.enum(["chosen", "ready", "failed", "absent"]),
  detail: z.string(),
  checks: z.array(SandboxCheck),
  /** How long its probe took, milliseconds; null where there was none. */
  probe_ms: z.number().nullable(),
});
export type SandboxDriverState = z.infer<typeof SandboxDriverState>;

/** A limit of every sandbox, and what holds it on this machine. */
export const HeldLimit = z.object({
  limit: z.enum(["memory", "processor", "processes", "disk", "time", "output"]),
  /** Unless a run asks for another, in words: "2 GiB". */
  usual: z.string(),
  held_by: z.string(),
  /** What that does not do, in words; null: it does all. */
  weaker: z.string().nullable(),
});
export type HeldLimit = z.infer<typeof HeldLimit>;

export const LiveSandbox = z.object({
  id: z.number().int(),
  label: z.string(),
  driver: z.string(),
  started_at: Instant,
  age_ms: z.number(),
  /** Until it meets its time limit; null: it has none. */
  ends_in_ms: z.number().nullable(),
  memory_bytes: z.number(),
  memory_limit_bytes: z.number(),
  processes: z.number().int(),
  /** Processor time so far. */
  cpu_ms: z.number(),
  /** Whether its first process is there; one that is gone while what started it stays is ended after five seconds. */
  alive: z.boolean(),
});
export type LiveSandbox = z.infer<typeof LiveSandbox>;

export const QueuedSandbox = z.object({ label: z.string(), priority: z.number(), waiting_ms: z.number() });

/** What the supervisor sees. */
export const SandboxSight = z.object({
  drivers: z.array(SandboxDriverState),
  limits: z.array(HeldLimit),
  /** Runs at once; what comes beyond them waits. */
  at_most: z.number().int(),
  live: z.array(LiveSandbox),
  queue: z.array(QueuedSandbox),
});
export type SandboxSight = z.infer<typeof SandboxSight>;

/** A rehearsal of panic. */
export const DrillResult = z.object({
  /** Sandboxes that were started for it, and processes in them. */
  sandboxes: z.number().int(),
  processes: z.number().int(),
  /** From the pull until the last of them was gone, milliseconds. */
  took_ms: z.number(),
  /** Processes that were still there after it. */
  left: z.number().int(),
});
export type DrillResult = z.infer<typeof DrillResult>;

export const SandboxStatus = SandboxSight.extend({
  status: z.enum(["healthy", "off", "down"]),
  detail: z.string(),
  /** Servers that the operator's own application may reach, as host:port; none unless an admin lists some. */
  egress: z.array(z.string()),
  /** Since when panic holds the response, and who pulled it; null: it is armed. */
  held: z.object({ at: Instant, by: z.string() }).nullable(),
  last_drill: DrillResult.extend({ at: Instant, by: z.string() }).nullable(),
  last_panic: z
    .object({ at: Instant, by: z.string(), destroyed: z.number().int(), left: z.number().int(), took_ms: z.number() })
    .nullable(),
});
export type SandboxStatus = z.infer<typeof SandboxStatus>;

export const getSandboxStatus = defineRoute({
  method: "GET",
  path: "/api/v1/sentinel/sandbox/status",
  summary:
    "How foreign code is sandboxed here: drivers with their probes, limits, ways out, live sandboxes, queue, last drill",
  role: "viewer",
  callers: ["ui"],
  input: z.strictObject({}),
  output: SandboxStatus,
});

export const drillPanic = defineRoute({
  method: "POST",
  path: "/api/v1/sentinel/sandbox/drill",
  summary:
    "Rehearse panic: starts eight harmless sandboxes, ends them the way panic does and tells the time. Ends nothing else; cannot be undone, since the log keeps it",
  role: "approver",
  callers: ["ui"],
  input: z.strictObject({}),
  output: DrillResult,
});
