import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { getRequestListener } from "@hono/node-server";
import { SentinelError } from "../../shared/errors.ts";
import { errorReply } from "./error-reply.ts";

/** A server on 127.0.0.1. */
export interface Listener {
  readonly port: number;
  /** `http://127.0.0.1:PORT` */
  readonly origin: string;
  close(): Promise<void>;
}

export interface ServeOptions {
  /** 0 picks a free one. */
  readonly port: number;
  /** Longest time that one request may take to arrive, milliseconds. */
  readonly requestTimeoutMs: number;
  readonly answer: (request: Request, port: number) => Promise<Response>;
  /** Tried first; true where it took the request. */
  readonly shortWay?: (request: IncomingMessage, response: ServerResponse, port: number) => boolean;
  readonly upgrade?: (request: IncomingMessage, socket: Duplex, head: Buffer, port: number) => void;
}

/** @throws SentinelError PORT_BUSY: the port is not changed, since callers would then talk to whoever has it */
export async function serveHttp(options: ServeOptions): Promise<Listener> {
  let port = options.port;
  const listener = getRequestListener((request) => options.answer(request, port), {
    // The same Request and Response as everywhere else in this process.
    overrideGlobalObjects: false,
    errorHandler: () => errorReply(new SentinelError("INPUT_INVALID", "The request is malformed.")),
  });
  const server = createServer(
    {
      // SECURITY: a sender that drips bytes cannot hold a connection for ever.
      headersTimeout: 10_000,
      requestTimeout: options.requestTimeoutMs,
      keepAliveTimeout: 10_000,
      maxHeaderSize: 32_768,
    },
    (request, response) => {
      if (options.shortWay?.(request, response, port) !== true) void listener(request, response);
    },
  );
  // SECURITY: bounded, so that other programs cannot use up the process's file descriptors.
  server.maxConnections = 500;
  const { upgrade } = options;
  if (upgrade !== undefined) server.on("upgrade", (request, socket, head) => upgrade(request, socket, head, port));
  port = await listen(server, options.port);
  return { port, origin: `http://127.0.0.1:${port}`, close: () => closeServer(server) };
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      if (error.code !== "EADDRINUSE" && error.code !== "EACCES") return reject(error);
      const why = error.code === "EACCES" ? "may not be opened by this account" : "is in use by another program";
      reject(new SentinelError("PORT_BUSY", `Port ${port} of 127.0.0.1 ${why}.`, { port }, error));
    });
    // SECURITY: loopback only, whatever the configuration.
    server.listen({ host: "127.0.0.1", port, exclusive: true }, () => resolve((server.address() as AddressInfo).port));
  });
}

/** Lets running replies end for a moment, then cuts them. */
async function closeServer(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeIdleConnections();
  const timer = setTimeout(() => server.closeAllConnections(), 300);
  await closed;
  clearTimeout(timer);
}
