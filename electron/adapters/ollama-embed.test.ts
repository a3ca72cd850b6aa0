import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { z } from "zod";
import { createEgress } from "./egress.ts";
import { createOllamaEmbedding } from "./ollama-embed.ts";

const never = new AbortController().signal;
const Asked = z.object({ model: z.string(), input: z.array(z.string()), truncate: z.boolean() });

/** Answers as Ollama does: `/api/version`, `/api/tags`, `/api/embed`. */
let server: Server;
let url: string;
let asked: z.infer<typeof Asked>[];
let models: { name: string; digest?: string }[];
/** Answers in its place, once. */
let instead: ((request: IncomingMessage, response: ServerResponse) => void) | null;

const answerJson = (response: ServerResponse, status: number, body: unknown) =>
  response.writeHead(status, { "content-type": "application/json; charset=utf-8" }).end(JSON.stringify(body));

beforeEach(async () => {
  asked = [];
  models = [
    { name: "nomic-embed-text:latest", digest: "0a109f422b47e3a30ba2b10eca18548e944e8a23073ee3f3e947efcf3c45e59f" },
  ];
  instead = null;
  server = createServer(async (request, response) => {
    const other = instead;
    if (other !== null) {
      instead = null;
      return other(request, response);
    }
    if (request.url === "/api/version") return answerJson(response, 200, { version: "0.17.4" });
    if (request.url === "/api/tags") return answerJson(response, 200, { models });
    if (request.url !== "/api/embed") return answerJson(response, 404, { error: "404 page not found" });
    const body = Asked.parse(JSON.parse(Buffer.concat(await request.toArray()).toString("utf8")));
    if (!models.some(({ name }) => name.replace(/:latest$/, "") === body.model)) {
      return answerJson(response, 404, { error: `model "${body.model}" not found, try pulling it first` });
    }
    asked.push(body);
    const embeddings = body.input.map((text) => Array.from({ length: 768 }, (_, i) => Math.sin(i * (text.length + 1))));
    answerJson(response, 200, {
      model: body.model,
      embeddings,
      total_duration: 1,
      load_duration: 1,
      prompt_eval_count: 1,
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  url = `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}`;
});
afterEach(async () => {
  server.closeAllConnections();
  server.close();
});

const outFetch = () => createEgress([{ purpose: "worker", origin: url, addresses: [] }], () => {}).fetchFor("worker");
const found = () => createOllamaEmbedding({ url, fetch: outFetch() }).find(never);

describe("Ollama", () => {
  test("embeds texts in order, each begun as the model wants it", async () => {
    const embedder = await found();
    expect(embedder).toMatchObject({ name: "nomic-embed-text@0a109f422b47", dimensions: 768 });
    const vectors = await embedder.embed(["one", "three"], "document", never);
    expect(vectors.map((vector) => vector.length)).toEqual([768, 768]);
    await embedder.embed(["why"], "query", never);
    expect(asked.slice(1).map(({ input }) => input)).toEqual([
      ["search_document: one", "search_document: three"],
      ["search_query: why"],
    ]);
    expect(asked.every(({ model, truncate }) => model === "nomic-embed-text" && truncate)).toBe(true);
  });

  test("without the model it is away, and says how to fetch it", async () => {
    models = [{ name: "qwen3:8b" }];
    await expect(found()).rejects.toMatchObject({
      code: "UNAVAILABLE",
      message: expect.stringContaining("ollama pull"),
    });
  });

  test.each([
    {
      why: "an error",
      reply: (r: ServerResponse) => answerJson(r, 500, { error: "out of memory" }),
      says: "out of memory",
    },
    { why: "no JSON", reply: (r: ServerResponse) => r.writeHead(200).end("<html>"), says: "not as agreed" },
    {
      why: "fewer vectors",
      reply: (r: ServerResponse) => answerJson(r, 200, { embeddings: [[1]] }),
      says: "vector for each",
    },
    {
      why: "vectors of two lengths",
      reply: (r: ServerResponse) => answerJson(r, 200, { embeddings: [[1], [1, 2]] }),
      says: "vector for each",
    },
    {
      why: "a number that is none",
      reply: (r: ServerResponse) => r.writeHead(200).end('{"embeddings":[[1],[1e999]]}'),
      says: "",
    },
    { why: "a cut connection", reply: (r: ServerResponse) => r.destroy(), says: "" },
    {
      why: "a redirection",
      reply: (r: ServerResponse) => r.writeHead(307, { location: "http://127.0.0.1:9/" }).end(),
      says: "redirect",
    },
    {
      why: "an endless answer",
      reply: (r: ServerResponse) => {
        r.on("error", () => {});
        const more = () => {
          while (!r.destroyed && r.write(" ".repeat(65_536)));
          if (!r.destroyed) r.once("drain", more);
        };
        more();
      },
      says: "too large",
    },
  ])("$why is said, not believed", async ({ reply, says }) => {
    const embedder = await found();
    instead = (_request, response) => reply(response);
    const failing = embedder.embed(["a", "b"], "document", never);
    await expect(failing).rejects.toMatchObject({ code: "UNAVAILABLE", message: expect.stringContaining(says) });
  });

  test("nobody there, and a caller who goes away", async () => {
    const embedder = await found();
    instead = () => {};
    const stopped = AbortSignal.timeout(50);
    await expect(embedder.embed(["a"], "query", stopped)).rejects.toThrow();
    server.closeAllConnections();
    server.close();
    await once(server, "close");
    await expect(found()).rejects.toMatchObject({ code: "UNAVAILABLE" });
  });
});
