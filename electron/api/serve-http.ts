import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from "node:http";
import {
  createServer as createTlsServer,
  type ServerOptions as TlsOptions,
  type Server as TlsServer,
} from "node:https";
import { type AddressInfo, isIPv6 } from "node:net";
import type { Duplex } from "node:stream";
import { getRequestListener } from "@hono/node-server";
import { SentinelError } from "../../shared/errors.ts";
import { errorReply } from "./error-reply.ts";

/** A server that listens. */
export interface Listener {
  readonly port: number;
  /** `http://127.0.0.1:PORT`, unless an address or TLS was asked for. */
  readonly origin: string;
  close(): Promise<void>;
}

export interface ServeOptions {
  /** 0 picks a free one. */
  readonly port: number;
  /** Where it listens; 127.0.0.1 unless told. */
  readonly address?: string;
  /** It speaks TLS, and nothing else. */
  readonly tls?: { readonly options: TlsOptions; readonly onServer: (server: TlsServer) => void };
  /** Longest time that one request may take to arrive, milliseconds. */
  readonly requestTimeoutMs: number;
  readonly answer: (request: Request, port: number, incoming: IncomingMessage) => Promise<Response>;
  /** Tried first; true where it took the request. */
  readonly shortWay?: (request: IncomingMessage, response: ServerResponse, port: number) => boolean;
  readonly upgrade?: (request: IncomingMessage, socket: Duplex, head: Buffer, port: number) => void;
}

/** @throws SentinelError PORT_BUSY: the port is not changed, since callers would then talk to whoever has it */
export async function serveHttp(options: ServeOptions): Promise<Listener> {
  let port = options.port;
  const listener = getRequestListener(
    (request, { incoming }) => options.answer(request, port, incoming as IncomingMessage),
    {
      // The same Request and Response as everywhere else in this process.
      overrideGlobalObjects: false,
      errorHandler: () => errorReply(new SentinelError("INPUT_INVALID", "The request is malformed.")),
    },
  );
  const limits = {
    // SECURITY: a sender that drips bytes cannot hold a connection for ever.
    headersTimeout: 10_000,
    requestTimeout: options.requestTimeoutMs,
    keepAliveTimeout: 10_000,
    maxHeaderSize: 32_768,
  };
  const take = (request: IncomingMessage, response: ServerResponse) => {
    if (options.shortWay?.(request, response, port) !== true) void listener(request, response);
  };
  const server = options.tls === undefined ? createServer(limits, take) : startTls(options.tls, limits, take);
  // SECURITY: bounded, so that other programs cannot use up the process's file descriptors.
  server.maxConnections = 500;
  const { upgrade } = options;
  if (upgrade !== undefined) server.on("upgrade", (request, socket, head) => upgrade(request, socket, head, port));
  // SECURITY: loopback, unless the caller names another address.
  const address = options.address ?? "127.0.0.1";
  port = await listen(server, options.port, address);
  const host = isIPv6(address) ? `[${address}]` : address;
  const scheme = options.tls === undefined ? "http" : "https";
  return { port, origin: `${scheme}://${host}:${port}`, close: () => closeServer(server) };
}

function startTls({ options, onServer }: NonNullable<ServeOptions["tls"]>, limits: TlsOptions, take: RequestListener) {
  const server = createTlsServer({ ...limits, ...options }, take);
  onServer(server);
  return server;
}

function listen(server: Server | TlsServer, port: number, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "EADDRNOTAVAIL") {
        return reject(new SentinelError("SETTING_INVALID", `${host} is no address of this machine.`, undefined, error));
      }
      if (error.code !== "EADDRINUSE" && error.code !== "EACCES") return reject(error);
      const why = error.code === "EACCES" ? "may not be opened by this account" : "is in use by another program";
      reject(new SentinelError("PORT_BUSY", `Port ${port} of ${host} ${why}.`, { port }, error));
    });
    server.listen({ host, port, exclusive: true }, () => resolve((server.address() as AddressInfo).port));
  });
}

/** Lets running replies end for a moment, then cuts them. */
async function closeServer(server: Server | TlsServer): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeIdleConnections();
  const timer = setTimeout(() => server.closeAllConnections(), 300);
  await closed;
  clearTimeout(timer);
}
