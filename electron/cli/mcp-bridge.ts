import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { ReadBuffer, serializeMessage } from "@modelcontextprotocol/sdk/shared/stdio.js";
import type { Transport } from "@modelcontextprotocol/sdk/shared/transport.js";
import type { JSONRPCMessage, RequestId } from "@modelcontextprotocol/sdk/types.js";
import { SentinelError } from "../../shared/errors.ts";
import type { Surroundings } from "./command.ts";

/** Passes messages on, both ways: what the tools are and may do stands in the engine alone. */
export async function bridgeMcp({ stdin, stop, write }: Surroundings, url: URL, token: string): Promise<void> {
  const transport: Transport = new StreamableHTTPClientTransport(url, {
    requestInit: { headers: { Authorization: `Bearer ${token}` } },
  }) as Transport;
  /** Requests without an answer yet. */
  const open = new Set<RequestId>();
  const idle = Promise.withResolvers<void>();
  let hasEnded = false;
  const settle = (id: RequestId) => {
    open.delete(id);
    if (hasEnded && open.size === 0) idle.resolve();
  };
  transport.onmessage = (message) => {
    void write(serializeMessage(message)).then(() => {
      if (!("method" in message) && message.id !== undefined) settle(message.id);
    });
  };
  const pass = async (message: JSONRPCMessage) => {
    const id = "method" in message && "id" in message ? message.id : undefined;
    if (id !== undefined) open.add(id);
    try {
      await transport.send(message);
    } catch (error) {
      if (id === undefined) return;
      const problem = error instanceof Error ? error.message : "It failed.";
      await write(serializeMessage({ jsonrpc: "2.0", id, error: { code: -32_603, message: problem } }));
      settle(id);
    }
  };
  await transport.start();
  stop.addEventListener("abort", () => idle.resolve(), { once: true });
  const input = new ReadBuffer();
  const reading = (async () => {
    for await (const chunk of stdin) {
      input.append(Buffer.from(chunk));
      for (let message = next(input); message !== null; message = next(input)) void pass(message);
    }
    hasEnded = true;
    if (open.size === 0) idle.resolve();
  })().catch((error: unknown) => idle.reject(error));
  await idle.promise;
  await transport.close();
  void reading;
}

/** @throws SentinelError INPUT_INVALID for a line that is no message */
function next(input: ReadBuffer): JSONRPCMessage | null {
  try {
    return input.readMessage();
  } catch (error) {
    throw new SentinelError(
      "INPUT_INVALID",
      "Standard input holds a line that is no JSON-RPC message.",
      undefined,
      error,
    );
  }
}
