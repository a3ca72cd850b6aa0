import { brotliCompressSync, constants, deflateRawSync, gzipSync, zstdCompressSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { EvidenceProblem } from "../../../shared/evidence.ts";
import type { Exchange } from "./exchange.ts";
import { readHar, readHarEntryAt } from "./har.ts";
import { defaultLimits, type ReadLimits } from "./reading.ts";

const runs = 60 * Number(process.env.TORTURE ?? 1);

async function* chunksOf(bytes: Buffer, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function read(har: unknown, limits: Partial<ReadLimits> = {}, chunk = 1000) {
  const bytes = Buffer.isBuffer(har) ? har : Buffer.from(typeof har === "string" ? har : JSON.stringify(har));
  const exchanges: Exchange[] = [];
  const problems: EvidenceProblem[] = [];
  const passedOver: string[] = [];
  let recorder: unknown = null;
  const options = {
    limits,
    onProblem: (p: EvidenceProblem) => problems.push(p),
    onRecorder: (r: unknown) => (recorder = r),
    onPassedOver: (scheme: string) => passedOver.push(scheme),
  };
  for await (const batch of readHar(chunksOf(bytes, chunk), options)) exchanges.push(...batch);
  return { exchanges, problems, recorder, passedOver, bytes };
}

function entry(
  over: Record<string, unknown> = {},
  request: Record<string, unknown> = {},
  response: unknown = {},
): unknown {
  return {
    startedDateTime: "2026-01-31T08:15:00.250+01:00",
    time: 12.5,
    request: {
      method: "GET",
      url: "https://u:p@shop.example:8443/a%20b?q=%27#top",
      httpVersion: "h2",
      headers: [
        { name: ":authority", value: "shop.example:8443" },
        { name: "Accept", value: "*/*" },
      ],
      bodySize: 0,
      ...request,
    },
    response:
      typeof response === "object" && response !== null
        ? { status: 200, headers: [], content: { size: 5, mimeType: "text/html", text: "hello" }, ...response }
        : response,
    ...over,
  };
}

const har = (...entries: unknown[]) => ({
  log: { version: "1.2", creator: { name: "WebInspector", version: "537.36" }, entries },
});
const post = (postData: unknown, headers: unknown = []) =>
  har(entry({}, { method: "POST", bodySize: 9, postData, headers }));
const content = (value: Record<string, unknown>, headers: unknown = []) =>
  har(entry({}, {}, { content: value, headers }));
const base64 = (bytes: Buffer) => bytes.toString("base64");
const coded = (coding: string) => [{ name: "Content-Encoding", value: coding }];

describe("readHar", () => {
  test("reads what an entry tells", async () => {
    const { exchanges, problems, recorder, bytes } = await read(har(entry()));
    expect(problems).toEqual([]);
    expect(recorder).toEqual({ name: "WebInspector", version: "537.36" });
    expect(exchanges).toEqual([
      {
        index: 0,
        offset: bytes.indexOf('{"startedDateTime'),
        length: expect.any(Number),
        startedAt: Date.UTC(2026, 0, 31, 7, 15, 0, 250),
        durationMs: 12.5,
        clientAddress: null,
        method: "GET",
        scheme: "https",
        host: "shop.example:8443",
        target: "/a%20b?q=%27",
        httpVersion: "HTTP/2",
        headers: [["Accept", "*/*"]],
        body: "",
        bodyCut: false,
        response: { status: 200, headers: [], size: 5, body: "hello", bodyCut: false },
      },
    ]);
  });

  test.each<[string, unknown, Partial<Exchange>]>([
    ["text body", post({ mimeType: "text/plain", text: "a=1" }), { body: "a=1" }],
    [
      "parameters",
      post({ mimeType: "application/x-www-form-urlencoded", params: [{ name: "a", value: "1 & 2" }, { name: "b" }] }),
      { body: "a=1%20%26%202&b=" },
    ],
    [
      "multipart parameters",
      post({
        mimeType: "multipart/form-data; boundary=XX",
        params: [{ name: "f", fileName: "a.php", value: "<?php" }],
      }),
      { body: '--XX\r\nContent-Disposition: form-data; name="f"; filename="a.php"\r\n\r\n<?php\r\n--XX--\r\n' },
    ],
    [
      "Base64 body",
      post({ mimeType: "text/plain", encoding: "base64", text: base64(Buffer.from("d\u00e9j\u00e0")) }),
      { body: "d\u00e9j\u00e0" },
    ],
    [
      "compressed request body",
      post({ mimeType: "x", encoding: "base64", text: base64(gzipSync("id=1")) }, coded("gzip")),
      { body: "id=1" },
    ],
    ["body that was not recorded", har(entry({}, { method: "POST", bodySize: 12 })), { body: null }],
    [
      "cookies without a header",
      har(entry({}, { cookies: [{ name: "sid", value: "1" }], headers: [] })),
      { headers: [["Cookie", "sid=1"]] },
    ],
    [
      "pseudo headers",
      har(
        entry(
          {},
          {
            url: "/x",
            headers: [
              { name: ":authority", value: "h.example" },
              { name: "a", value: "b" },
            ],
          },
        ),
      ),
      { host: "h.example", target: "/x", headers: [["a", "b"]] },
    ],
    [
      "a blocked request",
      har(entry({}, {}, { status: 0, content: { size: 0 } })),
      { response: { status: null, headers: [], size: 0, body: null, bodyCut: false } },
    ],
    ["no response", har(entry({}, {}, null)), { response: null }],
    ["a WebSocket", har(entry({}, { url: "wss://h/s" })), { scheme: "https", host: "h", target: "/s" }],
    ["no path", har(entry({}, { url: "http://h?x=1" })), { target: "/?x=1" }],
    ["backslashes as sent", har(entry({}, { url: "http://h/..\\..\\a" })), { target: "/..\\..\\a" }],
    [
      "a time without zone as UTC",
      har(entry({ startedDateTime: "2026-01-31T08:15:00" })),
      { startedAt: Date.UTC(2026, 0, 31, 8, 15) },
    ],
    ["an unknown duration", har(entry({ time: -1 })), { durationMs: null }],
  ])("reads %s", async (_why, input, want) => {
    const { exchanges, problems } = await read(input);
    expect(problems).toEqual([]);
    expect(exchanges[0]).toMatchObject(want);
  });

  test.each([
    ["plain", { mimeType: "text/html", text: "x" }, [], "x"],
    ["Base64", { mimeType: "application/json", encoding: "base64", text: base64(Buffer.from("{}")) }, [], "{}"],
    ["gzip", { mimeType: "text/html", encoding: "base64", text: base64(gzipSync("hi")) }, coded("gzip"), "hi"],
    [
      "brotli",
      { mimeType: "text/html", encoding: "base64", text: base64(brotliCompressSync("hi")) },
      coded("br"),
      "hi",
    ],
    ["zstd", { mimeType: "text/html", encoding: "base64", text: base64(zstdCompressSync("hi")) }, coded("zstd"), "hi"],
    [
      "already decoded",
      { mimeType: "text/html", encoding: "base64", text: base64(Buffer.from("hi")) },
      coded("gzip"),
      "hi",
    ],
    [
      "raw deflate taken as it is",
      { mimeType: "text/html", encoding: "base64", text: base64(deflateRawSync("")) },
      coded("deflate"),
      "\u0003\u0000",
    ],
    ["an image", { mimeType: "image/png", encoding: "base64", text: "AAAA" }, [], null],
  ])("response body: %s", async (_why, value, headers, want) => {
    const { exchanges } = await read(content(value, headers));
    expect(exchanges[0]?.response?.body).toBe(want);
  });

  test("a compressed bomb costs no more than the limit", async () => {
    for (const [coding, bomb] of [
      ["gzip", gzipSync(Buffer.alloc(4_000_000, "a"))],
      ["br", brotliCompressSync(Buffer.alloc(4_000_000, "a"), { params: { [constants.BROTLI_PARAM_QUALITY]: 4 } })],
      ["zstd", zstdCompressSync(Buffer.alloc(4_000_000, "a"))],
    ] as const) {
      const value = { mimeType: "text/html", encoding: "base64", text: base64(bomb) };
      const { exchanges, problems } = await read(content(value, coded(coding)), { responseBody: 10_000 });
      expect(exchanges[0]?.response?.bodyCut).toBe(true);
      expect(exchanges[0]?.response?.body?.length ?? 0).toBeLessThanOrEqual(10_000);
      expect(problems).toMatchObject([{ code: "INPUT_TOO_LARGE", place: "entry 1" }]);
    }
  });

  test("entries that no HTTP request was made for are passed over, and told by their scheme", async () => {
    const urls = ["data:text/html,x", "javascript:void(0)", "Chrome-Extension://abc/x.js", "jane-roe:x", "about:blank"];
    const { exchanges, problems, passedOver } = await read(har(...urls.map((url) => entry({}, { url })), entry()));
    expect(problems).toEqual([]);
    expect(exchanges.map((e) => e.index)).toEqual([5]);
    expect(passedOver).toEqual(["data", "javascript", "chrome-extension", "other", "about"]);
  });

  test.each<[string, string, string, number]>([
    ["an entry that is no object", '{"log":{"entries":[7,$]}}', "entry 1", 1],
    ["NaN", '{"log":{"entries":[{"time":NaN},$]}}', "entry 1", 1],
    ["a huge number", `{"log":{"entries":[${JSON.stringify(entry()).replace("12.5", "1e999")}]}}`, "entry 1", 1],
    ["no request", '{"log":{"entries":[{},$]}}', "entry 1", 1],
    ["a method that is no string", '{"log":{"entries":[{"request":{"url":"/","method":5}},$]}}', "entry 1", 1],
    [
      "headers that are no list",
      `{"log":{"entries":[${JSON.stringify(entry({}, { headers: { a: 1 } }))}]}}`,
      "entry 1",
      1,
    ],
    [
      "a header without value",
      `{"log":{"entries":[${JSON.stringify(entry({}, { headers: [{ name: "a" }] }))}]}}`,
      "entry 1",
      1,
    ],
    ["a bad time", `{"log":{"entries":[${JSON.stringify(entry({ startedDateTime: "soon" }))}]}}`, "entry 1", 1],
    ["a bad status", `{"log":{"entries":[${JSON.stringify(entry({}, {}, { status: "200" }))}]}}`, "entry 1", 1],
    ["deep nesting", `{"log":{"entries":[{"a":${"[".repeat(600)}${"]".repeat(600)}},$]}}`, "entry 1", 1],
    ["a large entry", `{"log":{"entries":[{"a":"${"x".repeat(70_000)}"},$]}}`, "entry 1", 1],
    ["a file cut in an entry", '{"log":{"entries":[$,{"a":1', "entry 2", 1],
    ["a file cut between entries", '{"log":{"entries":[$', "end of file", 1],
    ["no entries", '{"log":{}}', "whole file", 0],
    ["garbage after", '{"log":{"entries":[$]}} x', "end of file", 1],
  ])("complains of %s and goes on", async (_why, template, place, count) => {
    const { exchanges, problems } = await read(
      template.replace("$", () => JSON.stringify(entry())),
      { entryBytes: 60_000 },
    );
    expect(problems).toMatchObject([{ place }]);
    expect(exchanges).toHaveLength(count);
  });

  test("invalid UTF-8 is read as Latin-1 and said", async () => {
    const bytes = Buffer.from(JSON.stringify(har(entry({}, { url: "http://h/?q=~" }))));
    bytes[bytes.indexOf("~")] = 0xe9;
    const { exchanges, problems } = await read(bytes);
    expect(problems).toMatchObject([{ code: "EVIDENCE_UNREADABLE", place: "entry 1" }]);
    expect(exchanges[0]?.target).toBe("/?q=\u00e9");
  });

  test("no problem quotes the evidence", async () => {
    const { problems } = await read('{"log":{"entries":[{"hunter2":hunter2}]}}');
    expect(JSON.stringify(problems)).not.toContain("hunter2");
  });

  test("memory stays bounded for a string of 300 MB", async () => {
    async function* hostile() {
      yield Buffer.from('{"log":{"entries":[{"a":"');
      const block = Buffer.alloc(1024 ** 2, "x");
      for (let i = 0; i < 300; i++) yield block;
      yield Buffer.from(`"},${JSON.stringify(entry())}]}}`);
    }
    const before = process.memoryUsage().arrayBuffers;
    let most = 0;
    const exchanges: Exchange[] = [];
    const onProgress = () => {
      most = Math.max(most, process.memoryUsage().arrayBuffers);
    };
    for await (const batch of readHar(hostile(), { limits: { entryBytes: 4 * 1024 ** 2 }, onProgress }))
      exchanges.push(...batch);
    expect(exchanges.map((e) => e.index)).toEqual([1]);
    expect(most - before).toBeLessThan(120 * 1024 ** 2);
  });

  test("cancelling ends it", async () => {
    const reading = readHar(chunksOf(Buffer.from("{}"), 1), { signal: AbortSignal.abort() });
    await expect(reading.next()).rejects.toMatchObject({ code: "CANCELLED" });
  });

  test("cut anywhere it yields exactly the complete entries, each of which reads the same by its place", async () => {
    const entries = [
      entry(),
      entry({}, { url: 'http://h/?a="\\\u00e9' }),
      entry({}, { method: "POST", postData: { text: "\ud83d\ude00{}[]" } }),
    ];
    const whole = await read(har(...entries), {}, 1e6);
    expect(whole.exchanges).toHaveLength(3);
    for (const exchange of whole.exchanges) {
      const { index, offset, length } = exchange;
      const again = await readHarEntryAt(
        whole.bytes.subarray(offset, offset + length),
        { index, offset },
        defaultLimits,
      );
      expect(again).toEqual(exchange);
    }
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: whole.bytes.length - 1 }),
        fc.integer({ min: 1, max: 300 }),
        async (cut, size) => {
          const { exchanges, problems } = await read(whole.bytes.subarray(0, cut), {}, size);
          expect(exchanges).toEqual(whole.exchanges.filter((e) => e.offset + e.length <= cut));
          expect(problems.length).toBeGreaterThan(0);
        },
      ),
      { numRuns: runs },
    );
  });
});
