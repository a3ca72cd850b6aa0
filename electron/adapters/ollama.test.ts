import { afterEach, expect, test, vi } from "vitest";
import { SentinelError } from "../../shared/errors.ts";
import { createEgress } from "./egress.ts";
import { type OllamaReply, type OllamaStandIn, startOllamaStandIn } from "./fixture-ollama.ts";
import { createOllamaWorker } from "./ollama.ts";

let standIn: OllamaStandIn | undefined;
afterEach(async () => {
  await standIn?.close();
  standIn = undefined;
});

const never = new AbortController().signal;

async function ask(replies: readonly OllamaReply[], { format = null as null | "json" | object, signal = never } = {}) {
  standIn ??= await startOllamaStandIn(replies);
  const { fetchFor } = createEgress([{ purpose: "worker", origin: standIn.url, addresses: [] }], () => {});
  const worker = createOllamaWorker({
    host: standIn.url,
    model: "qwen",
    contextTokens: 4096,
    fetch: fetchFor("worker"),
  });
  const parts: string[] = [];
  for await (const part of worker.answer({ system: "Rules.", prompt: "Task.", format: format as null, signal })) {
    parts.push(part);
    if (parts.length === 50) break;
  }
  return parts;
}

test("an answer comes in pieces; what was asked stands in it as it is", async () => {
  const schema = { type: "object", properties: { a: { type: "string", description: "é" } } };
  expect((await ask([{ parts: ["Two ", "words", " é"] }], { format: schema })).join("")).toBe("Two words é");
  expect(standIn!.calls).toEqual([
    expect.objectContaining({
      model: "qwen",
      stream: true,
      keep_alive: "5m",
      format: schema,
      truncate: false,
      shift: false,
      options: expect.objectContaining({ num_ctx: 4096, num_predict: 4096 }),
      messages: [
        { role: "system", content: "Rules." },
        { role: "user", content: "Task." },
      ],
    }),
  ]);
});

test("the server's count of tokens is told at the end", async () => {
  standIn = await startOllamaStandIn([{ parts: ["x"] }]);
  const { fetchFor } = createEgress([{ purpose: "worker", origin: standIn.url, addresses: [] }], () => {});
  const worker = createOllamaWorker({
    host: standIn.url,
    model: "qwen",
    contextTokens: 4096,
    fetch: fetchFor("worker"),
  });
  const onUsage = vi.fn();
  for await (const _ of worker.answer({ system: "", prompt: "", format: null, signal: never, onUsage }));
  expect(onUsage.mock.calls).toEqual([[12, 7]]);
});

test.each<{ why: string; reply: OllamaReply; told: unknown; cut: number }>([
  { why: "an answer that ended by itself", reply: { parts: ["x"] }, told: ["x"], cut: 0 },
  { why: "an answer that became too long", reply: { parts: ["x"], reason: "length" }, told: ["x"], cut: 1 },
  {
    why: "a prompt that the server cut to its context",
    reply: { parts: ["x"], read: 4096 },
    told: "INPUT_TOO_LARGE",
    cut: 0,
  },
  {
    why: "a prompt that the server refuses",
    reply: { status: 400, error: "SECRET exceeds the context length" },
    told: "INPUT_TOO_LARGE",
    cut: 0,
  },
  { why: "something else that it refuses", reply: { status: 400, error: "SECRET" }, told: "UNAVAILABLE", cut: 0 },
])("$why", async ({ reply, told, cut }) => {
  standIn = await startOllamaStandIn([reply]);
  const { fetchFor } = createEgress([{ purpose: "worker", origin: standIn.url, addresses: [] }], () => {});
  const options = { host: standIn.url, model: "qwen", contextTokens: 4096, fetch: fetchFor("worker") };
  const onCut = vi.fn();
  const answer = createOllamaWorker(options).answer({ system: "", prompt: "", format: null, signal: never, onCut });
  const got = await Array.fromAsync(answer).then(
    (parts) => parts.filter((part) => part !== ""),
    (error: unknown) => (error instanceof SentinelError && !error.message.includes("SECRET") ? error.code : error),
  );
  expect(got).toEqual(told);
  expect(onCut).toHaveBeenCalledTimes(cut);
});

test("without a format none is asked for", async () => {
  await ask([{ parts: ["x"] }]);
  expect(standIn!.calls[0]).not.toHaveProperty("format");
});

test.each<{ why: string; reply: OllamaReply; told: RegExp }>([
  { why: "an unknown model", reply: { status: 404, error: "SECRET not found" }, told: /no model qwen: pull it/ },
  { why: "an error", reply: { status: 500, error: "SECRET" }, told: /cannot be reached, or broke off/ },
  { why: "an answer cut off", reply: { cut: ["half an"] }, told: /broke off/ },
  { why: "an error in the middle", reply: { breaks: "SECRET" }, told: /broke off/ },
  { why: "garbage", reply: { garbage: "<html>SECRET" }, told: /broke off/ },
])("$why is told in words of ours", async ({ reply, told }) => {
  const written = vi.spyOn(console, "warn").mockImplementation(() => {});
  try {
    const failed = ask([reply]);
    await expect(failed).rejects.toMatchObject({ code: "UNAVAILABLE", message: expect.stringMatching(told) });
    await expect(failed).rejects.not.toThrow("SECRET");
    expect(written).not.toHaveBeenCalled();
  } finally {
    written.mockRestore();
  }
});

test("an answer that never ends is read no further than somebody wants to", async () => {
  expect(await ask([{ endless: true }])).toHaveLength(50);
});

test("what is cancelled ends at once, with why", async () => {
  const stop = new AbortController();
  const going = ask([{ parts: Array(40).fill("x") as string[], pauseMs: 100 }], { signal: stop.signal });
  await expect.poll(() => standIn?.calls.length ?? 0, { timeout: 20_000 }).toBe(1);
  stop.abort(new Error("stopped"));
  await expect(going).rejects.toThrow("stopped");
});

test("nobody there is said", async () => {
  const worker = createOllamaWorker({
    host: "http://127.0.0.1:9",
    model: "qwen",
    contextTokens: 4096,
    fetch: () => Promise.reject(new TypeError("fetch failed")),
  });
  const read = worker.answer({ system: "", prompt: "", format: null, signal: never })[Symbol.asyncIterator]();
  await expect(read.next()).rejects.toMatchObject({ code: "UNAVAILABLE" });
});

test("a worker outside is not called", async () => {
  const { fetchFor } = createEgress([{ purpose: "worker", origin: "http://8.8.8.8", addresses: [] }], () => {});
  const worker = createOllamaWorker({
    host: "http://8.8.8.8",
    model: "qwen",
    contextTokens: 4096,
    fetch: fetchFor("worker"),
  });
  const read = worker.answer({ system: "", prompt: "", format: null, signal: never })[Symbol.asyncIterator]();
  await expect(read.next()).rejects.toThrow(SentinelError);
});
