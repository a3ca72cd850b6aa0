import { SentinelError } from "../../shared/errors.ts";
import type { Principal } from "../engine/base/principals.ts";
import { errorReply, plainHeaders } from "./error-reply.ts";
import type { RateLimiter } from "./rate-limit.ts";
import { readJson } from "./read-input.ts";
import type { Router } from "./router.ts";

export interface McpDoorOptions {
  readonly router: Router;
  readonly limiter: RateLimiter;
  readonly version: string;
}

/** Answers a request to `/mcp/` for somebody who may. @throws SentinelError INPUT_INVALID, INPUT_TOO_LARGE, RATE_LIMITED */
export type McpDoor = (request: Request, by: Principal) => Promise<Response>;

export function isMcpPath(path: string): boolean {
  return path === "/mcp" || path === "/mcp/";
}

/** Requests count as a route of their own, whatever they call. */
const limited = { method: "POST", callers: ["mcp"] } as const;
/** A text to be stored, each character as six bytes. */
const maxBytes = 4 * 1024 ** 2;

/**
 * Model Context Protocol over streamable HTTP, without sessions: each request stands for itself, so that a restart of the engine or of
 * the client loses nothing. Source: MCP specification 2025-06-18, "Transports".
 */
export function createMcpDoor({ router, limiter, version }: McpDoorOptions): McpDoor {
  return async (request, by) => {
    limiter.take(by, limited);
    // Without sessions there is no stream to listen to, and none to end.
    if (request.method !== "POST") {
      const error = new SentinelError("METHOD_NOT_ALLOWED", `MCP does not know ${request.method}.`);
      return errorReply(error, { Allow: "POST" });
    }
    const parsedBody = await readJson(request, { maxBytes });
    // SECURITY: one request, one call: a batch would get past the limits, and the protocol has none any more.
    if (Array.isArray(parsedBody)) throw new SentinelError("INPUT_INVALID", "Batches are not taken.");
    // Loaded when somebody asks: a start needs none of it.
    const [{ createMcpTools }, { WebStandardStreamableHTTPServerTransport }] = await Promise.all([
      import("./mcp-tools.ts"),
      import("@modelcontextprotocol/sdk/server/webStandardStreamableHttp.js"),
    ]);
    const server = createMcpTools(router, by, version);
    const transport = new WebStandardStreamableHTTPServerTransport();
    await server.connect(transport as Parameters<typeof server.connect>[0]);
    request.signal.addEventListener("abort", () => void server.close(), { once: true });
    const response = await transport.handleRequest(request, { parsedBody });
    for (const [name, value] of Object.entries(plainHeaders)) response.headers.set(name, value);
    return response;
  };
}
