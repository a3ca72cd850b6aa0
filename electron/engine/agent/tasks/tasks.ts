import type {
  checkTask,
  decideTaskApproval,
  followTask,
  getSession,
  listTasks,
  runTask,
  startTask,
  TaskApproval,
  TaskEvent,
  TaskResult,
  TaskSummary,
} from "../../../../shared/agent-task.ts";
import { SentinelError } from "../../../../shared/errors.ts";
import type { Input, Output } from "../../../../shared/route.ts";
import type { Approvals } from "../../approve/approvals.ts";
import { type Clock, toInstant } from "../../base/clock.ts";
import { uuidv7 } from "../../base/ids.ts";
import type { Logger } from "../../base/logging.ts";
import { enginePrincipal, type Principal } from "../../base/principals.ts";
import { checkProofs } from "../flow/check-proofs.ts";
import { requireLinearPatterns } from "../flow/linear-patterns.ts";
import { type Plan, parsePlan } from "../flow/plan.ts";
import { type TaskState, toFacts } from "../flow/task-state.ts";
import { createValues } from "../flow/values.ts";
import { offerTools } from "../planner/offer-tools.ts";
import { type PlannerCall, type PlannerModel, plannerCall, planTask, type ToolCard } from "../planner/planner.ts";
import { holdersOfRequest } from "../scan/holders.ts";
import { type KeptTask, lostTask, newTask, toResult, toTaskApproval } from "./kept-task.ts";
import { createSpending, nothingSpent, type Spent } from "./spending.ts";
import { takeRequest } from "./take-request.ts";
import type { TaskBook } from "./task-book.ts";
import type { ConversationView, TaskPorts } from "./task-ports.ts";
import { createTaskRunner, type LiveTask } from "./task-runner.ts";
import type { TaskRow } from "./task-table.ts";

/** Turns of a conversation that are looked at and told to the planner. */
const mostTurns = 40;

/** How long who asks is kept waiting for the end of a task, milliseconds; connections are not held for ever. */
const answerMs = 100_000;

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
  /** Follows its proofs once more, from what is kept. */
  check(id: string): Promise<Output<typeof checkTask>>;
  cancel(id: string, by: Principal): Promise<TaskResult>;
  list(input: Input<typeof listTasks>): Promise<{ items: TaskSummary[] }>;
  session(id: string): Promise<Output<typeof getSession>>;
  approval(id: string, by: Principal): Promise<TaskApproval>;
  decide(input: Input<typeof decideTaskApproval>, by: Principal): Promise<TaskApproval>;
  follow(input: Input<typeof followTask>, signal: AbortSignal): AsyncGenerator<TaskEvent>;
  /**
   * Ends what runs and what waits, as panic does; what runs is told before this returns. `calls`: to tools, that had begun or were asked
   * for; known also while a tool does not listen.
   */
  stopAll(reason: string): { readonly calls: Promise<number>; readonly ended: Promise<void> };
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

/** A conversation with the request that it is now at. */
interface Asking {
  readonly request: string;
  /** Turns before it that were not refused. */
  readonly turns: readonly string[];
  readonly conversation: ConversationView;
}

export function createTasks({ book, approvals, clock, log, ports }: TaskOptions): Tasks {
  const runner = createTaskRunner({ book, approvals, log, ports });
  const { prices } = ports.limits;
  const resultOf = (id: string, kept: KeptTask) => toResult(id, kept, prices);
  // Counts stops, so that a task which was being taken up when one came does not slip through.
  let stops = 0;

  async function recall(row: TaskRow): Promise<KeptTask> {
    const running = runner.live(row.id);
    if (running !== undefined) return running.kept;
    const kept = (await book.recall(row.id)) as Partial<KeptTask> | null;
    // What was kept by an earlier version counts fewer things.
    const spent = { ...nothingSpent, ...kept?.spent };
    return { ...lostTask(row), ...kept, status: row.status, spent };
  }

  /** A task that waited for too long is over. */
  async function expire(row: TaskRow): Promise<TaskRow> {
    if (row.status !== "awaiting_approval" || runner.live(row.id) !== undefined || row.approval === null) return row;
    const { state } = await approvals.get(row.approval, enginePrincipal);
    if (state !== "expired" && state !== "superseded" && state !== "withdrawn") return row;
    await runner.end(row.id, await recall(row), "expired", "Nobody approved it in time.");
    return await book.get(row.id);
  }

  /** The latest tasks, newest first, as they are now. */
  async function latest(sessionId: string | null, limit: number): Promise<TaskRow[]> {
    return await Promise.all((await book.latest(sessionId, limit)).map(expire));
  }

  /** Once it stops, or after a while: who asked is told that it is running, and can follow it. */
  async function stopped({ going }: LiveTask): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, answerMs);
    });
    await Promise.race([going, late]);
    clearTimeout(timer);
  }

  async function lookAt(request: string, sessionId: string, own: string | null): Promise<Asking> {
    const rows = (await book.latest(sessionId, mostTurns)).filter(({ id }) => id !== own).reverse();
    const told = await Promise.all(
      rows.map(async (row) => ({ text: (await book.requestOf(row)) ?? "", at: row.at, status: row.status })),
    );
    const turns = told.filter(({ text }) => text !== "");
    const conversation = ports.analyse([...turns, { text: request, at: clock.now(), status: "running" }]);
    const heard = turns.filter(({ status }) => status !== "refused").map(({ text }) => text);
    return { request, turns: heard, conversation };
  }

  function callFor({ request, turns, conversation }: Asking, listed: readonly ToolCard[]): PlannerCall {
    return plannerCall({
      // SECURITY: credentials do not leave this machine, also where the user typed them.
      turns: turns.map(ports.redact),
      request: ports.redact(request),
      tools: offerTools(listed, ports.tools.isOwn, ports.policies()),
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

  /** A task for a request, in the log from now on. */
  async function open(given: { request: string; sessionId: string; source: string }, by: Principal) {
    const id = uuidv7(clock);
    await book.start(id, given, by);
    await book.tell(id, "task.started", { session_id: given.sessionId, request: given.request });
    ports.changed();
    // SECURITY: only now, so that of turns sent at the same moment each later one is seen together with those before it.
    const asking = await lookAt(given.request, given.sessionId, id);
    return { id, kept: newTask(given.sessionId, asking.conversation), asking };
  }

  /** Why a request is not even planned; null: nothing speaks against it. */
  async function refusalOf({ request, conversation }: Asking, signal: AbortSignal): Promise<string | null> {
    if (conversation.refused) {
      const names = conversation.heuristics.map(({ name }) => name).join(", ");
      return `The conversation looks like an attempt to talk the agent round: ${names}.`;
    }
    const holders = holdersOfRequest(await ports.scanRequest(request, signal));
    return holders.length === 0 ? null : `The request does not pass the scan: ${holders.join(", ")}.`;
  }

  async function planFor(id: string, asking: Asking, spent: Spent, signal: AbortSignal): Promise<Plan> {
    if (ports.planner === null) {
      throw new SentinelError("UNAVAILABLE", "There is no planner: give Claude's API key, or start a ready task.");
    }
    const tools = await ports.tools.list();
    const names = new Set(tools.map(({ name }) => name));
    const planner = loggedPlanner(id, ports.planner);
    const { plan: spend } = createSpending(spent, ports.limits);
    return await planTask(planner, callFor(asking, tools), (name) => names.has(name), spend, signal);
  }

  /** Takes a request up; what it comes to is told by the live task, and by the task's events. */
  async function begin(input: Input<typeof runTask>, by: Principal): Promise<{ id: string; one: LiveTask }> {
    const request = takeRequest(input.request);
    const given = { request, sessionId: input.session_id ?? uuidv7(clock), source: input.source ?? by.caller };
    const before = stops;
    const { id, kept, asking } = await open(given, by);
    const one = runner.launch(id, kept, async (signal) => {
      if (stops !== before) return await endUnstarted(id, kept);
      const refusal = await refusalOf(asking, signal);
      if (refusal !== null) return await runner.end(id, kept, "refused", refusal);
      const plan = await planFor(id, asking, kept.spent, signal);
      kept.planner = "claude";
      await runner.begin(id, kept, plan, request, by, signal);
    });
    return { id, one };
  }

  /** Of a task that was taken up while everything was stopped. */
  async function endUnstarted(id: string, kept: KeptTask): Promise<void> {
    await runner.end(id, kept, "cancelled", "Everything was stopped while it was taken up.");
  }

  /** Ends what nothing is being done for. @returns calls that were asked for */
  async function endWaiting(reason: string): Promise<number> {
    let calls = 0;
    for (const row of await book.open()) {
      if (runner.live(row.id) !== undefined) continue;
      const kept = await recall(row);
      calls += kept.asked?.steps.length ?? 0;
      await runner.end(row.id, kept, "cancelled", reason);
    }
    return calls;
  }

  return {
    async ask(input, by) {
      const { id, one } = await begin(input, by);
      await stopped(one);
      return resultOf(id, one.kept);
    },

    async start(input, by) {
      const { id, one } = await begin(input, by);
      return { task_id: id, session_id: one.kept.sessionId };
    },

    async runPlan({ plan: given, request, sessionId = uuidv7(clock), planner }, by) {
      const names = new Set((await ports.tools.list()).map(({ name }) => name));
      const plan = parsePlan(given, (name) => names.has(name));
      requireLinearPatterns(plan);
      const before = stops;
      const { id, kept } = await open({ request, sessionId, source: by.caller }, by);
      kept.planner = planner;
      const one = runner.launch(id, kept, (signal) =>
        stops === before ? runner.begin(id, kept, plan, request, by, signal) : endUnstarted(id, kept),
      );
      await stopped(one);
      return resultOf(id, kept);
    },

    async preview(input) {
      const asking = await lookAt(takeRequest(input.request), input.session_id ?? "", null);
      return callFor(asking, await ports.tools.list());
    },

    get: async (id) => resultOf(id, await recall(await expire(await book.get(id)))),
    provenance: async (id) => (await recall(await book.get(id))).state,

    async check(id) {
      const { plan, state } = await recall(await book.get(id));
      if (plan === null || state === null) return { proofs: 0, wrong: null };
      const values = createValues({ strict: state.strict, records: state.values });
      const facts = toFacts(
        parsePlan(plan, () => true),
        state,
        values,
      );
      return { proofs: state.proofs.length, wrong: checkProofs(facts, state.proofs) };
    },

    async cancel(id, by) {
      const row = await book.get(id);
      const kept = await recall(row);
      const reason = `Cancelled by ${by.actor}.`;
      if (runner.live(id) !== undefined) await runner.stop(id, reason);
      else if (row.status === "awaiting_approval") await runner.end(id, kept, "cancelled", reason);
      return resultOf(id, kept);
    },

    async list({ session_id, limit }) {
      const rows = await latest(session_id ?? null, limit);
      return { items: await Promise.all(rows.map((row) => book.summary(row))) };
    },

    async session(id) {
      const rows = (await latest(id, 200)).reverse();
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
      const approval = await approvals.get(id, by);
      return toTaskApproval(approval, await recall(await expire(await book.get(approval.subject))), prices);
    },

    async decide({ id, granted, reason, shown_hash }, by) {
      const before = stops;
      const approval = await approvals.get(id, by);
      const { state, why_not } = approval;
      // Of a task at another engine it is told where that is, and not that there is none.
      if (state === "pending" && why_not !== null) throw new SentinelError("FORBIDDEN", why_not);
      const row = await expire(await book.get(approval.subject));
      const kept = await recall(row);
      // What an id stands for never changes: who names it has seen it. A screen names the hash, too.
      await approvals.decide({ id, granted, shown_hash: shown_hash ?? approval.shown_hash, reason }, by);
      // SECURITY: what was read of it may be from before a stop that ended it.
      if (kept.asked?.id !== id || runner.live(row.id) !== undefined || stops !== before) {
        throw new SentinelError("APPROVAL_REFUSED", "The task does not wait for it any more.");
      }
      // Tools act for who asked for the task, whoever approved it.
      const owner: Principal = { ...enginePrincipal, actor: row.actor, role: "analyst" };
      await stopped(runner.goOn(row.id, kept, granted, owner, by));
      return toTaskApproval(await approvals.get(id, by), kept, prices);
    },

    async *follow({ task_id, last_event_id = 0 }, signal) {
      await book.get(task_id);
      yield* book.follow(task_id, last_event_id, signal);
    },

    stopAll(reason) {
      stops++;
      const underWay = runner.callsUnderWay();
      const running = runner.stopAll(reason);
      // Not after what runs: a tool that does not listen would keep what waits open to an approval.
      const waiting = endWaiting(reason);
      return {
        calls: waiting.then((calls) => calls + underWay),
        // Once more: one that ran may have asked for something in its last moment.
        ended: Promise.all([running, waiting]).then(async () => void (await endWaiting(reason))),
      };
    },

    async recover() {
      const reason = "The engine ended while it ran. What it did stays done; ask again for the rest.";
      for (const row of await book.open()) {
        if (row.status === "running") await runner.end(row.id, await recall(row), "failed", reason);
      }
    },

    close: () => runner.stopAll("The engine ends."),
  };
}
