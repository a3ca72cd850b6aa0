import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import type { Transport } from "@modelcontextprotocol/sdk/shared/transport.js";
import { SentinelError } from "../../shared/errors.ts";
import { type Json, takeJson } from "../engine/agent/flow/json.ts";
import type { ToolCard } from "../engine/agent/planner/planner.ts";
import type { McpServer } from "../engine/agent/tools/mcp-config.ts";
import type { McpServers } from "../engine/agent/tools/tool-box.ts";
import type { Logger } from "../engine/base/logging.ts";

export interface McpOptions {
  readonly servers: ReadonlyMap<string, McpServer>;
  readonly version: string;
  /** The only way out. */
  readonly fetch: typeof fetch;
  readonly log: Logger;
  /** Longest time of one call, milliseconds. */
  readonly timeoutMs: number;
}

interface Connection {
  client: Promise<Client> | null;
  problem: string | null;
}

/** After a failed start a server is not tried again for so long, milliseconds. */
const pauseMs = 10_000;
/** Pages of a server's list of tools that are read: one that always names another would never end. */
const mostPages = 100;
/** Largest answer of a tool, UTF-16 units. */
const mostCharacters = 500_000;

/** MCP servers as the operator lists them, each started when it is first needed, and again when it has ended. */
export function createMcpServers({ servers, version, fetch, log, timeoutMs }: McpOptions): McpServers {
  const connections = new Map<string, Connection>();
  const failedAt = new Map<string, number>();
  let isClosed = false;

  function transportOf(server: McpServer): Transport {
    if ("url" in server) {
      return new StreamableHTTPClientTransport(new URL(server.url), {
        fetch,
        requestInit: { headers: server.headers },
      });
    }
    const { command, args, env } = server;
    // SECURITY: a server gets what its entry gives it, and nothing of the engine's environment but the way to programs.
    const base = { PATH: process.env.PATH ?? "", HOME: process.env.HOME ?? "" };
    return new StdioClientTransport({ command, args, env: { ...base, ...env }, stderr: "ignore" });
  }

  async function connect(name: string, server: McpServer): Promise<Client> {
    if (isClosed) throw new SentinelError("UNAVAILABLE", "The engine ends.");
    const known = connections.get(name);
    if (known?.client) return await known.client;
    if (performance.now() - (failedAt.get(name) ?? Number.NEGATIVE_INFINITY) < pauseMs) throw unavailable(name);
    const client = new Client({ name: "sentinel", version });
    const starting = client
      .connect(transportOf(server), { timeout: timeoutMs })
      .then(() => {
        client.onclose = () => connections.delete(name);
        failedAt.delete(name);
        return client;
      })
      .catch((error: unknown) => {
        connections.set(name, { client: null, problem: "It does not answer." });
        failedAt.set(name, performance.now());
        log.warn({ server: name, err: error }, "An MCP server cannot be reached.");
        throw unavailable(name);
      });
    connections.set(name, { client: starting, problem: null });
    return await starting;
  }

  async function listOf(name: string, server: McpServer): Promise<ToolCard[]> {
    try {
      const client = await connect(name, server);
      const cards: ToolCard[] = [];
      let cursor: string | undefined;
      let pages = 0;
      do {
        const page = await client.listTools(cursor === undefined ? {} : { cursor }, { timeout: timeoutMs });
        for (const { name: tool, description, inputSchema } of page.tools) {
          cards.push({ name: `${name}/${tool}`, description: description ?? "", input: inputSchema });
        }
        cursor = page.nextCursor;
        pages++;
      } while (cursor !== undefined && cards.length < 1000 && pages < mostPages);
      return cards;
    } catch (error) {
      // The others go on.
      if (!(error instanceof SentinelError))
        log.warn({ server: name, err: error }, "An MCP server does not list its tools.");
      return [];
    }
  }

  return {
    names: () => [...servers.keys()],
    status: () =>
      [...servers.keys()].map((name) => {
        const { client = null, problem = null } = connections.get(name) ?? {};
        return { name, status: problem !== null ? "down" : client === null ? "idle" : "connected" };
      }),
    async list() {
      return (await Promise.all([...servers].map(([name, server]) => listOf(name, server)))).flat();
    },
    async call(name, tool, args, signal) {
      const server = servers.get(name);
      if (server === undefined) throw new SentinelError("NOT_FOUND", "There is no such MCP server.");
      const client = await connect(name, server);
      let result: Awaited<ReturnType<Client["callTool"]>>;
      try {
        result = await client.callTool({ name: tool, arguments: args }, undefined, { signal, timeout: timeoutMs });
      } catch (error) {
        signal.throwIfAborted();
        // What a server says is not repeated: it may hold anything.
        throw new SentinelError("UNAVAILABLE", `The tool ${name}/${tool} did not answer.`, undefined, error);
      }
      if (result.isError === true)
        throw new SentinelError("UNAVAILABLE", `The tool ${name}/${tool} answered with an error.`);
      return readContent(result.content, `${name}/${tool}`);
    },
    async close() {
      isClosed = true;
      const open = [...connections.values()].flatMap(({ client }) => client ?? []);
      await Promise.allSettled(open.map(async (client) => (await client).close()));
    },
  };
}

const unavailable = (name: string) => new SentinelError("UNAVAILABLE", `The MCP server ${name} cannot be reached.`);

/** One text that is JSON is that value; all else is text. */
function readContent(content: unknown, tool: string): Json {
  const blocks = Array.isArray(content) ? (content as { type?: unknown; text?: unknown }[]) : [];
  const texts = blocks.map(({ type, text }) =>
    type === "text" && typeof text === "string" ? text : `[${typeof type === "string" ? type : "unknown"}]`,
  );
  const text = texts.join("\n");
  if (text.length > mostCharacters) {
    throw new SentinelError("INPUT_TOO_LARGE", `The tool ${tool} gave more than ${mostCharacters} characters.`);
  }
  if (texts.length !== 1) return text;
  try {
    return takeJson(JSON.parse(text), "An answer");
  } catch {
    return text;
  }
}
