import { expect, test } from "vitest";
import { createSpending, nothingSpent } from "../tasks/spending.ts";
import { plannerCall, planTask } from "./planner.ts";

const call = plannerCall({
  ...{ turns: [], request: "Do it", tools: [], now: "2026-01-01T00:00:00Z" },
  assessment: { risk: 0, heuristics: [] },
});

test.each([
  { why: "there are tokens left", plannerTokens: 30, asked: 2, told: "no tool" },
  { why: "the first used them up", plannerTokens: 10, asked: 1, told: "tokens" },
])("a plan that cannot be used is asked for again only where $why", async ({ plannerTokens, asked, told }) => {
  const limits = { calls: 1, characters: 1, plannerTokens, money: null, prices: null };
  const spent = { ...nothingSpent };
  let calls = 0;
  const model = {
    async submit() {
      calls++;
      const steps = [{ id: "a", type: "tool_call", tool: "none", args: {} }];
      return { plan: { summary: "", steps }, inputTokens: 10, outputTokens: 5 };
    },
  };
  const planning = planTask(model, call, () => false, createSpending(spent, limits).plan, AbortSignal.timeout(10_000));
  await expect(planning).rejects.toThrow(told);
  expect(calls).toBe(asked);
  expect(spent).toMatchObject({ plannerInputTokens: 10 * asked, plannerOutputTokens: 5 * asked });
});
