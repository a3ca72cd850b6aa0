import { createServer, type Server } from "node:http";
import { join } from "node:path";
import { getRequestListener } from "@hono/node-server";
import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { WebStandardStreamableHTTPServerTransport } from "@modelcontextprotocol/sdk/server/webStandardStreamableHttp.js";
import { afterEach, expect, test, vi } from "vitest";
import type { Destination } from "../engine/agent/assistant-ports.ts";
import type { McpServer as McpEntry } from "../engine/agent/tools/mcp-config.ts";
import type { McpServers } from "../engine/agent/tools/tool-box.ts";
import { createLogger } from "../engine/base/logging.ts";
import { createEgress } from "./egress.ts";
import { createMcpServers } from "./mcp-servers.ts";

const fixture = join(import.meta.dirname, "fixture-mcp-server.ts");
const stdio = (env: Record<string, string> = {}): McpEntry => ({ command: process.execPath, args: [fixture], env });
const signal = AbortSignal.timeout(120_000);
let servers: McpServers | undefined;
let http: Server | undefined;
afterEach(async () => {
  await servers?.close();
  http?.closeAllConnections();
  http?.close();
  [servers, http] = [undefined, undefined];
});

function open(
  entries: Record<string, McpEntry>,
  options: { timeoutMs?: number; fetch?: typeof fetch } = {},
): McpServers {
  const log = createLogger("silent", { write: () => {} });
  servers = createMcpServers({
    servers: new Map(Object.entries(entries)),
    version: "0.0.0",
    fetch,
    log,
    timeoutMs: 30_000,
    ...options,
  });
  return servers;
}

/** A server over HTTP with one tool. @returns its address */
async function serve(): Promise<string> {
  const listener = getRequestListener(async (request) => {
    const server = new McpServer({ name: "http", version: "1.0.0" });
    server.registerTool("hello", { description: "Says hello" }, () => ({
      content: [{ type: "text", text: `hello ${request.headers.get("x-key") ?? ""}` }],
    }));
    const transport = new WebStandardStreamableHTTPServerTransport({ enableJsonResponse: true });
    await server.connect(transport);
    return await transport.handleRequest(request);
  });
  http = createServer(listener);
  await new Promise<void>((resolve) => http!.listen(0, "127.0.0.1", resolve));
  const address = http.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return `http://127.0.0.1:${address.port}/mcp`;
}

test("the tools of a real server are listed by its name, called, and what they give is read", async () => {
  const mcp = open({ fix: stdio() });
  const cards = await mcp.list();
  expect(cards.map(({ name }) => name)).toContain("fix/echo");
  expect(await mcp.call("fix", "echo", { value: "plain" }, signal)).toBe("plain");
  expect(await mcp.call("fix", "echo", { value: { a: [1, null] } }, signal)).toEqual({ a: [1, null] });
  expect(await mcp.call("fix", "echo", { value: '{"__proto__":{"x":1}}' }, signal)).toBe('{"__proto__":{"x":1}}');
  // Two texts are no JSON.
  expect(await mcp.call("fix", "two", {}, signal)).toBe("1\n2");
  expect(mcp.status()).toEqual([{ name: "fix", status: "connected" }]);
});

test.each(["fail", "throw", "large", "none"])("what the tool %s says in an error is not repeated", async (tool) => {
  const failed = await open({ fix: stdio() })
    .call("fix", tool, {}, signal)
    .catch((error: unknown) => error);
  expect(failed).toMatchObject({ code: tool === "large" ? "INPUT_TOO_LARGE" : "UNAVAILABLE" });
  expect(String(failed)).not.toContain("SECRET");
});

test("a server sees nothing of the engine's environment but what its entry gives it", async () => {
  vi.stubEnv("ANTHROPIC_API_KEY", "sk-secret");
  const seen = await open({ fix: stdio({ OWN: "1" }) }).call("fix", "environment", {}, signal);
  vi.unstubAllEnvs();
  expect(seen).toContain("OWN");
  expect(seen).not.toContain("ANTHROPIC_API_KEY");
});

test("a call that takes too long is given up, one that is cancelled ends at once, and a server that ended is started again", async () => {
  const mcp = open({ fix: stdio() }, { timeoutMs: 15_000 });
  expect(await mcp.call("fix", "echo", { value: "1" }, signal)).toBe(1);
  const stop = new AbortController();
  const slow = mcp.call("fix", "slow", {}, stop.signal);
  setTimeout(() => stop.abort(new Error("stopped")), 100);
  await expect(slow).rejects.toThrow("stopped");
  await expect(mcp.call("fix", "die", {}, signal)).rejects.toMatchObject({ code: "UNAVAILABLE" });
  await expect
    .poll(() => mcp.call("fix", "echo", { value: "again" }, signal).catch(() => null), { timeout: 30_000 })
    .toBe("again");
});

test("a server that cannot be started is said to be down, and takes no other with it", async () => {
  const mcp = open({ gone: { command: "/no/such/program", args: [], env: {} }, fix: stdio() });
  expect((await mcp.list()).every(({ name }) => name.startsWith("fix/"))).toBe(true);
  expect(mcp.status()).toContainEqual({ name: "gone", status: "down" });
  await expect(mcp.call("gone", "echo", {}, signal)).rejects.toMatchObject({ code: "UNAVAILABLE" });
});

test("a server over HTTP is called by the one way out alone, with its own headers", async () => {
  const url = await serve();
  const entry = { url, headers: { "x-key": "k" } };
  const left: string[] = [];
  const to: Destination = { purpose: "mcp", origin: new URL(url).origin, addresses: null };
  const egress = createEgress([to], ({ origin }) => left.push(origin));
  const mcp = open({ web: entry }, { fetch: egress.fetchFor("mcp") });
  expect(await mcp.call("web", "hello", {}, signal)).toBe("hello k");
  expect(left.length).toBeGreaterThan(0);
  await mcp.close();
  const elsewhere = open({ web: entry }, { fetch: createEgress([], () => {}).fetchFor("mcp") });
  await expect(elsewhere.call("web", "hello", {}, signal)).rejects.toMatchObject({ code: "UNAVAILABLE" });
});
