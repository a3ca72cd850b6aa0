import { mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { request as httpRequest } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import { routes } from "../../shared/routes.ts";
import { steadyClock, systemClock } from "../engine/base/clock.ts";
import { workerFile } from "../engine/base/fixture-threads.ts";
import { createLogger } from "../engine/base/logging.ts";
import { createMetrics } from "../engine/base/metrics.ts";
import { createDocumentPages } from "./document-pages.ts";
import { allRoutes } from "./engine-routes.ts";
import { parseOrigins } from "./guard.ts";
import { listenExternal, listenUi } from "./listeners.ts";
import { createLive } from "./live.ts";
import { createPinCheck } from "./pin-check.ts";
import { createPinHashing } from "./pin-hashing.ts";
import { createRateLimiter, defaultRateLimits } from "./rate-limit.ts";
import { createRefusals } from "./refusals.ts";
import { createRouter } from "./router.ts";
import { createScriptedEngine } from "./scripted-engine.ts";
import type { Listener } from "./serve-http.ts";

const log = createLogger("silent");
const metrics = createMetrics({ processMetrics: false });
const refusals = createRefusals({ clock: systemClock, log, metrics });
const engine = createScriptedEngine();
const live = createLive(engine.live, systemClock);
const router = createRouter({
  bindings: allRoutes(engine, live),
  limiter: createRateLimiter(defaultRateLimits, systemClock),
  log,
  checkOutput: true,
});
const documents = createDocumentPages(routes, "0.0.0");
const uiToken = "window-token";
let directory: string;
let external: Listener;
let ui: Listener;

const hashing = createPinHashing(workerFile("pin"));
afterAll(() => hashing.close());

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), "sentinel-listeners-"));
  writeFileSync(
    join(directory, "index.html"),
    "<!doctype html><html><head><title>S</title></head><body></body></html>",
  );
  writeFileSync(join(directory, "app.js"), "export {}");
  symlinkSync("/etc/passwd", join(directory, "link.txt"));
  external = await listenExternal({
    refusals,
    port: 0,
    router,
    documents,
    allowedOrigins: ["http://dashboard.example"],
    pin: await createPinCheck("2468", { clock: steadyClock, hashing }),
    token: "program-token",
    credentialRequired: true,
    log,
  });
  ui = await listenUi({
    refusals,
    port: 0,
    router,
    documents,
    live,
    principalOf: (token) => (token === uiToken ? { actor: "analyst", role: "analyst", caller: "ui" } : undefined),
    rendererDirectory: directory,
    panicOrigin: "http://127.0.0.1:9",
    log,
  });
});

afterAll(async () => {
  live.close();
  await Promise.all([external.close(), ui.close()]);
  rmSync(directory, { recursive: true });
});

interface Reply {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  text: string;
}

/** A raw request, since `fetch` will not send a false Host. */
function send(to: Listener, path: string, headers: Record<string, string> = {}, method = "GET", body?: string) {
  return new Promise<Reply>((resolve, reject) => {
    const request = httpRequest(
      { host: "127.0.0.1", port: to.port, path, method, headers: { Host: `127.0.0.1:${to.port}`, ...headers } },
      (response) => {
        let text = "";
        response.setEncoding("utf8");
        response.on("data", (chunk: string) => {
          text += chunk;
        });
        response.on("end", () => resolve({ status: response.statusCode!, headers: response.headers, text }));
      },
    );
    request.on("error", reject);
    request.end(body);
  });
}

const json = { "Content-Type": "application/json" };
const bearer = { Authorization: `Bearer ${uiToken}` };
const document = { "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document", "Sec-Fetch-Site": "cross-site" };

describe.each([
  ["external", () => external],
  ["user interface", () => ui],
])("the %s listener", (_name, listener) => {
  test.each([
    { why: "a re-bound name in Host", headers: { Host: "evil.example" } },
    { why: "its own name with another port", headers: { Host: "127.0.0.1:1" } },
    { why: "the page of another site", headers: { Origin: "http://evil.example" } },
    { why: "a page on another port of this machine", headers: { Origin: "http://127.0.0.1:1" } },
    { why: "a sandboxed frame", headers: { Origin: "null" } },
    { why: "a cross-site request without Origin", headers: { "Sec-Fetch-Site": "cross-site" } },
    { why: "another port's image", headers: { "Sec-Fetch-Site": "same-site", "Sec-Fetch-Dest": "image" } },
    { why: "an absolute target of another host", path: "http://evil.example/health" },
  ])("refuses $why", async ({ headers, path }) => {
    const reply = await send(listener(), path ?? "/health", { ...headers });
    expect([reply.status, JSON.parse(reply.text).code]).toEqual([403, "HOST_REFUSED"]);
  });

  test("answers under each of its loopback names", async () => {
    const { port } = listener();
    for (const name of ["127.0.0.1", "localhost", "LOCALHOST", "[::1]"]) {
      expect((await send(listener(), "/health", { Host: `${name}:${port}` })).status).toBe(200);
    }
  });

  test("serves self-contained documentation", async () => {
    for (const path of ["/docs", "/redoc"]) {
      const reply = await send(listener(), path, document);
      expect(reply.status).toBe(200);
      expect(/<script|https?:\/\/(?!127\.0\.0\.1)/.exec(reply.text)).toBeNull();
      expect(reply.headers["content-security-policy"]).toContain("default-src 'none'");
      expect(routes.filter((route) => !reply.text.includes(route.summary))).toEqual([]);
    }
    const api = JSON.parse((await send(listener(), "/openapi.json")).text);
    expect(api.openapi).toBe("3.1.0");
    const described = Object.values(api.paths).flatMap((path) => Object.keys(path as object));
    expect(described).toHaveLength(routes.length);
    expect(api.paths["/api/v1/sentinel/analyze"].post).toMatchObject({
      "x-callers": expect.arrayContaining(["external"]),
    });
    expect(api.paths["/api/v1/sentinel/analyze"].post.description).toBeUndefined();
    expect(api.paths["/api/v1/sentinel/settings"].put).toMatchObject({
      "x-callers": ["ui"],
      description: expect.stringContaining("NOT_FOUND"),
    });
    const docs = (await send(listener(), "/docs", document)).text;
    const notForPrograms = routes.filter(({ callers }) => !callers.includes("external"));
    expect(docs.split("(user interface only)")).toHaveLength(notForPrograms.length + 1);
  });

  test("a missing Origin implies nothing: without a credential only open routes answer", async () => {
    for (const route of routes) {
      const path = route.path.replaceAll(/:[a-z]+/g, "1");
      const body = route.method === "GET" || route.method === "DELETE" ? undefined : "{}";
      const reply = await send(listener(), path, json, route.method, body);
      if (!route.open) expect([route.path, reply.status]).toEqual([route.path, 401]);
      // Nobody is asked who they are; an empty sample is no sample.
      else expect(reply.status).toBe(route.path === "/analyze-flow" ? 400 : 200);
    }
  });

  test("its errors have the one shape", async () => {
    const reply = await send(listener(), "/no/such", { ...bearer });
    expect(Object.keys(JSON.parse(reply.text))).toEqual(["code", "message"]);
  });
});

describe("other programs", () => {
  const predict = (headers: Record<string, string>) =>
    send(external, "/api/v1/sentinel/predict-payload", { ...json, ...headers }, "POST", '{"payload":"x"}');

  test("the PIN or the token opens what is for them, and nothing else", async () => {
    expect((await predict({ "X-Sentinel-Pin": "2468" })).status).toBe(200);
    expect((await predict({ Authorization: "Bearer program-token" })).status).toBe(200);
    expect((await predict({ Authorization: "Bearer wrong" })).status).toBe(401);
    const list = await send(external, "/api/v1/sentinel/verdicts", { "X-Sentinel-Pin": "2468" });
    expect(list.status).toBe(404);
    expect((await send(external, "/", document)).status).toBe(401);
  });

  test("a listed origin may call from a browser; others are not named", async () => {
    const origin = { Origin: "http://dashboard.example" };
    const asked = await send(external, "/api/v1/sentinel/predict-payload", origin, "OPTIONS");
    expect([asked.status, asked.headers["access-control-allow-origin"]]).toEqual([204, "http://dashboard.example"]);
    const reply = await predict({ ...origin, "X-Sentinel-Pin": "2468" });
    expect(reply.headers["access-control-allow-origin"]).toBe("http://dashboard.example");
    expect((await predict({ "X-Sentinel-Pin": "2468" })).headers["access-control-allow-origin"]).toBeUndefined();
    expect((await send(ui, "/health", origin)).status).toBe(403);
  });

  test.each(["application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/plain"])(
    "SECURITY: a page cannot send %s as a form or simple request",
    async (type) => {
      const post = (headers: Record<string, string>) =>
        send(external, "/task", { "Content-Type": type, ...headers }, "POST", '{"request":"a"}');
      // A browser names the page's origin with every POST, and cannot be kept from it.
      expect((await post({ Origin: "http://evil.example" })).status).toBe(403);
      expect((await post({ Origin: "null" })).status).toBe(403);
      expect((await post({ "Sec-Fetch-Site": "cross-site" })).status).toBe(403);
      expect((await post({ Origin: "http://dashboard.example" })).status).toBe(401);
      // Nor does a credential make a form of it.
      expect((await post({ "X-Sentinel-Pin": "2468" })).status).toBe(415);
      expect((await post({ "X-Sentinel-Pin": "2468", Origin: "http://evil.example" })).status).toBe(403);
    },
  );

  test("a busy port is said, and not evaded", async () => {
    const again = listenExternal({
      refusals,
      port: external.port,
      router,
      documents,
      allowedOrigins: [],
      pin: null,
      token: null,
      credentialRequired: true,
      log,
    });
    await expect(again).rejects.toMatchObject({ code: "PORT_BUSY", details: { port: external.port } });
  });
});

test("only origins are accepted as origins", () => {
  expect(parseOrigins(" http://a.example , https://b.example:8443/ ")).toEqual([
    "http://a.example",
    "https://b.example:8443",
  ]);
  for (const wrong of ["*", "a.example", "http://a.example/path", "file:///x", "null"]) {
    expect(() => parseOrigins(wrong)).toThrow("is not an origin");
  }
});

describe("the user interface", () => {
  test("is a page under a strict policy that opens from the redirect file", async () => {
    const reply = await send(ui, "/", document);
    expect(reply.status).toBe(200);
    expect(reply.text).toContain("<title>S</title>");
    const policy = String(reply.headers["content-security-policy"]);
    for (const part of [
      "default-src 'none'",
      "script-src 'self';",
      `connect-src 'self' ws://127.0.0.1:${ui.port} http://127.0.0.1:9;`,
      "frame-ancestors 'none'",
      "base-uri 'none'",
      "form-action 'none'",
      "require-trusted-types-for 'script'",
      "trusted-types 'none'",
    ]) {
      expect(policy).toContain(part);
    }
    expect(policy).not.toMatch(/unsafe-eval|script-src[^;]*unsafe-inline|\*/);
    expect(reply.headers).toMatchObject({
      "x-content-type-options": "nosniff",
      "x-frame-options": "DENY",
      "cross-origin-opener-policy": "same-origin",
      "cross-origin-resource-policy": "same-origin",
      "cross-origin-embedder-policy": "require-corp",
      "referrer-policy": "no-referrer",
      "permissions-policy": expect.stringContaining("camera=()"),
    });
  });

  test("answers addresses inside the application with the page, to documents alone", async () => {
    expect((await send(ui, "/verdicts/abc", document)).text).toContain("<title>S</title>");
    expect((await send(ui, "/verdicts/abc", bearer)).status).toBe(404);
    expect((await send(ui, "/api/v1/none", document)).status).toBe(401);
    expect((await send(ui, "/api/v1/none")).status).toBe(401);
  });

  test("goes on serving the page that it started with when a build replaces the files", async () => {
    const page = await send(ui, "/app.js");
    writeFileSync(join(directory, "app.js"), "throw 1");
    renameSync(join(directory, "app.js"), join(directory, "app-2.js"));
    expect((await send(ui, "/app.js")).text).toBe(page.text);
    renameSync(join(directory, "app-2.js"), join(directory, "app.js"));
  });

  test("a file that is not there is missing, and its answer tells nothing", async () => {
    const reply = await send(ui, "/assets/nope.js");
    expect(reply.status).toBe(404);
    expect(JSON.parse(reply.text)).toEqual({
      code: "NOT_FOUND",
      message: expect.stringMatching(/^There is no such file\./),
    });
    expect(reply.text).not.toContain("nope");
    // The listener for other programs has no files, and says nothing to those it does not know.
    expect((await send(external, "/assets/nope.js")).status).toBe(401);
  });

  test("serves its files, and nothing outside them", async () => {
    const script = await send(ui, "/app.js");
    expect([script.status, script.headers["content-type"]]).toEqual([200, "text/javascript; charset=utf-8"]);
    for (const path of ["/link.txt", "/../../etc/passwd", "/%2e%2e/%2e%2e/etc/passwd", "/..%2f..%2fetc%2fpasswd"]) {
      const reply = await send(ui, path, bearer);
      expect([path, reply.status]).toEqual([path, 404]);
      expect(reply.text).not.toContain("root:");
    }
  });

  test("needs its token, and keeps replies out of caches", async () => {
    const reply = await send(ui, "/api/v1/sentinel/verdicts", bearer);
    expect([reply.status, reply.headers["cache-control"]]).toEqual([200, "no-store"]);
    expect((await send(ui, "/api/v1/sentinel/verdicts", { Authorization: "Bearer other" })).status).toBe(401);
    expect((await send(ui, "/api/v1/sentinel/verdicts", { Cookie: `token=${uiToken}` })).status).toBe(401);
  });

  test("a client that goes away aborts its call", async () => {
    const aborted = Promise.withResolvers<void>();
    const slow = createScriptedEngine({
      explain: (_input, _by, signal) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener("abort", () => {
            aborted.resolve();
            reject(new DOMException("gone", "AbortError"));
          });
        }),
    });
    const slowRouter = createRouter({
      bindings: allRoutes(slow, live),
      limiter: createRateLimiter(defaultRateLimits, systemClock),
      log,
      checkOutput: true,
    });
    const listener = await listenUi({
      refusals,
      port: 0,
      router: slowRouter,
      documents,
      live,
      principalOf: () => ({ actor: "analyst", role: "analyst", caller: "ui" }),
      rendererDirectory: directory,
      panicOrigin: null,
      log,
    });
    const client = new AbortController();
    const call = fetch(`${listener.origin}/api/v1/sentinel/explain`, {
      method: "POST",
      headers: { ...json, ...bearer },
      body: '{"verdict_id":"a"}',
      signal: client.signal,
    }).catch(() => undefined);
    setTimeout(() => client.abort(), 50);
    await aborted.promise;
    await call;
    await listener.close();
  });
});

describe("live messages over WebSocket", () => {
  const path = "/api/v1/sentinel/live/ws";
  const open = (headers: Record<string, string> = {}) =>
    new WebSocket(`ws://127.0.0.1:${ui.port}${path}`, { headers: { ...headers } });

  test("come after the token, numbered", async () => {
    const socket = open();
    const received: unknown[] = [];
    const two = new Promise<void>((resolve) => {
      socket.on("message", (data) => {
        received.push(JSON.parse(String(data)));
        if (received.length === 1) engine.publish({ type: "settings" });
        else resolve();
      });
    });
    await new Promise((resolve) => socket.once("open", resolve));
    const before = live.lastId;
    socket.send(JSON.stringify({ type: "auth", token: uiToken }));
    await two;
    expect(received).toEqual([
      { type: "auth_ok", last_event_id: before },
      { id: before + 1, message: { type: "settings" } },
    ]);
    socket.terminate();
  });

  test.each([
    ["a wrong token", JSON.stringify({ type: "auth", token: "no" })],
    ["no JSON", "hello"],
  ])("end on %s", async (_why, text) => {
    const socket = open();
    await new Promise((resolve) => socket.once("open", resolve));
    socket.send(text);
    expect(await new Promise((resolve) => socket.once("close", resolve))).toBe(4401);
  });

  test("are refused to pages of other sites", async () => {
    for (const headers of [{ Origin: "http://evil.example" }, { Host: "evil.example" }]) {
      const socket = open(headers);
      const error = await new Promise<Error>((resolve) => socket.once("error", resolve));
      expect(error.message).toContain("403");
    }
  });
});
