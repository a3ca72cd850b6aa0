import { z } from "zod";
import { AttackClass, PayloadClass } from "./payload.ts";
import { defineRoute } from "./route.ts";
import { Id, Instant, PageSize, Score } from "./units.ts";
import { AttackOutcome, VerdictSummary } from "./verdict.ts";

export const alertStatuses = ["new", "in_progress", "closed"] as const;
export const AlertStatus = z.enum(alertStatuses);
export type AlertStatus = z.infer<typeof AlertStatus>;

/** Why an alert was closed. */
export const closeReasons = ["true_positive", "false_positive", "benign_true_positive", "duplicate"] as const;
export const CloseReason = z.enum(closeReasons);
export type CloseReason = z.infer<typeof CloseReason>;

/** Mildest first. */
export const severities = ["low", "medium", "high", "critical"] as const;
export const Severity = z.enum(severities);
export type Severity = z.infer<typeof Severity>;

/** A word to find alerts by. */
export const Tag = z
  .string()
  .regex(/^[\p{L}\p{N}][\p{L}\p{N}_.:-]{0,39}$/u, "a tag is 1 to 40 letters, digits, and . : _ -");

/** Who works on an alert: a name as the team writes it. */
export const Assignee = z
  .string()
  .regex(/^[\p{L}\p{N}][\p{L}\p{N} ._@+-]{0,59}$/u, "a name is 1 to 60 letters, digits, spaces, and . _ @ + -");

/**
 * Sessions that one decision settles: same client, host, path, day, place and shape of the worst payload, class and family.
 * Opened by the first session that is tagged or simulated.
 */
export const Alert = z.object({
  id: Id,
  /** Version in the event log: what a change is based on. 0: nobody has touched it. */
  version: z.number().int().min(0),
  status: AlertStatus,
  /** Null unless closed. */
  reason: CloseReason.nullable(),
  /** True when it was closed and a worse session joined it since. */
  reopened: z.boolean(),
  severity: Severity,
  /** True when an analyst set it. */
  severity_set: z.boolean(),
  class: PayloadClass,
  family: z.string().nullable(),
  /** Of the worst session. */
  outcome: AttackOutcome,
  score: Score,
  verdict_id: Id,
  /** Engine of the fleet that judged the worst session; null: this one. */
  judged_by: z.string().nullable(),
  client: z.string().nullable(),
  host: z.string().nullable(),
  /** Method and path of the request with the worst payload. */
  request_line: z.string(),
  /** The worst payload, masked, at most 200 characters. */
  payload: z.string().nullable(),
  payload_place: z.string().nullable(),
  /** Sessions in it. */
  sessions: z.number().int().min(1),
  /** Start of its first and its last session; null where the evidence has no clock. */
  first_seen: Instant.nullable(),
  last_seen: Instant.nullable(),
  assignee: z.string().nullable(),
  tags: z.array(z.string()),
  /** Out of the queue until then; null: in it. */
  snoozed_until: Instant.nullable(),
  notes: z.number().int().min(0),
  /** The case that it is in, as merged; null: none. */
  case_id: Id.nullable(),
  /** Names of the watches that it meets. */
  watched: z.array(z.string()),
});
export type Alert = z.infer<typeof Alert>;

/** Order of the queue: what came last first, or what is worst first. */
export const alertOrders = ["newest", "worst"] as const;
export const AlertOrder = z.enum(alertOrders);
export type AlertOrder = z.infer<typeof AlertOrder>;

/** A query in the language of `alert-query.ts`. */
const QueryText = z.string().max(2000).default("");

export const listAlerts = defineRoute({
  method: "GET",
  path: "/api/v1/sentinel/alerts",
  summary: "Alerts that match a query, keyset-paged",
  role: "viewer",
  callers: ["ui"],
  input: z.strictObject({
    q: QueryText,
    order: AlertOrder.default("newest"),
    limit: PageSize,
    cursor: z.string().max(200).optional(),
  }),
  output: z.object({ items: z.array(Alert), next: z.string().nullable() }),
});

export const alertCounts = defineRoute({
  method: "GET",
  path: "/api/v1/sentinel/alerts/counts",
  summary: "How many alerts match a query, by status, severity, class and assignee",
  role: "viewer",
  callers: ["ui"],
  input: z.strictObject({ q: QueryText }),
  output: z.object({
    total: z.number().int(),
    by_status: z.record(AlertStatus, z.number().int()),
    by_severity: z.record(Severity, z.number().int()),
    by_class: z.record(PayloadClass, z.number().int()),
    /** The busiest 50; `name` null: nobody. */
    by_assignee: z.array(z.object({ name: z.string().nullable(), alerts: z.number().int() })),
  }),
});

export const AlertNote = z.object({
  id: Id,
  by: z.string(),
  at: Instant,
  /** Markdown, as written; null when its text was erased. */
  text: z.string().nullable(),
});
export type AlertNote = z.infer<typeof AlertNote>;

/** What can be changed of an alert; what is absent stays. */
export const AlertChange = z
  .strictObject({
    status: AlertStatus.optional(),
    /** Needed with the status `closed`, and only there. */
    reason: CloseReason.optional(),
    /** Null: nobody. */
    assignee: Assignee.nullable().optional(),
    /** Null: as its sessions make it. */
    severity: Severity.nullable().optional(),
    add_tags: z.array(Tag).min(1).max(20).optional(),
    remove_tags: z.array(Tag).min(1).max(20).optional(),
    /** Null: back into the queue. */
    snoozed_until: Instant.nullable().optional(),
    /** The open case that it joins; a new alert is in progress then. Null: out of its case. */
    case_id: Id.nullable().optional(),
    /** What a true positive is, where it is not what its verdict says. What is closed trains later models. */
    label: AttackClass.optional(),
  })
  .refine((change) => Object.keys(change).length > 0, "nothing is changed")
  .refine(
    (change) => change.label === undefined || change.reason === "true_positive",
    "only a true positive is given a class",
  )
  .refine(
    (change) => (change.status === "closed") === (change.reason !== undefined),
    "closing needs a reason, and only closing",
  );
export type AlertChange = z.infer<typeof AlertChange>;

/** Markdown; goes to each of the alerts. */
const NoteText = z.string().trim().min(1).max(10_000);
const hasDeed = ({ change, note }: { change?: unknown; note?: unknown }) => change !== undefined || note !== undefined;
const noDeed = "neither a change nor a note is given";

/** One thing that was done to an alert. */
export const AlertHistoryEntry = z.object({
  event_id: Id,
  at: Instant,
  by: z.string(),
  /** True when it can be taken back now. */
  undoable: z.boolean(),
  /** Whether a note was written or taken off by it. */
  noted: z.boolean(),
  note_removed: z.boolean(),
  /** Null where only a note was. */
  change: z
    .object({
      status: AlertStatus.optional(),
      reason: CloseReason.nullable().optional(),
      assignee: z.string().nullable().optional(),
      severity: Severity.nullable().optional(),
      tags: z.array(z.string()).optional(),
      add_tags: z.array(z.string()).optional(),
      remove_tags: z.array(z.string()).optional(),
      snoozed_until: Instant.nullable().optional(),
      case_id: Id.nullable().optional(),
      label: AttackClass.optional(),
    })
    .nullable(),
  /** How many alerts it changed at once. */
  alerts: z.number().int().min(1),
});
export type AlertHistoryEntry = z.infer<typeof AlertHistoryEntry>;

/** A closed or open alert like this one, and in what. */
export const SimilarAlert = z.object({
  alert: Alert,
  /** Whether the payloads have the same shape, and whether class, family and place are the same. */
  same_payload: z.boolean(),
  same_explanation: z.boolean(),
});
export type SimilarAlert = z.infer<typeof SimilarAlert>;

export const getAlert = defineRoute({
  method: "GET",
  path: "/api/v1/sentinel/alerts/:id",
  summary: "One alert with its sessions, notes, history and similar alerts",
  role: "viewer",
  callers: ["ui"],
  input: z.strictObject({ id: Id }),
  output: z.object({
    alert: Alert,
    /** Of the case that it is in; null: it is in none, or the text was erased. */
    case_title: z.string().nullable(),
    /** Worst first, at most 100. */
    sessions: z.array(VerdictSummary),
    notes: z.array(AlertNote),
    /** Newest first, at most 100. */
    history: z.array(AlertHistoryEntry),
    /** Newest first, at most 20. */
    similar: z.array(SimilarAlert),
  }),
});

/** The alert that a session belongs to. */
export const alertOfVerdict = defineRoute({
  method: "GET",
  path: "/api/v1/sentinel/verdicts/:id/alert",
  summary: "The alert that a session belongs to; null for a session that was not flagged",
  role: "viewer",
  callers: ["ui"],
  input: z.strictObject({ id: Id }),
  output: z.object({ alert_id: Id.nullable() }),
});

export const changeAlerts = defineRoute({
  method: "POST",
  path: "/api/v1/sentinel/alerts/change",
  summary: "Change up to 1,000 alerts at once, all or none; one event, which can be undone",
  role: "analyst",
  callers: ["ui"],
  input: z
    .strictObject({
      alerts: z
        .array(z.strictObject({ id: Id, base_version: z.number().int().min(0) }))
        .min(1)
        .max(1000),
      /** Absent: only the note is written, onto whatever version there is. */
      change: AlertChange.optional(),
      note: NoteText.optional(),
    })
    .refine(hasDeed, noDeed),
  output: z.object({ event_id: Id }),
});

export const changeMatchingAlerts = defineRoute({
  method: "POST",
  path: "/api/v1/sentinel/alerts/change-matching",
  summary:
    "Change every alert that matches a query now; a job with progress, which can be cancelled, resumed and undone",
  role: "analyst",
  callers: ["ui"],
  input: z
    .strictObject({ q: QueryText, change: AlertChange.optional(), note: NoteText.optional() })
    .refine(hasDeed, noDeed),
  output: z.object({ job_id: Id }),
});

export const undoBatch = defineRoute({
  method: "POST",
  path: "/api/v1/sentinel/alerts/undo-batch",
  summary: "Take back what a job changed, newest first; a job itself",
  role: "analyst",
  callers: ["ui"],
  input: z.strictObject({ batch_id: Id }),
  output: z.object({ job_id: Id }),
});

export const addAlertNote = defineRoute({
  method: "POST",
  path: "/api/v1/sentinel/alerts/:id/notes",
  summary: "Write a note on an alert",
  role: "analyst",
  callers: ["ui"],
  input: z.strictObject({ id: Id, text: NoteText }),
  output: z.object({ event_id: Id, note_id: Id }),
});

export const removeAlertNote = defineRoute({
  method: "POST",
  path: "/api/v1/sentinel/alerts/:id/notes/:note_id/remove",
  summary: "Take a note off an alert; undo brings it back",
  role: "analyst",
  callers: ["ui"],
  input: z.strictObject({ id: Id, note_id: Id }),
  output: z.object({ event_id: Id }),
});
