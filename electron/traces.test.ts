import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type CollectedSpan, type Collector, openCollector } from "./adapters/fixture-otlp.ts";
import { analyst, entryOf, harOf, openTestEngine, packageOf } from "./engine/test-engine.ts";
import { type ServedHost, serveTestHost, testPin, testToken } from "./fixture-serving.ts";

// A real host that sends its traces to a collector, which reads them; then everything that it was sent is searched.

const secrets = {
  token: testToken,
  pin: testPin,
  "wrong token": "wrong-token-81bc",
  cookie: "session-cookie-61fe",
  "password in a body": "hunter2-body-51ab",
  "password in an address": "hunter3-address-90c2",
  "payload of evidence": "select-secret-payload-07dd",
  "host of evidence": "shop-of-a-customer.example",
  "text for the agent": "words-of-a-case-3e4f",
  "user of a service": "bob-private-5a6b",
  "actor of a state": "vendor-tracestate-77aa",
} as const;

let collector: Collector;
let served: ServedHost;
beforeAll(async () => {
  collector = await openCollector();
  served = await serveTestHost({
    SENTINEL_OTLP_ENDPOINT: collector.origin,
    ANTHROPIC_API_KEY: "sk-ant-known-33aa",
    // Nobody answers there: a call of the planner's model fails.
    ANTHROPIC_BASE_URL: "http://127.0.0.1:1",
    SENTINEL_TRUST_LEVEL: "1",
    SENTINEL_RATE_CHANGE: "10000",
    SENTINEL_RATE_AGENT: "10000",
    SENTINEL_RATE_TASKS: "60000",
  });
});
afterAll(async () => {
  await served?.close();
  await collector?.close();
});

const trace = "0af7651916cd43dd8448eb211c80319c";
const headers = {
  Authorization: `Bearer ${testToken}`,
  "Content-Type": "application/json",
  Cookie: `sid=${secrets.cookie}`,
  tracestate: `vendor=${secrets["actor of a state"]}`,
  baggage: `user=${secrets["actor of a state"]}`,
};

async function send(method: string, path: string, body: string | null, more: Record<string, string> = {}) {
  const reply = await fetch(`${served.origin}${path}`, {
    method,
    headers: { ...headers, ...more },
    ...(method === "GET" ? {} : { body }),
    signal: AbortSignal.timeout(20_000),
  });
  await reply.body?.cancel();
  return reply.status;
}

const everything = {
  password: secrets["password in a body"],
  text: secrets["text for the agent"],
  request: secrets["text for the agent"],
  payload: secrets["payload of evidence"],
  user_id: secrets["user of a service"],
  reason: secrets["password in a body"],
};

describe("what is traced", () => {
  test("evidence of a caller who is in a trace", { timeout: 60_000 }, async () => {
    const attack = entryOf(
      `http://${secrets["host of evidence"]}/login?q=1%27+or+1=1--${secrets["payload of evidence"]}`,
      {
        form: `user=ann&password=${secrets["password in a body"]}`,
        cookie: `session=${secrets.cookie}`,
      },
    );
    const body = JSON.stringify({ evidence: packageOf({ har: JSON.parse(harOf([attack])) }) });
    const traceparent = `00-${trace}-b7ad6b7169203331-01`;
    expect(await send("POST", "/api/v1/sentinel/analyze", body, { traceparent })).toBe(200);
    const { engine } = served.host;
    const [verdict] = (await engine.verdicts.list({ limit: 1 } as never)).items;
    // Nothing is judged otherwise because somebody looks at the clock.
    const untraced = await openTestEngine();
    try {
      const { verdict: same } = await untraced.engine.analyze(JSON.parse(body), analyst, new AbortController().signal);
      expect(verdict).toMatchObject({ id: same.verdict_id, score: same.final_score });
    } finally {
      await untraced.close();
    }
    const { id } = await engine.simulations.start({ verdict_id: verdict!.id, application: "shop" }, analyst);
    await expect.poll(async () => (await engine.simulations.get({ id })).state, { timeout: 10_000 }).toBe("done");
    await send("POST", "/api/v1/sentinel/analyze", body.replace(/"sha256":"\w{4}/, '"sha256":"0000'), { traceparent });
  });

  test("a task with steps, and a request that no planner takes", { timeout: 60_000 }, async () => {
    const plan = {
      summary: secrets["text for the agent"],
      steps: [
        { id: "now", type: "tool_call", tool: "clock.now", args: {} },
        { id: "find", type: "tool_call", tool: "alerts.search", args: { text: secrets["text for the agent"] } },
        { id: "sum", type: "llm_task", prompt: secrets["text for the agent"], output: "text" },
      ],
    };
    const { assistant } = served.host.engine;
    await assistant.runPlan({ plan } as never, analyst);
    await send("POST", "/task", JSON.stringify({ request: `Look at ${secrets["text for the agent"]}` }));
  });

  test("every route, with secrets in all places", { timeout: 120_000 }, async () => {
    for (const route of served.host.router.routes) {
      if (route.reply === "stream" || route.path.includes("panic")) continue;
      const value = secrets["password in an address"];
      const path = `${route.path.replaceAll(/:[a-z_]+/g, value)}?q=${value}`;
      const traceparent = `${secrets["password in an address"]}`;
      await send(route.method, path, JSON.stringify(everything), { traceparent });
      await send(route.method, path, "{", { Authorization: `Bearer ${secrets["wrong token"]}` });
      const request = new Request(`${served.origin}${path}`, {
        method: route.method,
        headers: { "Content-Type": "application/json", Cookie: secrets.cookie, traceparent },
        ...(route.method === "GET" ? {} : { body: JSON.stringify(everything) }),
      });
      const reply = await served.host.router.handle(request, { actor: "analyst", role: "admin", caller: "ui" });
      await reply.body?.cancel();
    }
  });
});

describe("what the collector has", () => {
  let spans: readonly CollectedSpan[];
  beforeAll(async () => {
    const health = await served.host.engine.health();
    expect(health.components.traces?.status).toBe("healthy");
    await served.close();
    spans = collector.spans();
  });
  const named = (name: string) => spans.filter((span) => span.name === name);
  const inTrace = (name: string) => named(name).filter(({ traceId }) => traceId === trace);

  test("a request by its template, its job below it, and the phases below that", () => {
    const [analyze] = inTrace("POST /api/v1/sentinel/analyze");
    expect(analyze).toMatchObject({
      parentSpanId: "b7ad6b7169203331",
      attributes: { "http.response.status_code": 200, "http.route": "/api/v1/sentinel/analyze" },
    });
    const [job] = inTrace("job");
    expect(job).toMatchObject({
      parentSpanId: analyze!.spanId,
      attributes: { "sentinel.job.kind": "analyse", "sentinel.outcome": "done" },
    });
    for (const phase of ["read", "payloads", "features", "forest"]) {
      const [span] = inTrace(`analysis.${phase}`);
      expect(span).toMatchObject({
        parentSpanId: job!.spanId,
        attributes: { "sentinel.requests": 1, "sentinel.sessions": 1, "sentinel.flagged": 1 },
      });
      expect(span!.milliseconds).toBeGreaterThan(0);
      expect(span!.milliseconds).toBeLessThan(job!.milliseconds);
    }
    expect(inTrace("analysis.explain").length).toBeGreaterThanOrEqual(1);
  });

  test("a simulation by its outcome", () => {
    const outcome = { "sentinel.outcome": "not_simulated", "sentinel.payloads": 0, "sentinel.confirmed": 0 };
    expect(named("simulation").map(({ attributes }) => attributes)).toEqual([outcome]);
  });

  test("steps and calls of models by kind, tool and outcome", () => {
    const steps = named("agent.step").map(({ attributes }) => attributes);
    expect(steps).toContainEqual({
      "sentinel.step.type": "tool_call",
      "gen_ai.tool.name": "clock.now",
      "sentinel.outcome": "completed",
    });
    expect(steps.filter((step) => step["sentinel.step.type"] === "llm_task")).toEqual([
      { "sentinel.step.type": "llm_task", "error.type": "UNAVAILABLE" },
    ]);
    expect(named("model.call").map(({ attributes }) => attributes)).toContainEqual({
      "gen_ai.operation.name": "plan",
      "error.type": "UNAVAILABLE",
    });
  });

  test("only callers of the external listener are in a trace of their own", () => {
    const roots = spans.filter(({ name }) => name === "GET /health");
    expect(roots.length).toBeGreaterThan(0);
    for (const { traceId, parentSpanId } of roots) {
      expect(parentSpanId).toBeUndefined();
      expect(traceId).not.toBe(trace);
    }
  });

  test.each(Object.keys(secrets) as (keyof typeof secrets)[])("not: %s", (kind) => {
    expect(collector.text().length).toBeGreaterThan(10_000);
    expect(collector.text()).not.toContain(secrets[kind]);
  });
});

describe("a start", () => {
  const folder = mkdtempSync(join(tmpdir(), "sentinel-traces-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const program = `
    import { registerHooks } from "node:module";
    const loaded = new Set();
    registerHooks({ load(url, context, next) { loaded.add(/@opentelemetry\\/([\\w-]+)/.exec(url)?.[1]); return next(url, context); } });
    const { openLocalHost } = await import("${join(import.meta.dirname, "host.ts")}");
    const { composeEngine } = await import("${join(import.meta.dirname, "compose.ts")}");
    const { readConfig } = await import("${join(import.meta.dirname, "engine/base/config.ts")}");
    const { createLogger } = await import("${join(import.meta.dirname, "engine/base/logging.ts")}");
    const { environmentKeySource } = await import("${join(import.meta.dirname, "engine/store/master-key.ts")}");
    const keySource = environmentKeySource(Buffer.alloc(32, 7).toString("base64"));
    const given = { config: readConfig(process.env, "${folder}"), log: createLogger("silent"), keySource };
    const host = await openLocalHost({ ...given, compose: composeEngine, host: "test", checkOutput: false });
    await host.close();
    console.log(JSON.stringify([...loaded].filter(Boolean).sort()));
  `;
  const start = async (environment: Record<string, string>): Promise<string[]> => {
    const entry = join(folder, "start.mjs");
    writeFileSync(entry, program);
    const env = {
      PATH: process.env.PATH,
      SENTINEL_HOME: join(folder, "home"),
      SENTINEL_OLLAMA_URL: "off",
      ...environment,
    };
    const { stdout } = await promisify(execFile)(process.execPath, [entry], { env });
    return JSON.parse(stdout.trim().split("\n").at(-1)!);
  };

  test("without a collector loads nothing of the SDK; with one it does", { timeout: 60_000 }, async () => {
    expect((await start({})).filter((name) => name !== "api")).toEqual([]);
    expect(await start({ SENTINEL_OTLP_ENDPOINT: collector.origin })).toEqual(
      expect.arrayContaining(["exporter-trace-otlp-http", "sdk-trace"]),
    );
  });
});
