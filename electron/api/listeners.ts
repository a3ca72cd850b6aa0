import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { agentSocketPath } from "../../shared/agent-channel.ts";
import { SentinelError } from "../../shared/errors.ts";
import type { Route } from "../../shared/route.ts";
import { analyzeFlow } from "../../shared/telemetry.ts";
import type { Logger } from "../engine/base/logging.ts";
import type { Principal } from "../engine/base/principals.ts";
import { bearerToken, equalSecrets } from "./credentials.ts";
import { errorReply, toSentinelError } from "./error-reply.ts";
import { type ExternalCredentials, identifyExternal, type Shown, withoutCredential } from "./external-access.ts";
import { answerPreflight, corsHeaders, type Door, guardRequest, isDocument, loopbackDoor } from "./guard.ts";
import type { Live } from "./live.ts";
import { createLiveSocket, type LiveSocket, liveSocketPath } from "./live-socket.ts";
import { isMcpPath, type McpDoor } from "./mcp-door.ts";
import { pageHeaders } from "./page-headers.ts";
import type { Refusals } from "./refusals.ts";
import type { Router } from "./router.ts";
import { type Listener, serveHttp } from "./serve-http.ts";
import { createShortWay } from "./short-way.ts";
import { createStaticFiles, type StaticFiles } from "./static-files.ts";
import { createTaskSocket } from "./task-socket.ts";

/** Pages that are the same behind both listeners: the documentation. */
export type DocumentPages = (path: string) => Response | undefined;

export interface ExternalOptions extends ExternalCredentials {
  /** Absent: MCP is off. */
  readonly mcp?: McpDoor;
  readonly port: number;
  readonly router: Router;
  readonly documents: DocumentPages;
  readonly allowedOrigins: readonly string[];
  readonly refusals: Refusals;
  readonly log: Logger;
}

/** What other programs call. Its routes are those that name `external`, and the documentation. */
export async function listenExternal(options: ExternalOptions): Promise<Listener> {
  const identify = (shown: Shown, route?: Route) =>
    options.refusals.watch("program", shown, () => identifyExternal(shown, route, options));
  const tasks = createTaskSocket({ ...options, identify: (shown) => identify(shown) });
  const listener = await serveHttp({
    port: options.port,
    requestTimeoutMs: 120_000,
    shortWay: createShortWay({
      router: options.router,
      route: analyzeFlow,
      principal: withoutCredential(analyzeFlow, options),
    }),
    answer: (request, port) =>
      answerGuarded(request, loopbackDoor(port, options.allowedOrigins), options, async (path, route) => {
        const page = documentOf(request, path, options.documents);
        if (page !== undefined) return page;
        const shown = { token: bearerToken(request), pin: request.headers.get("x-sentinel-pin") };
        if (options.mcp !== undefined && isMcpPath(path)) {
          const by = await options.refusals.watch("MCP", shown, () => mcpPrincipal(shown, options));
          return await options.mcp(request, by);
        }
        return options.router.handle(request, await identify(shown, route));
      }),
    upgrade: (request, duplex, head, port) =>
      upgrade(request, duplex, head, loopbackDoor(port, options.allowedOrigins), { [agentSocketPath]: tasks }),
  });
  return {
    ...listener,
    close: async () => {
      tasks.close();
      await listener.close();
    },
  };
}

/** SECURITY: MCP takes the bearer token and nothing else: no PIN, and no leave to do without. */
function mcpPrincipal({ token: given }: Shown, { token }: ExternalOptions): Principal {
  if (given === null || token === null || !equalSecrets(given, token)) {
    throw new SentinelError("UNAUTHENTICATED", "MCP needs the bearer token of SENTINEL_TOKEN_FILE.");
  }
  return { actor: "MCP (token)", role: "analyst", caller: "mcp" };
}

export interface UiOptions {
  /** Absent: MCP is off. */
  readonly mcp?: McpDoor;
  readonly port: number;
  readonly router: Router;
  readonly documents: DocumentPages;
  readonly live: Live;
  /** Who a bearer token belongs to. */
  readonly principalOf: (token: string) => Principal | undefined;
  /** The built renderer; null: no page is served. */
  readonly rendererDirectory: string | null;
  /** Origin of the supervisor's panic door, which pages may call directly; null: there is none. */
  readonly panicOrigin: string | null;
  readonly refusals: Refusals;
  readonly log: Logger;
}

/** The user interface: the built renderer, and every route with the token that the redirect file hands over. */
export async function listenUi(options: UiOptions): Promise<Listener> {
  const live = createLiveSocket({
    live: options.live,
    principalOf(token) {
      const principal = token === null ? undefined : options.principalOf(token);
      if (principal === undefined) options.refusals.note("window", token);
      return principal;
    },
  });
  const tasks = createTaskSocket({
    ...options,
    identify: (shown) => options.refusals.watch("window", shown, () => windowPrincipal(shown.token, options)),
  });
  const { panicOrigin, rendererDirectory } = options;
  // Made once the port is known: the policy names it.
  let files: ReturnType<typeof createStaticFiles> | undefined;
  const filesOf = (port: number) => {
    if (rendererDirectory === null) return undefined;
    const connect = [`ws://127.0.0.1:${port}`, ...(panicOrigin === null ? [] : [panicOrigin])];
    files ??= createStaticFiles({
      directory: rendererDirectory,
      headers: pageHeaders({ connect }),
    });
    return files;
  };
  const listener = await serveHttp({
    port: options.port,
    // Four gigabytes of evidence take their time, also over loopback.
    requestTimeoutMs: 30 * 60_000,
    answer: (request, port) =>
      answerGuarded(request, loopbackDoor(port, []), options, async (path, route) => {
        const page = await pageOf(request, path, route, options.documents, filesOf(port));
        if (page !== undefined) return page;
        const shown = { token: bearerToken(request), pin: null };
        const by = await options.refusals.watch("window", shown, () => uiPrincipal(shown, route, options));
        // `sentinel mcp` alone comes this way, and may what MCP may.
        if (options.mcp !== undefined && isMcpPath(path) && by.caller === "cli") {
          return await options.mcp(request, { actor: "MCP (stdio)", role: "analyst", caller: "mcp" });
        }
        return options.router.handle(request, by);
      }),
    upgrade: (request, duplex, head, port) =>
      upgrade(request, duplex, head, loopbackDoor(port, []), { [liveSocketPath]: live, [agentSocketPath]: tasks }),
  });
  // At once, so that the page and the engine are of the same build however late it is opened.
  filesOf(listener.port);
  return {
    ...listener,
    close: async () => {
      live.close();
      tasks.close();
      await listener.close();
    },
  };
}

function uiPrincipal({ token }: Shown, route: Route | undefined, options: UiOptions): Principal {
  if (token === null && route?.open) return { actor: "anyone", role: "viewer", caller: "ui" };
  return windowPrincipal(token, options);
}

function windowPrincipal(token: string | null, options: UiOptions): Principal {
  // SECURITY: every call carries the tab's token; no cookie, no trust in Origin or its absence.
  if (token === null) {
    throw new SentinelError("UNAUTHENTICATED", "This needs the window's token: open the application again.");
  }
  const principal = options.principalOf(token);
  if (principal === undefined) throw new SentinelError("UNAUTHENTICATED", "This window's token is not valid any more.");
  return principal;
}

/** A page or a file of one. @throws SentinelError NOT_FOUND for a file that is not there */
export async function pageOf(
  request: Request,
  path: string,
  route: Route | undefined,
  documents: DocumentPages,
  pages: StaticFiles | undefined,
): Promise<Response | undefined> {
  if (request.method !== "GET" || route !== undefined) return undefined;
  const found = documentOf(request, path, documents) ?? (await pages?.read(path));
  if (found !== undefined || pages === undefined || path.startsWith("/api/")) return found;
  // An address inside the application: the page reads it from the URL.
  if (isDocument(request)) return await pages.page();
  // Pages ask for their files without a token: one that is not there is missing, not forbidden.
  if (bearerToken(request) === null) throw new SentinelError("NOT_FOUND", "There is no such file.");
  return undefined;
}

function documentOf(request: Request, path: string, documents: DocumentPages): Response | undefined {
  return request.method === "GET" ? documents(path) : undefined;
}

/** Host, origin and fetch metadata first, then who calls, then the answer; one error shape for all of it. */
export async function answerGuarded(
  request: Request,
  door: Door,
  options: { readonly router: Router; readonly log: Logger },
  answer: (path: string, route: Route | undefined) => Response | Promise<Response>,
): Promise<Response> {
  let response: Response;
  try {
    guardRequest(request, door);
    const preflight = answerPreflight(request, door);
    if (preflight !== undefined) return preflight;
    const path = new URL(request.url).pathname;
    response = await answer(path, options.router.find(request.method, path));
  } catch (error) {
    response = errorReply(toSentinelError(error, crypto.randomUUID(), options.log, "listener"));
  }
  for (const [name, value] of Object.entries(corsHeaders(request, door))) response.headers.set(name, value);
  return response;
}

/** Hands a socket to what its path names, once Host and origin are what they may be. */
export function upgrade(
  incoming: IncomingMessage,
  duplex: Duplex,
  head: Buffer,
  door: Door,
  sockets: Record<string, Pick<LiveSocket, "accept">>,
): void {
  // A peer that resets the connection meanwhile is no error of ours.
  duplex.on("error", () => duplex.destroy());
  try {
    const headers = new Headers();
    for (const name of ["host", "origin", "sec-fetch-site"] as const) {
      const value = incoming.headers[name];
      if (typeof value === "string") headers.set(name, value);
    }
    const request = new Request(`http://${incoming.headers.host ?? "unknown"}${incoming.url ?? ""}`, { headers });
    // SECURITY: sockets are not bound by the same-origin policy: any page could open one.
    guardRequest(request, door);
    const path = new URL(request.url).pathname;
    if (!Object.hasOwn(sockets, path)) throw new SentinelError("NOT_FOUND", "No such socket.");
    sockets[path]!.accept(incoming, duplex, head);
  } catch (error) {
    const status = error instanceof SentinelError ? error.status : 400;
    duplex.end(`HTTP/1.1 ${status} Refused\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
  }
}
