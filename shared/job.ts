import { z } from "zod";
import { defineRoute } from "./route.ts";
import { Id, Instant } from "./units.ts";

export const JobState = z.enum(["queued", "running", "done", "failed", "cancelled", "interrupted"]);

/** A piece of work that takes longer than a request: import, analysis, training. */
export const Job = z.object({
  id: Id,
  kind: z.string(),
  /** What it works on, in words: a file name. */
  subject: z.string(),
  /** The evidence that it works on, where `subject` does not name it: a name that is erased must not stay here. */
  evidence_id: Id.optional(),
  state: JobState,
  /** What it does now, in words. */
  step: z.string(),
  done: z.number().min(0),
  /** Null while the amount of work is unknown. */
  total: z.number().min(0).nullable(),
  unit: z.string(),
  resumable: z.boolean(),
  started_at: Instant,
  ended_at: Instant.nullable(),
  error: z.object({ code: z.string(), message: z.string() }).nullable(),
  /** What came out of it: `{evidence_id}` for an import. */
  result: z.record(z.string(), z.unknown()).nullable(),
});
export type Job = z.infer<typeof Job>;

export const listJobs = defineRoute({
  method: "GET",
  path: "/api/v1/sentinel/jobs",
  summary: "Running jobs and the latest ended ones, newest first",
  role: "viewer",
  callers: ["ui"],
  input: z.strictObject({}),
  output: z.array(Job),
});

export const cancelJob = defineRoute({
  method: "POST",
  path: "/api/v1/sentinel/jobs/:id/cancel",
  summary: "Cancel a job",
  role: "analyst",
  callers: ["ui"],
  input: z.strictObject({ id: Id }),
  output: Job,
});

export const resumeJob = defineRoute({
  method: "POST",
  path: "/api/v1/sentinel/jobs/:id/resume",
  summary: "Resume an interrupted, failed or cancelled job",
  role: "analyst",
  callers: ["ui"],
  input: z.strictObject({ id: Id }),
  output: Job,
});
