import type { ApprovalStep, TaskApproval, TaskResult } from "../../../../shared/agent-task.ts";
import type { Approval } from "../../../../shared/approval.ts";
import { SentinelError } from "../../../../shared/errors.ts";
import type { Json } from "../flow/json.ts";
import { parsePlan } from "../flow/plan.ts";
import type { TaskState } from "../flow/task-state.ts";
import { type Budget, costOf, nothingSpent, type Spent } from "./spending.ts";
import type { ConversationView } from "./task-ports.ts";
import type { TaskRow } from "./task-table.ts";
import { outputOf, toSteps } from "./task-views.ts";

/** What a task waits for. */
export interface Asked {
  readonly id: string;
  readonly kind: "plan" | "tool_call";
  readonly steps: readonly ApprovalStep[];
}

/** All that is kept of a task beside the log. */
export interface KeptTask {
  readonly sessionId: string;
  readonly conversation: Pick<ConversationView, "risk" | "heuristics">;
  planner: TaskResult["planner"];
  plan: Json | null;
  state: TaskState | null;
  asked: Asked | null;
  status: TaskResult["status"];
  reason: string | null;
  readonly spent: Spent;
}

export function newTask(sessionId: string, conversation: KeptTask["conversation"]): KeptTask {
  const nothing = { planner: null, plan: null, state: null, asked: null, reason: null };
  return { ...nothing, sessionId, conversation, status: "running", spent: { ...nothingSpent } };
}

/** What is left of a task of which nothing is kept. */
export function lostTask(row: TaskRow): KeptTask {
  const reason = "What is known of it was erased, or it ended before anything was kept.";
  return { ...newTask(row.session_id, { risk: row.risk, heuristics: [] }), status: row.status, reason };
}

/** A task as it goes over the wire. */
export function toResult(id: string, kept: KeptTask, prices: Budget["prices"]): TaskResult {
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
    spent: {
      calls: kept.spent.calls,
      characters: kept.spent.characters,
      planner_tokens: kept.spent.plannerInputTokens + kept.spent.plannerOutputTokens,
      cost: costOf(kept.spent, prices),
    },
    conversation: {
      session_id: kept.sessionId,
      risk: kept.conversation.risk,
      heuristics: [...kept.conversation.heuristics],
    },
  };
}

/**
 * What a task waits for, as it goes over the wire.
 * @throws SentinelError NOT_FOUND for an approval of something else
 */
export function toTaskApproval(approval: Approval, kept: KeptTask, prices: Budget["prices"]): TaskApproval {
  const { id, kind, subject, state, expires_at, shown_hash } = approval;
  if (kind !== "plan" && kind !== "tool_call") {
    throw new SentinelError("NOT_FOUND", "There is no such approval of a task.");
  }
  const shown = approval.shown as { steps: ApprovalStep[] } | null;
  return {
    approval_id: id,
    task_id: subject,
    kind,
    status: state,
    expires_at,
    shown_hash,
    steps: shown?.steps ?? [],
    task: toResult(subject, kept, prices),
  };
}
