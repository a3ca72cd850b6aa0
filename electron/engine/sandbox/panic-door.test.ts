import { mkdtempSync, rmSync, statSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { PanicPull } from "../../../shared/panic.ts";
import { openPanicDoor, type PanicDoor, type PanicVia, toPull } from "./panic-door.ts";

const page = "http://127.0.0.1:4321";
const press = "0198c0de-0000-7000-8000-000000000001";
const pulled: string[] = [];
let directory: string;
let socket: string;
let door: PanicDoor;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), "sentinel-door-"));
  socket = join(directory, "panic.sock");
  const pull = async (via: PanicVia, { reason, press_id }: PanicPull) => {
    pulled.push([via, reason, press_id].filter((part) => part !== undefined).join(": "));
    return { destroyed: 1, left: 0, took_ms: 2 };
  };
  door = await openPanicDoor({ token: "window-token", socket, pull });
  door.allow(page);
});

afterAll(() => {
  door.close();
  rmSync(directory, { recursive: true });
});

function send(
  where: { port: number } | { socketPath: string },
  headers: Record<string, string>,
  method = "POST",
  body = "",
) {
  const loopback = "port" in where ? { Host: `127.0.0.1:${where.port}` } : {};
  return new Promise<{ status: number; allow: string | undefined; body: string }>((resolve, reject) => {
    const call = request({ ...where, path: "/panic", method, headers: { ...loopback, ...headers } }, (response) => {
      let body = "";
      response.setEncoding("utf8").on("data", (text: string) => {
        body += text;
      });
      const allow = response.headers["access-control-allow-origin"];
      response.on("end", () => resolve({ status: response.statusCode!, allow, body }));
    });
    call.on("error", reject);
    call.end(body);
  });
}

const token = { Authorization: "Bearer window-token" };

test.each([
  { why: "without the token", headers: {}, status: 401 },
  { why: "with a wrong token", headers: { Authorization: "Bearer other" }, status: 401 },
  { why: "from another page", headers: { ...token, Origin: "http://evil.example" }, status: 403 },
  { why: "from a frame without origin", headers: { ...token, Origin: "null" }, status: 403 },
  { why: "under a re-bound name", headers: { ...token, Host: "evil.example" }, status: 403 },
  { why: "by GET", headers: token, method: "GET", status: 405 },
])("nobody pulls panic $why", async ({ headers, method, status }) => {
  expect((await send({ port: door.port }, { ...headers }, method)).status).toBe(status);
  expect(pulled).toEqual([]);
});

test("the application's page asks first, then pulls", async () => {
  expect(await send({ port: door.port }, { Origin: page }, "OPTIONS")).toMatchObject({ status: 204, allow: page });
  const reply = await send(
    { port: door.port },
    { ...token, Origin: page },
    "POST",
    `{"reason":"drill","press_id":"${press}"}`,
  );
  expect(reply).toMatchObject({ status: 200, allow: page, body: '{"destroyed":1,"left":0,"took_ms":2}' });
  expect(pulled).toEqual([`window: drill: ${press}`]);
});

test.each([
  { why: "a reason that is none", given: { reason: 7 }, want: {} },
  { why: "a long reason", given: { reason: "x".repeat(900) }, want: { reason: "x".repeat(500) } },
  { why: "a press that is none", given: { reason: "drill", press_id: "<script>" }, want: { reason: "drill" } },
  { why: "nothing", given: null, want: {} },
  { why: "a text", given: "drill", want: {} },
])("panic does not wait for a good pull: $why", ({ given, want }) => {
  expect(toPull(given)).toEqual(want);
});

test.skipIf(process.platform === "win32")("the socket is its owner's alone and needs no token", async () => {
  expect(statSync(socket).mode & 0o777).toBe(0o600);
  expect((await send({ socketPath: socket }, {}, "POST", "x".repeat(9_000))).status).toBe(200);
  expect(pulled.at(-1)).toBe("socket");
});
