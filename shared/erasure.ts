import { z } from "zod";
import { defineRoute } from "./route.ts";
import { Id, Instant } from "./units.ts";

/** Why evidence is kept beyond its time: somebody pinned it, or an alert that it feeds, or a case with such an alert, is open. */
export const EvidenceHold = z.enum(["pinned", "open_alert", "open_case"]);
export type EvidenceHold = z.infer<typeof EvidenceHold>;

/** What an erasure of one piece of evidence would take with it. */
export const ErasureItem = z.object({
  id: Id,
  file_name: z.string(),
  added_at: Instant,
  size_bytes: z.number(),
  requests: z.number().int(),
  sessions: z.number().int(),
  /** Alerts that it feeds, and those among them that nothing else does: they go. */
  alerts: z.number().int(),
  alerts_lost: z.number().int(),
  hold: EvidenceHold.nullable(),
});
export type ErasureItem = z.infer<typeof ErasureItem>;

const most = 1000;

/** The items by name, up to a thousand, and how many there are of them. */
const Preview = z.object({ items: z.array(ErasureItem), total: z.number().int() });

export const previewErasure = defineRoute({
  method: "POST",
  path: "/api/v1/sentinel/erasure/preview",
  summary: "What erasing some evidence would take away for good; changes nothing",
  role: "analyst",
  callers: ["ui"],
  input: z.strictObject({ ids: z.array(Id).min(1).max(most) }),
  output: Preview,
});

export const eraseEvidence = defineRoute({
  method: "POST",
  path: "/api/v1/sentinel/erasure",
  summary: "Erase evidence and everything derived from it for good; cannot be undone",
  role: "admin",
  callers: ["ui"],
  input: z.strictObject({ ids: z.array(Id).min(1).max(most), confirm: z.literal("erase") }),
  output: z.object({ job_id: Id }),
});

/** A person is whatever names one: an address, an account, a name. */
export const searchPerson = defineRoute({
  method: "POST",
  path: "/api/v1/sentinel/erasure/person/search",
  summary: "Look for everything stored that names a person; the job's result says what, and changes nothing",
  role: "admin",
  callers: ["ui"],
  input: z.strictObject({ person: z.string().trim().min(3).max(200) }),
  output: z.object({ job_id: Id }),
});

/** Result of that job. */
export const PersonFound = z.object({
  /** Evidence that names the person, among others or alone: it is erased as a whole. */
  evidence: z.array(Id),
  /** Subjects whose sealed texts (notes, reasons, saved queries) name the person: all texts of them are erased. */
  texts: z.array(z.string()),
  /** Examples of what rules matched at gatekeepers that name the person, by the visitor or in what was sent. */
  hits: z.array(z.string()).default([]),
  /** Routes measured at gatekeepers that name the person, each as a hash: what was counted there stays, without the name. */
  routes: z.array(z.string()).default([]),
  /** Tags and assignees that name the person, each as a keyed hash: they are taken off, and those that were before stay so. */
  labels: z.array(z.string()).default([]),
  /** Alerts, cases and tasks that they stand on now. */
  labelled: z.number().int().default(0),
  /** Events that name the person in clear (a tag, an assignee, a setting): the log keeps them. */
  log_entries: z.number().int(),
});
export type PersonFound = z.infer<typeof PersonFound>;

export const erasePerson = defineRoute({
  method: "POST",
  path: "/api/v1/sentinel/erasure/person",
  summary: "Erase for good what a search for a person found; cannot be undone",
  role: "admin",
  callers: ["ui"],
  input: z.strictObject({ search_job_id: Id, confirm: z.literal("erase") }),
  output: z.object({ job_id: Id }),
});

export const previewRetention = defineRoute({
  method: "GET",
  path: "/api/v1/sentinel/erasure/retention",
  summary: "What retention would erase, and what it would leave, were evidence kept so many days",
  role: "viewer",
  callers: ["ui"],
  input: z.strictObject({ days: z.coerce.number().int().min(1).max(36_500) }),
  output: Preview.extend({ held: z.number().int() }),
});
