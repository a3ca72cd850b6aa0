import { describe, expect, test } from "vitest";
import { readWhole } from "./fixture-sources.ts";

const at = Date.UTC(2026, 4, 6, 6, 46, 19, 981);
const host = { name: "Host", value: "api.example" };

const entry = (request: object = {}, more: object = {}) => ({
  timestamp: at,
  formatVersion: 1,
  webaclId: "arn:aws:wafv2:eu-west-1:000000000000:regional/webacl/a/b",
  terminatingRuleId: "SQLi",
  action: "BLOCK",
  responseCodeSent: null,
  httpRequest: {
    clientIp: "203.0.113.9",
    country: "AU",
    headers: [host, { name: "x-test", value: "10 AND 1=1" }, { name: "cookie", value: "sid=abc; theme=dark" }],
    uri: "/foo",
    args: "a=%27&b",
    httpVersion: "HTTP/2.0",
    httpMethod: "POST",
    requestId: "rid",
    ...request,
  },
  ...more,
});

const read = (...lines: readonly unknown[]) =>
  readWhole("aws_waf_log", lines.map((line) => JSON.stringify(line)).join("\n"));

describe("AWS WAF logs", () => {
  test("tell the request, and nothing of bodies and answers", async () => {
    const { exchanges, problems } = await read(entry());
    expect(problems).toEqual([]);
    expect(exchanges).toEqual([
      {
        index: 0,
        offset: 0,
        length: JSON.stringify(entry()).length,
        startedAt: at,
        durationMs: null,
        clientAddress: "203.0.113.9",
        method: "POST",
        scheme: null,
        host: "api.example",
        target: "/foo?a=%27&b",
        httpVersion: "HTTP/2",
        headers: [
          ["Host", "api.example"],
          ["x-test", "10 AND 1=1"],
          ["cookie", "sid=abc; theme=dark"],
        ],
        body: null,
        bodyCut: false,
        response: null,
      },
    ]);
  });

  const answer = (status: number) => ({ status, headers: null, size: null, body: null, bodyCut: false });
  test.each<[string, object, object]>([
    ["an answer of its own", entry({}, { responseCodeSent: 429 }), { response: answer(429) }],
    ["a puzzle", entry({}, { action: "CAPTCHA", captchaResponse: { responseCode: 405 } }), { response: answer(405) }],
    [
      "a puzzle that was solved",
      entry({}, { action: "ALLOW", captchaResponse: { responseCode: 405 } }),
      { response: null },
    ],
    [
      "a challenge",
      entry({}, { action: "CHALLENGE", challengeResponse: { responseCode: 202 } }),
      { response: answer(202) },
    ],
    [
      "host and scheme of their own",
      entry({ host: "h.example", scheme: "https" }),
      { host: "h.example", scheme: "https" },
    ],
    ["no query", entry({ args: "" }), { target: "/foo" }],
    ["a redacted query", entry({ args: "REDACTED" }), { target: "/foo" }],
    [
      "a redacted header",
      entry({ headers: [host, { name: "Authorization", value: "REDACTED" }] }),
      { headers: [["Host", "api.example"]], headersPartial: true },
    ],
    [
      "a redacted cookie among others",
      entry({ headers: [host, { name: "Cookie", value: "sid=REDACTED; a=1" }] }),
      {
        headers: [
          ["Host", "api.example"],
          ["Cookie", "a=1"],
        ],
        headersPartial: true,
      },
    ],
    [
      "redacted cookies",
      entry({ headers: [host, { name: "Cookie", value: "sid=REDACTED" }] }),
      { headers: [["Host", "api.example"]], headersPartial: true },
    ],
    ["more headers than it looks at", entry({}, { oversizeFields: ["REQUEST_HEADERS"] }), { headersPartial: true }],
    ["headers without a host", entry({ headers: [] }), { headers: [], headersPartial: true }],
    ["no headers", entry({ headers: null }), { headers: null, host: null }],
  ])("%s", async (_why, line, want) => {
    const { exchanges, problems } = await read(line);
    expect(problems).toEqual([]);
    expect(exchanges).toMatchObject([want]);
    const isPartial = (want as { headersPartial?: true }).headersPartial;
    expect(exchanges[0]?.headersPartial).toBe(isPartial);
  });

  test.each<[string, object]>([
    ["no request", entry({}, { httpRequest: null })],
    ["a method that is none", entry({ httpMethod: 7 })],
    ["a redacted path", entry({ uri: "REDACTED" })],
    ["a redacted method", entry({ httpMethod: "REDACTED" })],
  ])("complains of %s, with its line", async (_why, line) => {
    const { exchanges, problems } = await read(entry(), line, entry());
    expect(exchanges.map(({ index }) => index)).toEqual([0, 2]);
    expect(problems).toMatchObject([{ code: "EVIDENCE_UNREADABLE", place: "line 2" }]);
  });

  test("wrong types cost no more than themselves", async () => {
    const odd = entry(
      { headers: [5, { name: "a" }], args: 3, clientIp: {}, httpVersion: [] },
      { timestamp: "x", action: {}, responseCodeSent: [] },
    );
    const { exchanges, problems } = await read(odd);
    expect(exchanges).toMatchObject([
      { target: "/foo", startedAt: null, clientAddress: null, headers: [], response: null },
    ]);
    expect(problems).toHaveLength(3);
  });
});
