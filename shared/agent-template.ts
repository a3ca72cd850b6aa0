import { z } from "zod";
import { TaskResult } from "./agent-task.ts";
import { defineRoute } from "./route.ts";
import { Id, Instant } from "./units.ts";

/** What a ready task can be about. */
export const subjectKinds = ["alert", "case", "session", "shift"] as const;
export const SubjectKind = z.enum(subjectKinds);
export type SubjectKind = z.infer<typeof SubjectKind>;

export const TaskSubject = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("alert"), id: Id }),
  z.strictObject({ kind: z.literal("case"), id: Id }),
  /** A session by the id of its verdict. */
  z.strictObject({ kind: z.literal("session"), id: Id }),
  z.strictObject({ kind: z.literal("shift"), from: Instant, to: Instant }),
]);
export type TaskSubject = z.infer<typeof TaskSubject>;

export const templateNames = [
  "summarise",
  "explain_payload",
  "draft_report",
  "draft_mail",
  "draft_rule",
  "find_similar",
] as const;
export const TemplateName = z.enum(templateNames);
export type TemplateName = z.infer<typeof TemplateName>;

/** A reviewed plan that somebody starts about something. */
export const ReadyTask = z.object({
  name: TemplateName,
  title: z.string(),
  description: z.string(),
  subjects: z.array(SubjectKind).readonly(),
});
export type ReadyTask = z.infer<typeof ReadyTask>;

export const listTemplates = defineRoute({
  method: "GET",
  path: "/api/v1/sentinel/task-templates",
  summary: "Ready tasks, and what each can be about",
  role: "viewer",
  callers: ["ui"],
  input: z.strictObject({}),
  output: z.object({
    items: z.array(ReadyTask),
    /** False: requests in words cannot be planned, because no planner is set up. */
    has_planner: z.boolean(),
  }),
});

export const runTemplate = defineRoute({
  method: "POST",
  path: "/task/template",
  summary: "Do a ready task. Needs no planner; without the local model its text is written by rule, and it says so",
  role: "analyst",
  callers: ["ui", "external"],
  rate: "task",
  input: z.strictObject({ template: TemplateName, subject: TaskSubject, session_id: Id.optional() }),
  output: TaskResult,
});
