import { mkdtempSync, rmSync } from "node:fs";
import { createServer, request, type Server } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { systemClock } from "../base/clock.ts";
import { type EgressProxy, openEgressProxy } from "./egress-proxy.ts";
import { isPublicAddress } from "./public-address.ts";

let folder: string;
let server: Server;
let port: number;
let proxy: EgressProxy;
let lookups: string[];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "sentinel-egress-"));
  server = createServer((message, response) => response.end(`hello ${message.url}`));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  port = (server.address() as AddressInfo).port;
  lookups = [];
});
afterEach(() => {
  proxy.close();
  server.close();
  rmSync(folder, { recursive: true });
});

async function open(allow: readonly string[], address = "127.0.0.1"): Promise<void> {
  const resolve = async (host: string) => {
    lookups.push(host);
    return address;
  };
  proxy = await openEgressProxy({ socket: join(folder, "s"), allow, clock: systemClock, resolve });
}

function get(target: string): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const call = request({ socketPath: join(folder, "s"), path: target, headers: { host: "x" } }, async (response) =>
      resolve({ status: response.statusCode!, body: await text(response) }),
    );
    call.on("error", reject);
    call.end();
  });
}

function tunnel(target: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(join(folder, "s"));
    let heard = "";
    socket.setEncoding("utf8").on("data", (part: string) => {
      heard += part;
      if (heard.includes("Established\r\n\r\n") && !heard.includes("hello")) socket.write("GET /t HTTP/1.0\r\n\r\n");
    });
    socket.on("error", reject).on("close", () => resolve(heard));
    socket.write(`CONNECT ${target} HTTP/1.1\r\nHost: ${target}\r\n\r\n`);
  });
}

describe("what is on the list is reached, and recorded", () => {
  test("by a request", async () => {
    await open([`127.0.0.1:${port}`]);
    expect(await get(`http://127.0.0.1:${port}/a?b`)).toEqual({ status: 200, body: "hello /a?b" });
    await expect.poll(() => proxy.records[0]?.received_bytes).toBeGreaterThan(10);
    expect(proxy.records).toMatchObject([{ target: `127.0.0.1:${port}`, allowed: true, reason: "" }]);
  });

  test("through a tunnel", async () => {
    await open([`127.0.0.1:${port}`]);
    expect(await tunnel(`127.0.0.1:${port}`)).toContain("hello /t");
    expect(proxy.records).toMatchObject([{ allowed: true }]);
  });
});

describe("everything else is refused, and recorded", () => {
  test("another port, another host, another scheme, nonsense", async () => {
    await open([`127.0.0.1:${port}`]);
    const targets = [
      `http://127.0.0.1:${port + 1}/`,
      "http://169.254.169.254/latest",
      "ftp://127.0.0.1/",
      "/path",
      "http://",
    ];
    for (const target of targets) expect((await get(target)).status).toBe(403);
    expect(await tunnel("127.0.0.1:22")).toContain("403");
    expect(proxy.records).toHaveLength(targets.length + 1);
    expect(proxy.records.every(({ allowed }) => !allowed)).toBe(true);
  });

  test("a listed name that leads into this machine or its network", async () => {
    await open([`api.example:${port}`]);
    expect((await get(`http://api.example:${port}/`)).status).toBe(403);
    expect(proxy.records).toMatchObject([{ allowed: false, reason: "Its name leads to a private address." }]);
  });

  test("a name is looked up once: who answers for it cannot lead elsewhere later", async () => {
    await open([`api.example:${port}`]);
    await get(`http://api.example:${port}/`);
    await get(`http://api.example:${port}/`);
    expect(lookups).toEqual(["api.example"]);
  });
});

test.each([
  ["8.8.8.8", true],
  ["2606:4700::1111", true],
  ["127.0.0.1", false],
  ["10.1.2.3", false],
  ["172.31.0.1", false],
  ["192.168.1.1", false],
  ["169.254.169.254", false],
  ["100.64.0.1", false],
  ["0.0.0.0", false],
  ["224.0.0.1", false],
  ["::1", false],
  ["fe80::1", false],
  ["fd00::1", false],
  ["::ffff:127.0.0.1", false],
  ["2002:7f00:1::", false],
  ["64:ff9b::7f00:1", false],
  ["api.example", false],
])("%s is public: %s", (address, isPublic) => {
  expect(isPublicAddress(address)).toBe(isPublic);
});
