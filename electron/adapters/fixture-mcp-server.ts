// A real MCP server over stdio, for tests: `node fixture-mcp-server.ts`.
import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { StdioServerTransport } from "@modelcontextprotocol/sdk/server/stdio.js";
import { z } from "zod";

const server = new McpServer({ name: "fixture", version: "1.0.0" });
const text = (value: string) => ({ content: [{ type: "text" as const, text: value }] });

server.registerTool("echo", { description: "Says it again", inputSchema: { value: z.unknown() } }, ({ value }) =>
  text(typeof value === "string" ? value : JSON.stringify(value)),
);
server.registerTool("two", { description: "Two texts" }, () => ({
  content: [
    { type: "text", text: "1" },
    { type: "text", text: "2" },
  ],
}));
server.registerTool("fail", { description: "An error that quotes" }, () => ({
  ...text("SECRET error"),
  isError: true,
}));
server.registerTool("throw", { description: "Throws" }, () => {
  throw new Error("SECRET exception");
});
server.registerTool("large", { description: "Too much" }, () => text("x".repeat(600_000)));
server.registerTool("slow", { description: "Never ends" }, () => new Promise(() => {}));
server.registerTool("environment", { description: "What it sees" }, () =>
  text(JSON.stringify(Object.keys(process.env).sort())),
);
server.registerTool("die", { description: "Ends the server" }, () => process.exit(1));

await server.connect(new StdioServerTransport());
