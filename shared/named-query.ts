import { z } from "zod";
import { AlertOrder, Severity } from "./alert.ts";
import { defineRoute } from "./route.ts";
import { Id, Instant } from "./units.ts";

/**
 * What a named query of the alert queue is for.
 * - view: a queue to come back to
 * - suppress: what matches stays out of `is:open` until it expires; nothing is closed by it, and what is worse stays in
 * - watch: what matches is marked with its name
 */
export const namedQueryKinds = ["view", "suppress", "watch"] as const;
export const NamedQueryKind = z.enum(namedQueryKinds);
export type NamedQueryKind = z.infer<typeof NamedQueryKind>;

const Name = z.string().trim().min(1).max(80);
const Text = z.string().trim().max(2000);

/** A named query as somebody writes it. */
export const NamedQueryDraft = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("view"), name: Name, q: Text, order: AlertOrder.default("newest") }),
  z.strictObject({
    kind: z.literal("suppress"),
    /** Why. */
    name: Name,
    q: Text.min(1),
    /** It ends by itself then. */
    until: Instant,
    /** Worse alerts stay in the queue. */
    up_to: Severity.default("medium"),
  }),
  z.strictObject({ kind: z.literal("watch"), name: Name, q: Text.min(1) }),
]);
export type NamedQueryDraft = z.infer<typeof NamedQueryDraft>;

export const NamedQuery = z.object({
  id: Id,
  version: z.number().int().min(1),
  kind: NamedQueryKind,
  name: z.string(),
  q: z.string(),
  /** Null but for a view. */
  order: AlertOrder.nullable(),
  /** Null but for a suppression. */
  until: Instant.nullable(),
  up_to: Severity.nullable(),
  by: z.string(),
  at: Instant,
  /** False for a suppression that has expired. */
  active: z.boolean(),
});
export type NamedQuery = z.infer<typeof NamedQuery>;

export const listNamedQueries = defineRoute({
  method: "GET",
  path: "/api/v1/sentinel/named-queries",
  summary: "Saved views, suppressions and watches of the alert queue, by name",
  role: "viewer",
  callers: ["ui"],
  input: z.strictObject({}),
  output: z.array(NamedQuery),
});

export const saveNamedQuery = defineRoute({
  method: "POST",
  path: "/api/v1/sentinel/named-queries",
  summary: "Save a view, a suppression or a watch, new or in place of its earlier version; can be undone",
  role: "analyst",
  callers: ["ui"],
  input: z.strictObject({
    /** Absent: a new one. */
    id: Id.optional(),
    base_version: z.number().int().min(0).default(0),
    query: NamedQueryDraft,
  }),
  output: z.object({ id: Id, event_id: Id }),
});

export const removeNamedQuery = defineRoute({
  method: "POST",
  path: "/api/v1/sentinel/named-queries/:id/remove",
  summary: "Remove a view, a suppression or a watch; can be undone",
  role: "analyst",
  callers: ["ui"],
  input: z.strictObject({ id: Id, base_version: z.number().int().min(1) }),
  output: z.object({ event_id: Id }),
});
