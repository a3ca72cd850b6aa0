import { Ollama } from "ollama";
import { SentinelError } from "../../shared/errors.ts";
import type { ComponentHealth } from "../../shared/health.ts";
import type { WorkerModel } from "../engine/agent/worker/worker.ts";

export interface OllamaOptions {
  /** `http://127.0.0.1:11434` */
  readonly host: string;
  readonly model: string;
  /** The only way out: it leads to this machine or a private network alone. */
  readonly fetch: typeof fetch;
}

/** Longest answer, tokens. */
const mostTokens = 8192;

/** A local model as the worker, through Ollama's chat API, streamed; the model stays loaded for five minutes. */
export function createOllamaWorker({ host, model, fetch }: OllamaOptions): WorkerModel {
  return {
    async *answer({ system, prompt, format, signal }) {
      // A client of its own for each answer: its abort ends all that a client does.
      const client = new Ollama({ host, fetch: (input, init) => fetch(input, { ...init, signal }) });
      try {
        const stream = await client.chat({
          model,
          messages: [
            { role: "system", content: system },
            { role: "user", content: prompt },
          ],
          stream: true,
          think: false,
          keep_alive: "5m",
          ...(format === null ? {} : { format: format as string | object }),
          options: { num_predict: mostTokens, temperature: 0 },
        });
        for await (const { message } of stream) yield message.content;
      } catch (error) {
        signal.throwIfAborted();
        if (error instanceof SentinelError) throw error;
        // What a server says is not repeated: it may hold anything.
        const isMissing = error instanceof Error && "status_code" in error && error.status_code === 404;
        const why = isMissing ? `Ollama has no model ${model}: pull it.` : "Ollama cannot be reached, or broke off.";
        throw new SentinelError("UNAVAILABLE", why, undefined, error);
      }
    },
  };
}

/** Whether Ollama answers, and has the model. */
export function createOllamaLook({
  host,
  model,
  fetch,
}: OllamaOptions): (signal: AbortSignal) => Promise<ComponentHealth> {
  return async (signal) => {
    const client = new Ollama({ host, fetch: (input, init) => fetch(input, { ...init, signal }) });
    try {
      const { models } = await client.list();
      const has = models.some(({ name }) => name === model || name === `${model}:latest`);
      return has
        ? { status: "healthy", detail: `${model} at ${host}` }
        : { status: "degraded", detail: `Ollama has no model ${model}: pull it.` };
    } catch {
      return { status: "off", detail: `Ollama does not answer at ${host}.` };
    }
  };
}
