import type { Label } from "../../base/labels.ts";
import type { Principal } from "../../base/principals.ts";
import type { Tracing } from "../../base/tracing.ts";
import type { EgressLog } from "../egress/egress-log.ts";
import type { Json } from "../flow/json.ts";
import type { LlmStep } from "../flow/plan.ts";
import type { WorkerAnswer } from "../flow/task-run.ts";
import type { ScanSummary } from "../flow/task-state.ts";
import type { Ancestry, Value } from "../flow/values.ts";
import type { PlannerModel, ToolCard } from "../planner/planner.ts";
import type { PolicyBook } from "../policy/tool-policy.ts";
import type { Budget } from "./spending.ts";

/** What a conversation looks like, all its turns together. */
export interface ConversationView {
  /** In [0, 1]. */
  readonly risk: number;
  readonly heuristics: readonly { readonly name: string; readonly score: number; readonly why: string }[];
  readonly refused: boolean;
}

/** Tools that plans can call. */
export interface ToolBox {
  /** What there is now, of servers that answer. */
  list(): Promise<readonly ToolCard[]>;
  /** Whether it is one of Sentinel's own. */
  isOwn(tool: string): boolean;
  /** @throws SentinelError: its message holds nothing that somebody else wrote */
  call(
    tool: string,
    args: Readonly<Record<string, Json>>,
    by: Principal,
    signal: AbortSignal,
    /** What is known of all that goes in. */
    given: Ancestry,
  ): Promise<{ json: Json; label: Label | null; origins: readonly string[] }>;
}

/** What a task may use at most. */
export interface TaskLimits extends Budget {
  /** Time that a task may run without stopping for an approval, milliseconds. */
  readonly deadlineMs: number;
  /** How long an approval waits, and then can be used, milliseconds. */
  readonly approvalMs: number;
}

export interface TaskPorts {
  /** Null: there is none; plans come from templates or by hand. */
  readonly planner: PlannerModel | null;
  readonly tools: ToolBox;
  /** Absent: nothing is traced. */
  readonly tracing?: Tracing;
  /** The policies as they are now. */
  policies(): PolicyBook;
  work(
    step: LlmStep,
    inserted: ReadonlyMap<string, Value>,
    spend: (characters: number) => void,
    signal: AbortSignal,
  ): Promise<WorkerAnswer>;
  /** Injection scan of what somebody asks for. */
  scanRequest(text: string, signal: AbortSignal): Promise<ScanSummary>;
  /** What leaves this machine is written down before it does. */
  readonly egress: Pick<EgressLog, "record">;
  /** Scheme, host and port of the planner, for that log. */
  readonly plannerOrigin: string;
  /** Takes credentials out of what is about to leave this machine. */
  redact(text: string): string;
  analyse(turns: readonly { text: string; at: number; status: string }[]): ConversationView;
  satisfies(schema: Readonly<Record<string, unknown>>, value: unknown): boolean;
  readonly trust: {
    level(): number;
    noteTask(outcome: "completed" | "denied" | "other"): Promise<void>;
    noteIncident(kind: "failed_proof", detail: string): Promise<void>;
  };
  readonly limits: TaskLimits;
  /** Control dependence counts, too. */
  readonly strict: boolean;
  /** A worker's answer is as trusted as what it was given. */
  readonly workerByInputs: boolean;
  /** Every plan needs a word, whatever the level. */
  readonly everyPlan: boolean;
  /** Something changed that screens show. */
  changed(): void;
}
