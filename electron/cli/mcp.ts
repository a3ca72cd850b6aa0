import { SentinelError } from "../../shared/errors.ts";
import { readRunFile } from "../run-file.ts";
import { type Command, exitCodes } from "./command.ts";

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
    // Loaded here: no other command, and no start, needs the protocol.
    const { bridgeMcp } = await import("./mcp-bridge.ts");
    await bridgeMcp(around, new URL("/mcp/", running.ui_origin), running.token);
    return exitCodes.done;
  },
};
