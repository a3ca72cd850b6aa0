import type {
  ApprovalStep,
  decideTaskApproval,
  followTask,
  getSession,
  listTasks,
  runTask,
  startTask,
  TaskApproval,
  TaskEvent,
  TaskResult,
} from "../../../../shared/agent-task.ts";
import { SentinelError } from "../../../../shared/errors.ts";
import type { Input, Output } from "../../../../shared/route.ts";
import type { Approvals } from "../../approve/approvals.ts";
import { type Clock, toInstant } from "../../base/clock.ts";
import { uuidv7 } from "../../base/ids.ts";
import type { Logger } from "../../base/logging.ts";
import { enginePrincipal, type Principal } from "../../base/principals.ts";
import type { Json } from "../flow/json.ts";
import { type Plan, parsePlan } from "../flow/plan.ts";
import { hashJson } from "../flow/proof.ts";
import { createRun, type TaskRun } from "../flow/task-run.ts";
import { newState, type TaskState } from "../flow/task-state.ts";
import { type PlannerCall, type PlannerModel, plannerCall, planTask, type ToolCard } from "../planner/planner.ts";
import { policyOf } from "../policy/tool-policy.ts";
import { takeRequest } from "./take-request.ts";
import type { TaskBook } from "./task-book.ts";
import type { ConversationView, TaskPorts } from "./task-ports.ts";
import type { TaskRow } from "./task-table.ts";
import { outcomeOf, outcomeOfTemplate, outputOf, toApprovalSteps, toPlanSteps, toSteps } from "./task-views.ts";

/** Turns of a conversation that are looked at and told to the planner. */
const mostTurns = 40;

/** How long who asks is kept waiting for the end of a task, milliseconds; connections are not held for ever. */
const answerMs = 100_000;

/** All that is kept of a task beside the log. */
interface Kept {
  readonly sessionId: string;
  readonly planner: "claude" | "template" | "user" | null;
  readonly conversation: Pick<ConversationView, "risk" | "heuristics">;
  readonly plan: Json | null;
  state: TaskState | null;
  /** Whether somebody approved the plan, or nobody had to. */
  planApproved: boolean;
  /** What is waited for. */
  asked: { readonly id: string; readonly kind: "plan" | "tool_call"; readonly steps: readonly ApprovalStep[] } | null;
  status: TaskResult["status"];
  reason: string | null;
}

interface Live {
  readonly stop: AbortController;
  kept: Kept;
  /** Settles once it stops: at its end, or for an approval. */
  going: Promise<void>;
}

/** Tasks of the agent, from the request to the result. */
export interface Tasks {
  /** @throws SentinelError INPUT_INVALID, INPUT_TOO_LARGE for what is no request */
  ask(input: Input<typeof runTask>, by: Principal): Promise<TaskResult>;
  /** The same, without waiting for what it comes to. */
  start(input: Input<typeof startTask>, by: Principal): Promise<Output<typeof startTask>>;
  /** A plan in the planner's format that needs no planner. */
  runPlan(
    given: { plan: unknown; request: string; sessionId?: string; planner: "template" | "user" },
    by: Principal,
  ): Promise<TaskResult>;
  /** What would be sent to the planner for a request, sent to nobody. */
  preview(input: Input<typeof runTask>): Promise<PlannerCall>;
  get(id: string): Promise<TaskResult>;
  /** The task's values with their parents: where each came from. */
  provenance(id: string): Promise<TaskState | null>;
  cancel(id: string, by: Principal): Promise<TaskResult>;
  list(input: Input<typeof listTasks>): Promise<Output<typeof listTasks>>;
  session(id: string): Promise<Output<typeof getSession>>;
  approval(id: string, by: Principal): Promise<TaskApproval>;
  decide(input: Input<typeof decideTaskApproval>, by: Principal): Promise<TaskApproval>;
  follow(input: Input<typeof followTask>, signal: AbortSignal): AsyncGenerator<TaskEvent>;
  /** Ends what runs, as panic does. */
  stopAll(reason: string): Promise<void>;
  /** After a start: what was cut off is ended, what waits goes on waiting. */
  recover(): Promise<void>;
  close(): Promise<void>;
}

export interface TaskOptions {
  readonly book: TaskBook;
  readonly approvals: Approvals;
  readonly clock: Clock;
  readonly log: Logger;
  readonly ports: TaskPorts;
}

export function createTasks({ book, approvals, clock, log, ports }: TaskOptions): Tasks {
  const live = new Map<string, Live>();

  const toResult = (id: string, kept: Kept): TaskResult => {
    const plan = kept.plan === null ? null : parsePlan(kept.plan, () => true);
    const { state } = kept;
    return {
      task_id: id,
      status: kept.status,
      ...(kept.asked === null ? {} : { approval_id: kept.asked.id }),
      summary: plan?.summary ?? null,
      planner: kept.planner,
      steps: plan === null || state === null ? [] : toSteps(plan, state),
      output: state === null ? null : outputOf(state),
      reason: kept.reason,
      conversation: {
        session_id: kept.sessionId,
        risk: kept.conversation.risk,
        heuristics: [...kept.conversation.heuristics],
      },
    };
  };

  async function recallKept(row: TaskRow): Promise<Kept> {
    const running = live.get(row.id);
    if (running !== undefined) return running.kept;
    const kept = (await book.recall(row.id)) as Kept | null;
    if (kept !== null) return { ...kept, status: row.status };
    const none = { plan: null, state: null, planApproved: false, asked: null, planner: null };
    const reason = "What is known of it was erased, or it ended before anything was kept.";
    return {
      ...none,
      sessionId: row.session_id,
      conversation: { risk: row.risk, heuristics: [] },
      status: row.status,
      reason,
    };
  }

  async function save(
    id: string,
    kept: Kept,
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

  async function end(id: string, kept: Kept, status: TaskResult["status"], reason: string | null): Promise<void> {
    kept.status = status;
    kept.reason = reason;
    kept.asked = null;
    await book.tell(id, "task.completed", toResult(id, kept));
    await save(id, kept);
    await ports.trust.noteTask(status === "completed" || status === "denied" ? status : "other");
  }

  /** @returns what is waited for, once it is in the log */
  async function askFor(
    id: string,
    kept: Kept,
    kind: "plan" | "tool_call",
    steps: readonly ApprovalStep[],
    by: Principal,
  ) {
    const shown = { task_id: id, kind, steps: steps as unknown as Json };
    const what = steps.length === 1 ? steps[0]!.tool : `${steps.length} calls`;
    const isGrave = steps.some(({ tool }) => policyOf(kept.state!.policies, tool)?.effect === "destructive");
    const isOut = steps.some(({ tool }) => policyOf(kept.state!.policies, tool)?.effect === "external");
    const approvalId = await approvals.request(
      {
        kind,
        subject: id,
        title: kind === "plan" ? `Plan: ${what}` : `Task: ${what}`,
        shown,
        inputs: inputsOf(kept),
        risk: isGrave ? "high" : isOut || kind === "tool_call" ? "medium" : "low",
        authors: [],
        validMs: ports.limits.approvalMs,
      },
      by,
    );
    kept.asked = { id: approvalId, kind, steps };
    kept.status = "awaiting_approval";
    await save(id, kept);
    await book.tell(id, "task.approval_requested", await approvalOf(approvalId, by, kept));
  }

  /** What an answer depends on beside what is shown: the plan and the policies that it is run by. */
  const inputsOf = (kept: Kept) => hashJson([kept.plan, kept.state!.policies] as unknown as Json);

  async function approvalOf(id: string, by: Principal, kept: Kept): Promise<TaskApproval> {
    const approval = await approvals.get(id, by);
    const shown = approval.shown as { task_id: string; kind: "plan" | "tool_call"; steps: ApprovalStep[] } | null;
    if (approval.kind !== "plan" && approval.kind !== "tool_call") {
      throw new SentinelError("NOT_FOUND", "There is no such approval of a task.");
    }
    return {
      approval_id: id,
      task_id: approval.subject,
      kind: approval.kind,
      status: approval.state,
      expires_at: approval.expires_at,
      shown_hash: approval.shown_hash,
      steps: shown?.steps ?? [],
      task: toResult(approval.subject, kept),
    };
  }

  function openRun(id: string, kept: Kept, by: Principal, signal: AbortSignal): { plan: Plan; run: TaskRun } {
    const state = kept.state!;
    const plan = parsePlan(kept.plan, () => true);
    const spent = { calls: 0, characters: 0 };
    const count = () => {
      spent.calls++;
      if (spent.calls > ports.limits.calls) throw new SentinelError("BUSY", "The task has used up its calls.");
    };
    const run = createRun(plan, state, {
      work: (step, inserted, at) => {
        count();
        return ports.work(step, inserted, spend, at);
      },
      call: (tool, args, at, label) => {
        count();
        const send = () => ports.tools.call(tool, args, by, at, label);
        // A tool of another program: what it is given may go anywhere.
        if (!tool.includes("/")) return send();
        return ports.egress.record({ task: id, purpose: "mcp", to: tool, text: JSON.stringify(args) }, send);
      },
      satisfies: ports.satisfies,
      level: () => ports.trust.level(),
      async changed(step) {
        signal.throwIfAborted();
        const proof = state.proofs.find((one) => one.step === step.id);
        if (step.status === "running") return;
        await save(id, kept, {
          id: step.id,
          status: step.status,
          proof: proof === undefined ? null : hashJson(proof as unknown as Json),
        });
        if (step.status === "awaiting_approval") return;
        const told = toSteps(plan, state).find((one) => one.id === step.id);
        await book.tell(id, "task.step_completed", told);
      },
      proofFailed(step, why) {
        log.error({ task: id, step, why }, "The proof of a step does not hold; it was not done.");
        void ports.trust.noteIncident("failed_proof", `${id} ${step}`);
      },
    });
    function spend(characters: number): void {
      spent.characters += characters;
      if (spent.characters > ports.limits.characters) {
        throw new SentinelError("BUSY", "The task has used up what workers may answer.");
      }
    }
    return { plan, run };
  }

  /** Runs until the end, or until somebody has to say something. */
  async function proceed(id: string, kept: Kept, by: Principal, signal: AbortSignal): Promise<void> {
    const { plan, run } = openRun(id, kept, by, signal);
    const asked = await run.advance(signal);
    if (asked.length > 0) return await askFor(id, kept, "tool_call", toApprovalSteps(asked, kept.state!.policies), by);
    const isReady = kept.planner === "template";
    const { status, reason } = isReady ? outcomeOfTemplate(plan, kept.state!) : outcomeOf(kept.state!);
    await end(id, kept, status, reason);
  }

  /** Does something for a task in the background; whatever happens, the task ends in words. */
  function launch(id: string, kept: Kept, by: Principal, act: (signal: AbortSignal) => Promise<void>): Live {
    const stop = new AbortController();
    const deadline = AbortSignal.timeout(ports.limits.deadlineMs);
    const signal = AbortSignal.any([stop.signal, deadline]);
    const one: Live = { stop, kept, going: Promise.resolve() };
    live.set(id, one);
    one.going = act(signal)
      .catch(async (error: unknown) => {
        if (stop.signal.aborted) return await end(id, kept, "cancelled", wordsOf(stop.signal.reason));
        if (deadline.aborted) return await end(id, kept, "failed", "The task took longer than it may.");
        if (!(error instanceof SentinelError)) log.error({ err: error, task: id }, "A task failed unexpectedly.");
        const reason = error instanceof SentinelError ? error.message : "Something unexpected happened; see the log.";
        await book.tell(id, "error", { message: reason });
        await end(id, kept, "failed", reason);
      })
      .catch((error: unknown) => log.error({ err: error, task: id }, "The end of a task could not be written down."))
      .finally(() => live.delete(id));
    void by;
    return one;
  }

  /** Once it stops, or after a while: who asked is told that it is running, and can follow it. */
  async function stopped({ going }: Live): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, answerMs);
    });
    await Promise.race([going, late]);
    clearTimeout(timer);
  }

  /** A plan is there: looked at as a whole, then done, or asked for. */
  async function begin(id: string, kept: Kept, plan: Plan, request: string, by: Principal, signal: AbortSignal) {
    const level = ports.trust.level();
    const policies = ports.policies();
    const given = { task: id, request, planner: kept.planner === "claude" ? ("claude" as const) : ("user" as const) };
    const { strict, workerByInputs } = ports;
    kept.state = newState(plan, { ...given, strict, workerByInputs, level, policies });
    await save(id, kept);
    await book.tell(id, "task.planned", { summary: plan.summary, plan: plan.source, planner: kept.planner });
    // Before anything is done: what can never be done is not begun.
    for (const step of plan.steps) {
      if (step.type !== "tool_call") continue;
      const policy = policyOf(policies, step.tool);
      const why =
        policy === null
          ? `no policy names the tool ${step.tool}`
          : level < policy.level
            ? `${step.tool} is for trust level ${policy.level} and above; it is ${level}`
            : null;
      if (why !== null) return await end(id, kept, "denied", `Step ${step.id}: ${why}.`);
    }
    if (level === 0 || ports.everyPlan) return await askFor(id, kept, "plan", toPlanSteps(plan, policies), by);
    kept.planApproved = true;
    await proceed(id, kept, by, signal);
  }

  async function turnsOf(sessionId: string, except: string) {
    const rows = (await book.latest(sessionId, mostTurns)).filter(({ id }) => id !== except).reverse();
    const turns = await Promise.all(
      rows.map(async (row) => ({ text: (await book.requestOf(row)) ?? "", at: row.at, status: row.status })),
    );
    return turns.filter(({ text }) => text !== "");
  }

  async function callFor(
    request: string,
    sessionId: string,
    except: string,
    conversation: ConversationView,
    listed: readonly ToolCard[],
  ): Promise<PlannerCall> {
    const policies = ports.policies();
    const tools = listed.filter(({ name }) => policyOf(policies, name) !== null);
    const turns = (await turnsOf(sessionId, except)).filter(({ status }) => status !== "refused");
    return plannerCall({
      // SECURITY: credentials do not leave this machine, also where the user typed them.
      turns: turns.map(({ text }) => ports.redact(text)),
      request: ports.redact(request),
      tools,
      assessment: { risk: conversation.risk, heuristics: conversation.heuristics.map(({ name }) => name) },
      now: toInstant(clock.now()),
    });
  }

  /** The planner, with all that it is sent for a task written down first. */
  function loggedPlanner(task: string, planner: PlannerModel): PlannerModel {
    return {
      submit(call, signal) {
        const text = planner.write?.(call) ?? JSON.stringify(call);
        const leaving = { task, purpose: "planner" as const, to: ports.plannerOrigin, text };
        return ports.egress.record(
          leaving,
          () => planner.submit(call, signal),
          (reply) => reply,
        );
      },
    };
  }

  async function prepare(request: string, sessionId: string, source: string, planner: Kept["planner"], by: Principal) {
    const id = uuidv7(clock);
    await book.start(id, { sessionId, request, source }, by);
    await book.tell(id, "task.started", { session_id: sessionId, request });
    ports.changed();
    const turns = await turnsOf(sessionId, id);
    const conversation = ports.analyse([...turns, { text: request, at: clock.now(), status: "running" }]);
    const none = {
      plan: null,
      state: null,
      planApproved: false,
      asked: null,
      status: "running" as const,
      reason: null,
    };
    const kept: Kept = { ...none, sessionId, planner, conversation };
    return { id, kept, conversation };
  }

  /** Takes a request up; what it comes to is told by `going`, and by the task's events. */
  async function begun(input: Input<typeof runTask>, by: Principal): Promise<{ id: string; one: Live }> {
    const request = takeRequest(input.request);
    const sessionId = input.session_id ?? uuidv7(clock);
    const { id, kept, conversation } = await prepare(request, sessionId, input.source ?? by.caller, null, by);
    const one = launch(id, kept, by, async (signal) => {
      if (conversation.refused) {
        const names = conversation.heuristics.map(({ name }) => name).join(", ");
        return await end(
          id,
          kept,
          "refused",
          `The conversation looks like an attempt to talk the agent round: ${names}.`,
        );
      }
      const scans = await ports.scanRequest(request, signal);
      if (scans.flagged) {
        const names = Object.entries(scans.results).flatMap(([name, result]) =>
          result?.flagged === true ? [name] : [],
        );
        return await end(id, kept, "refused", `The request does not pass the scan: ${names.join(", ")}.`);
      }
      if (ports.planner === null) {
        throw new SentinelError("UNAVAILABLE", "There is no planner: give Claude's API key, or start a ready task.");
      }
      const tools = await ports.tools.list();
      const call = await callFor(request, sessionId, id, conversation, tools);
      const names = new Set(tools.map(({ name }) => name));
      const planner = loggedPlanner(id, ports.planner);
      const { plan, inputTokens, outputTokens } = await planTask(planner, call, (name) => names.has(name), signal);
      if (inputTokens + outputTokens > ports.limits.plannerTokens) {
        throw new SentinelError("BUSY", "Planning has used up the task's tokens.");
      }
      Object.assign(kept, { planner: "claude", plan: plan.source });
      await begin(id, kept, plan, request, by, signal);
    });
    return { id, one };
  }

  return {
    async ask(input, by) {
      const { id, one } = await begun(input, by);
      await stopped(one);
      return toResult(id, one.kept);
    },

    async start(input, by) {
      const { id, one } = await begun(input, by);
      return { task_id: id, session_id: one.kept.sessionId };
    },

    async runPlan({ plan: given, request, sessionId = uuidv7(clock), planner }, by) {
      const names = new Set((await ports.tools.list()).map(({ name }) => name));
      const plan = parsePlan(given, (name) => names.has(name));
      const { id, kept } = await prepare(request, sessionId, by.caller, planner, by);
      Object.assign(kept, { plan: plan.source });
      const one = launch(id, kept, by, (signal) => begin(id, kept, plan, request, by, signal));
      await stopped(one);
      return toResult(id, one.kept);
    },

    async preview(input) {
      const request = takeRequest(input.request);
      const sessionId = input.session_id ?? "";
      const turns = await turnsOf(sessionId, "");
      const conversation = ports.analyse([...turns, { text: request, at: clock.now(), status: "running" }]);
      return await callFor(request, sessionId, "", conversation, await ports.tools.list());
    },

    get: async (id) => toResult(id, await recallKept(await expire(await book.get(id)))),
    provenance: async (id) => (await recallKept(await book.get(id))).state,

    async cancel(id, by) {
      const row = await book.get(id);
      const running = live.get(id);
      if (running !== undefined) {
        running.stop.abort(new SentinelError("CANCELLED", `Cancelled by ${by.actor}.`));
        await running.going;
        return toResult(id, running.kept);
      }
      const kept = await recallKept(row);
      if (row.status === "awaiting_approval") await end(id, kept, "cancelled", `Cancelled by ${by.actor}.`);
      return toResult(id, kept);
    },

    async list({ session_id, limit }) {
      const rows = await book.latest(session_id ?? null, limit);
      return { items: await Promise.all(rows.map((row) => book.summary(row))) };
    },

    async session(id) {
      const rows = (await book.latest(id, 200)).reverse();
      if (rows.length === 0) throw new SentinelError("NOT_FOUND", "There is no such session.");
      const isOpen = (status: string) => rows.some((row) => row.status === status);
      return {
        session_id: id,
        state: isOpen("running") ? "running" : isOpen("awaiting_approval") ? "awaiting_approval" : "idle",
        risk: rows.at(-1)!.risk,
        conversation: await Promise.all(rows.map((row) => book.summary(row))),
      };
    },

    async approval(id, by) {
      const { subject } = await approvals.get(id, by);
      return await approvalOf(id, by, await recallKept(await expire(await book.get(subject))));
    },

    async decide({ id, granted, reason, shown_hash }, by) {
      const approval = await approvals.get(id, by);
      const row = await expire(await book.get(approval.subject));
      const kept = await recallKept(row);
      // What an id stands for never changes: who names it has seen it. A screen names the hash, too.
      await approvals.decide({ id, granted, shown_hash: shown_hash ?? approval.shown_hash, reason }, by);
      const { asked } = kept;
      if (asked === null || asked.id !== id || live.has(row.id)) {
        throw new SentinelError("APPROVAL_REFUSED", "The task does not wait for it any more.");
      }
      const shown = { task_id: row.id, kind: asked.kind, steps: asked.steps as unknown as Json };
      const one = launch(row.id, kept, by, async (signal) => {
        kept.status = "running";
        kept.asked = null;
        if (!granted) {
          if (asked.kind === "plan") return await end(row.id, kept, "denied", "The plan was not approved.");
          const { run } = openRun(row.id, kept, owner(row), signal);
          await run.deny(asked.steps.map(({ id: step }) => step));
          return await proceed(row.id, kept, owner(row), signal);
        }
        const used = await approvals.use(id, { kind: asked.kind, subject: row.id, shown, inputs: inputsOf(kept) });
        if (asked.kind === "plan") kept.planApproved = true;
        else {
          const calls = asked.steps.map(
            ({ id: step, tool, args }) => ({ id: step, tool, args }) as unknown as Json & { id: string },
          );
          openRun(row.id, kept, owner(row), signal).run.grant({ id, shown: shown as unknown as Json, calls });
        }
        // SECURITY: the approval is used up before anything is done by it.
        await save(row.id, kept, null, by, [used]);
        await proceed(row.id, kept, owner(row), signal);
      });
      await stopped(one);
      return await approvalOf(id, by, one.kept);
    },

    async *follow({ task_id, last_event_id = 0 }, signal) {
      await book.get(task_id);
      yield* book.follow(task_id, last_event_id, signal);
    },

    async stopAll(reason) {
      for (const { stop } of live.values()) stop.abort(new SentinelError("CANCELLED", reason));
      await Promise.all([...live.values()].map(({ going }) => going));
      for (const row of await book.open()) {
        const kept = await recallKept(row);
        await end(row.id, kept, "cancelled", reason);
      }
    },

    async recover() {
      for (const row of await book.open()) {
        if (row.status !== "running") continue;
        const kept = await recallKept(row);
        await end(
          row.id,
          kept,
          "failed",
          "The engine ended while it ran. What it did stays done; ask again for the rest.",
        );
      }
    },

    async close() {
      for (const { stop } of live.values()) stop.abort(new SentinelError("CANCELLED", "The engine ends."));
      await Promise.all([...live.values()].map(({ going }) => going));
    },
  };

  /** Tools act for who asked for the task, whoever approved it. */
  function owner(row: TaskRow): Principal {
    return { ...enginePrincipal, actor: row.actor, role: "analyst" };
  }

  /** A task that waited for too long is over. */
  async function expire(row: TaskRow): Promise<TaskRow> {
    if (row.status !== "awaiting_approval" || live.has(row.id) || row.approval === null) return row;
    const { state } = await approvals.get(row.approval, enginePrincipal);
    if (state !== "expired" && state !== "superseded" && state !== "withdrawn") return row;
    await end(row.id, await recallKept(row), "expired", "Nobody approved it in time.");
    return await book.get(row.id);
  }
}

function wordsOf(reason: unknown): string {
  return reason instanceof Error ? reason.message : "It was cancelled.";
}
