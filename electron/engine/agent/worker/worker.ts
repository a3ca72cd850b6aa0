import { SentinelError } from "../../../../shared/errors.ts";
import { noTracing, type Tracing } from "../../base/tracing.ts";
import type { Json } from "../flow/json.ts";
import { takeJson } from "../flow/json.ts";
import type { LlmStep } from "../flow/plan.ts";
import type { WorkerAnswer } from "../flow/task-run.ts";
import type { ScanSummary } from "../flow/task-state.ts";
import type { Value } from "../flow/values.ts";
import { holdersOfAnswer } from "../scan/holders.ts";
import { extractByRule } from "./extract-by-rule.ts";
import { spotlight, spotlightRules } from "./spotlight.ts";

/** Longest prompt with everything inserted, and longest answer, in characters. */
export const mostCharacters = 100_000;
/** How often an answer that does not fit its schema is asked for again. */
const retries = 2;

/** A local model that does text work. */
export interface WorkerModel {
  /**
   * Streams an answer.
   * @param format "json", a JSON Schema unchanged, or null for text
   * @param onUsage hears of the tokens read and written, where the model's server counts them
   * @param onCut hears that the answer ended where it became too long, and not where the model ended it
   * @throws SentinelError UNAVAILABLE when it cannot be had; INPUT_TOO_LARGE when not all of the prompt was read
   */
  answer(ask: {
    system: string;
    prompt: string;
    format: Json;
    signal: AbortSignal;
    onUsage?: (inputTokens: number, outputTokens: number) => void;
    onCut?: () => void;
  }): AsyncIterable<string>;
}

export interface WorkerPorts {
  /** Absent: nothing is traced. */
  readonly tracing?: Tracing;
  /** Null: there is none. */
  readonly model: WorkerModel | null;
  /** Scans an answer, all scanners; one that fails counts as flagged. */
  scan(answer: string, input: string, signal: AbortSignal): Promise<ScanSummary>;
  satisfies(schema: Readonly<Record<string, unknown>>, value: unknown): boolean;
  /** Longest time of one answer, milliseconds. */
  readonly timeoutMs: number;
  /** Counts what is answered; throws when the task may use no more. */
  spend(characters: number): void;
}

/**
 * Does one step of text work. Where no answer fits its schema, what the schema asks for is read by rule, if it can be. Nothing that a worker answers stands in an error: whoever reads the error learns that there was one.
 * @throws SentinelError INPUT_TOO_LARGE, INPUT_INVALID, UNAVAILABLE
 */
export async function doWork(
  step: LlmStep,
  inserted: ReadonlyMap<string, Value>,
  ports: WorkerPorts,
  signal: AbortSignal,
): Promise<WorkerAnswer> {
  const prompt = step.prompt
    .map((part) => ("from" in part ? spotlight(inserted.get(part.from)!.json, part.from) : part.text))
    .join("");
  requireLength(prompt);
  requireAscii(prompt);
  const given = [...inserted.values()].map(({ json }) => json);
  const input = given.map((json) => (typeof json === "string" ? json : JSON.stringify(json))).join("\n");
  let answer: { json: Json; text: string; isByRule?: true; isCut?: true };
  try {
    answer = await askUntilItFits(step, prompt, ports, signal);
  } catch (error) {
    const isGivenUp = error instanceof SentinelError && ["INPUT_INVALID", "UNAVAILABLE"].includes(error.code);
    const json = isGivenUp ? extractByRule(step.schema, given) : undefined;
    if (json === undefined || !ports.satisfies(step.schema as Record<string, unknown>, json)) throw error;
    answer = { json, text: JSON.stringify(json), isByRule: true };
  }
  const { text, ...found } = answer;
  const scans = await ports.scan(text, input, signal);
  const held = holdersOfAnswer(scans);
  if (held.length > 0) return { blocked: `The answer is held back by the scan: ${held.join(", ")}.`, scans };
  return { ...found, scans };
}

async function askUntilItFits(
  step: LlmStep,
  prompt: string,
  ports: WorkerPorts,
  signal: AbortSignal,
): Promise<{ json: Json; text: string; isCut?: true }> {
  const { model } = ports;
  if (model === null) {
    throw new SentinelError(
      "UNAVAILABLE",
      "There is no local model: start Ollama, or use a task that works without one.",
    );
  }
  const format = step.output === "text" ? null : (step.schema ?? "json");
  for (let attempt = 0; attempt <= retries; attempt++) {
    const { tracing = noTracing } = ports;
    let isCut = false;
    const onCut = () => {
      isCut = true;
    };
    const text = await tracing.span("model.call", { "gen_ai.operation.name": "work" }, (span) => {
      const onUsage = (input: number, output: number) =>
        span.set({ "gen_ai.usage.input_tokens": input, "gen_ai.usage.output_tokens": output });
      return read(model, { prompt, format, onUsage, onCut }, ports, signal);
    });
    const json = step.output === "text" ? text : readJson(text);
    if (json === undefined) continue;
    if (step.schema !== null && !ports.satisfies(step.schema as Record<string, unknown>, json)) continue;
    return isCut ? { json, text, isCut } : { json, text };
  }
  throw new SentinelError("INPUT_INVALID", `The worker's answer does not fit what step ${step.id} asks for.`);
}

/** SECURITY: the gates of a prompt. Each stands alone, so that a test can show that it holds. */
export function requireLength(prompt: string): void {
  if (prompt.length <= mostCharacters) return;
  throw new SentinelError("INPUT_TOO_LARGE", `The worker's prompt is longer than ${mostCharacters} characters.`);
}

/** SECURITY: no character that is not shown as itself reaches the worker; what is inserted is encoded. */
export function requireAscii(prompt: string): void {
  if (/^[\t\n\r -~]*$/.test(prompt)) return;
  throw new SentinelError("INPUT_INVALID", "A worker's prompt may hold printable ASCII characters alone.");
}

async function read(
  model: WorkerModel,
  ask: {
    prompt: string;
    format: Json;
    onUsage: (inputTokens: number, outputTokens: number) => void;
    onCut: () => void;
  },
  ports: WorkerPorts,
  signal: AbortSignal,
): Promise<string> {
  const timeout = AbortSignal.timeout(ports.timeoutMs);
  const either = AbortSignal.any([signal, timeout]);
  const parts: string[] = [];
  let length = 0;
  try {
    for await (const part of model.answer({ system: spotlightRules, ...ask, signal: either })) {
      either.throwIfAborted();
      ports.spend(part.length);
      parts.push(part.slice(0, mostCharacters - length));
      length += part.length;
      if (length < mostCharacters) continue;
      // One that never ends is cut off.
      ask.onCut();
      break;
    }
  } catch (error) {
    signal.throwIfAborted();
    if (timeout.aborted) throw new SentinelError("UNAVAILABLE", "The local model did not answer in time.");
    throw error;
  }
  return parts.join("");
}

/** The JSON value that an answer is, or the first that stands in it: models wrap it in words. */
export function readJson(text: string): Json | undefined {
  const fenced = /```(?:json)?\s*\n([\s\S]*?)```/.exec(text)?.[1];
  for (const candidate of [text, fenced, outermost(text, "{", "}"), outermost(text, "[", "]")]) {
    if (candidate === undefined) continue;
    try {
      return takeJson(JSON.parse(candidate), "An answer");
    } catch {
      // The next.
    }
  }
  return undefined;
}

function outermost(text: string, open: string, close: string): string | undefined {
  const [start, end] = [text.indexOf(open), text.lastIndexOf(close)];
  return start >= 0 && end > start ? text.slice(start, end + 1) : undefined;
}
