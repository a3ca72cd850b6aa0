import { expect, test } from "vitest";
import { SentinelError } from "../../../../shared/errors.ts";
import { noTracing, type SpanAttributes, type Tracing } from "../../base/tracing.ts";
import { parsePlan } from "../flow/plan.ts";
import type { StepState } from "../flow/task-state.ts";
import { createStepTraces } from "./step-traces.ts";

const plan = parsePlan(
  {
    summary: "secret-word",
    steps: [
      { id: "a", type: "tool_call", tool: "mail/secret-word", args: { to: "secret-word" } },
      { id: "b", type: "llm_task", prompt: "secret-word", output: "text" },
    ],
  },
  () => true,
);

function record() {
  const told: SpanAttributes[] = [];
  const tracing: Tracing = {
    ...noTracing,
    isOn: true,
    span(_name, attributes, work) {
      const at = told.push(attributes) - 1;
      const set = (more: SpanAttributes) => void told.splice(at, 1, { ...told[at], ...more });
      return work({ set, traceparent: null });
    },
    past: (_name, _from, _to, attributes) => void told.push(attributes),
  };
  const tools = { isOwn: (tool: string) => tool === "clock.now", list: async () => [], call: () => Promise.reject() };
  return { told, traces: createStepTraces({ tracing, tools }, plan) };
}

test.each([
  { tool: "clock.now", name: "clock.now" },
  { tool: "mail/secret-word", name: "mcp" },
  { tool: "secret-word", name: "unknown" },
])("the call of $tool is told as $name", async ({ tool, name }) => {
  const { told, traces } = record();
  await traces.call(tool, async () => ({ json: "secret-word", label: null }));
  expect(told).toEqual([
    { "sentinel.step.type": "tool_call", "gen_ai.tool.name": name, "sentinel.outcome": "completed" },
  ]);
});

test.each([
  { answer: { json: "secret-word", scans: {} as never }, outcome: "completed" },
  { answer: { blocked: "secret-word", scans: {} as never }, outcome: "blocked" },
])("text work is $outcome", async ({ answer, outcome }) => {
  const { told, traces } = record();
  expect(await traces.work(async () => answer)).toBe(answer);
  expect(told).toEqual([{ "sentinel.step.type": "llm_task", "sentinel.outcome": outcome }]);
});

test("what a step throws is passed on", async () => {
  const error = new SentinelError("NOT_FOUND", "There is no secret-word.");
  await expect(record().traces.call("clock.now", () => Promise.reject(error))).rejects.toBe(error);
});

test("a step that is not begun is told by how it ends; one that ran was told before", () => {
  const { told, traces } = record();
  const state = (id: string, status: string) => ({ id, status }) as StepState;
  traces.notDone(state("a", "denied"));
  traces.notDone(state("b", "skipped"));
  traces.notDone(state("b", "completed"));
  expect(told).toEqual([
    { "sentinel.step.type": "tool_call", "gen_ai.tool.name": "mcp", "sentinel.outcome": "denied" },
    { "sentinel.step.type": "llm_task", "sentinel.outcome": "skipped" },
  ]);
});
