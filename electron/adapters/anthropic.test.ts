import { afterEach, expect, test } from "vitest";
import type { PlannerCall } from "../engine/agent/planner/planner.ts";
import { createAnthropicPlanner } from "./anthropic.ts";
import { type AnthropicReply, type AnthropicStandIn, startAnthropicStandIn } from "./fixture-anthropic.ts";

let standIn: AnthropicStandIn | undefined;
afterEach(() => standIn?.close());

const plan = { summary: "Sum it up.", steps: [{ id: "a", type: "llm_task", prompt: "Say hello", output: "text" }] };
const call: PlannerCall = {
  system: "You plan.",
  messages: [
    { role: "user", text: "Sum up the week" },
    { role: "assistant", plan },
    { role: "user", problem: "It cannot be used." },
  ],
  tool: { name: "submit_plan", description: "Submit.", input: { type: "object" } },
};
const never = new AbortController().signal;

async function open(replies: readonly AnthropicReply[], { apiKey = "test-key", timeoutMs = 20_000 } = {}) {
  standIn = await startAnthropicStandIn(replies);
  return createAnthropicPlanner({ apiKey, baseUrl: standIn.url, model: "planner-1", timeoutMs, fetch });
}

test("a plan comes in pieces, with what it cost; what was sent is exactly what is written down", async () => {
  const planner = await open([{ plan, inputTokens: 120, outputTokens: 45 }]);
  expect(await planner.submit(call, never)).toEqual({ plan, inputTokens: 120, outputTokens: 45 });
  expect(standIn!.calls).toEqual([
    { body: planner.write!(call), key: "test-key", path: expect.stringMatching(/^\/v1\/messages/) },
  ]);
  expect(JSON.parse(standIn!.calls[0]!.body)).toMatchObject({
    model: "planner-1",
    system: "You plan.",
    stream: true,
    tool_choice: { type: "tool", name: "submit_plan" },
    messages: [
      { role: "user", content: "Sum up the week" },
      { role: "assistant", content: [{ type: "tool_use", input: plan }] },
      { role: "user", content: [{ type: "tool_result", is_error: true }] },
    ],
  });
});

test("a long plan in small pieces is read once, not anew with each piece", async () => {
  // Read anew, it would take minutes.
  const long = { ...plan, steps: Array(15_000).fill(plan.steps[0]) };
  const planner = await open([{ plan: long }]);
  expect((await planner.submit(call, never)).plan).toEqual(long);
});

test("a plan that is longer than any is cut off", async () => {
  const planner = await open([{ plan: { ...plan, summary: "x".repeat(10_000_000) } }]);
  await expect(planner.submit(call, never)).rejects.toMatchObject({
    code: "UNAVAILABLE",
    message: expect.stringContaining("longer than"),
  });
});

test.each([
  { why: "a rate limit", status: 429 },
  { why: "overload", status: 529 },
])("after $why it is asked again", async ({ status }) => {
  const planner = await open([{ status, retryAfterMs: 5 }, { plan }]);
  expect(await planner.submit(call, never)).toMatchObject({ plan });
  expect(standIn!.calls).toHaveLength(2);
});

test.each<{ why: string; reply: AnthropicReply; code: string; told: RegExp }>([
  { why: "a rate limit that stays", reply: { status: 429, retryAfterMs: 5 }, code: "RATE_LIMITED", told: /no more/ },
  { why: "overload that stays", reply: { status: 529, retryAfterMs: 5 }, code: "UNAVAILABLE", told: /529/ },
  { why: "an unknown model", reply: { status: 404 }, code: "UNAVAILABLE", told: /404.*SENTINEL_PLANNER_MODEL/ },
  { why: "a reply cut off", reply: { cut: plan }, code: "UNAVAILABLE", told: /broke off|cannot be read/ },
  { why: "a stream that ends early", reply: { cut: plan, politely: true }, code: "UNAVAILABLE", told: /broke|read/ },
  { why: "garbage", reply: { garbage: "SECRET\0<html>" }, code: "UNAVAILABLE", told: /cannot be read|broke off/ },
  { why: "garbage in events", reply: { garbage: "data: {SECRET\n\n" }, code: "UNAVAILABLE", told: /read|broke/ },
  { why: "a reply that never ends", reply: { endless: "chatty" }, code: "UNAVAILABLE", told: /longer than/ },
])("$why is told in words of ours", async ({ reply, code, told }) => {
  const planner = await open([reply]);
  const failed = planner.submit(call, never);
  await expect(failed).rejects.toMatchObject({ code, message: expect.stringMatching(told) });
  await expect(failed).rejects.not.toThrow("SECRET");
});

test("a reply that falls silent is given up", async () => {
  const planner = await open([{ endless: "silent" }], { timeoutMs: 400 });
  await expect(planner.submit(call, never)).rejects.toMatchObject({
    code: "UNAVAILABLE",
    message: expect.stringContaining("in time"),
  });
});

test("a wrong key is said, and not repeated", async () => {
  const planner = await open([{ plan }], { apiKey: "sk-ant-WRONG" });
  const failed = planner.submit(call, never);
  await expect(failed).rejects.toMatchObject({ code: "UNAVAILABLE", message: expect.stringContaining("API key") });
  await expect(failed).rejects.not.toThrow("WRONG");
  expect(standIn!.calls).toHaveLength(1);
});

test.each<{ why: string; reply: AnthropicReply }>([
  { why: "that is only words", reply: { text: "I cannot do that." } },
  { why: "that used up its tokens", reply: { tooLong: plan } },
])("an answer $why is no plan", async ({ reply }) => {
  const planner = await open([reply]);
  expect((await planner.submit(call, never)).plan).toBeUndefined();
});

test("what is cancelled ends at once, with why", async () => {
  const planner = await open([{ endless: "silent" }]);
  const stop = new AbortController();
  const going = planner.submit(call, stop.signal);
  await expect.poll(() => standIn!.calls.length, { timeout: 20_000 }).toBe(1);
  stop.abort(new Error("stopped"));
  await expect(going).rejects.toThrow("stopped");
});

test("nobody there is said", async () => {
  const planner = await open([{ plan }]);
  await standIn!.close();
  const away = createAnthropicPlanner({
    apiKey: "k",
    baseUrl: standIn!.url,
    model: "m",
    timeoutMs: 5000,
    fetch: () => Promise.reject(new TypeError("fetch failed")),
  });
  standIn = undefined;
  await expect(away.submit(call, never)).rejects.toMatchObject({ code: "UNAVAILABLE" });
  expect(planner.write!(call)).toContain("Sum up the week");
});
