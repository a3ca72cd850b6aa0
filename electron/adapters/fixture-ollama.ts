import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** How the stand-in answers one call of `/api/chat`. */
export type OllamaReply =
  /** `reason`: why it ended; `read`: tokens of the prompt. */
  | { readonly parts: readonly string[]; readonly pauseMs?: number; readonly reason?: string; readonly read?: number }
  /** Breaks off after these parts. */
  | { readonly cut: readonly string[] }
  | { readonly status: number; readonly error: string }
  /** An error in the middle of the stream. */
  | { readonly breaks: string }
  | { readonly garbage: string }
  | { readonly endless: true };

export interface OllamaStandIn {
  readonly url: string;
  /** Bodies of the calls that came, in order. */
  readonly calls: Record<string, unknown>[];
  replies: OllamaReply[];
  close(): Promise<void>;
}

/**
 * Ollama's `/api/chat` as its documentation describes it: one JSON object a line, the last with `done`.
 * @param model that it says it has; left out: it lists none
 */
export async function startOllamaStandIn(replies: readonly OllamaReply[], model?: string): Promise<OllamaStandIn> {
  const standIn = { replies: [...replies], calls: [] as Record<string, unknown>[] };
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      if (model !== undefined && (request.url === "/api/tags" || request.url === "/api/ps")) {
        const models = request.url === "/api/tags" ? [{ name: model, model }] : [];
        return void response.end(JSON.stringify({ models }));
      }
      if (request.url !== "/api/chat") return void response.writeHead(404).end();
      standIn.calls.push(JSON.parse(Buffer.concat(chunks).toString("utf8")) as Record<string, unknown>);
      void answer(response, standIn.replies.length > 1 ? standIn.replies.shift()! : standIn.replies[0]!);
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

async function answer(response: ServerResponse, reply: OllamaReply): Promise<void> {
  if ("status" in reply) {
    response.writeHead(reply.status, { "content-type": "application/json" });
    return void response.end(JSON.stringify({ error: reply.error }));
  }
  response.writeHead(200, { "content-type": "application/x-ndjson" });
  const ended =
    "parts" in reply
      ? {
          ...(reply.reason === undefined ? {} : { done_reason: reply.reason }),
          ...(reply.read === undefined ? {} : { prompt_eval_count: reply.read }),
        }
      : {};
  const say = (content: string, done = false) =>
    response.write(
      `${JSON.stringify({
        ...{ model: "stand-in", message: { role: "assistant", content }, done },
        ...(done ? { prompt_eval_count: 12, eval_count: 7, done_reason: "stop", ...ended } : {}),
      })}\n`,
    );
  if ("garbage" in reply) return void response.end(reply.garbage);
  if ("endless" in reply) {
    const go = () => {
      while (!response.destroyed) {
        if (!say("on and on ".repeat(100))) return void response.once("drain", go);
      }
    };
    return go();
  }
  if ("breaks" in reply) {
    say("half");
    return void response.end(`${JSON.stringify({ error: reply.breaks })}\n`);
  }
  for (const part of "parts" in reply ? reply.parts : reply.cut) {
    say(part);
    if ("pauseMs" in reply) await new Promise((resolve) => setTimeout(resolve, reply.pauseMs));
  }
  if ("cut" in reply) return void setTimeout(() => response.destroy(), 30);
  say("", true);
  response.end();
}
