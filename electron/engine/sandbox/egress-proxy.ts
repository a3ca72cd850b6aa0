import { lookup } from "node:dns/promises";
import { chmodSync, rmSync } from "node:fs";
import { createServer, type IncomingHttpHeaders, type IncomingMessage, request, type ServerResponse } from "node:http";
import { connect, isIP, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { EgressRecord } from "../../../shared/sandbox.ts";
import { type Clock, toInstant } from "../base/clock.ts";
import { isPublicAddress } from "./public-address.ts";

/** Where a sandbox that may reach somebody finds the proxy. */
export const egressInside = "/run/sentinel-egress.sock";

/** Calls that are recorded of one run; what comes beyond is refused, and counted in the last. */
const mostRecords = 1000;
const idleMs = 30_000;
const mostConnections = 64;

export interface EgressProxy {
  /** Everything that was asked for so far, allowed or not. */
  readonly records: readonly EgressRecord[];
  close(): void;
}

export interface EgressOptions {
  /** Path of the socket that it answers on. */
  readonly socket: string;
  /** What may be reached, each as `host:port`; nothing else is. */
  readonly allow: readonly string[];
  readonly clock: Clock;
  /** Addresses of a name. */
  readonly resolve?: (host: string) => Promise<string>;
}

/**
 * The only way out of a sandbox, for operators who need one: an HTTP proxy (RFC 9110 section 9.3.6 for CONNECT) on a socket that is
 * mounted into it. Denies by default, and records every call.
 */
export async function openEgressProxy(options: EgressOptions): Promise<EgressProxy> {
  const { socket: path, clock } = options;
  const allowed = new Set(options.allow.map((target) => target.toLowerCase()));
  const resolve = options.resolve ?? (async (host: string) => (await lookup(host)).address);
  const records: EgressRecord[] = [];
  const open = new Set<Duplex>();
  /** Calls that last: what they carried so far is read when somebody asks. */
  const lasting = new Map<EgressRecord, Socket>();
  // SECURITY: a name is looked up once a run: who answers for it cannot lead elsewhere later.
  const pinned = new Map<string, Promise<string>>();

  /** Where a call may go. @returns null with the record that says why not */
  async function admit(target: string): Promise<{ host: string; port: number; record: EgressRecord } | null> {
    const record: EgressRecord = {
      at: toInstant(clock.now()),
      target: target.slice(0, 300),
      allowed: false,
      reason: "",
      sent_bytes: 0,
      received_bytes: 0,
    };
    if (records.length >= mostRecords) {
      records[mostRecords - 1] = { ...records[mostRecords - 1]!, reason: "Further calls were refused." };
      return null;
    }
    records.push(record);
    const [, name, digits] = /^(\[[0-9a-f:.]+\]|[a-z0-9.-]{1,253}):(\d{1,5})$/i.exec(target) ?? [];
    if (name === undefined || !allowed.has(target.toLowerCase())) {
      record.reason = "It is not on the list.";
      return null;
    }
    const host = name.replace(/^\[|\]$/g, "");
    let address: string;
    try {
      let known = pinned.get(host);
      if (known === undefined) {
        known = resolve(host);
        pinned.set(host, known);
      }
      address = await known;
    } catch {
      record.reason = "Its name is not known.";
      return null;
    }
    // SECURITY: a listed name must not lead into this machine or its networks; who means those lists the address itself.
    if (isIP(host) === 0 && !isPublicAddress(address)) {
      record.reason = "Its name leads to a private address.";
      return null;
    }
    record.allowed = true;
    return { host: address, port: Number(digits), record };
  }

  function follow(stream: Socket, record: EgressRecord): void {
    open.add(stream);
    lasting.set(record, stream);
    stream.setTimeout(idleMs, () => stream.destroy());
    stream.on("error", () => undefined);
    stream.on("close", () => {
      open.delete(stream);
      lasting.delete(record);
      weigh(record, stream);
    });
  }

  function weigh(record: EgressRecord, stream: Socket): void {
    record.sent_bytes = stream.bytesWritten;
    record.received_bytes = stream.bytesRead;
  }

  async function tunnel(message: IncomingMessage, client: Duplex): Promise<void> {
    client.on("error", () => undefined);
    const to = await admit(message.url ?? "");
    if (to === null) return void client.end("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n");
    const remote = connect({ host: to.host, port: to.port });
    follow(remote, to.record);
    remote.once("connect", () => {
      client.write("HTTP/1.1 200 Connection Established\r\n\r\n");
      remote.pipe(client).pipe(remote);
    });
    remote.once("error", () => client.end("HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n"));
    client.once("close", () => remote.destroy());
  }

  async function forward(message: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = URL.canParse(message.url ?? "") ? new URL(message.url!) : null;
    const target = url?.protocol === "http:" ? `${url.hostname}:${url.port || 80}` : (message.url ?? "");
    const to = await admit(target);
    if (to === null || url === null) return void response.writeHead(403).end();
    const { host, port } = to;
    const { "proxy-connection": _, ...headers } = { ...message.headers, host: url.host } as IncomingHttpHeaders;
    const call = request({
      host,
      port,
      method: message.method,
      path: url.pathname + url.search,
      headers,
      agent: false,
    });
    call.on("socket", (socket: Socket) => follow(socket, to.record));
    call.on("error", () => (response.headersSent ? response.destroy() : response.writeHead(502).end()));
    call.on("response", (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    message.pipe(call);
  }

  const server = createServer({ headersTimeout: 5000, maxHeaderSize: 16_384 }, (message, response) => {
    forward(message, response).catch(() => response.destroy());
  });
  server.maxConnections = mostConnections;
  server.on("connection", (socket) => {
    open.add(socket);
    socket.on("close", () => open.delete(socket));
  });
  server.on("connect", (message, client) => {
    tunnel(message, client).catch(() => client.destroy());
  });
  rmSync(path, { force: true });
  await new Promise<void>((done, failed) => {
    server.once("error", failed);
    server.listen(path, done);
  });
  // The account that a sandbox steps down to must reach it; the folder that it lies in is the owner's alone.
  chmodSync(path, 0o666);
  return {
    get records() {
      for (const [record, stream] of lasting) weigh(record, stream);
      return records.map((record) => ({ ...record }));
    },
    close() {
      server.close();
      for (const stream of open) stream.destroy();
      rmSync(path, { force: true });
    },
  };
}
