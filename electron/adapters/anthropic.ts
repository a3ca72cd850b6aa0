import Anthropic, { APIConnectionError, APIError, APIUserAbortError } from "@anthropic-ai/sdk";
import type { MessageStream } from "@anthropic-ai/sdk/lib/MessageStream";
import type { MessageParam } from "@anthropic-ai/sdk/resources/messages";
import { SentinelError } from "../../shared/errors.ts";
import type { PlannerCall, PlannerMessage, PlannerModel } from "../engine/agent/planner/planner.ts";

export interface AnthropicOptions {
  readonly apiKey: string;
  /** Null: Anthropic's own. */
  readonly baseUrl: string | null;
  readonly model: string;
  readonly timeoutMs: number;
  /** The only way out. */
  readonly fetch: typeof fetch;
}

/** Longest plan, in tokens. */
const mostTokens = 16_000;
const retries = 2;
/** Longest reply that is read, UTF-16 units: a planner that never ends is cut off. */
const mostCharacters = 2_000_000;

/**
 * Claude as the planner, over the Messages API: one tool, `submit_plan`, which it has to call.
 * Rate limits (429) and overload (529) are waited for and tried again by the SDK, twice.
 */
export function createAnthropicPlanner({ apiKey, baseUrl, model, timeoutMs, fetch }: AnthropicOptions): PlannerModel {
  const options = { apiKey, timeout: timeoutMs, maxRetries: retries, fetch, logLevel: "off" as const };
  const client = new Anthropic(baseUrl === null ? options : { ...options, baseURL: baseUrl });
  return {
    write: (call) => JSON.stringify({ ...toBody(call, model), stream: true }),
    async submit(call: PlannerCall, signal: AbortSignal) {
      try {
        const stream = client.messages.stream(toBody(call, model), { signal });
        const message = await withinLimits(stream, timeoutMs);
        const used = message.content.find((block) => block.type === "tool_use" && block.name === call.tool.name);
        // What was cut off is no plan, however much of it can be read.
        const isWhole = message.stop_reason === "tool_use" || message.stop_reason === "end_turn";
        return {
          plan: used?.type === "tool_use" && isWhole ? used.input : undefined,
          inputTokens: message.usage.input_tokens,
          outputTokens: message.usage.output_tokens,
        };
      } catch (error) {
        throw toSentinelError(error, signal);
      }
    },
  };
}

/**
 * The message once it is whole.
 * @throws SentinelError UNAVAILABLE when nothing comes for too long, or too much
 */
async function withinLimits(stream: MessageStream, timeoutMs: number): Promise<Anthropic.Message> {
  let length = 0;
  let why: string | undefined;
  let timer: NodeJS.Timeout | undefined;
  const giveUp = (reason: string) => {
    why ??= reason;
    stream.abort();
  };
  const wait = () => {
    clearTimeout(timer);
    timer = setTimeout(() => giveUp("The planner did not answer in time."), timeoutMs);
  };
  // SECURITY: pieces are counted as they come. The client's own event for those of a plan reads all of it anew for each of
  // them, so that a long plan in small pieces would hold up the whole engine for minutes.
  const count = (event: Anthropic.MessageStreamEvent) => {
    length += pieceOf(event).length;
    if (length > mostCharacters) giveUp(`The planner's answer is longer than ${mostCharacters} characters.`);
  };
  // Only what is going on is limited in time: until it begins, the client waits and asks again.
  stream.on("streamEvent", wait).on("streamEvent", count);
  try {
    return await stream.finalMessage();
  } catch (error) {
    if (why !== undefined) throw new SentinelError("UNAVAILABLE", why, undefined, error);
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

function pieceOf(event: Anthropic.MessageStreamEvent): string {
  if (event.type !== "content_block_delta") return "";
  const { delta } = event;
  if (delta.type === "text_delta") return delta.text;
  if (delta.type === "input_json_delta") return delta.partial_json;
  return delta.type === "thinking_delta" ? delta.thinking : "";
}

function toBody({ system, messages, tool }: PlannerCall, model: string): Anthropic.MessageStreamParams {
  const input_schema = tool.input as Anthropic.Tool.InputSchema;
  return {
    model,
    max_tokens: mostTokens,
    system,
    messages: toMessages(messages),
    tools: [{ name: tool.name, description: tool.description, input_schema }],
    tool_choice: { type: "tool", name: tool.name },
  };
}

function toMessages(messages: readonly PlannerMessage[]): MessageParam[] {
  return messages.map((message): MessageParam => {
    if ("text" in message) return { role: message.role, content: message.text };
    if ("plan" in message) {
      const input = message.plan as Record<string, unknown>;
      return { role: "assistant", content: [{ type: "tool_use", id: "toolu_1", name: "submit_plan", input }] };
    }
    const content = [{ type: "text" as const, text: message.problem }];
    return { role: "user", content: [{ type: "tool_result", tool_use_id: "toolu_1", is_error: true, content }] };
  });
}

/** In words of ours: what a server says is not repeated, it may hold anything. */
function toSentinelError(error: unknown, signal: AbortSignal): unknown {
  if (error instanceof SentinelError) return error;
  if (signal.aborted || error instanceof APIUserAbortError) return signal.reason ?? error;
  const inner = error instanceof Error ? error.cause : undefined;
  if (inner instanceof SentinelError) return inner;
  if (error instanceof APIConnectionError) {
    return new SentinelError("UNAVAILABLE", "The planner cannot be reached, or broke off.", undefined, error);
  }
  if (!(error instanceof APIError)) {
    return new SentinelError("UNAVAILABLE", "The planner's answer cannot be read.", undefined, error);
  }
  if (error.status === 429)
    return new SentinelError("RATE_LIMITED", "The planner takes no more requests for now.", { retry_after_s: 60 });
  if (error.status === 401 || error.status === 403)
    return new SentinelError("UNAVAILABLE", "The planner does not take the API key.");
  if (error.status === 404)
    return new SentinelError("UNAVAILABLE", "The planner answers with status 404: check SENTINEL_PLANNER_MODEL.");
  const status = error.status === undefined ? "an error" : `status ${error.status}`;
  return new SentinelError("UNAVAILABLE", `The planner answers with ${status}.`);
}
