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

export interface OllamaWorkerOptions extends OllamaOptions {
  /** Tokens that prompt and answer may have together. */
  readonly contextTokens: number;
}

/** Longest answer, tokens. */
const mostTokens = 8192;

/** Longest line of an answer, UTF-16 units: each holds a token or a few. */
const longestLine = 1_000_000;

/** A local model as the worker, through Ollama's chat API, streamed; the model stays loaded for five minutes. */
export function createOllamaWorker({ host, model, contextTokens, fetch }: OllamaWorkerOptions): WorkerModel {
  const tooLong = () =>
    new SentinelError(
      "INPUT_TOO_LARGE",
      `Ollama did not read the whole prompt: it may be longer than the context of ${contextTokens} tokens (SENTINEL_OLLAMA_CONTEXT).`,
    );
  return {
    async *answer({ system, prompt, format, signal, onUsage, onCut }) {
      // A client of its own for each answer: its abort ends all that a client does.
      const client = new Ollama({
        host,
        async fetch(input, init) {
          const reply = await fetch(input, { ...init, signal });
          if (reply.status === 400) {
            const said = await reply.text();
            if (/context|too long|input length/i.test(said)) throw tooLong();
            return new Response(said, reply);
          }
          return new Response(reply.body?.pipeThrough(onlyJsonLines()) ?? null, reply);
        },
      });
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
          // Servers that know these two refuse a prompt that is too long, and end an answer that becomes so; others drop what came first.
          ...{ truncate: false, shift: false },
          options: { num_ctx: contextTokens, num_predict: Math.min(mostTokens, contextTokens), temperature: 0 },
        });
        for await (const { message, done, done_reason, prompt_eval_count = 0, eval_count = 0 } of stream) {
          if (done) {
            onUsage?.(prompt_eval_count, eval_count);
            // Of these nobody knows what was read.
            if (prompt_eval_count >= contextTokens) throw tooLong();
            if (done_reason === "length") onCut?.();
          }
          yield message.content;
        }
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

/**
 * Passes lines of JSON on, whole, and breaks off at anything else.
 * SECURITY: the client writes a line that it cannot read to the standard error output, and what a worker answers must not reach a log.
 */
function onlyJsonLines(): TransformStream<Uint8Array, Uint8Array> {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  const encoder = new TextEncoder();
  let rest = "";
  function pass(lines: readonly string[], controller: TransformStreamDefaultController<Uint8Array>): void {
    for (const line of lines) {
      if (line === "") continue;
      JSON.parse(line);
      controller.enqueue(encoder.encode(`${line}\n`));
    }
  }
  return new TransformStream({
    transform(chunk, controller) {
      const lines = `${rest}${decoder.decode(chunk, { stream: true })}`.split("\n");
      rest = lines.pop()!;
      if (rest.length > longestLine) throw new Error("A line of the answer is too long.");
      pass(lines, controller);
    },
    flush: (controller) => pass([rest + decoder.decode()], controller),
  });
}

/** Whether Ollama answers, and has the model; where it computes while it is loaded. */
export function createOllamaLook({
  host,
  model,
  fetch,
}: OllamaOptions): (signal: AbortSignal) => Promise<ComponentHealth> {
  return async (signal) => {
    const client = new Ollama({ host, fetch: (input, init) => fetch(input, { ...init, signal }) });
    const isOurs = ({ name }: { readonly name: string }) => name === model || name === `${model}:latest`;
    try {
      if (!(await client.list()).models.some(isOurs)) {
        return { status: "degraded", detail: `Ollama has no model ${model}: pull it.` };
      }
      const loaded = (await client.ps()).models.find(isOurs);
      return {
        status: "healthy",
        detail: `${model} at ${host}, ${loaded === undefined ? "not loaded" : placeOf(loaded)}`,
      };
    } catch {
      return { status: "off", detail: `Ollama does not answer at ${host}.` };
    }
  };
}

/** Where a loaded model sits. Both sizes are bytes. */
function placeOf({ size, size_vram: onGpu }: { readonly size: number; readonly size_vram: number }): string {
  if (onGpu <= 0) return "on the CPU";
  if (onGpu >= size) return "on the GPU";
  return `partly on the GPU (${Math.floor((onGpu / size) * 100)} %)`;
}
