import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createSchemaCheck } from "../engine/agent/flow/satisfies.ts";
import { createEgress } from "./egress.ts";
import { hasOllama, type OllamaServer, startOllama } from "./fixture-ollama-server.ts";
import { createOllamaLook, createOllamaWorker } from "./ollama.ts";
import { createOllamaEmbedding } from "./ollama-embed.ts";

const never = new AbortController().signal;
const satisfies = createSchemaCheck();
const words = ["The", " log", " shows", " one", " failed", " login."];

/** `npm test` builds the server where it can, and says why where it cannot. */
describe.skipIf(!hasOllama)("the real Ollama server", () => {
  let server: OllamaServer;
  beforeAll(async () => {
    server = await startOllama();
    await server.create("tiny", { says: words });
    // About ten milliseconds a word: longer than anybody waits here.
    await server.create("endless", { says: words, endless: true, layers: 24 });
    await server.create("nomic-embed-text", { says: words, embeds: true });
  });
  afterAll(() => server?.close());

  const outFetch = () =>
    createEgress([{ purpose: "worker", origin: server.url, addresses: [] }], () => {}).fetchFor("worker");
  const options = (model: string) => ({ host: server.url, model, fetch: outFetch() });
  const answer = (model: string, { format = null as null | "json" | object, signal = never } = {}) =>
    createOllamaWorker({ ...options(model), contextTokens: 4096 }).answer({
      system: "Rules.",
      prompt: "Task.",
      format: format as null,
      signal,
    });
  const post = (path: string, body: object, signal = never) =>
    fetch(new URL(path, server.url), { method: "POST", body: JSON.stringify(body), signal });

  test("an answer comes word by word", async () => {
    const parts = await Array.fromAsync(answer("tiny"));
    expect(parts.filter((part) => part !== "")).toEqual(words);
  });

  test("a model stays loaded for five minutes after an answer", async () => {
    const from = Date.now();
    await Array.fromAsync(answer("tiny"));
    const until = async () => {
      const { models } = (await (await fetch(new URL("/api/ps", server.url))).json()) as {
        models: { name: string; expires_at: string }[];
      };
      return Date.parse(models.find(({ name }) => name === "tiny:latest")!.expires_at);
    };
    // The server sets the time anew a moment after the answer's last word.
    await expect.poll(until).toBeGreaterThanOrEqual(from + 5 * 60_000);
    expect(await until()).toBeLessThanOrEqual(Date.now() + 5 * 60_000);
  });

  const schema = {
    type: "object",
    properties: {
      verdict: { enum: ["attack", "benign"] },
      why: { type: "string" },
      count: { type: "integer" },
      hosts: { type: "array", items: { type: "string" }, minItems: 2 },
    },
    required: ["verdict", "why", "count", "hosts"],
    additionalProperties: false,
  };

  test("an answer has the shape that was asked for, whatever the model would say", async () => {
    const text = (await Array.fromAsync(answer("tiny", { format: schema }))).join("");
    const value: unknown = JSON.parse(text);
    expect(satisfies(schema, value)).toBe(true);
    expect(satisfies(schema, { ...(value as object), verdict: "other" })).toBe(false);
    const any = (await Array.fromAsync(answer("tiny", { format: "json" }))).join("");
    expect(JSON.parse(any)).toBeTypeOf("object");
  });

  test("what is cancelled ends at the server too: the next question gets its turn", async () => {
    const stop = new AbortController();
    const going = answer("endless", { signal: stop.signal })[Symbol.asyncIterator]();
    await going.next();
    let isAnswered = false;
    const limit = AbortSignal.timeout(30_000);
    const next = post("/api/generate", { model: "endless", prompt: "x", options: { num_predict: 1 } }, limit)
      .then((reply) => reply.text())
      .finally(() => {
        isAnswered = true;
      });
    // One question at a time: the other waits as long as this one goes on.
    for (let i = 0; i < 100; i++) expect((await going.next()).done).toBe(false);
    expect(isAnswered).toBe(false);
    stop.abort(new Error("stopped"));
    await expect(going.next()).rejects.toThrow("stopped");
    expect(await next).toContain('"done":true');
  });

  test("an unknown model is told in words of ours", async () => {
    await expect(Array.fromAsync(answer("other"))).rejects.toMatchObject({
      code: "UNAVAILABLE",
      message: expect.stringContaining("no model other: pull it"),
    });
  });

  test("the look tells whether the model is there, and where it computes", async () => {
    const look = (model: string) => createOllamaLook(options(model))(never);
    await Array.fromAsync(answer("tiny"));
    expect(await look("tiny")).toEqual({ status: "healthy", detail: `tiny at ${server.url}, on the CPU` });
    // Without a prompt it is told how long it stays.
    await (await post("/api/generate", { model: "tiny", keep_alive: 0 })).text();
    await expect.poll(() => look("tiny")).toEqual({ status: "healthy", detail: `tiny at ${server.url}, not loaded` });
    expect(await look("other")).toEqual({ status: "degraded", detail: "Ollama has no model other: pull it." });
  });

  test("texts get vectors; those of like texts are near each other", async () => {
    const embedder = await createOllamaEmbedding({ url: server.url, fetch: outFetch() }).find(never);
    expect(embedder).toMatchObject({ name: expect.stringMatching(/^nomic-embed-text@[0-9a-f]{12}$/), dimensions: 288 });
    const texts = ["login failed twice", "twice login failed", "QQQQ ZZZZ 1234 5678"];
    const [one, same, other] = await embedder.embed(texts, "document", never);
    const [question] = await embedder.embed(["failed login"], "query", never);
    expect(cosine(one!, same!)).toBeGreaterThan(0.95);
    expect(cosine(question!, one!)).toBeGreaterThan(cosine(question!, other!));
  });
});

function cosine(a: Float32Array, b: Float32Array): number {
  const dot = (x: Float32Array, y: Float32Array) => x.reduce((sum, value, i) => sum + value * y[i]!, 0);
  return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
}

test.each([
  { vram: 0, place: "on the CPU" },
  { vram: 625, place: "partly on the GPU (62 %)" },
  { vram: 999, place: "partly on the GPU (99 %)" },
  { vram: 1000, place: "on the GPU" },
])("a model with $vram of 1000 bytes there is $place", async ({ vram, place }) => {
  const listed = { models: [{ name: "qwen3:14b", size: 1000, size_vram: vram }] };
  const look = createOllamaLook({ host: "http://gpu:1", model: "qwen3:14b", fetch: async () => Response.json(listed) });
  expect(await look(never)).toEqual({ status: "healthy", detail: `qwen3:14b at http://gpu:1, ${place}` });
});

test("a server that is away is off", async () => {
  const away = () => Promise.reject(new TypeError("fetch failed"));
  const look = createOllamaLook({ host: "http://127.0.0.1:9", model: "tiny", fetch: away });
  expect(await look(never)).toEqual({ status: "off", detail: "Ollama does not answer at http://127.0.0.1:9." });
});
