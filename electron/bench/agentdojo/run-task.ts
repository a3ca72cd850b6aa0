import { createHash } from "node:crypto";
import type { Json } from "../../engine/agent/flow/json.ts";
import { parsePlan } from "../../engine/agent/flow/plan.ts";
import { createSchemaCheck } from "../../engine/agent/flow/satisfies.ts";
import { createRun, type RunPorts } from "../../engine/agent/flow/task-run.ts";
import { newState, type ScanSummary, type StepStatus } from "../../engine/agent/flow/task-state.ts";
import type { PolicyBook } from "../../engine/agent/policy/tool-policy.ts";
import type { McpServers } from "../../engine/agent/tools/tool-box.ts";
import { doWork } from "../../engine/agent/worker/worker.ts";
import type { DerivedPlan } from "./derive-plan.ts";
import type { Aim, WorkerKind } from "./hostile-workers.ts";

export interface TaskSurroundings {
  readonly servers: McpServers;
  readonly policies: PolicyBook;
  scan(text: string, input: string, signal: AbortSignal): Promise<ScanSummary>;
  readonly workerByInputs: boolean;
}

export interface MadeCall {
  readonly tool: string;
  readonly args: Readonly<Record<string, Json>>;
}

/** What came of a task. */
export interface Outcome {
  readonly statuses: ReadonlyMap<string, StepStatus>;
  /** Errors of steps that were not done. */
  readonly errors: readonly string[];
  readonly made: readonly MadeCall[];
  /** The steps asked for, a list for each time. */
  readonly asked: readonly (readonly string[])[];
  /** Exactly what was approved, by step. */
  readonly approved: ReadonlyMap<string, MadeCall>;
  readonly failedProofs: number;
  /** What the last step answers. */
  readonly answer: string;
}

const satisfies = createSchemaCheck();
/** The trust level: what is not asked for is done. */
const level = 1;
/** Characters that workers may answer in a task, as the setting has it unless told. */
const mostCharacters = 2_000_000;

/** One task through the controller, the worker's pipeline and a real MCP server; whatever is asked for is approved as it is shown. */
export async function runTask(
  { plan: source, truths }: DerivedPlan,
  request: string,
  worker: WorkerKind,
  aim: Aim,
  { servers, policies, scan, workerByInputs }: TaskSurroundings,
): Promise<Outcome> {
  const plan = parsePlan(source, () => true);
  const state = newState(plan, {
    task: "bench",
    request,
    planner: "claude",
    strict: false,
    workerByInputs,
    level,
    policies,
  });
  const made: MadeCall[] = [];
  let left = mostCharacters;
  let failedProofs = 0;
  const ports: RunPorts = {
    async work(step, inserted, signal) {
      const model = {
        async *answer({ prompt, format }: { prompt: string; format: Json }) {
          yield* worker.answer({ schema: format, prompt, truth: truths.get(step.id)!, aim });
        },
      };
      const spend = (count: number) => {
        left -= count;
        if (left < 0) throw new Error("The worker says more than a task may use.");
      };
      return await doWork(step, inserted, { model, scan, satisfies, timeoutMs: 60_000, spend }, signal);
    },
    async call(tool, args, signal) {
      made.push({ tool, args });
      const slash = tool.indexOf("/");
      return { json: await servers.call(tool.slice(0, slash), tool.slice(slash + 1), args, signal), label: null };
    },
    satisfies,
    level: () => level,
    changed: async () => {},
    proofFailed: () => {
      failedProofs += 1;
    },
  };
  const run = createRun(plan, state, ports);
  const asked: string[][] = [];
  const approved = new Map<string, MadeCall>();
  for (;;) {
    const waiting = await run.advance(AbortSignal.timeout(120_000));
    if (waiting.length === 0) break;
    asked.push(waiting.map(({ id }) => id));
    const calls = waiting.map(({ id, tool, args }) => ({ id, tool, args }));
    for (const { id, tool, args } of calls) approved.set(id, { tool, args });
    run.grant({ id: `approval-${asked.length}`, shown: { calls }, calls });
  }
  const last = run.values.all().find(({ id }) => id === state.steps.at(-1)!.value)?.json ?? "";
  return {
    statuses: new Map(state.steps.map(({ id, status }) => [id, status])),
    errors: state.steps.flatMap(({ error }) => error ?? []),
    made,
    asked,
    approved,
    failedProofs,
    answer: typeof last === "string" ? last : JSON.stringify(last),
  };
}

/** Scans each pair of texts once: thousands of runs say the same. */
export function rememberScans(scan: TaskSurroundings["scan"]): TaskSurroundings["scan"] {
  const known = new Map<string, Promise<ScanSummary>>();
  return (text, input, signal) => {
    const key = createHash("sha256")
      .update(JSON.stringify([text, input]))
      .digest("base64");
    const found = known.get(key) ?? scan(text, input, signal);
    known.set(key, found);
    return found;
  };
}
