import { createSocket } from "node:dgram";
import { once } from "node:events";
import { rmSync } from "node:fs";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { selfSigned } from "./adapters/fixture-self-signed.ts";
import { openSyslog, parseSyslogTarget } from "./adapters/syslog.ts";
import type { Principal } from "./engine/base/principals.ts";
import { analyst, changeSettings, openTestEngine, type TestEngine, temporaryHome } from "./engine/test-engine.ts";

const admin: Principal = { ...analyst, role: "admin" };
const approver: Principal = { ...analyst, role: "approver" };

/** A receiver of counted octets (RFC 6587 section 3.4.1) that keeps what it takes, and can be away. */
function createReceiver() {
  const messages: string[] = [];
  const sockets = new Set<Socket>();
  let server: Server | undefined;
  let port = 0;
  return {
    messages,
    get target() {
      return `tcp://127.0.0.1:${port}`;
    },
    async open() {
      server = createServer((socket) => {
        sockets.add(socket);
        let held = Buffer.alloc(0);
        socket.on("error", () => {});
        socket.on("data", (chunk: Buffer) => {
          held = Buffer.concat([held, chunk]);
          for (;;) {
            const [, length] = /^(\d+) /.exec(held.toString("latin1", 0, 12)) ?? [];
            const start = String(length).length + 1;
            if (length === undefined || held.length < start + Number(length)) return;
            messages.push(held.toString("utf8", start, start + Number(length)));
            held = held.subarray(start + Number(length));
          }
        });
      });
      server.listen(port, "127.0.0.1");
      await once(server, "listening");
      port = (server.address() as AddressInfo).port;
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      sockets.clear();
      const closed = once(server!, "close");
      server!.close();
      await closed;
    },
  };
}

/** What a message says of an entry of the log. */
function entryOf(message: string): { seq: number; kind: string; prev_hash: string; hash: string; actor: string } {
  expect(message).toMatch(
    /^<10[89]>1 \d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z [\x21-\x7e]{1,255} sentinel \d+ [\x21-\x7e]{1,32} - \uFEFF\{.*\}$/,
  );
  return JSON.parse(message.slice(message.indexOf("\uFEFF") + 1));
}

describe("the audit log goes to a syslog server", () => {
  let home: string;
  let engine: TestEngine;
  const receiver = createReceiver();
  const patience = { timeout: 30_000 };

  beforeEach(async () => {
    receiver.messages.length = 0;
    await receiver.open();
    home = temporaryHome();
    engine = await openTestEngine({ home, openSyslog });
  });
  afterEach(async () => {
    await engine.close();
    await receiver.close();
    rmSync(home, { recursive: true, force: true });
  });

  async function forwardTo(syslog_target: string): Promise<void> {
    const { version } = await engine.engine.settings.get();
    await engine.engine.settings.change({ changes: { syslog_target }, base_version: version }, admin);
  }
  const head = async () => (await engine.engine.audit.log({ after: 0, limit: 1 as never, brief: "1" })).head;
  const seqs = () => new Set(receiver.messages.map((message) => entryOf(message).seq));

  test("every entry arrives in order, chained to the one before, without what it holds", async () => {
    await changeSettings(engine, { bad_networks: ["203.0.113.0/24"] });
    await forwardTo(receiver.target);
    await changeSettings(engine, { time_zone: "local" });
    await expect.poll(() => receiver.messages.length, patience).toBe((await head()).seq);
    const entries = receiver.messages.map(entryOf);
    expect(entries.map(({ seq }) => seq)).toEqual(entries.map((_, i) => i + 1));
    for (const [i, entry] of entries.entries()) expect(entry.prev_hash).toBe(entries[i - 1]?.hash ?? "0".repeat(64));
    expect(entries.at(-1)!.hash).toBe((await head()).hash);
    expect(receiver.messages.join("")).not.toContain("203.0.113.0");
  });

  test("a server that was away gets what it missed, also over a restart of the engine", async () => {
    await forwardTo(receiver.target);
    await expect.poll(() => receiver.messages.length, patience).toBeGreaterThan(0);
    await receiver.close();
    await changeSettings(engine, { time_zone: "local" });
    await expect
      .poll(async () => (await engine.engine.health()).components.syslog, patience)
      .toMatchObject({ status: "degraded", detail: expect.stringContaining("wait") });
    await engine.close();
    engine = await openTestEngine({ home, openSyslog });
    await changeSettings(engine, { time_zone: "utc" });
    await receiver.open();
    const { seq } = await head();
    await expect.poll(() => seqs().size, { timeout: 60_000 }).toBe(seq);
    await expect
      .poll(async () => (await engine.engine.health()).components.syslog, patience)
      .toMatchObject({ status: "healthy" });
  }, 120_000);

  test("only an admin says where to, and by undo neither", async () => {
    const { version } = await engine.engine.settings.get();
    const change = { changes: { syslog_target: receiver.target }, base_version: version };
    await expect(engine.engine.settings.change(change, approver)).rejects.toMatchObject({ code: "FORBIDDEN" });
    await forwardTo(receiver.target);
    await expect(engine.engine.audit.undoLast({}, approver)).rejects.toMatchObject({ code: "FORBIDDEN" });
  });
});

test.each([
  { text: "tls://siem.example", want: { transport: "tls", host: "siem.example", port: 6514 } },
  { text: "tcp://10.0.0.7:10514", want: { transport: "tcp", host: "10.0.0.7", port: 10_514 } },
  { text: "udp://[2001:db8::1]", want: { transport: "udp", host: "2001:db8::1", port: 514 } },
])("$text is read", ({ text, want }) => {
  expect(parseSyslogTarget(text)).toEqual(want);
});

test.each(["http://siem.example", "tls://", "tcp://a:0", "tcp://a:70000", "udp://a b", "tls://user@host"])(
  "%s is refused",
  (text) => {
    expect(() => parseSyslogTarget(text)).toThrow(expect.objectContaining({ code: "SETTING_INVALID" }));
  },
);

test("a datagram for each message", async () => {
  const socket = createSocket("udp4");
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  const sender = await openSyslog(`udp://127.0.0.1:${socket.address().port}`);
  const heard = once(socket, "message");
  await sender.send(["<109>1 - - sentinel - - -"]);
  expect(String((await heard)[0])).toBe("<109>1 - - sentinel - - -");
  sender.close();
  socket.close();
});

test("over TLS a server that nobody vouches for is not spoken to", async () => {
  const { key, cert } = selfSigned;
  const heard: unknown[] = [];
  const server = createTlsServer({ key, cert }, (socket) => socket.on("data", (data) => heard.push(data)));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  await expect(openSyslog(`tls://127.0.0.1:${port}`)).rejects.toMatchObject({ code: "UNAVAILABLE" });
  expect(heard).toEqual([]);
  server.close();
});
