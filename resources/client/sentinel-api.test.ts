import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { entryOf, harOf, packageOf } from "../../electron/engine/test-engine.ts";
import { type ServedHost, serveTestHost, testPin, testToken } from "../../electron/fixture-serving.ts";
import { SentinelApi, SentinelApiError } from "./sentinel-api.mjs";

let served: ServedHost;
let sentinel: SentinelApi;
beforeAll(async () => {
  served = await serveTestHost();
  sentinel = new SentinelApi({ origin: `${served.origin}/`, token: testToken });
});
afterAll(() => served?.close());

const refused = async (call: Promise<unknown>): Promise<SentinelApiError> =>
  await call.then(
    () => Promise.reject(new Error("It was not refused.")),
    (error: unknown) => (error instanceof SentinelApiError ? error : Promise.reject(error)),
  );
const har = JSON.parse(harOf([entryOf("http://shop.example/?q=1%27+or+1=1--")]));
const { sha256, metadata } = packageOf({ har });
const evidence = { har, sha256, metadata };

describe("with a running engine", () => {
  test("evidence is judged, its verdict reported as wrong, and that is counted", async () => {
    const { verdict, verdicts } = await sentinel.call("POST /api/v1/sentinel/analyze", { body: { evidence } });
    expect([verdict.verdict, verdict.class, verdicts.length]).toEqual(["tag", "sql_injection", 1]);
    const body = { verdict_id: verdict.verdict_id, reason: "a test" };
    const reported = await sentinel.call("POST /api/v1/sentinel/dataset/add-false-positive", { body });
    expect(reported.id).toEqual(expect.any(String));
    const stats = await sentinel.call("GET /api/v1/sentinel/dataset/stats");
    expect(stats.labels).toMatchObject({ samples: 1, by_class: { benign: 1 } });
  });

  test("parameters go where the path, or the query, has them", async () => {
    await sentinel.call("POST /api/memory", { body: { text: "The shop sells tea & 100% coffee." } });
    const found = await sentinel.call("GET /api/memory/search", { parameters: { q: "tea & 100% coffee", limit: 5 } });
    expect(found.items).toHaveLength(1);
    const { id } = found.items[0]!.source;
    expect(await sentinel.call("GET /api/memory/sources/{id}", { parameters: { id } })).toMatchObject({
      source: { id },
    });
    // What is put into a path stays one part of it.
    const elsewhere = sentinel.call("GET /task/{id}", { parameters: { id: "../health?x=" } });
    expect((await refused(elsewhere)).status).toBeGreaterThanOrEqual(400);
  });

  test("text is text, and a stream is left to the caller", async () => {
    expect(await sentinel.call("GET /metrics")).toContain("sentinel_http_request_duration_seconds");
    const { task_id } = await sentinel.call("POST /task/start", { body: { request: "Count the alerts" } });
    const signal = AbortSignal.timeout(20_000);
    const stream = await sentinel.call("GET /api/events", { parameters: { task_id }, signal });
    expect(stream.headers.get("Content-Type")).toContain("text/event-stream");
    await stream.body?.cancel();
  });

  test("the PIN does where there is no token", async () => {
    const withPin = new SentinelApi({ origin: served.origin, pin: testPin });
    const body = { payload: "1' or 1=1--" };
    const judged = await withPin.call("POST /api/v1/sentinel/predict-payload", { body });
    expect(judged).toMatchObject({ class: "sql_injection" });
  });

  test.each([
    { why: "no credential", options: {}, code: "UNAUTHENTICATED", status: 401 },
    { why: "a wrong token", options: { token: "wrong" }, code: "UNAUTHENTICATED", status: 401 },
    { why: "a wrong PIN", options: { pin: "00000000" }, code: "UNAUTHENTICATED", status: 401 },
  ])("$why: $code", async ({ options, code, status }) => {
    const other = new SentinelApi({ origin: served.origin, ...options });
    const error = await refused(other.call("POST /api/v1/sentinel/predict-payload", { body: { payload: "a" } }));
    expect(error).toMatchObject({ code, status, message: expect.stringMatching(/\w+ .*\.$/) });
  });

  test("what is wrong with the input is told by code, words and the request's id", async () => {
    const changed = { ...evidence, sha256: "0".repeat(64) };
    const error = await refused(sentinel.call("POST /api/v1/sentinel/analyze", { body: { evidence: changed } }));
    expect(error).toMatchObject({ code: "EVIDENCE_HASH_MISMATCH", status: 422, requestId: expect.any(String) });
  });

  test("nobody there: what fetch throws", async () => {
    const nobody = new SentinelApi({ origin: "http://127.0.0.1:1" });
    await expect(nobody.call("GET /health")).rejects.toThrow(TypeError);
  });

  test("an error that is none of the engine's has its status", async () => {
    const proxy = async () => new Response("<h1>Bad gateway</h1>", { status: 502 });
    const error = await refused(new SentinelApi({ origin: served.origin, fetch: proxy }).call("GET /health"));
    expect(error).toMatchObject({ code: "INTERNAL", status: 502 });
  });
});

/** Never run: the compiler holds that what the contract does not have is not there. */
function mistakes(api: SentinelApi) {
  // @ts-expect-error no such route
  void api.call("GET /api/v1/sentinel/nothing");
  // @ts-expect-error a route for people alone
  void api.call("GET /api/v1/sentinel/alerts");
  // @ts-expect-error a body is needed
  void api.call("POST /api/v1/sentinel/analyze");
  // @ts-expect-error a parameter of the path is needed
  void api.call("GET /task/{id}");
  // @ts-expect-error a number
  void api.call("GET /api/memory/search", { parameters: { q: "tea", limit: "many" } });
  // @ts-expect-error no such field of a reply
  void api.call("GET /health").then(({ weather }) => weather);
}
void mistakes;
