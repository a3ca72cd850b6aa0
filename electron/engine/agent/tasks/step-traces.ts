import { noTracing, type SpanAttributes } from "../../base/tracing.ts";
import type { Plan } from "../flow/plan.ts";
import type { RunPorts, WorkerAnswer } from "../flow/task-run.ts";
import type { StepState } from "../flow/task-state.ts";
import type { TaskPorts } from "./task-ports.ts";

/** Tells the collector which steps a task takes, and how they end: never what goes in or comes out. */
export function createStepTraces({ tracing = noTracing, tools }: Pick<TaskPorts, "tracing" | "tools">, plan: Plan) {
  const work: SpanAttributes = { "sentinel.step.type": "llm_task" };
  // SECURITY: a tool of another program is named in that program's words, and one that there is not in the planner's.
  const call = (tool: string): SpanAttributes => ({
    "sentinel.step.type": "tool_call",
    "gen_ai.tool.name": tools.isOwn(tool) ? tool : tool.includes("/") ? "mcp" : "unknown",
  });
  return {
    work: (act: () => Promise<WorkerAnswer>) =>
      tracing.span("agent.step", work, async (span) => {
        const answer = await act();
        span.set({ "sentinel.outcome": "blocked" in answer ? "blocked" : "completed" });
        return answer;
      }),
    call: (tool: string, act: () => ReturnType<RunPorts["call"]>) =>
      tracing.span("agent.step", call(tool), async (span) => {
        const result = await act();
        span.set({ "sentinel.outcome": "completed" });
        return result;
      }),
    /** A step that ends, or waits, without having been begun. */
    notDone({ id, status }: StepState): void {
      if (!tracing.isOn || !["denied", "skipped", "awaiting_approval"].includes(status)) return;
      const step = plan.steps.find((one) => one.id === id);
      const now = Date.now();
      const attributes = step?.type === "tool_call" ? call(step.tool) : work;
      tracing.past("agent.step", now, now, { ...attributes, "sentinel.outcome": status });
    },
  };
}
