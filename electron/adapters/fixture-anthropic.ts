import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** How the stand-in answers one call. */
export type AnthropicReply =
  | { readonly plan: unknown; readonly inputTokens?: number; readonly outputTokens?: number; readonly afterMs?: number }
  | { readonly text: string }
  | { readonly status: number; readonly retryAfterMs?: number }
  /** Breaks off in the middle of the plan; `politely`: the stream ends, but not the message. */
  | { readonly cut: unknown; readonly politely?: true }
  /** Ends within its tokens. */
  | { readonly tooLong: unknown }
  | { readonly garbage: string }
  /** `silent`: says nothing more after its first event; else it goes on for ever. */
  | { readonly endless: "silent" | "chatty" };

export interface AnthropicStandIn {
  readonly url: string;
  /** Bodies and keys of the calls that came, in order. */
  readonly calls: { readonly body: string; readonly key: string | undefined; readonly path: string }[];
  /** What the next calls are answered with; the last one stays. */
  replies: AnthropicReply[];
  close(): Promise<void>;
}

/** The streams of the Messages API as its documentation describes them: server-sent events from `message_start` to `message_stop`. */
export async function startAnthropicStandIn(
  replies: readonly AnthropicReply[],
  key = "test-key",
): Promise<AnthropicStandIn> {
  const standIn = { replies: [...replies], calls: [] as AnthropicStandIn["calls"][number][] };
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      // The SDK sends the key as a bearer token; older ones in a header of its own.
      const { authorization, "x-api-key": plain } = request.headers;
      const given = authorization?.replace(/^Bearer /, "") ?? plain;
      const body = Buffer.concat(chunks).toString("utf8");
      standIn.calls.push({ body, key: typeof given === "string" ? given : undefined, path: request.url ?? "" });
      if (given !== key) return refuse(response, 401, "authentication_error", "invalid x-api-key");
      const next = standIn.replies.length > 1 ? standIn.replies.shift()! : standIn.replies[0]!;
      void answer(response, next);
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return Object.assign(standIn, {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  });
}

function refuse(response: ServerResponse, status: number, type: string, message: string, retryAfterMs?: number): void {
  const headers = retryAfterMs === undefined ? {} : { "retry-after-ms": String(retryAfterMs) };
  response.writeHead(status, { "content-type": "application/json", ...headers });
  response.end(JSON.stringify({ type: "error", error: { type, message } }));
}

const errorTypes: Readonly<Record<number, string>> = {
  404: "not_found_error",
  429: "rate_limit_error",
  529: "overloaded_error",
};

async function answer(response: ServerResponse, reply: AnthropicReply): Promise<void> {
  if ("status" in reply) {
    return refuse(
      response,
      reply.status,
      errorTypes[reply.status] ?? "api_error",
      "SECRET of the server",
      reply.retryAfterMs,
    );
  }
  if ("afterMs" in reply) await new Promise((resolve) => setTimeout(resolve, reply.afterMs));
  response.writeHead(200, { "content-type": "text/event-stream" });
  const send = (type: string, data: object) =>
    response.write(`event: ${type}\ndata: ${JSON.stringify({ type, ...data })}\n\n`);
  if ("garbage" in reply) return void response.end(reply.garbage);
  const usage = { input_tokens: "inputTokens" in reply ? reply.inputTokens : 21, output_tokens: 1 };
  const message = { id: "msg_1", type: "message", role: "assistant", model: "stand-in", content: [], usage };
  send("message_start", { message: { ...message, stop_reason: null, stop_sequence: null } });
  if ("endless" in reply) {
    send("content_block_start", { index: 0, content_block: { type: "text", text: "" } });
    if (reply.endless === "silent") return;
    const words = "and so on ".repeat(1000);
    const go = () => {
      while (!response.destroyed) {
        if (!send("content_block_delta", { index: 0, delta: { type: "text_delta", text: words } })) {
          response.once("drain", go);
          return;
        }
      }
    };
    return go();
  }
  if ("text" in reply) {
    send("content_block_start", { index: 0, content_block: { type: "text", text: "" } });
    send("content_block_delta", { index: 0, delta: { type: "text_delta", text: reply.text } });
  } else {
    const given = "plan" in reply ? reply.plan : "cut" in reply ? reply.cut : reply.tooLong;
    const json = JSON.stringify(given);
    const part = "plan" in reply ? json.length : Math.floor(json.length / 2);
    const block = { type: "tool_use", id: "toolu_9", name: "submit_plan", input: {} };
    send("content_block_start", { index: 0, content_block: block });
    for (let at = 0; at < part; at += 40) {
      const partial_json = json.slice(at, Math.min(part, at + 40));
      send("content_block_delta", { index: 0, delta: { type: "input_json_delta", partial_json } });
    }
    if ("cut" in reply) {
      if (reply.politely) return void response.end();
      return void setTimeout(() => response.destroy(), 30);
    }
  }
  send("content_block_stop", { index: 0 });
  const stop_reason = "plan" in reply ? "tool_use" : "text" in reply ? "end_turn" : "max_tokens";
  const output_tokens = ("outputTokens" in reply ? reply.outputTokens : undefined) ?? 34;
  send("message_delta", { delta: { stop_reason, stop_sequence: null }, usage: { output_tokens } });
  send("message_stop", {});
  response.end();
}
