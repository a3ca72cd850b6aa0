import { z } from "zod";
import { defineRoute, roles } from "./route.ts";
import { Id, Instant, PageSize, Sha256 } from "./units.ts";

/** One entry of the event log as others see it; free text in payloads stays sealed. */
export const AuditEntry = z.object({
  seq: z.number().int(),
  id: Id,
  entity_type: z.string(),
  entity_id: z.string(),
  base_version: z.number().int(),
  version: z.number().int(),
  kind: z.string(),
  payload: z.unknown(),
  undoable: z.boolean(),
  batch_id: Id.nullable(),
  actor: z.string(),
  role: z.enum(roles),
  node_id: z.string(),
  origin: z.string().nullable(),
  state: z.enum(["pending", "confirmed", "rejected"]),
  at: Instant,
  prev_hash: Sha256,
  hash: Sha256,
  /** What the other engines of a fleet made of it since; absent: nobody was asked. `state` is what it was when it was written. */
  fate: z.enum(["waiting", "accepted", "rejected"]).optional(),
  /** How many entities the action was over, whose list is left out of the payload; absent: it was over one, or the list is there. */
  members: z.number().int().optional(),
});
export type AuditEntry = z.infer<typeof AuditEntry>;

export const auditLog = defineRoute({
  method: "GET",
  path: "/api/v1/sentinel/sandbox/audit-log",
  summary: "The event log with its hash chain",
  role: "viewer",
  callers: ["ui", "external"],
  input: z.strictObject({
    after: z.coerce.number().int().min(0).default(0),
    limit: PageSize,
    /** `1`: lists of the entities that an action was over are left out, and `members` says how many there are. Hashes cover all. */
    brief: z.enum(["0", "1"]).optional(),
  }),
  output: z.object({ entries: z.array(AuditEntry), head: z.object({ seq: z.number().int(), hash: Sha256 }) }),
});

/** A part of a name; no wildcard has a meaning. */
const Part = z.string().min(1).max(200);

export const findAudit = defineRoute({
  method: "GET",
  path: "/api/v1/sentinel/audit/entries",
  summary:
    "Entries of the event log that fit, newest first; looks at a bounded stretch of the log at a time: go on while `next` is set",
  role: "viewer",
  callers: ["ui"],
  input: z.strictObject({
    /** Entries below this number. */
    before: z.coerce.number().int().min(1).optional(),
    limit: PageSize,
    /** Part of the actor's name or role. */
    who: Part.optional(),
    /** Part of the kind, of the entity's type or its id. */
    what: Part.optional(),
    /** From this instant on, and before that one. */
    from: Instant.optional(),
    to: Instant.optional(),
  }),
  output: z.object({
    entries: z.array(AuditEntry),
    /** Null: the log's beginning was reached. */
    next: z.number().int().nullable(),
    head: z.object({ seq: z.number().int(), hash: Sha256 }),
  }),
});

/** An entity of those that one action was over. */
export const AuditMember = z.object({
  id: z.string(),
  base_version: z.number().int(),
  /** What the entry says of this one alone; null: nothing. */
  own: z.record(z.string(), z.unknown()).nullable(),
});
export type AuditMember = z.infer<typeof AuditMember>;

export const listAuditMembers = defineRoute({
  method: "GET",
  path: "/api/v1/sentinel/audit/:id/members",
  summary: "The entities that an action was over, a page at a time; none for an entry about one",
  role: "viewer",
  callers: ["ui"],
  input: z.strictObject({ id: Id, offset: z.coerce.number().int().min(0).default(0), limit: PageSize }),
  output: z.object({ items: z.array(AuditMember), total: z.number().int() }),
});

/** How a log can be wrong; `ok` and `torn_tail` (a clean prefix that was repaired) are not tampering. */
export const logFaults = ["torn_tail", "edited", "removed", "swapped", "truncated", "rechained"] as const;
export const LogVerification = z.object({
  ok: z.boolean(),
  entries: z.number().int(),
  head: Sha256.nullable(),
  faults: z.array(z.object({ fault: z.enum(logFaults), seq: z.number().int().nullable(), message: z.string() })),
});
export type LogVerification = z.infer<typeof LogVerification>;

export const verifyAudit = defineRoute({
  method: "POST",
  path: "/api/v1/sentinel/audit/verify",
  summary: "Check the whole hash chain and its checkpoints",
  role: "viewer",
  callers: ["ui"],
  input: z.strictObject({}),
  output: LogVerification,
});

/**
 * A signed statement: at `at` the log had `count` events and the last one's hash was `head`. Whoever rewrites the log and all its
 * hashes cannot make one without the key; a copy kept elsewhere also shows that the newest events were cut off.
 */
export const Checkpoint = z.strictObject({
  count: z.number().int().min(1),
  head: Sha256,
  at: Instant,
  node_id: z.string(),
  /** Ed25519 (RFC 8032), base64, over the canonical JSON of the other fields and `type`. */
  signature: z.string(),
});
export type Checkpoint = z.infer<typeof Checkpoint>;

/** One of them kept where nobody who changes the log can reach it proves later what the log was. */
export const takeCheckpoint = defineRoute({
  method: "POST",
  path: "/api/v1/sentinel/audit/checkpoint",
  summary:
    "A signed statement of how long the log is now and which hash it ends with, to be kept elsewhere; NOT_FOUND while it is empty",
  role: "viewer",
  callers: ["ui"],
  input: z.strictObject({}),
  output: Checkpoint,
});

export const getVerification = defineRoute({
  method: "GET",
  path: "/api/v1/sentinel/audit/verification",
  summary: "What the last check of the whole log found, when and by whom; it is checked once a day",
  role: "viewer",
  callers: ["ui"],
  input: z.strictObject({}),
  output: z.object({
    last: z.object({ at: Instant, by: z.string(), result: LogVerification }).nullable(),
  }),
});

export const undoEvent = defineRoute({
  method: "POST",
  path: "/api/v1/sentinel/audit/:id/undo",
  summary: "Append the inverse of an event",
  role: "analyst",
  callers: ["ui"],
  input: z.strictObject({ id: Id }),
  output: z.object({ event_id: Id }),
});

/** For Ctrl+Z, also after a restart. */
export const undoLast = defineRoute({
  method: "POST",
  path: "/api/v1/sentinel/audit/undo-last",
  summary: "Take back the last thing that the caller did and that still can be; NOT_FOUND when there is none",
  role: "analyst",
  callers: ["ui"],
  input: z.strictObject({
    /** The event that was in the way, of which the caller knows by now: what was done before it is taken back. */
    told: Id.optional(),
  }),
  output: z.object({
    /** What was taken back; null where something was in the way. */
    undone: z.object({ kind: z.string(), entity_type: z.string(), at: Instant, entities: z.number().int() }).nullable(),
    /** What the caller did last, where it cannot be undone: nothing was taken back. */
    in_the_way: z.object({ event_id: Id, kind: z.string(), at: Instant }).nullable(),
    /** The event that did it; null when a job does it, since it was an action of several steps. */
    event_id: Id.nullable(),
    job_id: Id.nullable(),
  }),
});
