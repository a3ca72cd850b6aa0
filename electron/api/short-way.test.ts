import { request as httpRequest } from "node:http";
import { afterAll, beforeAll, expect, test } from "vitest";
import { workerFile } from "../engine/base/fixture-threads.ts";
import { createLogger } from "../engine/base/logging.ts";
import { createMetrics } from "../engine/base/metrics.ts";
import { allRoutes } from "./engine-routes.ts";
import { listenExternal } from "./listeners.ts";
import { createLive } from "./live.ts";
import { createPinCheck } from "./pin-check.ts";
import { createPinHashing } from "./pin-hashing.ts";
import { createRateLimiter, defaultRateLimits } from "./rate-limit.ts";
import { createRefusals } from "./refusals.ts";
import { createRouter, type Router } from "./router.ts";
import { createScriptedEngine } from "./scripted-engine.ts";
import type { Listener } from "./serve-http.ts";

let now = 0;
const clock = { now: () => now };
const log = createLogger("silent");
const engine = createScriptedEngine();
let wholes = 0;
let limits = defaultRateLimits;
let listener: Listener;

const hashing = createPinHashing(workerFile("pin"));
afterAll(() => hashing.close());

beforeAll(async () => {
  const router = createRouter({
    bindings: allRoutes(engine, createLive(engine.live, clock)),
    limiter: { take: (...args) => createdLimiter().take(...args) },
    log,
    checkOutput: true,
  });
  const counted: Router = {
    ...router,
    answerWhole: (...args) => {
      wholes++;
      return router.answerWhole(...args);
    },
  };
  listener = await listenExternal({
    port: 0,
    refusals: createRefusals({ clock, log, metrics: createMetrics({ processMetrics: false }) }),
    router: counted,
    documents: () => undefined,
    allowedOrigins: ["http://dashboard.example"],
    pin: await createPinCheck("2468", { clock: { elapsed: clock.now }, hashing }),
    token: "program-token",
    credentialRequired: true,
    log,
  });
});
afterAll(() => listener.close());

let limiter: ReturnType<typeof createRateLimiter> | undefined;
function createdLimiter() {
  limiter ??= createRateLimiter(limits, clock);
  return limiter;
}

const json = { "Content-Type": "application/json" };
const sample = JSON.stringify({ latency: 1, input_length: 2, errors: 0, route: "/a" });

function send(body: string | Buffer, headers: Record<string, string>, path = "/analyze-flow", host?: string) {
  return new Promise<{ status: number; text: string; headers: Record<string, unknown> }>((resolve, reject) => {
    const length = { "Content-Length": String(Buffer.byteLength(body)) };
    const options = {
      port: listener.port,
      host: "127.0.0.1",
      path,
      method: "POST",
      headers: { Host: host ?? `127.0.0.1:${listener.port}`, ...length, ...headers },
    };
    const request = httpRequest(options, (reply) => {
      let text = "";
      reply.setEncoding("utf8");
      reply.on("data", (chunk: string) => {
        text += chunk;
      });
      reply.on("end", () => resolve({ status: reply.statusCode!, text, headers: reply.headers }));
    });
    request.on("error", reject);
    request.end(body);
  });
}

/** The same body by the long way: a credential takes it there. */
const longWay = { ...json, Authorization: "Bearer program-token" };

test.each([
  { why: "a sample", body: sample },
  { why: "unknown fields", body: `{"more":1,${sample.slice(1)}` },
  { why: "a byte order mark", body: `\uFEFF${sample}` },
  { why: "no body", body: "" },
  { why: "no JSON", body: "{" },
  { why: "a list", body: "[1]" },
  { why: "a wrong type", body: sample.replace("1", '"1"') },
  { why: "a negative number", body: sample.replace("1", "-1") },
  { why: "no UTF-8", body: Buffer.concat([Buffer.from('{"route":"'), Buffer.from([0xff]), Buffer.from('"}')]) },
  { why: "deep nesting", body: `{"more":${"[".repeat(200)}${"]".repeat(200)}}` },
  { why: "__proto__", body: `{"__proto__":{"latency":1},"errors":0}` },
])("both ways answer alike: $why", async ({ body }) => {
  const before = wholes;
  const short = await send(body, json);
  expect(wholes).toBe(before + 1);
  const long = await send(body, longWay);
  expect(wholes).toBe(before + 1);
  expect([short.status, short.text]).toEqual([long.status, long.text]);
  for (const name of ["content-type", "cache-control", "x-content-type-options"]) {
    expect(short.headers[name]).toBe(long.headers[name]);
  }
  expect(short.headers["x-request-id"]).toMatch(/^[0-9a-f-]{36}$/);
});

test.each([
  { why: "a foreign host", headers: json, host: "evil.example", want: 403 },
  { why: "a page of another site", headers: { ...json, Origin: "http://evil.example" }, want: 403 },
  { why: "a cross-site fetch", headers: { ...json, "Sec-Fetch-Site": "cross-site" }, want: 403 },
  { why: "a wrong token", headers: { ...json, Authorization: "Bearer x" }, want: 401 },
  { why: "a wrong PIN", headers: { ...json, "X-Sentinel-Pin": "1" }, want: 401 },
  { why: "a form", headers: { "Content-Type": "text/plain" }, want: 415 },
  { why: "an allowed page", headers: { ...json, Origin: "http://dashboard.example" }, want: 200 },
])("SECURITY: $why never goes the short way", async ({ headers, host, want }) => {
  const before = wholes;
  expect((await send(sample, headers as Record<string, string>, "/analyze-flow", host)).status).toBe(want);
  expect(wholes).toBe(before);
});

test("SECURITY: too much is refused before it is read", async () => {
  const before = wholes;
  const refused = await send(`{"route":"${"a".repeat(20_000)}"}`, json).catch(() => ({ status: 413 }));
  expect([refused.status, wholes]).toEqual([413, before]);
});

test("a flood is limited, with Retry-After, and over when it is over", async () => {
  limits = { ...defaultRateLimits, telemetry: 5 };
  limiter = undefined;
  const replies = await Promise.all(Array.from({ length: 14 }, () => send(sample, json)));
  const refused = replies.filter(({ status }) => status === 429);
  expect(refused).toHaveLength(4);
  expect(refused[0]!.headers["retry-after"]).toBe("1");
  expect(JSON.parse(refused[0]!.text)).toMatchObject({ code: "RATE_LIMITED" });
  now += 1_000;
  expect((await send(sample, json)).status).toBe(200);
});
