import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, describe, expect, test } from "vitest";
import { SentinelError } from "../../shared/errors.ts";
import { readConfig } from "../engine/base/config.ts";
import { createLogger } from "../engine/base/logging.ts";
import { noTracing, type SpanAttributes, type Tracing } from "../engine/base/tracing.ts";
import { type Collector, openCollector } from "./fixture-otlp.ts";
import { createOtlpTracing, type OtlpOptions } from "./otlp.ts";
import { openTracing } from "./tracing.ts";

const opened: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of opened.splice(0).reverse()) await one.close();
});
const closing = <T extends { close(): Promise<void> }>(one: T): T => {
  opened.push(one);
  return one;
};

const lines: string[] = [];
function tracingTo(collector: Pick<Collector, "origin">, options: Partial<OtlpOptions> = {}): Tracing {
  lines.length = 0;
  const log = createLogger("trace", { write: (line) => void lines.push(line) });
  const url = `${collector.origin}/v1/traces`;
  return closing(createOtlpTracing({ url, token: null, ratio: 1, version: "1.2.3", log, delayMs: 20, ...options }));
}

const until = async (holds: () => boolean) => expect.poll(holds, { timeout: 5_000, interval: 20 }).toBe(true);

describe("what a collector gets", () => {
  test("spans in each other, with the caller's trace, by the protocol and with the token", async () => {
    const collector = closing(await openCollector());
    const tracing = tracingTo(collector, { token: "collector-token" });
    const trace = "0af7651916cd43dd8448eb211c80319c";
    let inner: string | null = null;
    const attributes = { "http.request.method": "POST", "http.route": "/api/v1/sentinel/analyze" };
    await tracing.span(
      "http",
      attributes,
      async (span) => {
        await new Promise((resolve) => setTimeout(resolve, 20));
        tracing.span("job", { "sentinel.job.kind": "analyse" }, ({ traceparent }) => {
          inner = traceparent;
        });
        tracing.past("analysis.read", Date.now() - 50, Date.now(), { "sentinel.requests": 7 });
        span.set({ "http.response.status_code": 200 });
      },
      `00-${trace}-b7ad6b7169203331-01`,
    );
    await tracing.close();
    const [job, read, http] = collector.spans();
    expect(http).toMatchObject({
      name: "POST /api/v1/sentinel/analyze",
      traceId: trace,
      parentSpanId: "b7ad6b7169203331",
      kind: 2,
      attributes: { ...attributes, "http.response.status_code": 200 },
    });
    expect(http!.milliseconds).toBeGreaterThanOrEqual(15);
    expect(job).toMatchObject({ traceId: trace, parentSpanId: http!.spanId });
    expect(read).toMatchObject({ parentSpanId: http!.spanId, attributes: { "sentinel.requests": 7 } });
    expect(inner).toBe(`00-${trace}-${job!.spanId}-01`);
    expect(collector.requests()[0]!.headers.authorization).toBe("Bearer collector-token");
    expect(tracing.health()).toEqual({ status: "healthy", detail: "Traces are sent" });
  });

  test("of an error its code, never its words; it is passed on", async () => {
    const collector = closing(await openCollector());
    const tracing = tracingTo(collector);
    const known = new SentinelError("NOT_FOUND", "There is no secret-word.");
    expect(() =>
      tracing.span("job", {}, () => {
        throw known;
      }),
    ).toThrow(known);
    await expect(tracing.span("job", {}, () => Promise.reject(new Error("secret-word")))).rejects.toThrow();
    await tracing.close();
    expect(collector.spans().map(({ attributes, status }) => [attributes["error.type"], status])).toEqual([
      ["NOT_FOUND", { code: 2 }],
      ["INTERNAL", { code: 2 }],
    ]);
    expect(collector.text()).not.toContain("secret-word");
  });

  test.each([
    { why: "a name that is not listed", given: { "user.name": "secret-word" } },
    { why: "words in the place of a name", given: { "sentinel.outcome": "secret-word of a user" } },
    { why: "a text in the place of a count", given: { "sentinel.requests": "secret-word" } },
    { why: "an address with a query", given: { "http.route": "/verdicts?q=secret-word" } },
    { why: "a text that is too long", given: { "sentinel.job.kind": "secret-word".repeat(20) } },
    { why: "a method that nobody knows", given: { "http.request.method": "secret-word" } },
  ])("not $why", async ({ given }) => {
    const collector = closing(await openCollector());
    const tracing = tracingTo(collector);
    tracing.span("http", given as SpanAttributes, (span) => span.set(given as SpanAttributes));
    await tracing.close();
    expect(collector.spans()).toHaveLength(1);
    expect(collector.text()).not.toContain("secret-word");
  });

  test.each([
    { ratio: 0, parent: null, want: 0 },
    { ratio: 0, parent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", want: 0 },
    { ratio: 1, parent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00", want: 0 },
    { ratio: 1, parent: "nonsense", want: 1 },
    { ratio: 1, parent: `00-${"0".repeat(32)}-b7ad6b7169203331-01`, want: 1 },
  ])("the operator's share: $ratio, of a caller's $parent", async ({ ratio, parent, want }) => {
    const collector = closing(await openCollector());
    const tracing = tracingTo(collector, { ratio });
    tracing.span("job", {}, () => undefined, parent);
    await tracing.close();
    expect(collector.spans()).toHaveLength(want);
  });
});

describe("a collector that does not take them", () => {
  test.each([
    { why: "answers 503", answer: () => 503, words: "is busy" },
    { why: "refuses", answer: () => 401, words: "The collector answers with status 401." },
    { why: "never answers", answer: () => null, words: "does not answer in time" },
  ])("$why: told once, work goes on, closing is bounded", async ({ answer, words }) => {
    const collector = closing(await openCollector(answer));
    const tracing = tracingTo(collector, { timeoutMs: 200, closeMs: 400 });
    expect(tracing.span("job", {}, () => 1)).toBe(1);
    await until(() => tracing.health()?.status === "degraded");
    tracing.span("job", {}, () => 2);
    await until(() => tracing.health()?.detail?.includes("2 spans") === true);
    expect(tracing.health()?.detail).toContain(words);
    expect(lines.filter((line) => line.includes("do not reach"))).toHaveLength(1);
    tracing.span("job", {}, () => 3);
    const from = performance.now();
    await tracing.close();
    expect(performance.now() - from).toBeLessThan(1_000);
  });

  test("it is told when it takes them again, and how many were lost", async () => {
    let status = 400;
    const collector = closing(await openCollector(() => status));
    const tracing = tracingTo(collector);
    tracing.span("job", {}, () => undefined);
    await until(() => tracing.health()?.status === "degraded");
    status = 200;
    tracing.span("job", {}, () => undefined);
    await until(() => tracing.health()?.status === "healthy");
    expect(tracing.health()?.detail).toBe("Traces are sent; 1 spans were lost");
  });

  test("what waits is bounded", { timeout: 20_000 }, async () => {
    let status: number | null = null;
    const collector = closing(await openCollector(() => status));
    const tracing = tracingTo(collector, { timeoutMs: 500 });
    const from = performance.now();
    for (let i = 0; i < 50_000; i++) tracing.span("job", {}, () => undefined);
    // Far more than one takes: this is no measurement, but a span that waited for the collector would show.
    expect((performance.now() - from) / 50_000).toBeLessThan(1);
    status = 200;
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    await tracing.close();
    // What waits, and what was under way.
    expect(collector.spans().length).toBeLessThanOrEqual(2048 + 512);
    expect(collector.spans().length).toBeGreaterThan(0);
  });
});

describe("settings", () => {
  const folder = mkdtempSync(join(tmpdir(), "sentinel-otlp-"));
  const token = join(folder, "token");
  writeFileSync(token, "t-1", { mode: 0o600 });
  const home = { SENTINEL_HOME: folder, SENTINEL_SECRETS: join(folder, "none") };
  const open = (environment: Record<string, string>) =>
    openTracing(readConfig({ ...home, ...environment }, folder), "1", createLogger("silent"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test("unset: nothing", async () => expect(await open({})).toBe(noTracing));

  test.each([
    { environment: { SENTINEL_OTLP_ENDPOINT: "nonsense" }, words: "SENTINEL_OTLP_ENDPOINT" },
    { environment: { SENTINEL_OTLP_ENDPOINT: "ftp://collector" }, words: "no http or https address" },
    { environment: { SENTINEL_OTLP_ENDPOINT: "https://a:b@collector" }, words: "no user or password" },
    { environment: { SENTINEL_OTLP_ENDPOINT: "https://collector?key=1" }, words: "ends with its path" },
    {
      environment: { SENTINEL_OTLP_ENDPOINT: "http://collector:4318", SENTINEL_OTLP_TOKEN_FILE: token },
      words: "has to be https",
    },
    { environment: { SENTINEL_OTLP_ENDPOINT: "https://collector", SENTINEL_OTLP_RATIO: "2" }, words: "OTLP_RATIO" },
  ])("$environment", async ({ environment, words }) => {
    await expect((async () => await open(environment))()).rejects.toThrow(words);
  });

  test.each(["http://127.0.0.1:4318", "http://localhost:4318/base/", "https://collector.example"])(
    "%s with a token",
    async (endpoint) => {
      const tracing = await open({ SENTINEL_OTLP_ENDPOINT: endpoint, SENTINEL_OTLP_TOKEN_FILE: token });
      expect(tracing.isOn).toBe(true);
      await tracing.close();
    },
  );
});
