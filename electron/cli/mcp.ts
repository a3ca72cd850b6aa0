import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { ReadBuffer, serializeMessage } from "@modelcontextprotocol/sdk/shared/stdio.js";
import type { Transport } from "@modelcontextprotocol/sdk/shared/transport.js";
import type { JSONRPCMessage, RequestId } from "@modelcontextprotocol/sdk/types.js";
import { SentinelError } from "../../shared/errors.ts";
import { readRunFile } from "../run-file.ts";
import { type Command, exitCodes, type Surroundings } from "./command.ts";

export const mcp: Command = {
  name: "mcp",
  summary: "Offer the agent to other programs as an MCP server over standard input and output",
  usage: "",
  details: `Talks to the engine that runs; tools: search_memory, store_memory, run_task, health_check. Approvals are a person's, in
Sentinel. For the mcpServers file of another program: {"command": "sentinel", "args": ["mcp"]}. Ends with its input.`,
  options: {},
  operands: [0, 0],
  async run({ around }) {
    const running = readRunFile(around.config.SENTINEL_HOME);
    if (running === undefined) throw new SentinelError("UNAVAILABLE", "No engine runs: start Sentinel first.");
    await bridge(around, new URL("/mcp/", running.ui_origin), running.token);
    return exitCodes.done;
  },
};

/** Passes messages on, both ways: what the tools are and may do stands in the engine alone. */
async function bridge({ stdin, stop, write }: Surroundings, url: URL, token: string): Promise<void> {
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
