import { describe, expect, test } from "vitest";
import { z } from "zod";
import { errorCodes, SentinelError } from "../../shared/errors.ts";
import { defineRoute } from "../../shared/route.ts";
import { routes } from "../../shared/routes.ts";
import { systemClock } from "../engine/base/clock.ts";
import { createLogger } from "../engine/base/logging.ts";
import type { Principal } from "../engine/base/principals.ts";
import { type Binding, bind } from "./binding.ts";
import { allRoutes } from "./engine-routes.ts";
import { createLive } from "./live.ts";
import { createRateLimiter, defaultRateLimits } from "./rate-limit.ts";
import { createRouter } from "./router.ts";
import { createScriptedEngine } from "./scripted-engine.ts";

const log = createLogger("silent");
const analyst = { actor: "analyst", role: "analyst", caller: "ui" } satisfies Principal;
const viewer = { actor: "viewer", role: "viewer", caller: "ui" } satisfies Principal;
const program = { actor: "program", role: "analyst", caller: "external" } satisfies Principal;

function routerOf(bindings: Binding[], logTo = log) {
  const limiter = createRateLimiter(defaultRateLimits, systemClock);
  return createRouter({ bindings, limiter, log: logTo, checkOutput: true });
}

function engineRouter(changes: Parameters<typeof createScriptedEngine>[0] = {}) {
  const engine = createScriptedEngine(changes);
  return { engine, router: routerOf(allRoutes(engine, createLive(engine.live, systemClock))) };
}

const echo = defineRoute({
  method: "POST",
  path: "/echo/:id",
  summary: "Echo",
  role: "viewer",
  callers: ["ui"],
  maxBytes: 1_000,
  input: z.strictObject({
    id: z.string(),
    n: z.coerce.number().max(9).default(1),
    inner: z.looseObject({}).optional(),
  }),
  output: z.looseObject({ id: z.string() }),
});
const echoBinding = bind(echo, (input) => input);

function post(
  path: string,
  body?: string | Uint8Array | ReadableStream,
  headers: Record<string, string> = { "Content-Type": "application/json" },
) {
  const init = { method: "POST", headers, ...(body === undefined ? {} : { body }), duplex: "half" };
  return new Request(`http://127.0.0.1${path}`, init as RequestInit);
}

async function errorOf(response: Response) {
  const body = (await response.json()) as Record<string, unknown>;
  expect(Object.keys(body).filter((key) => !["code", "message", "details"].includes(key))).toEqual([]);
  expect(errorCodes).toHaveProperty([body.code as string]);
  return { status: response.status, code: body.code, message: body.message as string, details: body.details };
}

describe("every route of the contract", () => {
  test("is bound exactly once", () => {
    const { router } = engineRouter();
    expect(new Set(router.routes)).toEqual(new Set(routes));
    expect(router.routes).toHaveLength(routes.length);
  });

  test.each(routes.map((route) => [`${route.method} ${route.path}`, route] as const))(
    "%s answers in the one error shape or by its schema",
    async (_name, route) => {
      const { router } = engineRouter();
      const path = route.path.replaceAll(/:[a-z]+/g, "1");
      const abort = new AbortController();
      const request = new Request(`http://127.0.0.1${path}`, {
        method: route.method,
        signal: abort.signal,
        ...(route.method === "GET" ? {} : { body: "{}", headers: { "Content-Type": "application/json" } }),
      });
      const response = await router.handle(request, { ...analyst, role: "admin" });
      if (response.ok) expect([undefined, "json", "text", "stream", "bytes"]).toContain(route.reply);
      else expect((await errorOf(response)).code).not.toBe("INTERNAL");
      abort.abort();
    },
  );

  test("duplicate routes throw", () => {
    expect(() => routerOf([echoBinding, echoBinding])).toThrow("Two routes are POST /echo/:id.");
  });
});

describe("input", () => {
  test("merges path, query and body", async () => {
    const response = await routerOf([echoBinding]).handle(post("/echo/a?n=3", '{"inner":{"x":1}}'), viewer);
    expect(await response.json()).toEqual({ id: "a", n: 3, inner: { x: 1 } });
  });

  const deep = `{"inner":{"x":${"[".repeat(150)}${"]".repeat(150)}}}`;
  const bracketsInText = JSON.stringify({ inner: { x: '[{"'.repeat(120) } });
  test.each([
    { why: "a wrong value names its field", path: "/echo/a?n=12", body: "{}", want: [400, "INPUT_INVALID", "n: "] },
    { why: "an unknown field", path: "/echo/a", body: '{"zz":1}', want: [400, "INPUT_INVALID", '"zz"'] },
    {
      why: "a path parameter overridden by the body",
      path: "/echo/a",
      body: '{"id":"b"}',
      want: [400, "INPUT_INVALID", '"id" is given more than once'],
    },
    { why: "a repeated parameter", path: "/echo/a?n=1&n=2", body: "{}", want: [400, "INPUT_INVALID", '"n"'] },
    { why: "__proto__ is a field", path: "/echo/a", body: '{"__proto__":{"n":2}}', want: [400, "INPUT_INVALID", ""] },
    { why: "broken JSON", path: "/echo/a", body: '{"inner":', want: [400, "INPUT_INVALID", "not JSON"] },
    { why: "a list for an object", path: "/echo/a", body: "[1]", want: [400, "INPUT_INVALID", ""] },
    { why: "deep nesting", path: "/echo/a", body: deep, want: [400, "INPUT_INVALID", "nested deeper"] },
    { why: "brackets in text are no nesting", path: "/echo/a", body: bracketsInText, want: [200] },
    { why: "a huge number", path: "/echo/a?n=1e999", body: "{}", want: [400, "INPUT_INVALID", "n: "] },
    { why: "a large body", path: "/echo/a", body: "x".repeat(1_001), want: [413, "INPUT_TOO_LARGE", "1000"] },
    {
      why: "another type",
      path: "/echo/a",
      body: "n=1",
      type: "application/x-www-form-urlencoded",
      want: [415, "MEDIA_TYPE_UNSUPPORTED", "not JSON"],
    },
    { why: "another method", method: "PUT", path: "/echo/a", body: "{}", want: [405, "METHOD_NOT_ALLOWED", "PUT"] },
    { why: "another path", path: "/echo", body: "{}", want: [404, "NOT_FOUND", "/echo"] },
  ])("$why", async ({ path, body, type, method, want }) => {
    const request = post(path, body, { "Content-Type": type ?? "application/json" });
    const response = await routerOf([echoBinding]).handle(method ? new Request(request, { method }) : request, viewer);
    expect(response.status).toBe(want[0]);
    if (response.ok) return;
    const error = await errorOf(response);
    expect(error.code).toBe(want[1]);
    expect(error.message).toContain(want[2]);
  });

  test("invalid UTF-8", async () => {
    const response = await routerOf([echoBinding]).handle(post("/echo/a", new Uint8Array([0x7b, 0xff, 0x7d])), viewer);
    expect(await errorOf(response)).toMatchObject({ status: 400, message: expect.stringContaining("UTF-8") });
  });

  test("a body without a length is cut off while it streams, and its source is told", async () => {
    let sent = 0;
    let cancelled = false;
    const endless = new ReadableStream({
      pull: (controller) => {
        sent += 100;
        controller.enqueue(new Uint8Array(100).fill(0x20));
      },
      cancel: () => {
        cancelled = true;
      },
    });
    const response = await routerOf([echoBinding]).handle(post("/echo/a", endless), viewer);
    expect((await errorOf(response)).code).toBe("INPUT_TOO_LARGE");
    expect(sent).toBeLessThan(2_000);
    expect(cancelled).toBe(true);
  });

  test("a raw body reaches the handler as bytes, with its input from the query", async () => {
    const { router } = engineRouter();
    const request = post("/api/v1/sentinel/evidence?file_name=a.har", "x".repeat(70_000), {});
    const response = await router.handle(request, analyst);
    expect(await response.json()).toEqual({ job_id: "bytes-70000" });
  });

  test("a value that is refused is not repeated to the caller or the log", async () => {
    const lines: string[] = [];
    const { router } = engineRouter();
    const response = await router.handle(post("/api/v1/sentinel/predict-payload", '{"payload":["s3cret"]}'), analyst);
    expect(JSON.stringify(await errorOf(response)) + lines.join("")).not.toContain("s3cret");
  });
});

describe("who may call", () => {
  test("a role below the route's is refused", async () => {
    const { router } = engineRouter();
    const response = await router.handle(post("/api/v1/sentinel/evidence/samples", "{}"), viewer);
    expect(await errorOf(response)).toMatchObject({ status: 403, code: "FORBIDDEN" });
  });

  test("a route that is not for other programs looks like none to them", async () => {
    const { router } = engineRouter();
    const request = new Request("http://127.0.0.1/api/v1/sentinel/verdicts");
    expect(await errorOf(await router.handle(request, program))).toMatchObject({ status: 404, code: "NOT_FOUND" });
    expect((await router.handle(request, { ...analyst, caller: "cli" })).status).toBe(200);
  });

  test("too many requests answer 429 with Retry-After, each caller for itself", async () => {
    let now = 1_000;
    const limiter = createRateLimiter(
      { ...defaultRateLimits, read: 1, change: 1, detect: 1, telemetry: 1 },
      { now: () => now },
    );
    const engine = createScriptedEngine();
    const bindings = allRoutes(engine, createLive(engine.live, systemClock));
    const router = createRouter({ bindings, limiter, log, checkOutput: true });
    const status = async (by: Principal) => {
      const response = await router.handle(new Request("http://127.0.0.1/health"), by);
      return [response.status, response.headers.get("Retry-After")];
    };
    expect(await status(viewer)).toEqual([200, null]);
    expect(await status(viewer)).toEqual([200, null]);
    expect(await status(viewer)).toEqual([429, "1"]);
    expect(await status(program)).toEqual([200, null]);
    now += 1_000;
    expect(await status(viewer)).toEqual([200, null]);
  });
});

describe("failures", () => {
  test("a bug is INTERNAL with a request id; what it says stays in the log", async () => {
    const lines: string[] = [];
    const spy = createLogger("info", { write: (line: string) => void lines.push(line) });
    const broken = bind(echo, () => {
      throw new TypeError("x of undefined at secret-place");
    });
    const response = await routerOf([broken], spy).handle(post("/echo/a", "{}"), viewer);
    const error = await errorOf(response);
    expect(error).toMatchObject({ status: 500, code: "INTERNAL" });
    expect(JSON.stringify(error)).not.toContain("secret-place");
    const id = (error.details as { request_id: string }).request_id;
    expect(response.headers.get("X-Request-Id")).toBe(id);
    expect(lines.join("")).toContain(id);
    expect(lines.join("")).toContain("secret-place");
  });

  test("a reply that breaks its schema is a bug where replies are checked", async () => {
    const wrong = bind(echo, () => ({ id: 7 }) as never);
    const response = await routerOf([wrong]).handle(post("/echo/a", "{}"), viewer);
    expect((await errorOf(response)).code).toBe("INTERNAL");
  });

  test("an expected error keeps its code, status and details", async () => {
    const full = bind(echo, () => {
      throw new SentinelError("DISK_FULL", "No space left in the data directory.", { free: 0 });
    });
    const response = await routerOf([full]).handle(post("/echo/a", "{}"), viewer);
    expect(await errorOf(response)).toMatchObject({ status: 507, code: "DISK_FULL", details: { free: 0 } });
  });
});
