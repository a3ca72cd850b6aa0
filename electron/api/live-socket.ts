import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { type WebSocket, WebSocketServer } from "ws";
import { z } from "zod";
import type { Principal } from "../engine/base/principals.ts";
import type { Live } from "./live.ts";

/** Path of the live messages over WebSocket. */
export const liveSocketPath = "/api/v1/sentinel/live/ws";

const FirstMessage = z.strictObject({
  type: z.literal("auth"),
  /** Left out where a certificate says who calls. */
  token: z.string().max(500).optional(),
  last_event_id: z.number().int().min(0).optional(),
});

export interface LiveSocketOptions {
  readonly live: Live;
  /** Who a token, or the connection itself, belongs to. */
  readonly principalOf: (token: string | null, request: IncomingMessage) => Principal | undefined;
}

export interface LiveSocket {
  accept(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  close(): void;
}

/** Time in which the first message must come, milliseconds. */
const authenticationMs = 5_000;
/** How often a quiet connection says that it lives, milliseconds: clients see no pings. */
const heartbeatMs = 15_000;
/** A reader with more than this unsent is waited for. */
const maxUnsentBytes = 1_048_576;

/**
 * `{"type":"auth","token"}` first, then `{"type":"auth_ok","last_event_id"}` and `{"id","message"}` for each live message, `{"type":"heartbeat"}` in between.
 * Closed with 4401 without the right first message.
 */
export function createLiveSocket(options: LiveSocketOptions): LiveSocket {
  // SECURITY: clients send one short message; a large one is an attack on memory.
  const server = new WebSocketServer({ noServer: true, maxPayload: 4_096 });
  server.on("connection", (socket: WebSocket, request: IncomingMessage) => {
    const ended = new AbortController();
    socket.on("close", () => ended.abort());
    socket.on("error", () => socket.terminate());
    // SECURITY: strangers do not hold connections open.
    const timer = setTimeout(() => socket.close(4401, "no authentication"), authenticationMs);
    socket.once("message", (data) => {
      clearTimeout(timer);
      const first = FirstMessage.safeParse(parseJson(String(data)));
      // SECURITY: nothing is sent before the token is right.
      if (!first.success || options.principalOf(first.data.token ?? null, request) === undefined) {
        return socket.close(4401, "authentication failed");
      }
      const from = first.data.last_event_id ?? options.live.lastId;
      socket.send(JSON.stringify({ type: "auth_ok", last_event_id: from }));
      void send(socket, options.live, from, ended.signal);
    });
  });
  return {
    accept: (request, socket, head) => {
      server.handleUpgrade(request, socket, head, (accepted) => server.emit("connection", accepted, request));
    },
    close: () => {
      for (const client of server.clients) client.close(1001, "the engine ends");
      server.close();
    },
  };
}

async function send(socket: WebSocket, live: Live, from: number, signal: AbortSignal): Promise<void> {
  const beat = setInterval(() => socket.send('{"type":"heartbeat"}'), heartbeatMs);
  signal.addEventListener("abort", () => clearInterval(beat), { once: true });
  for await (const { id, message } of live.follow(from, signal)) {
    await new Promise<void>((resolve) => {
      const isSlow = socket.bufferedAmount > maxUnsentBytes;
      socket.send(JSON.stringify({ id, message }), () => isSlow && resolve());
      if (!isSlow) resolve();
    });
  }
  socket.close(1001, "the engine ends");
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
