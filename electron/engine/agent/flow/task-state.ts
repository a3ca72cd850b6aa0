import type { Label } from "../../base/labels.ts";
import type { CallDecision, PolicyBook } from "../policy/tool-policy.ts";
import type { ScanOutcome } from "../scan/scanner.ts";
import type { Json } from "./json.ts";
import type { Plan } from "./plan.ts";
import type { ProofInput, StepProof } from "./proof.ts";
import type { Rehearsal } from "./rehearse-call.ts";
import type { TaskFacts } from "./task-facts.ts";
import type { ValueRecord, Values } from "./values.ts";

/** `blocked`: a scan let it not pass; `denied`: the policy or a person; `skipped`: something it needs was not done. */
export const stepStatuses = [
  "pending",
  "running",
  "awaiting_approval",
  "completed",
  "failed",
  "denied",
  "blocked",
  "skipped",
  "cancelled",
] as const;
export type StepStatus = (typeof stepStatuses)[number];

/** What a scanner said about what a worker answered. */
export interface ScanSummary {
  readonly flagged: boolean;
  readonly results: Readonly<Record<string, ScanOutcome | undefined>>;
}

export interface StepState {
  readonly id: string;
  status: StepStatus;
  /** Id of the value that it gave. */
  value: string | null;
  scans: ScanSummary | null;
  /** Why it was not done, without anything untrusted in it. */
  error: string | null;
  /** How it was done, where that is not as planned; without anything untrusted in it. */
  note: string | null;
  /** Trust level when it was done. */
  level: number | null;
  /** What it calls, once that is known. */
  args: Readonly<Record<string, Json>> | null;
  /** Where each part of that came from. */
  inputs: readonly ProofInput[] | null;
  /** Label of what it gave, before that of its inputs is joined: as the tool declared it; of a worker's answer what the scan adds. */
  declared: Label | null;
  /** Approval that it was done by. */
  approval: string | null;
}

/** A call that somebody has to approve before it is made. */
export interface AskedCall {
  readonly id: string;
  readonly tool: string;
  readonly args: Readonly<Record<string, Json>>;
  readonly decision: CallDecision;
  /** The proof so far, for whoever decides. */
  readonly proof: StepProof;
  /** What the checker says of it. */
  readonly rehearsal: Rehearsal;
}

/** All of a task that has to outlive a restart; plain JSON. */
export interface TaskState {
  readonly task: string;
  readonly request: string;
  /** "user": somebody chose a template or wrote the plan by hand. */
  readonly planner: "claude" | "user";
  readonly strict: boolean;
  /** Whether a worker's answer is as trusted as what it was given. */
  readonly workerByInputs: boolean;
  /** Trust level at which it began; it only falls. */
  readonly level: number;
  /** The policies in force when it began. */
  readonly policies: PolicyBook;
  readonly steps: StepState[];
  readonly proofs: StepProof[];
  values: readonly ValueRecord[];
  readonly approvals: { readonly id: string; readonly shown: Json; readonly calls: readonly Json[] }[];
}

export function newState(plan: Plan, given: Omit<TaskState, "steps" | "proofs" | "values" | "approvals">): TaskState {
  const steps = plan.steps.map(({ id }): StepState => {
    const none = { value: null, scans: null, error: null, note: null, level: null };
    return { id, status: "pending", ...none, args: null, inputs: null, declared: null, approval: null };
  });
  return { ...given, steps, proofs: [], values: [], approvals: [] };
}

/** What the checker of proofs needs to know about a task. */
export function toFacts(plan: Plan, state: TaskState, values: Values): TaskFacts {
  const byId = new Map(values.all().map((value) => [value.id, value]));
  const outputs = state.steps.flatMap(({ id, value, declared }) =>
    value === null ? [] : [[id, { json: byId.get(value)!.json, declared }] as const],
  );
  const calls = plan.steps.flatMap((step) => {
    const args = state.steps.find(({ id }) => id === step.id)!.args;
    return step.type === "tool_call" && args !== null ? [[step.id, { tool: step.tool, args }] as const] : [];
  });
  return {
    task: state.task,
    request: state.request,
    plan: plan.source,
    planner: state.planner,
    strict: state.strict,
    workerByInputs: state.workerByInputs,
    policies: state.policies,
    levels: new Map(state.steps.flatMap(({ id, level }) => (level === null ? [] : [[id, level] as const]))),
    outputs: new Map(outputs),
    calls: new Map(calls),
    approvals: new Map(state.approvals.map(({ id, shown, calls: approved }) => [id, { shown, calls: approved }])),
  };
}
