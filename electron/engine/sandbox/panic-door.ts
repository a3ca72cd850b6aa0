import { createHash, timingSafeEqual } from "node:crypto";
import { chmodSync, rmSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { SentinelError } from "../../../shared/errors.ts";
import { PanicPull, type SandboxesEnded } from "../../../shared/panic.ts";

export type PanicVia = "window" | "socket";

export interface PanicDoor {
  readonly port: number;
  /** Origin of the pages that may call; none until it is known. */
  allow(origin: string): void;
  close(): void;
}

export interface PanicDoorOptions {
  readonly token: string;
  /** Path of the Unix socket, or name of the pipe. */
  readonly socket: string;
  readonly pull: (via: PanicVia, pull: PanicPull) => Promise<SandboxesEnded>;
}

/**
 * `POST /panic` on a loopback port, with the window's token, and on a socket that only the owner can open. Served by the
 * supervisor, so that it works while the engine does not.
 */
export async function openPanicDoor(options: PanicDoorOptions): Promise<PanicDoor> {
  let allowed: string | null = null;
  let port = 0;
  const window = createDoor((request, response) => {
    const cors = { "Access-Control-Allow-Origin": allowed ?? "", Vary: "Origin" };
    const { origin } = request.headers;
    // SECURITY: a re-bound name arrives with its own Host.
    if (request.headers.host !== `127.0.0.1:${port}`) return refuse(response, "HOST_REFUSED", "Not this server.");
    // SECURITY: no page but the application's own; a caller without a page still needs the token.
    if (origin !== undefined && origin !== allowed) return refuse(response, "HOST_REFUSED", "Not this page.");
    if (request.method === "OPTIONS") {
      const preflight = {
        ...cors,
        "Access-Control-Allow-Methods": "POST",
        "Access-Control-Allow-Headers": "authorization, content-type",
      };
      return void response.writeHead(204, preflight).end();
    }
    // SECURITY: other accounts of this machine reach the port as well.
    if (!isToken(request, options.token)) return refuse(response, "UNAUTHENTICATED", "The token is wrong.", cors);
    return answer(request, response, (pull) => options.pull("window", pull), origin === undefined ? {} : cors);
  });
  const local = createDoor((request, response) =>
    answer(request, response, (pull) => options.pull("socket", pull), {}),
  );
  port = await listen(window, { host: "127.0.0.1", port: 0 });
  if (process.platform !== "win32") rmSync(options.socket, { force: true });
  await listen(local, { path: options.socket });
  // SECURITY: the socket is the credential: only its owner may open it. It lies in a folder of mode 0700 besides.
  if (process.platform !== "win32") chmodSync(options.socket, 0o600);
  return {
    port,
    allow: (origin) => {
      allowed = origin;
    },
    close: () => {
      for (const server of [window, local]) {
        server.close();
        server.closeAllConnections();
      }
    },
  };
}

function createDoor(handle: (request: IncomingMessage, response: ServerResponse) => void): Server {
  const server = createServer({ headersTimeout: 5_000, requestTimeout: 5_000, maxHeaderSize: 8_192 }, handle);
  // SECURITY: bounded, so that the door cannot be blocked for good.
  server.maxConnections = 50;
  return server;
}

function answer(
  request: IncomingMessage,
  response: ServerResponse,
  pull: (pull: PanicPull) => Promise<SandboxesEnded>,
  headers: Record<string, string>,
): void {
  if (request.url !== "/panic") refuse(response, "NOT_FOUND", "There is only /panic.", headers);
  else if (request.method !== "POST") {
    refuse(response, "METHOD_NOT_ALLOWED", "Panic is pulled by POST.", headers);
  } else {
    void readPull(request)
      .then(pull)
      .then((result) => sendJson(response, 200, result, headers));
  }
}

async function readPull(request: IncomingMessage): Promise<PanicPull> {
  let text = "";
  try {
    for await (const chunk of request.setEncoding("utf8")) {
      text += chunk;
      // SECURITY: a reason is short.
      if (text.length > 4_096) return {};
    }
    return toPull(JSON.parse(text));
  } catch {
    return {};
  }
}

/** What can be read of a pull; panic does not wait for a good one. */
export function toPull(given: unknown): PanicPull {
  const { reason, press_id } = (given ?? {}) as { reason?: unknown; press_id?: unknown };
  const press = PanicPull.shape.press_id.safeParse(press_id).data;
  return {
    ...(typeof reason === "string" ? { reason: reason.slice(0, 500) } : {}),
    ...(press === undefined ? {} : { press_id: press }),
  };
}

function refuse(
  response: ServerResponse,
  code: SentinelError["code"],
  message: string,
  headers: Record<string, string> = {},
): void {
  const error = new SentinelError(code, message);
  sendJson(response, error.status, error.toJSON(), headers);
}

function sendJson(response: ServerResponse, status: number, body: unknown, headers: Record<string, string>): void {
  const plain = {
    "Content-Type": "application/json",
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
  };
  response.writeHead(status, { ...plain, ...headers, Connection: "close" }).end(JSON.stringify(body));
}

function isToken(request: IncomingMessage, token: string): boolean {
  const given = /^Bearer (.+)$/.exec(request.headers.authorization ?? "")?.[1] ?? "";
  const digest = (text: string) => createHash("sha256").update(text).digest();
  // SECURITY: in constant time.
  return timingSafeEqual(digest(given), digest(token));
}

function listen(server: Server, where: { host: string; port: number } | { path: string }): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(where, () => {
      const address = server.address() as AddressInfo | string;
      resolve(typeof address === "string" ? 0 : address.port);
    });
  });
}
