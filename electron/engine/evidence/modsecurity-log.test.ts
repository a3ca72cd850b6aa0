import { describe, expect, test } from "vitest";
import { readWhole } from "./fixture-sources.ts";

const read = (...lines: readonly unknown[]) =>
  readWhole(
    "modsecurity_log",
    lines.map((line) => (typeof line === "string" ? line : JSON.stringify(line))).join("\n"),
  );

const at = Date.UTC(2026, 9, 3, 9, 41, 26);

/** ModSecurity 2. */
const second = (over: object = {}, more: object = {}) => ({
  transaction: {
    time: "03/Oct/2026:11:41:26.250000 +0200",
    transaction_id: "Vh5OZX8AAQEAAAkUvl0AAAAA",
    remote_address: "203.0.113.9",
    remote_port: 4711,
    local_address: "192.0.2.1",
    local_port: 443,
  },
  request: {
    request_line: "POST /a?b=1 HTTP/1.1",
    headers: { Host: "shop.example", "Content-Length": "4" },
    body: ["id", "=1"],
    ...over,
  },
  response: {
    protocol: "HTTP/1.1",
    status: 403,
    headers: { "Content-Type": "text/html", "Content-Length": "9" },
    body: "Forbidden",
  },
  audit_data: { messages: ["Access denied with code 403"], engine_mode: "ENABLED" },
  ...more,
});

/** ModSecurity 3. */
const third = (request: object = {}, more: object = {}, response: object = {}) => ({
  transaction: {
    client_ip: "203.0.113.9",
    time_stamp: "Sat Oct  3 11:41:26 2026",
    unique_id: `${at / 1000}48.486973`,
    host_port: 443,
    request: { method: "GET", http_version: 1.1, uri: "/a?b=1", headers: { Host: "shop.example" }, ...request },
    response: { http_code: 200, headers: { "Content-Length": "267" }, ...response },
    messages: [{ message: "SQL Injection", details: { ruleId: "942100" } }],
    ...more,
  },
});

const coraza = (request: object = {}, more: object = {}) => ({
  transaction: {
    timestamp: "2026/10/03 11:41:26",
    unix_timestamp: at * 1e6,
    id: "AAA",
    client_ip: "203.0.113.9",
    request: {
      method: "POST",
      protocol: "HTTP/2.0",
      uri: "/a?b=1",
      http_version: "",
      headers: { host: ["shop.example"], "x-a": ["1", "2"] },
      body: "id=1",
      ...request,
    },
    response: { protocol: "", status: 0, headers: {}, body: "" },
    is_interrupted: true,
    ...more,
  },
  messages: [{ message: "x" }],
});

describe("audit logs", () => {
  test("ModSecurity 2", async () => {
    const { exchanges, problems } = await read(second());
    expect(problems).toEqual([]);
    expect(exchanges).toEqual([
      {
        index: 0,
        offset: 0,
        length: JSON.stringify(second()).length,
        startedAt: at + 250,
        durationMs: null,
        clientAddress: "203.0.113.9",
        method: "POST",
        scheme: null,
        host: "shop.example",
        target: "/a?b=1",
        httpVersion: "HTTP/1.1",
        headers: [
          ["Host", "shop.example"],
          ["Content-Length", "4"],
        ],
        body: "id=1",
        bodyCut: false,
        response: {
          status: 403,
          headers: [
            ["Content-Type", "text/html"],
            ["Content-Length", "9"],
          ],
          size: 9,
          body: "Forbidden",
          bodyCut: false,
        },
      },
    ]);
  });

  test("ModSecurity 3 and Coraza", async () => {
    const { exchanges, problems } = await read(third(), coraza());
    expect(problems).toEqual([]);
    expect(exchanges).toMatchObject([
      {
        startedAt: at,
        clientAddress: "203.0.113.9",
        method: "GET",
        httpVersion: "HTTP/1.1",
        target: "/a?b=1",
        body: "",
        response: { status: 200, size: 267, body: null },
      },
      {
        startedAt: at,
        httpVersion: "HTTP/2",
        host: "shop.example",
        headers: [
          ["host", "shop.example"],
          ["x-a", "1"],
          ["x-a", "2"],
        ],
        body: "id=1",
        response: null,
      },
    ]);
  });

  test.each<[string, object, object]>([
    [
      "a time with two signs",
      second({}, { transaction: { ...second().transaction, time: "03/Oct/2026:05:41:26.0 --0400" } }),
      { startedAt: at },
    ],
    [
      "a time without a zone",
      second({}, { transaction: { ...second().transaction, time: "2026/10/03 09:41:26" } }),
      { startedAt: at },
    ],
    ["a local time whose identifier is no time", third({}, { unique_id: "a1b2" }), { startedAt: at + 7_200_000 }],
    [
      "a local time whose identifier is another time",
      third({}, { unique_id: "160000000048.1" }),
      { startedAt: at + 7_200_000 },
    ],
    ["a version in words", third({ http_version: "2.0" }), { httpVersion: "HTTP/2" }],
    ["HTTP/1.0, whose number JSON cuts", third({ http_version: 1.0 }), { httpVersion: "HTTP/1.0" }],
    ["a fragment, as it was sent", third({ uri: "/a#b" }), { target: "/a#b" }],
    [
      "a whole URL",
      third({ uri: "http://h/x", headers: {} }),
      { scheme: "http", host: "h", target: "/x", headers: [], headersPartial: true },
    ],
    ["no headers logged", third({ headers: undefined }), { headers: null, body: null }],
    [
      "a body logged as empty that was not",
      third({ method: "POST", body: "", headers: { Host: "h", "Content-Length": "9" } }),
      { body: null },
    ],
    [
      "a body that was chunked",
      third({ method: "POST", body: "", headers: { Host: "h", "Transfer-Encoding": "chunked" } }),
      { body: null },
    ],
    ["an empty body", third({ method: "POST", body: "", headers: { Host: "h", "Content-Length": "0" } }), { body: "" }],
    [
      "a response body logged as empty that was not",
      third({}, {}, { body: "" }),
      { response: { size: 267, body: null } },
    ],
    [
      "a compressed response body",
      third({}, {}, { body: "\u001f", headers: { "Content-Encoding": "gzip", "Content-Length": "9" } }),
      { response: { size: null, body: null } },
    ],
    [
      "Coraza's old layout",
      second({ request_line: "GET /x ", headers: { host: "h" }, body: undefined }),
      { method: "GET", target: "/x", httpVersion: null, host: "h", body: "" },
    ],
    ["what is no request line", second({ request_line: "\u0016\u0003" }), { method: "-", target: "\u0016\u0003" }],
  ])("%s", async (_why, line, want) => {
    const { exchanges, problems } = await read(line);
    expect(problems).toEqual([]);
    expect(exchanges).toMatchObject([want]);
  });

  test("form fields of a multipart body stand for it", async () => {
    const type = "multipart/form-data; boundary=XX";
    const { exchanges } = await read(
      second({ headers: { Host: "h", "Content-Type": type }, body: undefined, fake_body: "q=1%27+OR&%c3%a9=" }),
    );
    expect(exchanges[0]?.body).toBe(
      '--XX\r\nContent-Disposition: form-data; name="q"\r\n\r\n1\' OR\r\n--XX\r\nContent-Disposition: form-data; name="\u00e9"\r\n\r\n\r\n--XX--\r\n',
    );
  });

  test("a repeated header hides nothing", async () => {
    const line = JSON.stringify(third()).replace('"Host":"shop.example"', '"Host":"h","X":"<script>","x":"2","X":"3"');
    const { exchanges } = await read(line);
    expect(exchanges[0]?.headers).toEqual([
      ["Host", "h"],
      ["X", "<script>"],
      ["x", "2"],
      ["X", "3"],
    ]);
  });

  test("a document over several lines", async () => {
    const { exchanges } = await read(JSON.stringify(third(), null, 2), JSON.stringify(coraza(), null, 2));
    expect(exchanges.map(({ method }) => method)).toEqual(["GET", "POST"]);
  });

  test.each<[string, unknown]>([
    ["no JSON", '{"transaction":}'],
    ["another log's line", { transaction: { id: "1" } }],
    ["no method", third({ method: 5 })],
    ["no request line", second({ request_line: null })],
    ["a request that is a list", second({}, { request: [] })],
    ["text", "hello"],
    ["too deep", `{"transaction":${"[".repeat(600)}${"]".repeat(600)}}`],
  ])("complains of %s, with its line", async (_why, line) => {
    const { exchanges, problems } = await read(third(), "", line, third());
    expect(exchanges).toHaveLength(2);
    expect(problems).toMatchObject([
      { place: "line 3", code: expect.stringMatching(/^(EVIDENCE_UNREADABLE|INPUT_TOO_LARGE)$/) },
    ]);
  });

  test("wrong types cost no more than themselves", async () => {
    const odd = third(
      { headers: { Host: 5, "User-Agent": ["a", 6] }, body: {} },
      { client_ip: 7, time_stamp: [] },
      { http_code: "x", headers: 9 },
    );
    const { exchanges, problems } = await read(odd);
    expect(exchanges).toMatchObject([
      { startedAt: null, clientAddress: null, headers: [["User-Agent", "a"]], headersPartial: true, response: null },
    ]);
    expect(problems).toHaveLength(1);
  });
});
