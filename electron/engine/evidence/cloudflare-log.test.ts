import { describe, expect, test } from "vitest";
import { readWhole } from "./fixture-sources.ts";

const at = Date.UTC(2026, 2, 3, 5, 29, 6);

const entry = (more: object = {}) => ({
  ClientIP: "203.0.113.9",
  ClientRequestHost: "shop.example",
  ClientRequestMethod: "GET",
  ClientRequestProtocol: "HTTP/2",
  ClientRequestReferer: "https://shop.example/",
  ClientRequestScheme: "https",
  ClientRequestURI: "/product/66?id=1",
  ClientRequestUserAgent: "curl/8",
  ClientXRequestedWith: "",
  Cookies: {},
  EdgeEndTimestamp: "2026-03-03T05:29:07Z",
  EdgeResponseBodyBytes: 1963,
  EdgeResponseBytes: 2301,
  EdgeResponseStatus: 401,
  EdgeStartTimestamp: "2026-03-03T05:29:06Z",
  EdgeTimeToFirstByteMs: 28,
  RayID: "7a1f0000",
  RequestHeaders: {},
  SecurityAction: "",
  WAFAttackScore: 4,
  ...more,
});

const event = (more: object = {}) => ({
  Action: "block",
  ClientIP: "203.0.113.9",
  ClientRefererHost: "other.example",
  ClientRefererPath: "/x",
  ClientRefererQuery: "?y",
  ClientRefererScheme: "https",
  ClientRequestHost: "shop.example",
  ClientRequestMethod: "POST",
  ClientRequestPath: "/login",
  ClientRequestProtocol: "HTTP/1.1",
  ClientRequestQuery: "?a=%27",
  ClientRequestScheme: "https",
  ClientRequestUserAgent: "curl/8",
  Datetime: "2026-03-03T05:29:06Z",
  EdgeResponseStatus: 403,
  MatchIndex: 0,
  RayID: "ray1",
  RuleID: "100173",
  ...more,
});

const read = (...lines: readonly unknown[]) =>
  readWhole("cloudflare_log", lines.map((line) => JSON.stringify(line)).join("\n"));

describe("Cloudflare logs", () => {
  test("http_requests", async () => {
    const { exchanges, problems } = await read(entry());
    expect(problems).toEqual([]);
    expect(exchanges).toEqual([
      {
        index: 0,
        offset: 0,
        length: JSON.stringify(entry()).length,
        startedAt: at,
        durationMs: 28,
        clientAddress: "203.0.113.9",
        method: "GET",
        scheme: "https",
        host: "shop.example",
        target: "/product/66?id=1",
        httpVersion: "HTTP/2",
        headers: [
          ["User-Agent", "curl/8"],
          ["Referer", "https://shop.example/"],
        ],
        headersPartial: true,
        body: null,
        bodyCut: false,
        response: { status: 401, headers: null, size: 1963, body: null, bodyCut: false },
      },
    ]);
  });

  test("firewall_events: one request, however many rules matched it", async () => {
    const { exchanges, problems } = await read(
      event(),
      event({ MatchIndex: 1, RuleID: "2" }),
      event({ RayID: "ray2" }),
      event({ RayID: "" }),
    );
    expect(problems).toEqual([]);
    expect(exchanges.map(({ index }) => index)).toEqual([0, 2, 3]);
    expect(exchanges[0]).toMatchObject({
      startedAt: at,
      durationMs: null,
      method: "POST",
      target: "/login?a=%27",
      headers: [
        ["User-Agent", "curl/8"],
        ["Referer", "https://other.example/x?y"],
      ],
      response: { status: 403, size: null },
    });
  });

  const nanos = at * 1e6;
  test.each<[string, object, object]>([
    [
      "nanoseconds",
      entry({ EdgeStartTimestamp: nanos, EdgeEndTimestamp: nanos + 703e6 }),
      { startedAt: at, durationMs: 703 },
    ],
    [
      "seconds since 1970",
      entry({ EdgeStartTimestamp: at / 1000, EdgeEndTimestamp: at / 1000 + 1 }),
      { startedAt: at, durationMs: 28 },
    ],
    [
      "parts of a second",
      entry({ EdgeStartTimestamp: "2026-03-03T05:29:06.25Z", EdgeEndTimestamp: "2026-03-03T05:29:07.5Z" }),
      { startedAt: at + 250, durationMs: 1250 },
    ],
    ["an end before the beginning", entry({ EdgeStartTimestamp: nanos, EdgeEndTimestamp: 1e18 }), { durationMs: 28 }],
    [
      "the origin's time only",
      entry({ EdgeTimeToFirstByteMs: undefined, OriginResponseDurationMs: 22 }),
      { durationMs: 22 },
    ],
    ["no origin", entry({ EdgeTimeToFirstByteMs: undefined, OriginResponseDurationMs: 0 }), { durationMs: null }],
    ["a path without a query", entry({ ClientRequestURI: undefined, ClientRequestPath: "/p" }), { target: "/p" }],
    [
      "headers that the job records",
      entry({
        Cookies: { sid: "1", a: "2" },
        RequestHeaders: { "x-a": "1", "user-agent": "2" },
        ResponseHeaders: { server: "x" },
      }),
      {
        headers: [
          ["User-Agent", "curl/8"],
          ["Referer", "https://shop.example/"],
          ["Cookie", "sid=1; a=2"],
          ["x-a", "1"],
        ],
        response: { headers: [["server", "x"]] },
      },
    ],
    [
      "no headers",
      entry({ ClientRequestUserAgent: "", ClientRequestReferer: "" }),
      { headers: null, headersPartial: true },
    ],
    [
      "no answer",
      entry({ EdgeResponseStatus: 0, EdgeResponseBodyBytes: undefined, EdgeResponseBytes: undefined }),
      { response: null },
    ],
    ["only all bytes of the answer", entry({ EdgeResponseBodyBytes: undefined }), { response: { size: 2301 } }],
    [
      "a chosen few fields",
      { ClientRequestMethod: "GET", ClientRequestPath: "/p" },
      {
        startedAt: null,
        clientAddress: null,
        host: null,
        scheme: null,
        headers: null,
        response: null,
        durationMs: null,
      },
    ],
  ])("%s", async (_why, line, want) => {
    const { exchanges, problems } = await read(line);
    expect(problems).toEqual([]);
    expect(exchanges).toMatchObject([want]);
  });

  test.each<[string, object]>([
    ["no method", entry({ ClientRequestMethod: null })],
    ["no target", entry({ ClientRequestURI: 5 })],
    ["a DNS log", { QueryName: "shop.example" }],
  ])("complains of %s, with its line", async (_why, line) => {
    const { exchanges, problems } = await read(entry(), line, entry());
    expect(exchanges).toHaveLength(2);
    expect(problems).toMatchObject([{ code: "EVIDENCE_UNREADABLE", place: "line 2" }]);
  });

  test("wrong types cost no more than themselves", async () => {
    const odd = entry({
      EdgeStartTimestamp: {},
      Cookies: [1],
      RequestHeaders: { a: 1 },
      EdgeResponseStatus: [],
      EdgeResponseBodyBytes: "x",
      ClientIP: 4,
      RayID: 5,
    });
    const { exchanges, problems } = await read(odd);
    expect(exchanges).toMatchObject([{ startedAt: null, clientAddress: null, response: { status: null, size: 2301 } }]);
    expect(problems).toHaveLength(1);
  });

  test("thousands of remembered requests stay few", async () => {
    const lines = Array.from({ length: 25_000 }, (_, i) => event({ RayID: `r${i}` }));
    const { exchanges } = await read(...lines, event({ RayID: "r24999" }), event({ RayID: "r0" }));
    expect(exchanges).toHaveLength(25_001);
  });
});
