import { expect, test } from "vitest";
import { scanText } from "../../shared/agent-scan.ts";
import { runTask, startTask } from "../../shared/agent-task.ts";
import { SentinelError } from "../../shared/errors.ts";
import { routes } from "../../shared/routes.ts";
import type { Principal } from "../engine/base/principals.ts";
import { createRateLimiter, defaultRateLimits, rateClass } from "./rate-limit.ts";

const program = { actor: "program (PIN)", role: "analyst", caller: "external" } satisfies Principal;

/** How many of so many calls pass, and what the first refused one says. */
function count(take: () => void, calls: number) {
  let passed = 0;
  let refused: SentinelError | null = null;
  for (let i = 0; i < calls; i++) {
    try {
      take();
      passed++;
    } catch (error) {
      if (error instanceof SentinelError) refused ??= error;
    }
  }
  return { passed, wait: refused?.details?.retry_after_s, said: refused?.message };
}

test("tasks are counted by the minute, for each caller, however they are asked for", () => {
  let now = 0;
  const limiter = createRateLimiter({ ...defaultRateLimits, task: 30 }, { now: () => now });
  const take =
    (by: Principal, route: typeof runTask | typeof startTask = runTask) =>
    () =>
      limiter.take(by, route);
  expect(count(take(program), 100)).toEqual({ passed: 30, wait: 2, said: "More than 30 requests a minute." });
  expect(count(take(program, startTask), 10).passed).toBe(0);
  expect(count(take({ ...program, actor: "program (token)" }), 100).passed).toBe(30);
  now += 2_000;
  expect(count(take(program, startTask), 10).passed).toBe(1);
  now += 3_600_000;
  expect(count(take(program), 100).passed).toBe(30);
});

test("the agent's gates are counted by the second", () => {
  const limiter = createRateLimiter({ ...defaultRateLimits, agent: 10 }, { now: () => 0 });
  expect(count(() => limiter.take(program, scanText), 100)).toMatchObject({ passed: 20, wait: 1 });
});

test("nothing that programs ask of the agent is limited as loosely as detection", () => {
  const ofDetection = (path: string) => path.startsWith("/api/v1/sentinel/") || path === "/analyze-flow";
  const asked = routes.filter(({ path, callers }) => callers.includes("external") && !ofDetection(path));
  expect(asked.length).toBeGreaterThan(15);
  for (const route of asked) expect([route.path, rateClass(route)]).not.toEqual([route.path, "detect"]);
});
