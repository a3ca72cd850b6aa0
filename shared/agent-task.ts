import { z } from "zod";
import { defineRoute } from "./route.ts";
import { Id, Instant, Sha256 } from "./units.ts";

/**
 * `refused`: the request was not taken up (conversation analysis, injection scan, no plan). `denied`: the policy or a person. `blocked`: a
 * scan held an answer back.
 */
export const taskStatuses = [
  "completed",
  "awaiting_approval",
  "running",
  "refused",
  "denied",
  "failed",
  "blocked",
  "cancelled",
  "expired",
] as const;
export const TaskStatus = z.enum(taskStatuses);
export type TaskStatus = z.infer<typeof TaskStatus>;

/** Whether anything more may happen to a task. */
export function isOpenTask(status: TaskStatus): boolean {
  return status === "running" || status === "awaiting_approval";
}

/** A value in the arguments of a call, with its label. */
export const StepInput = z.object({
  path: z.string(),
  /** Null: it stands in the plan. */
  from_step: z.string().nullable(),
  trust_level: z.enum(["trusted", "untrusted"]),
  sources: z.array(z.string()),
  readers: z.union([z.literal("everyone"), z.array(z.string())]),
  /** Trusted all the same, because it equals what the user typed, or an entry of a list that the user trusts. */
  endorsed: z.string().nullable(),
});
export type StepInput = z.infer<typeof StepInput>;

export const TaskStep = z.object({
  id: z.string(),
  type: z.enum(["llm_task", "tool_call"]),
  status: z.enum([
    "pending",
    "running",
    "awaiting_approval",
    "completed",
    "failed",
    "denied",
    "blocked",
    "skipped",
    "cancelled",
  ]),
  /** Tool of a call. */
  tool: z.string().optional(),
  /** Arguments of a call that was made, asked for or denied; untrusted text where `inputs` say so. */
  args: z.record(z.string(), z.unknown()).optional(),
  /** Each value in them with its label. */
  inputs: z.array(StepInput).optional(),
  /** What it gave. Untrusted text unless `trust_level` says otherwise. */
  output: z.unknown().optional(),
  trust_level: z.enum(["trusted", "untrusted"]),
  /** Where its bytes came from: user, claude, qwen, web, file, tool, memory. */
  source: z.string(),
  /** By scanner. */
  scan_results: z.record(z.string(), z.unknown()),
  /** Ids of the steps that went into it. */
  derived_from: z.array(z.string()),
  /** Who may come to know it. */
  readers: z.union([z.literal("everyone"), z.array(z.string()).readonly()]),
  error: z.string().nullable(),
  /** How it was done, where that is not as planned. */
  note: z.string().optional(),
  /** Why it was allowed, in the form that the checker follows. */
  proof: z.unknown().optional(),
});
export type TaskStep = z.infer<typeof TaskStep>;

export const TaskResult = z.object({
  task_id: Id,
  status: TaskStatus,
  approval_id: Id.optional(),
  /** What the plan is for, in the planner's words. */
  summary: z.string().nullable(),
  /** Who made the plan. */
  planner: z.enum(["claude", "template", "user"]).nullable(),
  steps: z.array(TaskStep),
  /** What the last step gave. */
  output: z.unknown(),
  /** Why it is not completed; of one that is, what it had to do without. */
  reason: z.string().nullable(),
  /** So far. */
  spent: z.object({
    /** Calls of tools, and steps of text work. */
    calls: z.number().int(),
    /** That local models answered. */
    characters: z.number().int(),
    /** Both ways. */
    planner_tokens: z.number().int(),
    /** Of those, by the prices that are set; null: none are. */
    cost: z.number().nullable(),
  }),
  conversation: z.object({
    session_id: Id,
    /** In [0, 1]; it decays. */
    risk: z.number(),
    heuristics: z.array(z.object({ name: z.string(), score: z.number(), why: z.string() })),
  }),
});
export type TaskResult = z.infer<typeof TaskResult>;

export const runTask = defineRoute({
  method: "POST",
  path: "/task",
  summary: "Plan and do what somebody asks for; replies when it is done, or waits for an approval",
  role: "analyst",
  callers: ["ui", "external"],
  rate: "task",
  input: z.strictObject({
    request: z.string().min(1).max(40_000),
    session_id: Id.optional(),
    source: z.string().max(100).optional(),
  }),
  output: TaskResult,
});

export const startTask = defineRoute({
  method: "POST",
  path: "/task/start",
  summary: "The same, without waiting: what becomes of it is told by the task's events",
  role: "analyst",
  callers: ["ui", "external", "mcp"],
  rate: "task",
  input: runTask.input,
  output: z.object({ task_id: Id, session_id: Id }),
});

/** A plan that somebody wrote, or the name of a ready one. Needs no planner. */
export const runPlan = defineRoute({
  method: "POST",
  path: "/task/plan",
  summary: "Do a plan that was written by hand, in the planner's format",
  role: "analyst",
  callers: ["ui"],
  rate: "task",
  input: z.strictObject({ plan: z.unknown(), session_id: Id.optional() }),
  output: TaskResult,
});

export const previewTask = defineRoute({
  method: "POST",
  path: "/task/preview",
  summary: "What would leave this machine for a request: sent to nobody",
  role: "analyst",
  callers: ["ui", "external"],
  rate: "agent",
  input: z.strictObject({ request: z.string().min(1).max(40_000), session_id: Id.optional() }),
  output: z.object({
    system: z.string(),
    messages: z.array(z.object({ role: z.enum(["user", "assistant"]), text: z.string() })),
    tool: z.object({ name: z.string(), description: z.string(), input: z.record(z.string(), z.unknown()) }),
  }),
});

/** A value of a task, and what it was made of. */
export const ProvenanceNode = z.object({
  id: z.string(),
  operation: z.string(),
  trust_level: z.enum(["trusted", "untrusted"]),
  sources: z.array(z.string()).readonly(),
  readers: z.union([z.literal("everyone"), z.array(z.string()).readonly()]),
  parents: z.array(z.string()),
  detail: z.string(),
  /** Sources in memory that it was taken from: see `/api/memory/sources/:id`. */
  origins: z.array(z.string()).readonly(),
  /** The step that it is the output of. */
  step: z.string().nullable(),
  /** Untrusted text unless `trust_level` says otherwise. */
  value: z.unknown(),
});

export const getProvenance = defineRoute({
  method: "GET",
  path: "/task/:id/provenance",
  summary: "Every value of a task with what it was made of, back to where it came from",
  role: "viewer",
  callers: ["ui", "external"],
  input: z.strictObject({ id: Id }),
  output: z.object({ nodes: z.array(ProvenanceNode) }),
});

export const getTask = defineRoute({
  method: "GET",
  path: "/task/:id",
  summary: "One task with its steps as they are",
  role: "viewer",
  callers: ["ui", "external", "mcp"],
  input: z.strictObject({ id: Id }),
  output: TaskResult,
});

export const checkTask = defineRoute({
  method: "GET",
  path: "/task/:id/check",
  summary: "Follow the proofs of a task once more, by the program that shares nothing with what ran it",
  role: "viewer",
  callers: ["ui", "external"],
  input: z.strictObject({ id: Id }),
  output: z.object({
    /** Proofs that there are: one for each step that was done. */
    proofs: z.number().int(),
    /** The first that does not hold, and why; null: all hold. */
    wrong: z.object({ step: z.string(), why: z.string() }).nullable(),
  }),
});

export const cancelTask = defineRoute({
  method: "POST",
  path: "/task/:id/cancel",
  summary: "End a task; what it did stays done",
  role: "analyst",
  callers: ["ui", "external"],
  rate: "agent",
  input: z.strictObject({ id: Id }),
  output: TaskResult,
});

export const TaskSummary = z.object({
  task_id: Id,
  session_id: Id,
  status: TaskStatus,
  request: z.string().nullable(),
  asked_by: z.string(),
  at: Instant,
});
export type TaskSummary = z.infer<typeof TaskSummary>;

export const ListedTask = TaskSummary.extend({
  /** What to call a ready task, by what it is about; untrusted text. Null: its request says it. */
  title: z.string().nullable(),
});
export type ListedTask = z.infer<typeof ListedTask>;

export const listTasks = defineRoute({
  method: "GET",
  path: "/api/v1/sentinel/tasks",
  summary: "Tasks of the agent, the last first",
  role: "viewer",
  callers: ["ui"],
  input: z.strictObject({ session_id: Id.optional(), limit: z.coerce.number().int().min(1).max(200).default(50) }),
  output: z.object({ items: z.array(ListedTask) }),
});

export const getSession = defineRoute({
  method: "GET",
  path: "/session/:id",
  summary: "A conversation: what was asked, what became of it, and how risky it looks",
  role: "viewer",
  callers: ["ui", "external"],
  input: z.strictObject({ id: Id }),
  output: z.object({
    session_id: Id,
    state: z.enum(["idle", "running", "awaiting_approval"]),
    risk: z.number(),
    conversation: z.array(TaskSummary),
  }),
});

/** A call that somebody has to approve, with its arguments as they are. */
export const ApprovalStep = z.object({
  id: z.string(),
  /** `llm_task`, of a plan: text work by the local model, whose argument `prompt` is what it is told. */
  tool: z.string(),
  args: z.record(z.string(), z.unknown()),
  /** What comes from where nobody can be trusted, or would tell who may not know. */
  untrusted: z.array(
    z.object({
      path: z.string(),
      value: z.unknown(),
      from_step: z.string().optional(),
      source: z.string(),
      why: z.string(),
    }),
  ),
  /** What the call does to the world, as its policy says. */
  effect: z.enum(["read", "write", "external", "destructive"]).optional(),
  /** Each value in its arguments with its label, as the proof of the call will have it; not known of a plan that nobody approved yet. */
  inputs: z.array(StepInput).optional(),
  /** What the checker of proofs said of the call before it was asked for; not of a plan that nobody approved yet. */
  checked: z
    .object({
      /** Steps done before it, whose proofs were accepted. */
      steps: z.number().int().min(0),
      /** Whether the call is refused without an approval. */
      needs_approval: z.boolean(),
    })
    .optional(),
});
export type ApprovalStep = z.infer<typeof ApprovalStep>;

export const TaskApproval = z.object({
  approval_id: Id,
  task_id: Id,
  kind: z.enum(["plan", "tool_call"]),
  status: z.enum(["pending", "granted", "denied", "used", "superseded", "withdrawn", "expired"]),
  expires_at: Instant,
  /** SHA-256 of the canonical JSON of exactly what is approved. */
  shown_hash: Sha256,
  steps: z.array(ApprovalStep),
  /** The task as it is; after a word was given, once it stops again. */
  task: TaskResult.optional(),
});
export type TaskApproval = z.infer<typeof TaskApproval>;

export const getTaskApproval = defineRoute({
  method: "GET",
  path: "/approval/:id",
  summary: "What a task waits for: every call with its arguments",
  role: "viewer",
  callers: ["ui", "external"],
  input: z.strictObject({ id: Id }),
  output: TaskApproval,
});

export const decideTaskApproval = defineRoute({
  method: "POST",
  path: "/approve/:id",
  summary: "Grant or deny what a task waits for. Single use; replies once the task stops again",
  role: "analyst",
  callers: ["ui", "external"],
  rate: "agent",
  input: z.strictObject({
    id: Id,
    granted: z.boolean(),
    reason: z.string().max(2000).default(""),
    shown_hash: Sha256.optional(),
  }),
  output: TaskApproval,
});

/** What happens to a task, in order; `id` is its place in the order. */
export const TaskEvent = z.object({
  id: z.number().int(),
  task_id: Id,
  type: z.enum([
    "task.started",
    "task.planned",
    "task.approval_requested",
    "task.step_completed",
    "task.completed",
    "error",
  ]),
  at: Instant,
  data: z.unknown(),
});
export type TaskEvent = z.infer<typeof TaskEvent>;

export const followTask = defineRoute({
  method: "GET",
  path: "/api/events",
  summary: "What happens to a task, from its start, as server-sent events with ids to go on from",
  role: "viewer",
  callers: ["ui", "external", "mcp"],
  reply: "stream",
  input: z.strictObject({ task_id: Id, last_event_id: z.coerce.number().int().min(0).optional() }),
  output: TaskEvent,
});

export const processText = defineRoute({
  method: "POST",
  path: "/process",
  summary: "Have the local model work on a text: scanned, spotlighted, answered, scanned",
  role: "analyst",
  callers: ["ui", "external"],
  rate: "task",
  input: z.strictObject({ text: z.string().min(1).max(100_000), prompt: z.string().max(2000).optional() }),
  output: z.object({
    status: z.enum(["completed", "blocked", "failed"]),
    output: z.unknown(),
    trust_level: z.enum(["trusted", "untrusted"]),
    source: z.string(),
    scan_results: z.record(z.string(), z.unknown()),
    reason: z.string().nullable(),
  }),
});

const Decision = z.object({ allowed: z.boolean(), rule: z.string(), reason: z.string() });

export const validatePath = defineRoute({
  method: "GET",
  path: "/validate/path",
  summary: "Whether a tool may do something to a path",
  role: "viewer",
  callers: ["ui", "external"],
  rate: "agent",
  input: z.strictObject({ path: z.string().max(10_000), operation: z.enum(["read", "write", "delete", "list"]) }),
  output: Decision,
});

export const validateCommand = defineRoute({
  method: "GET",
  path: "/validate/command",
  summary: "Whether a tool may run a command",
  role: "viewer",
  callers: ["ui", "external"],
  rate: "agent",
  input: z.strictObject({ command: z.string().max(20_000) }),
  output: Decision,
});
