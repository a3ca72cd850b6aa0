import { lookup } from "node:dns/promises";
import { isIP } from "node:net";
import { z } from "zod";
import { SentinelError } from "../../shared/errors.ts";
import type { Config } from "../engine/base/config.ts";
import { sha256 } from "../engine/base/ids.ts";
import type { Embedder, EmbeddingServer } from "../engine/memory/embedder.ts";
import { isPrivateAddress } from "./gatekeeper.ts";

/** The model that embeds, and how its makers want texts to begin. Source: the model card of nomic-embed-text-v1.5. */
const model = "nomic-embed-text";
const prefixes = { document: "search_document: ", query: "search_query: " } as const;

/** Largest answer, bytes: 32 vectors of 1,024 numbers as text are a tenth of it. */
const mostBytes = 8 * 1024 ** 2;

const Tags = z.object({ models: z.array(z.object({ name: z.string(), digest: z.string().optional() })) });
const Embedded = z.object({ embeddings: z.array(z.array(z.number())) });
const Failure = z.object({ error: z.string() });

export interface OllamaOptions {
  /** `http://127.0.0.1:11434`, or without the scheme. */
  readonly url: string;
  /** Addresses other than this machine's that may be called; each private. */
  readonly allowed: readonly string[];
}

/**
 * As the process was told. @returns null when it is not to be used
 * @throws SentinelError SETTING_INVALID
 */
export function embeddingServerOf(
  config: Pick<Config, "SENTINEL_OLLAMA_URL" | "OLLAMA_HOST" | "SENTINEL_OLLAMA_ADDRESSES">,
): EmbeddingServer | null {
  const url = config.SENTINEL_OLLAMA_URL ?? config.OLLAMA_HOST ?? "127.0.0.1:11434";
  if (url === "off" || url === "") return null;
  const allowed = config.SENTINEL_OLLAMA_ADDRESSES.split(",").flatMap((one) => (one.trim() === "" ? [] : [one.trim()]));
  return createOllamaEmbedding({ url, allowed });
}

/**
 * Embeds by a model in Ollama. Source: Ollama's API documentation, `POST /api/embed`, `GET /api/tags`.
 * @throws SentinelError SETTING_INVALID for a URL that is none, or an allowed address that is not private
 */
export function createOllamaEmbedding(options: OllamaOptions): EmbeddingServer {
  const base = parseUrl(options.url);
  for (const address of options.allowed) {
    if (!isPrivateAddress(address)) {
      throw new SentinelError("SETTING_INVALID", `SENTINEL_OLLAMA_ADDRESSES: ${address} is no private address.`);
    }
  }

  async function call<T>(path: string, body: unknown, answer: z.ZodType<T>, signal: AbortSignal): Promise<T> {
    const url = new URL(path, base);
    try {
      url.hostname = await settleAddress(base.hostname, options.allowed);
      const reply = await fetch(url, {
        method: body === null ? "GET" : "POST",
        headers: body === null ? {} : { "content-type": "application/json" },
        body: body === null ? null : JSON.stringify(body),
        // SECURITY: a redirection could lead to where nothing may be sent.
        redirect: "error",
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
      throw new SentinelError("UNAVAILABLE", `Ollama at ${base.host}: ${wordsOf(error)}.`, undefined, error);
    }
  }

  async function embed(texts: readonly string[], purpose: keyof typeof prefixes, signal: AbortSignal) {
    const input = texts.map((text) => `${prefixes[purpose]}${text}`);
    const { embeddings } = await call("/api/embed", { model, input, truncate: true }, Embedded, signal);
    const [first] = embeddings;
    const isWhole = embeddings.length === texts.length && embeddings.every((one) => one.length === first?.length);
    if (!isWhole || !embeddings.every((one) => one.every(Number.isFinite))) {
      throw new SentinelError("UNAVAILABLE", `Ollama at ${base.host} does not give a vector for each text.`);
    }
    return embeddings.map((one) => Float32Array.from(one));
  }

  return {
    description: `${model}, Ollama at ${base.host}`,
    async find(signal): Promise<Embedder> {
      const { models } = await call("/api/tags", null, Tags, signal);
      const own = models.find(({ name }) => name === model || name === `${model}:latest`);
      if (own === undefined) {
        throw new SentinelError(
          "UNAVAILABLE",
          `Ollama at ${base.host} does not have the model ${model}: fetch it there with "ollama pull ${model}".`,
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

function parseUrl(text: string): URL {
  const url = URL.parse(/^https?:\/\//.test(text) ? text : `http://${text}`);
  if (url === null || `${url.username}${url.password}` !== "" || `${url.pathname}${url.search}` !== "/") {
    throw new SentinelError("SETTING_INVALID", "SENTINEL_OLLAMA_URL: it is no address such as http://127.0.0.1:11434.");
  }
  return url;
}

/**
 * The address that is called, looked up each time.
 * SECURITY: texts of cases go there. This machine, or an address that was allowed by name; the connection goes to the address that was
 * looked at, so that a name cannot lead elsewhere.
 */
async function settleAddress(hostname: string, allowed: readonly string[]): Promise<string> {
  const host = hostname.replace(/^\[|\]$/g, "");
  const addresses = isIP(host) === 0 ? (await lookup(host, { all: true })).map(({ address }) => address) : [host];
  const [first] = addresses;
  if (first === undefined || !addresses.every((address) => isLoopback(address) || allowed.includes(address))) {
    throw new SentinelError(
      "UNAVAILABLE",
      `Ollama at ${hostname} is not on this machine, and its address is not in SENTINEL_OLLAMA_ADDRESSES.`,
    );
  }
  return isIP(first) === 6 ? `[${first}]` : first;
}

const isLoopback = (address: string) => address === "::1" || /^127\.\d+\.\d+\.\d+$/.test(address);

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
