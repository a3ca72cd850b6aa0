import { z } from "zod";
import { Alert, Assignee, CloseReason, Severity, Tag } from "./alert.ts";
import { defineRoute } from "./route.ts";
import { Id, Instant, PageSize } from "./units.ts";

export const caseStatuses = ["open", "closed"] as const;
export const CaseStatus = z.enum(caseStatuses);
export type CaseStatus = z.infer<typeof CaseStatus>;

/** What a closed case came to. */
export const caseOutcomes = ["true_positive", "false_positive", "benign_true_positive", "indeterminate"] as const;
export const CaseOutcome = z.enum(caseOutcomes);
export type CaseOutcome = z.infer<typeof CaseOutcome>;

/** Sorts of what a case was about that can be met elsewhere too. */
export const observableTypes = [
  "address",
  "host",
  "path",
  "payload",
  "user_agent",
  "hash",
  "account",
  "other",
] as const;
export const ObservableType = z.enum(observableTypes);
export type ObservableType = z.infer<typeof ObservableType>;

const Title = z.string().trim().min(1).max(200);
/** Markdown. */
const LongText = z.string().trim().max(20_000);
const ShortText = z.string().trim().min(1).max(1000);

/** Alerts that are worked on together, with what was found out about them. */
export const Case = z.object({
  id: Id,
  /** Version in the event log: what a change is based on. */
  version: z.number().int().min(1),
  /** Null, as the summary, when the case's text was erased. */
  title: z.string().nullable(),
  /** Markdown. */
  summary: z.string().nullable(),
  status: CaseStatus,
  /** Null unless closed. */
  outcome: CaseOutcome.nullable(),
  /** As an analyst set it, else that of its worst alert; `low` without any. */
  severity: Severity,
  severity_set: z.boolean(),
  assignee: z.string().nullable(),
  tags: z.array(z.string()),
  opened_by: z.string(),
  opened_at: Instant,
  closed_at: Instant.nullable(),
  /** The case that this one was merged into: its alerts, tasks and notes are seen there. */
  merged_into: Id.nullable(),
  /** These, and all that follow, with those of the cases that were merged into it. */
  alerts: z.number().int().min(0),
  open_alerts: z.number().int().min(0),
  sessions: z.number().int().min(0),
  first_seen: Instant.nullable(),
  last_seen: Instant.nullable(),
  tasks: z.number().int().min(0),
  open_tasks: z.number().int().min(0),
});
export type Case = z.infer<typeof Case>;

/** What an analyst writes into a case. */
export const CaseItemDraft = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("task"),
    text: ShortText,
    done: z.boolean().default(false),
    assignee: Assignee.nullable().default(null),
  }),
  z.strictObject({ kind: z.literal("note"), text: LongText.min(1) }),
  /** Something that happened, for the timeline. */
  z.strictObject({ kind: z.literal("entry"), text: ShortText, at: Instant }),
  z.strictObject({
    kind: z.literal("observable"),
    type: ObservableType,
    value: ShortText,
    /** Why it matters; may be empty. */
    text: z.string().trim().max(1000).default(""),
  }),
]);
export type CaseItemDraft = z.infer<typeof CaseItemDraft>;

const itemFields = {
  id: Id,
  version: z.number().int().min(1),
  /** The case that it was written into; another than the one that is shown where that was merged. */
  case_id: Id,
  by: z.string(),
  written_at: Instant,
};

/** Null where a text was erased. */
export const CaseItem = z.discriminatedUnion("kind", [
  z.object({
    ...itemFields,
    kind: z.literal("task"),
    text: z.string().nullable(),
    done: z.boolean(),
    assignee: z.string().nullable(),
  }),
  z.object({ ...itemFields, kind: z.literal("note"), text: z.string().nullable() }),
  z.object({ ...itemFields, kind: z.literal("entry"), text: z.string().nullable(), at: Instant }),
  z.object({
    ...itemFields,
    kind: z.literal("observable"),
    type: ObservableType,
    value: z.string().nullable(),
    text: z.string().nullable(),
  }),
]);
export type CaseItem = z.infer<typeof CaseItem>;

/** A value that a case was about, and where else it was met. */
export const Observable = z.object({
  type: ObservableType,
  value: z.string(),
  /** Alerts of the case that have it; 0 for one that only an analyst named. */
  alerts: z.number().int().min(0),
  /** Other alerts that have it, counted up to 1,000; null for a sort that alerts cannot be asked for. */
  elsewhere: z.number().int().min(0).max(1000).nullable(),
  /** A query of the queue that finds all of them; null as above. */
  q: z.string().nullable(),
  /** The item that names it; null: found in the alerts. */
  item_id: Id.nullable(),
  /** Why it matters, as the item says. */
  text: z.string().nullable(),
});
export type Observable = z.infer<typeof Observable>;

/** One moment of a case. */
export const CaseMoment = z.object({
  at: Instant,
  /** `alert`: its first session; `entry`: as an analyst wrote it; the others: what was done with the case. */
  kind: z.enum(["alert", "entry", "opened", "closed", "reopened", "merged", "unmerged"]),
  /** What happened; null where the text was erased. */
  text: z.string().nullable(),
  /** Null: the traffic. */
  by: z.string().nullable(),
  alert_id: Id.nullable(),
  item_id: Id.nullable(),
});
export type CaseMoment = z.infer<typeof CaseMoment>;

/** One thing that was done to a case or in it. */
export const CaseHistoryEntry = z.object({
  event_id: Id,
  at: Instant,
  by: z.string(),
  /** True when it can be taken back now. */
  undoable: z.boolean(),
  /** What was done, in a few words. */
  did: z.string(),
});
export type CaseHistoryEntry = z.infer<typeof CaseHistoryEntry>;

export const listCases = defineRoute({
  method: "GET",
  path: "/api/v1/sentinel/cases",
  summary: "Cases, the last opened first, keyset-paged; merged ones are seen in the case that they were merged into",
  role: "viewer",
  callers: ["ui"],
  input: z.strictObject({
    status: CaseStatus.optional(),
    /** Part of the title or of a tag, or the beginning of an id. */
    text: z.string().trim().max(200).default(""),
    limit: PageSize,
    cursor: Id.optional(),
  }),
  output: z.object({
    items: z.array(Case),
    next: z.string().nullable(),
    open: z.number().int(),
    closed: z.number().int(),
  }),
});

export const getCase = defineRoute({
  method: "GET",
  path: "/api/v1/sentinel/cases/:id",
  summary: "One case with its alerts, tasks, notes, observables, timeline and history",
  role: "viewer",
  callers: ["ui"],
  input: z.strictObject({ id: Id }),
  output: z.object({
    case: Case,
    /** Cases that were merged into it. */
    merged: z.array(Case),
    /** The worst first, at most 200; the rest is found by `case:ID` in the queue. */
    alerts: z.array(Alert),
    items: z.array(CaseItem),
    /** The most frequent first, at most 200. */
    observables: z.array(Observable),
    /** Oldest first, at most 500 moments. */
    timeline: z.array(CaseMoment),
    /** Newest first, at most 200. */
    history: z.array(CaseHistoryEntry),
  }),
});

/** What an action is taken back by: its one event, or else the batch of its events. */
const done = { event_id: Id.nullable(), batch_id: Id };

const AlertsAt = z
  .array(z.strictObject({ id: Id, base_version: z.number().int().min(0) }))
  .max(1000)
  .default([]);

export const openCase = defineRoute({
  method: "POST",
  path: "/api/v1/sentinel/cases",
  summary: "Open a case, with up to 1,000 alerts; all or nothing, one action, which can be undone",
  role: "analyst",
  callers: ["ui"],
  input: z.strictObject({
    title: Title,
    summary: LongText.default(""),
    severity: Severity.nullable().default(null),
    assignee: Assignee.nullable().default(null),
    tags: z.array(Tag).max(20).default([]),
    alerts: AlertsAt,
  }),
  output: z.object({ id: Id, ...done }),
});

/** What can be changed of a case; what is absent stays. */
export const CaseChange = z
  .strictObject({
    title: Title.optional(),
    summary: LongText.optional(),
    status: CaseStatus.optional(),
    /** Needed with the status `closed`, and only there. */
    outcome: CaseOutcome.optional(),
    /** Null: that of its worst alert. */
    severity: Severity.nullable().optional(),
    /** Null: nobody. */
    assignee: Assignee.nullable().optional(),
    add_tags: z.array(Tag).min(1).max(20).optional(),
    remove_tags: z.array(Tag).min(1).max(20).optional(),
    /** Takes it out of the case that it was merged into. */
    merged_into: z.null().optional(),
  })
  .refine((change) => Object.keys(change).length > 0, "nothing is changed")
  .refine(
    (change) => (change.status === "closed") === (change.outcome !== undefined),
    "closing needs an outcome, and only closing",
  );
export type CaseChange = z.infer<typeof CaseChange>;

export const changeCase = defineRoute({
  method: "POST",
  path: "/api/v1/sentinel/cases/:id/change",
  summary: "Change a case, close it or open it again; can be undone",
  role: "analyst",
  callers: ["ui"],
  input: z.strictObject({
    id: Id,
    base_version: z.number().int().min(1),
    change: CaseChange,
    /** Closes its open alerts with it, at most 5,000; refused for more. */
    close_alerts: CloseReason.optional(),
    /** A case with open tasks is only closed when this says so. */
    despite_open_tasks: z.boolean().default(false),
  }),
  output: z.object(done),
});

export const mergeCases = defineRoute({
  method: "POST",
  path: "/api/v1/sentinel/cases/:id/merge",
  summary: "Merge up to 100 cases into this one: nothing of them is lost, and each can be taken out again",
  role: "analyst",
  callers: ["ui"],
  input: z.strictObject({
    id: Id,
    cases: z
      .array(z.strictObject({ id: Id, base_version: z.number().int().min(1) }))
      .min(1)
      .max(100),
  }),
  output: z.object(done),
});

export const saveCaseItem = defineRoute({
  method: "POST",
  path: "/api/v1/sentinel/cases/:id/items",
  summary: "Write a task, note, timeline entry or observable into a case, or in place of an earlier one; can be undone",
  role: "analyst",
  callers: ["ui"],
  input: z.strictObject({
    id: Id,
    /** Absent: a new one. */
    item_id: Id.optional(),
    base_version: z.number().int().min(0).default(0),
    item: CaseItemDraft,
  }),
  output: z.object({ item_id: Id, event_id: Id }),
});

export const removeCaseItem = defineRoute({
  method: "POST",
  path: "/api/v1/sentinel/cases/:id/items/:item_id/remove",
  summary: "Take a task, note, timeline entry or observable out of a case; can be undone",
  role: "analyst",
  callers: ["ui"],
  input: z.strictObject({ id: Id, item_id: Id, base_version: z.number().int().min(1) }),
  output: z.object({ event_id: Id }),
});
