import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type WebSocket as ServerSocket, WebSocketServer } from "ws";
import type { LiveMessage } from "../../shared/live.ts";
import { followSocket, type SocketOptions, socketAddress } from "./socket.ts";

let server: WebSocketServer;
let accept: (socket: ServerSocket, first: Record<string, unknown>) => void;
let first: Record<string, unknown>;
let heard: (readonly [number, LiveMessage | null])[];
let openedAt: number[];

beforeEach(async () => {
  [heard, openedAt] = [[], []];
  server = new WebSocketServer({ port: 0, host: "127.0.0.1" });
  server.on("connection", (socket) => {
    socket.once("message", (data) => {
      first = JSON.parse(String(data)) as Record<string, unknown>;
      accept(socket, first);
    });
  });
  await once(server, "listening");
});
afterEach(() => {
  for (const client of server.clients) client.terminate();
  server.close();
});

const options = (more: Partial<SocketOptions> = {}): SocketOptions => ({
  address: `ws://127.0.0.1:${(server.address() as AddressInfo).port}/`,
  ...{ token: "t", lastId: 7, openMs: 2_000, silenceMs: 2_000 },
  onOpen: (id) => openedAt.push(id),
  onMessage: (id, message) => heard.push([id, message]),
  ...more,
});
const never = new AbortController().signal;
const ok = JSON.stringify({ type: "auth_ok", last_event_id: 7 });

test("says who it is, and hands on what comes until it ends; what it does not know it passes over", async () => {
  accept = (socket) => {
    for (const frame of [ok, "no JSON", '{"type":"heartbeat"}', '{"id":8,"message":{"type":"tasks"}}']) {
      socket.send(frame);
    }
    socket.send('{"id":9,"message":{"type":"of a newer engine"}}');
    socket.close(1001);
  };
  expect(await followSocket(options(), never)).toBe(true);
  expect(first).toEqual({ type: "auth", token: "t", last_event_id: 7 });
  expect(openedAt).toEqual([7]);
  expect(heard).toEqual([
    [8, { type: "tasks" }],
    [9, null],
  ]);
});

describe("another way is taken", () => {
  test.each<{ why: string; act: typeof accept; more?: Partial<SocketOptions> }>([
    { why: "it closes before it is open", act: (socket) => socket.close(1011) },
    { why: "it is cut", act: (socket) => socket.terminate() },
    { why: "it does not open in time", act: () => {}, more: { openMs: 50 } },
    { why: "nobody listens", act: () => {}, more: { address: "ws://127.0.0.1:9/" } },
    { why: "it cannot even be asked for", act: () => {}, more: { address: "not an address" } },
  ])("where $why", async ({ act, more }) => {
    accept = act;
    expect(await followSocket(options(more), never)).toBe(false);
    expect(openedAt).toEqual([]);
  });
});

test("one that falls silent has ended; one that nobody wants any more ends at once", async () => {
  accept = (socket) => socket.send(ok);
  expect(await followSocket(options({ silenceMs: 50 }), never)).toBe(true);
  const stop = new AbortController();
  const going = followSocket(options({ onOpen: () => stop.abort() }), stop.signal);
  expect(await going).toBe(true);
});

test("whoever is shut out is told so", async () => {
  accept = (socket) => socket.close(4401);
  await expect(followSocket(options(), never)).rejects.toMatchObject({ status: 401 });
});

test.each([
  [{ protocol: "http:", host: "127.0.0.1:8001" }, "ws://127.0.0.1:8001/api/v1/sentinel/live/ws"],
  [{ protocol: "https:", host: "soc.example" }, "wss://soc.example/api/v1/sentinel/live/ws"],
  [{ protocol: "sentinel:", host: "app" }, null],
])("from %j it is %s", (location, address) => {
  expect(socketAddress(location)).toBe(address);
});
