import { z } from "zod";
import { SentinelError } from "../../shared/errors.ts";
import { sha256 } from "../engine/base/ids.ts";
import type { Embedder, EmbeddingServer } from "../engine/memory/embedder.ts";

/** The model that embeds, and how its makers want texts to begin. Source: the model card of nomic-embed-text-v1.5. */
const model = "nomic-embed-text";
const prefixes = { document: "search_document: ", query: "search_query: " } as const;

/** Largest answer, bytes: 32 vectors of 1,024 numbers as text are a tenth of it. */
const mostBytes = 8 * 1024 ** 2;

const Tags = z.object({ models: z.array(z.object({ name: z.string(), digest: z.string().optional() })) });
const Embedded = z.object({ embeddings: z.array(z.array(z.number())) });
const Failure = z.object({ error: z.string() });

export interface OllamaEmbeddingOptions {
  /** Scheme, host and port. */
  readonly url: string;
  /** The only way out: it leads to this machine or a private network alone. */
  readonly fetch: typeof fetch;
}

/** Embeds by a model in Ollama. Source: Ollama's API documentation, `POST /api/embed`, `GET /api/tags`. */
export function createOllamaEmbedding({ url: base, fetch }: OllamaEmbeddingOptions): EmbeddingServer {
  const { host } = new URL(base);

  async function call<T>(path: string, body: unknown, answer: z.ZodType<T>, signal: AbortSignal): Promise<T> {
    try {
      const reply = await fetch(new URL(path, base), {
        method: body === null ? "GET" : "POST",
        headers: body === null ? {} : { "content-type": "application/json" },
        body: body === null ? null : JSON.stringify(body),
        signal,
      });
      const text = await readAtMost(reply);
      if (!reply.ok) {
        const failure = Failure.safeParse(parseJson(text));
        throw new Error(failure.success ? failure.data.error.slice(0, 200) : `it answers with status ${reply.status}`);
      }
      const parsed = answer.safeParse(parseJson(text));
      if (!parsed.success) throw new Error("its answer is not as agreed");
      return parsed.data;
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof SentinelError) throw error;
      throw new SentinelError("UNAVAILABLE", `Ollama at ${host}: ${wordsOf(error)}.`, undefined, error);
    }
  }

  async function embed(texts: readonly string[], purpose: keyof typeof prefixes, signal: AbortSignal) {
    const input = texts.map((text) => `${prefixes[purpose]}${text}`);
    const { embeddings } = await call("/api/embed", { model, input, truncate: true }, Embedded, signal);
    const [first] = embeddings;
    const isWhole = embeddings.length === texts.length && embeddings.every((one) => one.length === first?.length);
    if (!isWhole || !embeddings.every((one) => one.every(Number.isFinite))) {
      throw new SentinelError("UNAVAILABLE", `Ollama at ${host} does not give a vector for each text.`);
    }
    return embeddings.map((one) => Float32Array.from(one));
  }

  return {
    description: `${model}, Ollama at ${host}`,
    async find(signal): Promise<Embedder> {
      const { models } = await call("/api/tags", null, Tags, signal);
      const own = models.find(({ name }) => name === model || name === `${model}:latest`);
      if (own === undefined) {
        throw new SentinelError(
          "UNAVAILABLE",
          `Ollama at ${host} does not have the model ${model}: fetch it there with "ollama pull ${model}".`,
        );
      }
      const [probe] = await embed(["dimensions"], "document", signal);
      const dimensions = probe!.length;
      if (dimensions % 32 !== 0 || dimensions < 32 || dimensions > 1024) {
        throw new SentinelError("UNAVAILABLE", `${model} gives ${dimensions} numbers, which no index here can take.`);
      }
      const version = (own.digest ?? sha256(own.name)).replace(/^sha256:/, "").slice(0, 12);
      return { name: `${model}@${version}`, dimensions, embed };
    },
  };
}

async function readAtMost(reply: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of reply.body ?? []) {
    length += chunk.length;
    if (length > mostBytes) throw new Error("its answer is too large");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function wordsOf(error: unknown): string {
  if (!(error instanceof Error)) return "it fails";
  const { cause } = error;
  return (cause instanceof Error && cause.message !== "" ? cause.message : error.message).slice(0, 200);
}
