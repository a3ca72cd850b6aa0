import { SentinelError } from "../../../../shared/errors.ts";
import type { Approvals } from "../../approve/approvals.ts";
import type { Logger } from "../../base/logging.ts";
import type { Principal } from "../../base/principals.ts";
import type { Json } from "../flow/json.ts";
import { type Plan, parsePlan } from "../flow/plan.ts";
import { hashJson } from "../flow/proof.ts";
import { createRun, type RunPorts, type TaskRun } from "../flow/task-run.ts";
import { newState } from "../flow/task-state.ts";
import { deniedOutright, policyOf } from "../policy/tool-policy.ts";
import { type Asked, type KeptTask, toResult, toTaskApproval } from "./kept-task.ts";
import { createSpending } from "./spending.ts";
import { createStepTraces } from "./step-traces.ts";
import type { TaskBook } from "./task-book.ts";
import type { TaskPorts } from "./task-ports.ts";
import { outcomeOf, outcomeOfTemplate, toApprovalSteps, toPlanSteps, toSteps } from "./task-views.ts";

/** A task that something is being done for. */
export interface LiveTask {
  readonly kept: KeptTask;
  /** Settles once it stops: at its end, or for an approval. Never rejects. */
  readonly going: Promise<void>;
}

/** Does what tasks ask for, and writes down what came of it. */
export interface TaskRunner {
  /** Undefined: nothing is being done for it now. */
  live(id: string): LiveTask | undefined;
  /** Does something for a task in the background; whatever happens, the task ends in words. */
  launch(id: string, kept: KeptTask, act: (signal: AbortSignal) => Promise<void>): LiveTask;
  /** A plan is there: looked at as a whole, then done until the end, or until somebody has to say something. */
  begin(id: string, kept: KeptTask, plan: Plan, request: string, by: Principal, signal: AbortSignal): Promise<void>;
  /**
   * Goes on with a task after somebody has decided about what it waited for.
   * @param owner for whom tools act: who asked for the task
   * @param by who decided
   */
  goOn(id: string, kept: KeptTask, granted: boolean, owner: Principal, by: Principal): LiveTask;
  end(id: string, kept: KeptTask, status: KeptTask["status"], reason: string | null): Promise<void>;
  /** Ends one that runs; @returns once it has ended */
  stop(id: string, reason: string): Promise<void>;
  /** Ends all that run. @returns once they have ended */
  stopAll(reason: string): Promise<void>;
  /** Calls to tools that have begun. */
  callsUnderWay(): number;
}

export interface TaskRunnerOptions {
  readonly book: TaskBook;
  readonly approvals: Approvals;
  readonly log: Logger;
  readonly ports: TaskPorts;
}

/** Words about one approval that come while a task ends. */
const mostTries = 3;

/** How often screens hear of an answer that grows, milliseconds. */
const progressMs = 1_000;

/** Calls to tools that a task is at. */
function callsOf({ plan, state }: KeptTask): number {
  if (plan === null || state === null) return 0;
  const calls = new Set(
    parsePlan(plan, () => true).steps.flatMap(({ id, type }) => (type === "tool_call" ? [id] : [])),
  );
  return state.steps.filter(({ id, status }) => status === "running" && calls.has(id)).length;
}

export function createTaskRunner({ book, approvals, log, ports }: TaskRunnerOptions): TaskRunner {
  const live = new Map<string, LiveTask & { readonly stop: AbortController }>();

  async function save(
    id: string,
    kept: KeptTask,
    step: { id: string; status: string; proof: string | null } | null = null,
    by?: Principal,
    also?: Parameters<TaskBook["move"]>[3],
  ) {
    await book.keep(id, kept);
    const plan = kept.plan === null ? null : hashJson(kept.plan);
    const moved = { status: kept.status, plan, approval: kept.asked?.id ?? null, step, risk: kept.conversation.risk };
    await book.move(id, moved, by, also);
    ports.changed();
  }

  /** What the task waited for is void with it; a word that somebody says at the same moment is voided, too. */
  async function saveEnd(id: string, kept: KeptTask): Promise<void> {
    for (let tries = 1; ; tries++) {
      try {
        return await save(id, kept, null, undefined, await approvals.supersede(id));
      } catch (error) {
        if (!(error instanceof SentinelError) || error.code !== "CONFLICT" || tries === mostTries) throw error;
      }
    }
  }

  async function end(id: string, kept: KeptTask, status: KeptTask["status"], reason: string | null): Promise<void> {
    Object.assign(kept, { status, reason, asked: null });
    await book.tell(id, "task.completed", toResult(id, kept, ports.limits.prices));
    await saveEnd(id, kept);
    await ports.trust.noteTask(status === "completed" || status === "denied" ? status : "other");
  }

  /** What an answer depends on beside what is shown: the plan and the policies that it is run by. */
  const inputsOf = (kept: KeptTask) => hashJson([kept.plan, kept.state!.policies] as unknown as Json);
  /** What is shown to who decides, and what the answer is bound to. */
  const shownOf = (id: string, { kind, steps }: Omit<Asked, "id">) =>
    ({ task_id: id, kind, steps: steps as unknown as Json }) satisfies Json;

  /** Waits for somebody's word; that it does is in the log once this resolves. */
  async function askFor(id: string, kept: KeptTask, what: Omit<Asked, "id">, by: Principal): Promise<void> {
    const { kind, steps } = what;
    const name = steps.length === 1 ? steps[0]!.tool : `${steps.length} ${kind === "plan" ? "steps" : "calls"}`;
    const effects = new Set(steps.map(({ tool }) => policyOf(kept.state!.policies, tool)?.effect));
    const isNotable = effects.has("external") || kind === "tool_call";
    // SECURITY: what leaves the machine cannot be taken back, and here somebody else may have written it, or is not to know it.
    const isBlamed = steps.some(({ effect, untrusted }) => effect === "external" && untrusted.length > 0);
    const approvalId = await approvals.request(
      {
        kind,
        subject: id,
        title: kind === "plan" ? `Plan: ${name}` : `Task: ${name}`,
        shown: shownOf(id, what),
        inputs: inputsOf(kept),
        risk: effects.has("destructive") || isBlamed ? "high" : isNotable ? "medium" : "low",
        authors: [],
        validMs: ports.limits.approvalMs,
      },
      by,
    );
    Object.assign(kept, { asked: { id: approvalId, ...what }, status: "awaiting_approval" });
    await save(id, kept);
    await book.tell(
      id,
      "task.approval_requested",
      toTaskApproval(await approvals.get(approvalId, by), kept, ports.limits.prices),
    );
  }

  function openRun(id: string, kept: KeptTask, by: Principal, signal: AbortSignal): { plan: Plan; run: TaskRun } {
    const state = kept.state!;
    const plan = parsePlan(kept.plan, () => true);
    const spending = createSpending(kept.spent, ports.limits);
    let toldAt = Number.NEGATIVE_INFINITY;
    // How far an answer is, not what it says: that is shown once it is scanned.
    const tellOften = () => {
      if (performance.now() - toldAt < progressMs) return;
      toldAt = performance.now();
      ports.changed();
    };
    const traced = createStepTraces(ports, plan);
    const callTool: RunPorts["call"] = (tool, args, at, given) => {
      const send = () => ports.tools.call(tool, args, by, at, given);
      // A tool of another program: what it is given may go anywhere.
      if (!tool.includes("/")) return send();
      return ports.egress.record({ task: id, purpose: "mcp", to: tool, text: JSON.stringify(args) }, send);
    };
    const run = createRun(plan, state, {
      work(step, inserted, at) {
        spending.call();
        const spend = (characters: number) => {
          spending.answer(characters);
          tellOften();
        };
        return traced.work(() => ports.work(step, inserted, spend, at));
      },
      call(tool, args, at, given) {
        spending.call();
        return traced.call(tool, () => callTool(tool, args, at, given));
      },
      satisfies: ports.satisfies,
      level: () => ports.trust.level(),
      async changed(step) {
        signal.throwIfAborted();
        if (step.status === "running") return ports.changed();
        traced.notDone(step);
        const proof = state.proofs.find((one) => one.step === step.id);
        const hash = proof === undefined ? null : hashJson(proof as unknown as Json);
        await save(id, kept, { id: step.id, status: step.status, proof: hash });
        if (step.status === "awaiting_approval") return;
        const told = toSteps(plan, state).find((one) => one.id === step.id);
        await book.tell(id, "task.step_completed", told);
      },
      proofFailed(step, why) {
        log.error({ task: id, step, why }, "The proof of a step does not hold; it was not done.");
        void ports.trust.noteIncident("failed_proof", `${id} ${step}`);
      },
    });
    return { plan, run };
  }

  /** Runs until the end, or until somebody has to say something. */
  async function proceed(id: string, kept: KeptTask, by: Principal, signal: AbortSignal): Promise<void> {
    const { plan, run } = openRun(id, kept, by, signal);
    const calls = await run.advance(signal);
    const state = kept.state!;
    if (calls.length > 0) {
      return await askFor(id, kept, { kind: "tool_call", steps: toApprovalSteps(calls, state.policies) }, by);
    }
    const { status, reason } = kept.planner === "template" ? outcomeOfTemplate(plan, state) : outcomeOf(state);
    await end(id, kept, status, reason);
  }

  function launch(id: string, kept: KeptTask, act: (signal: AbortSignal) => Promise<void>): LiveTask {
    const stop = new AbortController();
    const deadline = AbortSignal.timeout(ports.limits.deadlineMs);
    const going = act(AbortSignal.any([stop.signal, deadline]))
      .catch(async (error: unknown) => {
        if (stop.signal.aborted) return await end(id, kept, "cancelled", (stop.signal.reason as Error).message);
        if (deadline.aborted) return await end(id, kept, "failed", "The task took longer than it may.");
        const isCoded = error instanceof SentinelError;
        if (isCoded && error.code === "CANCELLED") return await end(id, kept, "cancelled", error.message);
        if (!isCoded) log.error({ err: error, task: id }, "A task failed unexpectedly.");
        const reason = isCoded ? error.message : "Something unexpected happened; see the log.";
        await book.tell(id, "error", { message: reason });
        await end(id, kept, "failed", reason);
      })
      .catch((error: unknown) => log.error({ err: error, task: id }, "The end of a task could not be written down."))
      .finally(() => live.delete(id));
    const one = { stop, kept, going };
    live.set(id, one);
    return one;
  }

  return {
    live: (id) => live.get(id),
    launch,
    end,

    async begin(id, kept, plan, request, by, signal) {
      const level = ports.trust.level();
      const policies = ports.policies();
      const { strict, workerByInputs } = ports;
      const planner = kept.planner === "claude" ? "claude" : "user";
      kept.plan = plan.source;
      kept.state = newState(plan, { task: id, request, planner, strict, workerByInputs, level, policies });
      await save(id, kept);
      await book.tell(id, "task.planned", { summary: plan.summary, plan: plan.source, planner: kept.planner });
      // What can never be done is not begun.
      for (const step of plan.steps) {
        if (step.type !== "tool_call") continue;
        const denial = deniedOutright(step.tool, policyOf(policies, step.tool), level);
        if (denial !== null) return await end(id, kept, "denied", `Step ${step.id}: ${denial.reason}`);
      }
      if (level === 0 || ports.everyPlan) {
        return await askFor(id, kept, { kind: "plan", steps: toPlanSteps(plan, policies) }, by);
      }
      await proceed(id, kept, by, signal);
    },

    goOn(id, kept, granted, owner, by) {
      const asked = kept.asked!;
      const shown = shownOf(id, asked);
      return launch(id, kept, async (signal) => {
        Object.assign(kept, { status: "running", asked: null });
        if (!granted) {
          if (asked.kind === "plan") return await end(id, kept, "denied", "The plan was not approved.");
          await openRun(id, kept, owner, signal).run.deny(asked.steps.map((step) => step.id));
          return await proceed(id, kept, owner, signal);
        }
        const used = await approvals.use(asked.id, { kind: asked.kind, subject: id, shown, inputs: inputsOf(kept) });
        if (asked.kind === "tool_call") {
          const calls = asked.steps.map((step) => ({ id: step.id, tool: step.tool, args: step.args }));
          openRun(id, kept, owner, signal).run.grant({ id: asked.id, shown, calls });
        }
        // SECURITY: the approval is used up before anything is done by it.
        await save(id, kept, null, by, [used]);
        await proceed(id, kept, owner, signal);
      });
    },

    async stop(id, reason) {
      const one = live.get(id);
      one?.stop.abort(new SentinelError("CANCELLED", reason));
      await one?.going;
    },

    async stopAll(reason) {
      const all = [...live.values()];
      for (const { stop } of all) stop.abort(new SentinelError("CANCELLED", reason));
      await Promise.all(all.map(({ going }) => going));
    },

    callsUnderWay: () => [...live.values()].reduce((sum, { kept }) => sum + callsOf(kept), 0),
  };
}
