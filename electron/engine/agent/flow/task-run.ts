import { SentinelError } from "../../../../shared/errors.ts";
import { emptyLabel, joinLabels, labelOf } from "../../base/labels.ts";
import { type CallDecision, decideCall, policyOf } from "../policy/tool-policy.ts";
import { repeatsSecret } from "../scan/holders.ts";
import { checkProofs } from "./check-proofs.ts";
import { createEndorsing } from "./endorsing.ts";
import { isBlank, type Json } from "./json.ts";
import { type LlmStep, needsOf, type Plan, type PlanStep, type ToolStep } from "./plan.ts";
import { hashJson, type ProofInput, type StepProof, toInput } from "./proof.ts";
import { rehearseCall } from "./rehearse-call.ts";
import { type ResolvedArguments, resolveArguments } from "./resolve-arguments.ts";
import { createStepOrder } from "./step-order.ts";
import {
  type AskedCall,
  type ScanSummary,
  type StepState,
  type StepStatus,
  type TaskState,
  toFacts,
} from "./task-state.ts";
import { type Ancestry, createValues, originsOf, type Value, type Values } from "./values.ts";

/** What a worker answered, or why its answer is kept back. */
export type WorkerAnswer =
  | {
      readonly json: Json;
      readonly scans: ScanSummary;
      /** No answer of the worker fitted. */
      readonly isByRule?: boolean;
      /** It ended where it became too long. */
      readonly isCut?: boolean;
    }
  | { readonly blocked: string; readonly scans: ScanSummary };

export interface RunPorts {
  /** @throws SentinelError for what has no answer: its message holds nothing that a worker said */
  work(step: LlmStep, inserted: ReadonlyMap<string, Value>, signal: AbortSignal): Promise<WorkerAnswer>;
  /**
   * @param given what is known of all that goes in, for tools that keep it
   * @throws SentinelError, likewise
   */
  call(
    tool: string,
    args: Readonly<Record<string, Json>>,
    signal: AbortSignal,
    given: Ancestry,
  ): Promise<{ json: Json; label: Ancestry["label"] | null; origins?: readonly string[] }>;
  satisfies(schema: Readonly<Record<string, unknown>>, args: unknown): boolean;
  /** Trust level now. */
  level(): number;
  /** Called after each change of a step. What it throws ends the run. */
  changed(step: StepState): Promise<void>;
  /** A proof that does not hold: the step is not done. */
  proofFailed(step: string, why: string): void;
}

/** Said of an answer in which nothing stands; what needs it goes on, since nothing is wrong with it otherwise. */
export const emptyNote = "The local model answered with nothing.";
export const cutNote = "The local model's answer was cut off where it became too long: its end is missing.";

type Unchecked = Omit<AskedCall, "rehearsal">;

export interface TaskRun {
  /**
   * Does what can be done. @returns the calls to be approved before more can be done, all at once; none: it is over
   * @throws what the signal was aborted with
   */
  advance(signal: AbortSignal): Promise<readonly AskedCall[]>;
  /** Somebody approved exactly these calls. */
  grant(approval: { id: string; shown: Json; calls: readonly { id: string }[] }): void;
  /** Somebody denied them: they are not done, and what needs them is not. */
  deny(steps: readonly string[]): Promise<void>;
  readonly state: TaskState;
  readonly values: Values;
}

/**
 * Runs a plan. What is called, and in which order, follows from the plan, the policies and the answers of people; from what a value says
 * only whether there is anything at a path in it, whether it equals what the user trusts, and of an answer whether it fits and what the
 * scans say.
 */
export function createRun(plan: Plan, state: TaskState, ports: RunPorts): TaskRun {
  const { strict, policies } = state;
  const values = createValues({ strict, records: state.values });
  const byId = new Map(values.all().map((value) => [value.id, value]));
  const states = new Map(state.steps.map((step) => [step.id, step]));
  const given = new Map<string, Value>();
  const endorsing = createEndorsing(values, state.request, policies);
  const planLabel = labelOf(state.planner, "trusted");
  const resolved = new Map<string, ResolvedArguments>();
  let control = emptyLabel;
  for (const { step } of state.proofs) settle(step, byId.get(states.get(step)!.value ?? ""));

  /** A step has given something: what comes later may depend on that it did. */
  function settle(step: string, value: Value | undefined): void {
    if (value === undefined) return;
    given.set(step, value);
    values.observe([value]);
    if (strict) control = joinLabels([control, value.label]);
  }

  const levelNow = () => Math.min(state.level, ports.level());
  const isOver = ({ status }: StepState) => status !== "pending" && status !== "awaiting_approval";
  const isUndone = (id: string) => isOver(states.get(id)!) && !given.has(id);
  const order = createStepOrder(plan, policies);

  async function end(step: StepState, status: StepStatus, error: string | null = null): Promise<void> {
    step.status = status;
    step.error = error;
    state.values = values.toRecords();
    await ports.changed(step);
  }

  /** The proof of a step as it will stand, without what comes of it. */
  function proofOf(step: PlanStep, inputs: readonly ProofInput[], call: Json, level: number): StepProof {
    const policy = step.type === "tool_call" ? policyOf(policies, step.tool) : null;
    const approval = state.approvals.find(({ id }) => id === states.get(step.id)!.approval);
    return {
      version: 1,
      task: state.task,
      step: step.id,
      type: step.type,
      plan: hashJson(plan.source),
      policy: policy === null ? null : hashJson(policy),
      level,
      strict,
      inputs,
      call: hashJson(call),
      control,
      decision: {
        verdict: approval === undefined ? "allowed" : "approved",
        approval: approval === undefined ? null : { id: approval.id, shown: hashJson(approval.shown) },
      },
      output: null,
      previous: state.proofs.length === 0 ? null : hashJson(state.proofs.at(-1)),
    };
  }

  /** @throws SentinelError when the checker does not follow: then nothing is done */
  function requireProof(proof: StepProof): void {
    const wrong = checkProofs(toFacts(plan, state, values), [...state.proofs, proof]);
    if (wrong !== null) refuse(wrong);
  }

  function refuse({ step, why }: { step: string; why: string }): never {
    ports.proofFailed(step, why);
    throw new SentinelError("FORBIDDEN", `The proof of step ${step} does not hold: ${why}`);
  }

  /** @throws SentinelError when the checker would not follow even if it were approved: then nobody is asked */
  function rehearse(call: Unchecked): AskedCall {
    const rehearsal = rehearseCall(toFacts(plan, state, values), state.proofs, call);
    return "why" in rehearsal ? refuse(rehearsal) : { ...call, rehearsal };
  }

  /** @throws SentinelError when the checker does not follow: then nothing is made of what it gave */
  function complete(step: StepState, proof: StepProof, value: Value): void {
    step.value = value.id;
    const done = { ...proof, output: { hash: hashJson(value.json), label: value.label } };
    try {
      requireProof(done);
    } catch (error) {
      step.value = null;
      throw error;
    }
    state.proofs.push(done);
    settle(step.id, value);
  }

  function note(at: StepState, { args, leaves }: ResolvedArguments): void {
    at.args = args;
    at.inputs = leaves.map(toInput);
  }

  async function doLlm(step: LlmStep, at: StepState, signal: AbortSignal): Promise<void> {
    const inserted = new Map([...needsOf(step)].map((id) => [id, given.get(id)!]));
    const inputs = step.prompt.flatMap((part): ProofInput[] => {
      if (!("from" in part)) return [];
      return [
        { path: "prompt", from: part.from, label: joinLabels([given.get(part.from)!.label, control]), endorsed: null },
      ];
    });
    at.level = levelNow();
    await end(at, "running");
    const source = (plan.source as { steps: { id: string; prompt: Json }[] }).steps.find(({ id }) => id === step.id)!;
    const proof = proofOf(step, inputs, source.prompt, at.level);
    requireProof(proof);
    const answer = await ports.work(step, inserted, signal);
    at.scans = answer.scans;
    if ("blocked" in answer) return await end(at, "blocked", answer.blocked);
    // SECURITY: a worker is not trusted, whatever it read; only an operator can choose to label it by its inputs.
    // What a rule found is nobody's answer: whatever went in, somebody looks at it.
    const integrity = state.workerByInputs && answer.isByRule !== true ? "trusted" : "untrusted";
    if (answer.isByRule === true) at.note = "It was read by rule, since no answer of the local model fitted.";
    if (answer.isCut === true) at.note = cutNote;
    if (isBlank(answer.json)) at.note = emptyNote;
    // SECURITY: whoever asked sees a secret that the answer repeats; a call that would tell it to anybody else is asked for.
    at.declared = labelOf("qwen", integrity, repeatsSecret(answer.scans) ? [] : "everyone");
    const parents = step.prompt.flatMap((part) => ("from" in part ? [given.get(part.from)!] : []));
    const value = values.derive("answer", answer.json, parents, at.declared, step.id);
    complete(at, proof, value);
    await end(at, "completed");
  }

  async function doCall(step: ToolStep, at: StepState, { args, leaves }: ResolvedArguments, signal: AbortSignal) {
    at.level = levelNow();
    note(at, { args, leaves });
    await end(at, "running");
    const proof = proofOf(step, leaves.map(toInput), { tool: step.tool, args }, at.level);
    requireProof(proof);
    const inputs = leaves.map((leaf) => leaf.value);
    const given = { label: joinLabels([...leaves.map((leaf) => leaf.label), control]), origins: originsOf(inputs) };
    const { json, label, origins = [] } = await ports.call(step.tool, args, signal, given);
    const policy = policyOf(policies, step.tool)!;
    const promised = labelOf(policy.output.source, policy.output.integrity, policy.output.readers);
    at.declared = label === null ? promised : joinLabels([promised, label]);
    const value = values.derive("result", json, inputs, at.declared, step.tool, origins);
    complete(at, proof, value);
    await end(at, "completed");
  }

  /** What can be said about a call now; null: what it needs is not there yet. */
  function look(step: ToolStep): { resolved: ResolvedArguments; decision: CallDecision } {
    const policy = policyOf(policies, step.tool);
    const endorse = strict ? () => null : endorsing(policy);
    // In strict mode what happened since has become part of the labels.
    const kept = strict ? undefined : resolved.get(step.id);
    const known = kept ?? resolveArguments(step, { values, given, planLabel, endorse });
    resolved.set(step.id, known);
    const call = { tool: step.tool, ...known, control };
    return { resolved: known, decision: decideCall(call, policy, levelNow(), ports.satisfies) };
  }

  /** One step, if it can be done now. @returns whether anything has changed; the call, where somebody has to approve it first */
  async function tryStep(step: PlanStep, signal: AbortSignal): Promise<boolean | Unchecked> {
    const at = states.get(step.id)!;
    // What changes something is not done where what it may build on was not.
    if (order.isEffect(step) && order.before(step).some((other) => order.isEffect(other) && isUndone(other.id))) {
      await end(at, "skipped", "An effect before it was not done.");
      return true;
    }
    const needs = [...needsOf(step)];
    if (needs.some(isUndone)) {
      await end(at, "skipped", "Something that it needs was not done.");
      return true;
    }
    if (needs.some((id) => !given.has(id))) return false;
    if (step.type === "llm_task") {
      await doLlm(step, at, signal);
      return true;
    }
    const { resolved: known, decision } = look(step);
    // What was not done is shown with what it would have been, and from where that came.
    if (decision.verdict === "deny") {
      note(at, known);
      await end(at, "denied", decision.reason);
      return true;
    }
    if (decision.verdict === "ask" && at.approval === null) {
      note(at, known);
      const proof = proofOf(step, known.leaves.map(toInput), { tool: step.tool, args: known.args }, levelNow());
      return { id: step.id, tool: step.tool, args: known.args, decision, proof };
    }
    // It is asked for as soon as it is known, and done in its turn.
    if (order.before(step).some(({ id }) => !isOver(states.get(id)!))) return false;
    await doCall(step, at, known, signal);
    return true;
  }

  return {
    state,
    values,
    async advance(signal) {
      for (;;) {
        let hasChanged = false;
        const asked: Unchecked[] = [];
        for (const step of plan.steps) {
          const at = states.get(step.id)!;
          if (isOver(at)) continue;
          signal.throwIfAborted();
          try {
            const outcome = await tryStep(step, signal);
            if (outcome === true) hasChanged = true;
            else if (outcome !== false) asked.push(outcome);
          } catch (error) {
            // SECURITY: a call that panic ended past the engine ends the task: no further step begins before the engine hears of it.
            if (signal.aborted || !(error instanceof SentinelError) || error.code === "CANCELLED") throw error;
            await end(at, "failed", error.message);
            hasChanged = true;
          }
        }
        if (hasChanged) continue;
        const calls: AskedCall[] = [];
        for (const call of asked) {
          const at = states.get(call.id)!;
          try {
            calls.push(rehearse(call));
            if (at.status !== "awaiting_approval") await end(at, "awaiting_approval");
          } catch (error) {
            if (!(error instanceof SentinelError)) throw error;
            await end(at, "failed", error.message);
          }
        }
        // What needs what was refused is not done, either.
        if (calls.length === asked.length) return calls;
      }
    },
    grant({ id, shown, calls }) {
      state.approvals.push({ id, shown, calls: calls as readonly Json[] });
      for (const call of calls) {
        const at = states.get(call.id)!;
        if (at.status === "awaiting_approval") at.approval = id;
      }
    },
    async deny(steps) {
      for (const id of steps) await end(states.get(id)!, "denied", "It was not approved.");
    },
  };
}
