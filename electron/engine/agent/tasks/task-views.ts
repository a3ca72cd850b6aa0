import type { z } from "zod";
import type { ApprovalStep, ProvenanceNode, StepInput, TaskResult, TaskStep } from "../../../../shared/agent-task.ts";
import type { Label } from "../../base/labels.ts";
import { isBlank, type Json } from "../flow/json.ts";
import { needsOf, type Plan } from "../flow/plan.ts";
import type { ProofInput } from "../flow/proof.ts";
import type { AskedCall, TaskState } from "../flow/task-state.ts";
import type { ValueRecord } from "../flow/values.ts";
import { type PolicyBook, policyOf } from "../policy/tool-policy.ts";

/** A value's source in one word: the one farthest from the user. */
export const sourceOf = ({ sources }: Label): string => sources.at(-1) ?? "user";

/** Steps as they go over the wire. */
export function toSteps(plan: Plan, state: TaskState): TaskStep[] {
  const values = new Map<string, ValueRecord>(state.values.map((value) => [value.id, value]));
  return plan.steps.map((step, i): TaskStep => {
    const at = state.steps[i]!;
    const value = at.value === null ? undefined : values.get(at.value);
    const proof = state.proofs.find((one) => one.step === step.id);
    const untold = step.type === "llm_task" ? "qwen" : "tool";
    return {
      id: step.id,
      type: step.type,
      status: at.status,
      ...(step.type === "tool_call" ? { tool: step.tool } : {}),
      ...(at.args === null ? {} : { args: at.args, inputs: (at.inputs ?? []).map(toStepInput) }),
      ...(value === undefined ? {} : { output: value.json }),
      // What is not known is not trusted.
      trust_level: value?.label.integrity ?? "untrusted",
      source: value === undefined ? untold : sourceOf(value.label),
      scan_results: { ...at.scans?.results },
      derived_from: [...needsOf(step)],
      readers: value?.label.readers ?? [],
      error: at.error,
      ...(at.note ? { note: at.note } : {}),
      ...(proof === undefined ? {} : { proof }),
    };
  });
}

/** What a finished task is: the worst that happened to a step, with how much was done nevertheless. */
export function outcomeOf({ steps }: TaskState): { status: TaskResult["status"]; reason: string | null } {
  const found = (["blocked", "denied", "failed"] as const)
    .map((status) => steps.find((step) => step.status === status))
    .find((step) => step !== undefined);
  if (found === undefined) {
    // What was kept by an earlier version has no notes.
    const noted = steps.find(({ note }) => note);
    return { status: "completed", reason: noted === undefined ? null : `Step ${noted.id}: ${noted.note}` };
  }
  const done = steps.filter(({ status }) => status === "completed").length;
  const reason = `Step ${found.id}: ${found.error ?? found.status} Of ${steps.length} steps ${done} were done.`;
  return { status: found.status as "blocked", reason };
}

/**
 * What a ready task is: its text by rule stands also where the worker's is missing, which is said.
 * @param plan whose text work comes last, on what rules wrote
 */
export function outcomeOfTemplate(
  plan: Plan,
  state: TaskState,
): { status: TaskResult["status"]; reason: string | null } {
  const isWork = (id: string) => plan.steps.find((step) => step.id === id)?.type === "llm_task";
  const undone = state.steps.filter(
    ({ id, status, value }) => status !== "completed" || (isWork(id) && isBlank(jsonOf(state, value))),
  );
  if (undone.length === 0 || !undone.every(({ id }) => isWork(id))) return outcomeOf(state);
  return {
    status: "completed",
    reason: `Written by rule, without the local model: ${undone[0]!.error ?? undone[0]!.note ?? undone[0]!.status}`,
  };
}

/** What the last step that gave something gave; a text in which nothing stands is nothing. */
export function outputOf(state: TaskState): Json {
  const last = state.steps.findLast(({ value }) => value !== null && !isBlank(jsonOf(state, value)));
  return jsonOf(state, last?.value ?? null);
}

function jsonOf(state: TaskState, value: string | null): Json {
  return (state.values.find(({ id }) => id === value)?.json ?? null) as Json;
}

/** Where a part of a call's arguments came from. */
function toStepInput({ path, from, label, endorsed }: ProofInput): StepInput {
  return {
    path,
    from_step: from,
    trust_level: label.integrity,
    sources: [...label.sources],
    readers: label.readers === "everyone" ? label.readers : [...label.readers],
    endorsed: endorsed === null || endorsed === "typed" ? endorsed : `list ${endorsed.list}`,
  };
}

/** Calls as an approver sees them, with the arguments as they are. */
export function toApprovalSteps(asked: readonly AskedCall[], policies: PolicyBook): ApprovalStep[] {
  return asked.map(({ id, tool, args, decision, proof, rehearsal }) => ({
    id,
    tool,
    args,
    effect: policyOf(policies, tool)?.effect ?? "destructive",
    inputs: proof.inputs.map(toStepInput),
    checked: { steps: rehearsal.steps, needs_approval: rehearsal.needsApproval },
    untrusted: decision.blamed.map(({ leaf, source, why }) => ({
      path: leaf.path,
      value: leaf.json,
      ...(leaf.from === null ? {} : { from_step: leaf.from }),
      source,
      why,
    })),
  }));
}

/**
 * Every step of a plan as it stands in it: calls, and what the local model is told, as a call of `llm_task`. What comes from a step is not
 * known yet: it is asked for again, if it has to be.
 */
export function toPlanSteps(plan: Plan, policies: PolicyBook): ApprovalStep[] {
  const source = (plan.source as { steps: { id: string; args?: Record<string, unknown>; prompt?: string }[] }).steps;
  return plan.steps.map((step, i) => {
    const { args = {}, prompt } = source[i]!;
    const shown =
      step.type === "tool_call"
        ? { tool: step.tool, args, effect: policyOf(policies, step.tool)?.effect ?? ("destructive" as const) }
        : { tool: "llm_task", args: { prompt } };
    return { id: step.id, untrusted: [], ...shown };
  });
}

/** The values of a task with what each was made of. */
export function toNodes(state: TaskState | null): z.infer<typeof ProvenanceNode>[] {
  if (state === null) return [];
  const stepOf = new Map(state.steps.map(({ id, value }) => [value, id]));
  return state.values.map(({ id, operation, label, parents, detail, json, origins = [] }) => ({
    id,
    operation,
    trust_level: label.integrity,
    sources: label.sources,
    readers: label.readers,
    parents,
    detail,
    origins,
    step: stepOf.get(id) ?? null,
    value: json,
  }));
}
