import { z } from "zod";
import { CloseReason, Severity } from "./alert.ts";
import { NamedRule, ShiftImpact } from "./impact.ts";
import { PayloadClass } from "./payload.ts";
import { defineRoute } from "./route.ts";
import { Id, Instant } from "./units.ts";

/** What came in, what was decided and how well, between two moments. */
export const Shift = z.object({
  from: Instant,
  to: Instant,
  /** Alerts that evidence which was brought then opened. */
  came_in: z.object({
    alerts: z.number().int(),
    by_class: z.record(PayloadClass, z.number().int()),
    by_severity: z.record(Severity, z.number().int()),
  }),
  /** Alerts that were closed then and stayed so until the end. */
  closed: z.object({
    alerts: z.number().int(),
    by_reason: z.record(CloseReason, z.number().int()),
    /** The busiest 20. */
    by_actor: z.array(z.object({ name: z.string(), alerts: z.number().int() })),
    /** From when their evidence was brought to when they were closed, milliseconds; null without any. */
    triage_mean_ms: z.number().nullable(),
    triage_median_ms: z.number().nullable(),
  }),
  /** Alerts that were opened again then. */
  reopened: z.number().int(),
  /** Of those closed then as a true, benign or false positive; the most frequent 50. */
  quality: z.array(
    z.object({
      class: PayloadClass,
      /** Finer than the class; null: no finer. */
      family: z.string().nullable(),
      closed: z.number().int(),
      false_positives: z.number().int(),
    }),
  ),
  /** The same by the rules that are pushed, as they stand now: alerts whose worst payload a rule matches. */
  rule_quality: z.object({
    /** Closed alerts that were held against the rules: all, or some that are evenly spread over them. */
    alerts: z.number().int(),
    /** Rules held against them. */
    rules: z.number().int(),
    /** Those that match any; the most frequent 50. */
    matching: z.array(
      z.object({
        rule: NamedRule,
        closed: z.number().int(),
        false_positives: z.number().int(),
      }),
    ),
  }),
  /** Clients whose alerts came in then, the loudest 20; `client` null: not known. */
  sources: z.array(z.object({ client: z.string().nullable(), alerts: z.number().int(), sessions: z.number().int() })),
  timeline: z.array(
    z.object({ start: Instant, width_ms: z.number(), came_in: z.number().int(), closed: z.number().int() }),
  ),
  /** What is left to the next shift, now. */
  left: z.object({
    open: z.number().int(),
    unassigned: z.number().int(),
    by_severity: z.record(Severity, z.number().int()),
    open_cases: z.number().int(),
  }),
  /** What rules did and cost at the gatekeepers, in the hours that began in the shift; null: there is no gatekeeper. */
  impact: ShiftImpact.nullable(),
});
export type Shift = z.infer<typeof Shift>;

export const getShift = defineRoute({
  method: "GET",
  path: "/api/v1/sentinel/shift",
  summary: "What came in between two moments, at most 31 days apart, what was closed and why, and what is left",
  role: "viewer",
  callers: ["ui"],
  input: z.strictObject({ from: Instant, to: Instant }),
  output: Shift,
});

/** What one shift tells the next. */
export const HandoverNote = z.object({
  id: Id,
  version: z.number().int().min(1),
  by: z.string(),
  at: Instant,
  /** Markdown; null when its text was erased. */
  text: z.string().nullable(),
});
export type HandoverNote = z.infer<typeof HandoverNote>;

export const listHandoverNotes = defineRoute({
  method: "GET",
  path: "/api/v1/sentinel/handover-notes",
  summary: "The last 50 handover notes, newest first",
  role: "viewer",
  callers: ["ui"],
  input: z.strictObject({}),
  output: z.array(HandoverNote),
});

export const writeHandoverNote = defineRoute({
  method: "POST",
  path: "/api/v1/sentinel/handover-notes",
  summary: "Write a handover note; can be undone",
  role: "analyst",
  callers: ["ui"],
  input: z.strictObject({ text: z.string().trim().min(1).max(20_000) }),
  output: z.object({ id: Id, event_id: Id }),
});

export const removeHandoverNote = defineRoute({
  method: "POST",
  path: "/api/v1/sentinel/handover-notes/:id/remove",
  summary: "Take a handover note away; can be undone",
  role: "analyst",
  callers: ["ui"],
  input: z.strictObject({ id: Id, base_version: z.number().int().min(1) }),
  output: z.object({ event_id: Id }),
});
