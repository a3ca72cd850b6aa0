import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import type { EvidenceProblem } from "../../../shared/evidence.ts";
import { parseLogLine } from "./access-log.ts";
import type { Exchange } from "./exchange.ts";
import { readExchangeAt, readExchanges, readExpandedRange } from "./readers.ts";
import type { ReadLimits } from "./reading.ts";

async function* chunksOf(bytes: Buffer, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function read(bytes: Buffer, size = 100, limits: Partial<ReadLimits> = {}) {
  const exchanges: Exchange[] = [];
  const problems: EvidenceProblem[] = [];
  const options = { limits, onProblem: (p: EvidenceProblem) => problems.push(p) };
  for await (const batch of readExchanges("access_log", chunksOf(bytes, size), options)) exchanges.push(...batch);
  return { exchanges, problems };
}

const at = Date.UTC(2000, 9, 10, 20, 55, 36);
const common = '127.0.0.1 - frank [10/Oct/2000:13:55:36 -0700] "GET /a.gif?x=1 HTTP/1.0" 200 2326';
const combined = `${common} "http://a/start" "Mozilla/4.08 [en]"`;
const line = (request: string) => `1.2.3.4 - - [10/Oct/2000:13:55:36 -0700] "${request}" 200 5 "-" "x"`;

describe("parseLogLine", () => {
  test.each<[string, string, object]>([
    [
      "common",
      common,
      {
        clientAddress: "127.0.0.1",
        startedAt: at,
        method: "GET",
        target: "/a.gif?x=1",
        httpVersion: "HTTP/1.0",
        headers: null,
        response: { status: 200, size: 2326 },
      },
    ],
    [
      "combined",
      combined,
      {
        headers: [
          ["Referer", "http://a/start"],
          ["User-Agent", "Mozilla/4.08 [en]"],
        ],
      },
    ],
    ["a virtual host before", `shop.example:443 ${combined}`, { host: "shop.example:443", clientAddress: "127.0.0.1" }],
    ["a user name with spaces", combined.replace("frank", "Mr Frank Q"), { clientAddress: "127.0.0.1", host: null }],
    ["IPv6", combined.replace("127.0.0.1", "2001:db8::1"), { clientAddress: "2001:db8::1" }],
    ["time in seconds", `${combined} 0.250`, { durationMs: 250 }],
    ["time in microseconds", `${combined} 250000`, { durationMs: 250 }],
    ["named time", `${combined} rt=2`, { durationMs: 2000 }],
    ["Traefik's time", `${combined} 12 "router" "http://10.0.0.1:80" 5ms`, { durationMs: 5 }],
    [
      "X-Forwarded-For",
      `${combined} "10.1.1.1, 8.8.8.8" 0.5`,
      {
        headers: [
          ["Referer", "http://a/start"],
          ["User-Agent", "Mozilla/4.08 [en]"],
          ["X-Forwarded-For", "10.1.1.1, 8.8.8.8"],
        ],
        durationMs: 500,
      },
    ],
    ["no bytes", combined.replace("2326", "-"), { response: { status: 200, size: 0 } }],
    ["no status", combined.replace("200 2326", "- 0"), { response: { status: null } }],
    ["hexadecimal escapes", line("GET /?q=\\x27\\xc3\\xa9\\xff HTTP/1.1"), { target: "/?q='\u00e9\u00ff" }],
    ["escaped quotes", line('GET /?q=\\"a\\\\\\" HTTP/1.1'), { target: '/?q="a\\"', headers: [["User-Agent", "x"]] }],
    ["spaces in the target", line("GET /?q=1 or 1=1 HTTP/1.1"), { target: "/?q=1 or 1=1", method: "GET" }],
    ["HTTP/0.9", line("GET /"), { target: "/", httpVersion: null }],
    ["TLS on a plain port", line("\\x16\\x03\\x01"), { method: "-", target: "\u0016\u0003\u0001" }],
    ["no request", line("-"), { method: "-", target: "-" }],
    [
      "nginx JSON",
      '{"time_iso8601":"2000-10-10T20:55:36+00:00","remote_addr":"1.2.3.4","request":"POST /l?a=1 HTTP/2.0","status":"401","body_bytes_sent":"12","request_time":"0.100","http_user_agent":"curl/8","http_referer":"","host":"h"}',
      {
        startedAt: at,
        method: "POST",
        target: "/l?a=1",
        httpVersion: "HTTP/2",
        host: "h",
        durationMs: 100,
        headers: [["User-Agent", "curl/8"]],
        response: { status: 401, size: 12 },
      },
    ],
    [
      "Caddy",
      '{"level":"info","ts":971211336.5,"logger":"http.log.access","msg":"handled request","request":{"remote_ip":"1.2.3.4","remote_port":"4","proto":"HTTP/2.0","method":"GET","host":"h","uri":"/x?y","headers":{"User-Agent":["curl/7"],"Cookie":["a=1"]}},"duration":0.002,"size":10,"status":200,"resp_headers":{"Server":["Caddy"]}}',
      {
        startedAt: at + 500,
        clientAddress: "1.2.3.4",
        host: "h",
        target: "/x?y",
        durationMs: 2,
        headers: [
          ["User-Agent", "curl/7"],
          ["Cookie", "a=1"],
        ],
        response: { status: 200, size: 10 },
      },
    ],
    [
      "Traefik",
      '{"ClientAddr":"1.2.3.4:555","ClientHost":"1.2.3.4","DownstreamContentSize":9,"DownstreamStatus":404,"Duration":2500000,"RequestHost":"h","RequestMethod":"GET","RequestPath":"/p","RequestProtocol":"HTTP/1.1","StartUTC":"2000-10-10T20:55:36Z","request_User-Agent":"UA"}',
      {
        startedAt: at,
        clientAddress: "1.2.3.4",
        target: "/p",
        durationMs: 2.5,
        headers: [["User-Agent", "UA"]],
        response: { status: 404, size: 9 },
      },
    ],
    [
      "Apache JSON",
      '{"time":"[10/Oct/2000:13:55:36 -0700]","remoteIP":"1.2.3.4","host":"h","method":"GET","requestPath":"/i","query":"?id=1","status":200,"userAgent":"UA","referer":"-"}',
      { startedAt: at, target: "/i?id=1", headers: [["User-Agent", "UA"]] },
    ],
    [
      "Elastic Common Schema",
      '{"@timestamp":"2000-10-10T20:55:36Z","source":{"ip":"1.2.3.4"},"http":{"request":{"method":"GET"},"response":{"status_code":200,"body":{"bytes":3}}},"url":{"original":"/a?b"},"user_agent":{"original":"UA"}}',
      { startedAt: at, clientAddress: "1.2.3.4", method: "GET", target: "/a?b", response: { status: 200, size: 3 } },
    ],
  ])("reads %s", (_why, text, want) => {
    expect(parseLogLine(text)).toMatchObject(want);
  });

  test.each([
    "",
    "hello",
    "a b c [x] y",
    '1 - - [10/Oct/2000:13:55:36 -0700] "GET',
    '{"a":1}',
    "{",
    '{"status":200}',
    '1 - - [99/Foo/2000:13:55:36 -0700] "GET / HTTP/1.1" 200 5',
  ])("refuses %j", (text) => {
    expect(parseLogLine(text)).toBeNull();
  });
});

describe("readAccessLog", () => {
  const text = `\ufeff${combined}\r\n\n# comment\nnonsense\n${line("GET /?q=\u00e9 HTTP/1.1")}\n{"method":"GET","url":"/j"}\n${common}`;

  test("gives the same for any chunking, and each line again by its place", async () => {
    const bytes = Buffer.from(text);
    const whole = await read(bytes, 1e6);
    expect(whole.exchanges.map((e) => e.index)).toEqual([0, 4, 5, 6]);
    expect(whole.problems).toMatchObject([{ code: "EVIDENCE_UNREADABLE", place: "line 4" }]);
    for (const size of [1, 2, 17, 64]) expect(await read(bytes, size)).toEqual(whole);
    for (const exchange of whole.exchanges) {
      const { offset, length } = exchange;
      expect(await readExchangeAt("access_log", bytes.subarray(offset, offset + length), exchange)).toEqual(exchange);
    }
  });

  test("reads gzip, and a line of it again", async () => {
    const plain = await read(Buffer.from(text));
    const zipped = gzipSync(text);
    expect(await read(zipped)).toEqual(plain);
    const { offset, length } = plain.exchanges[1]!;
    const again = await readExpandedRange(chunksOf(zipped, 50), offset, length);
    expect(await readExchangeAt("access_log", again, plain.exchanges[1]!)).toEqual(plain.exchanges[1]);
  });

  test("progress is told in bytes of the file as it is stored", async () => {
    for (const bytes of [Buffer.from(text), gzipSync(text)]) {
      let told = 0;
      const onProgress = (read: number) => {
        told = read;
      };
      for await (const _batch of readExchanges("access_log", chunksOf(bytes, 40), { onProgress }))
        expect(told).toBeLessThanOrEqual(bytes.length);
      expect(told).toBe(bytes.length);
    }
  });

  test("of a gzip file that was cut off all that came before is read, however it comes, and again", async () => {
    const lines = Array.from({ length: 5000 }, (_, i) => combined.replace("GET /", `GET /${i * 7919}/`)).join("\n");
    const zipped = gzipSync(lines);
    const cut = zipped.subarray(0, zipped.length - 500);
    const whole = await read(cut, 65_536);
    expect(whole.exchanges.length).toBeGreaterThan(4500);
    expect(whole.exchanges.length).toBeLessThan(5000);
    expect(whole.problems).toContainEqual({
      code: "EVIDENCE_UNREADABLE",
      place: "compressed data",
      message: expect.stringMatching(
        /^The gzip data is damaged or cut off after \d+ bytes\. What came before was read\.$/,
      ),
    });
    for (const size of [1000, 40_000]) expect(await read(cut, size)).toEqual(whole);
    const last = whole.exchanges.at(-2)!;
    const again = await readExpandedRange(chunksOf(cut, 1000), last.offset, last.length);
    expect(await readExchangeAt("access_log", again, last)).toEqual(last);
  });

  test("a gzip file that is damaged in the middle is read as far as it goes, one that is padded wholly", async () => {
    const damaged = gzipSync(`${combined}\n`.repeat(50_000), { level: 0 });
    damaged.fill(0xff, 2_900_000, 2_970_000);
    const half = await read(damaged, 10_000);
    expect(half.exchanges.length).toBeGreaterThan(15_000);
    expect(half.problems).toContainEqual(expect.objectContaining({ place: "compressed data" }));
    const padded = await read(Buffer.concat([gzipSync(text), Buffer.alloc(100)]), 20);
    expect(padded).toEqual(await read(Buffer.from(text)));
  });

  test("a gzip bomb is stopped", async () => {
    const bomb = gzipSync(Buffer.alloc(16 * 1024 ** 2, `${common}\n`), { level: 1 });
    await expect(read(bomb, 65_536, { inflatedBytes: 8 * 1024 ** 2 })).rejects.toMatchObject({
      code: "INPUT_TOO_LARGE",
    });
  });

  test("a line of 60 MB is let go and the next one read", async () => {
    async function* hostile() {
      const block = Buffer.alloc(1024 ** 2, "x");
      for (let i = 0; i < 60; i++) yield block;
      yield Buffer.from(`\n${common}\n`);
    }
    const problems: EvidenceProblem[] = [];
    const exchanges: Exchange[] = [];
    for await (const batch of readExchanges("access_log", hostile(), { onProblem: (p) => problems.push(p) }))
      exchanges.push(...batch);
    expect(exchanges.map((e) => e.index)).toEqual([1]);
    expect(problems).toMatchObject([{ code: "INPUT_TOO_LARGE", place: "line 1" }]);
  });
});
