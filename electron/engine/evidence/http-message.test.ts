import { randomBytes } from "node:crypto";
import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from "node:zlib";
import { describe, expect, test, vi } from "vitest";
import { readRequestMessage, readResponseMessage } from "./http-message.ts";
import { defaultLimits } from "./reading.ts";

const bytes = (...parts: (string | Buffer)[]) =>
  Buffer.concat(parts.map((part) => (typeof part === "string" ? Buffer.from(part, "latin1") : part)));
const chunked = (body: string) => `${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`;

async function request(message: Buffer, limits = {}) {
  const problems: string[] = [];
  const read = await readRequestMessage(message, { ...defaultLimits, ...limits }, (code) => problems.push(code));
  return { read, problems };
}

async function response(message: Buffer, limits = {}) {
  const problems: string[] = [];
  const read = await readResponseMessage(message, 418, { ...defaultLimits, ...limits }, (code) => problems.push(code));
  return { read, problems };
}

const post = (headers: string, ...body: (string | Buffer)[]) =>
  bytes(`POST /a?b HTTP/1.1\r\nHost: h\r\n${headers}\r\n`, ...body);
const ok = (headers: string, ...body: (string | Buffer)[]) => bytes(`HTTP/1.1 200 OK\r\n${headers}\r\n`, ...body);
const html = "Content-Type: text/html\r\n";

describe("readRequestMessage", () => {
  test("reads line, headers and body", async () => {
    expect((await request(post("A: 1\r\n", "q=\r\n\r\nz"))).read).toEqual({
      method: "POST",
      target: "/a?b",
      version: "HTTP/1.1",
      headers: [
        ["Host", "h"],
        ["A", "1"],
      ],
      body: { text: "q=\r\n\r\nz", cut: false },
    });
    expect((await request(bytes("GET /x#y HTTP/2\nHost: h\n\n"))).read).toMatchObject({
      target: "/x#y",
      version: "HTTP/2",
    });
    expect((await request(bytes("GET / HTTP/1.0"))).read).toMatchObject({ headers: [], body: { text: "" } });
  });

  const chunks = "Transfer-Encoding: chunked\r\n";
  test.each<[string, Buffer, string]>([
    ["chunked", post(chunks, chunked("id=1")), "id=1"],
    ["gzip", post("Content-Encoding: gzip\r\n", gzipSync("id=1")), "id=1"],
    ["brotli", post("content-encoding: br\r\n", brotliCompressSync("id=1")), "id=1"],
    ["gzip that was decoded before", post("Content-Encoding: gzip\r\n", "id=1"), "id=1"],
    ["both", post(`${chunks}Content-Encoding: gzip\r\n`, chunked(gzipSync("id=1").toString("latin1"))), "id=1"],
    [
      "a request smuggled behind the last chunk",
      post(chunks, "0\r\n\r\nGET /admin HTTP/1.1\r\n"),
      "0\r\n\r\nGET /admin HTTP/1.1\r\n",
    ],
    ["a trailer", post(chunks, "1\r\na\r\n0\r\nX: 1\r\n\r\n"), "1\r\na\r\n0\r\nX: 1\r\n\r\n"],
    ["chunks of a length that is none", post(chunks, "+1\r\na\r\n0\r\n\r\n"), "+1\r\na\r\n0\r\n\r\n"],
    ["a chunk that is too long", post(chunks, "ff\r\na\r\n0\r\n\r\n"), "ff\r\na\r\n0\r\n\r\n"],
    ["no chunks at all", post(chunks, "id=1"), "id=1"],
    ["bytes that are no UTF-8", post("", "\xe9"), "\u00e9"],
    ["UTF-8", post("", Buffer.from("\u00e9")), "\u00e9"],
  ])("body: %s", async (_why, message, want) => {
    expect(await request(message)).toMatchObject({ read: { body: { text: want, cut: false } }, problems: [] });
  });

  test("a long body is cut, a bomb too", async () => {
    expect((await request(post("", "x".repeat(5000)), { requestBody: 1000 })).read?.body).toEqual({
      text: "x".repeat(1000),
      cut: true,
    });
    const bomb = await request(post("Content-Encoding: gzip\r\n", gzipSync(Buffer.alloc(5e6, "x"))), {
      requestBody: 1000,
    });
    expect(bomb.read?.body.cut).toBe(true);
    expect(bomb.read?.body.text.length).toBeLessThanOrEqual(1000);
    expect(bomb.problems).toEqual(["INPUT_TOO_LARGE"]);
  });

  test("of a bomb as much is read as of any body, also where what fits is its smallest part", async () => {
    const late = Buffer.concat([randomBytes(500), Buffer.alloc(5e6, "x")]);
    const { read } = await request(post("Content-Encoding: gzip\r\n", gzipSync(late)), { requestBody: 1000 });
    expect(read?.body.text).toHaveLength(1000);
  });

  test.each([
    ["gzip", gzipSync],
    ["deflate", deflateSync],
    ["br", brotliCompressSync],
    ["zstd", zstdCompressSync],
  ] as const)("of a bomb of characters that take three bytes, too: %s", async (coding, compress) => {
    const late = `${"\u20ac".repeat(130_000)}' or 1=1${"\u20ac".repeat(300_000)}`;
    const { read } = await request(post(`Content-Encoding: ${coding}\r\n`, compress(late)), { requestBody: 131_072 });
    expect(read?.body.text).toHaveLength(131_072);
    expect(read?.body.text.slice(130_000, 130_008)).toBe("' or 1=1");
  });

  test("of a bomb in a few bytes no more is decoded than is kept", async () => {
    const bomb = brotliCompressSync(Buffer.alloc(16 * 1024 ** 2, "A"));
    expect(bomb.length).toBeLessThan(100);
    // Every piece of a decoder's output is made by it.
    const made = vi.spyOn(Buffer, "allocUnsafe");
    const { read } = await request(post("Content-Encoding: br\r\n", bomb), { requestBody: 131_072 });
    const decoded = made.mock.calls.reduce((sum, [length]) => sum + length, 0);
    made.mockRestore();
    expect(read?.body).toEqual({ text: "A".repeat(131_072), cut: true });
    expect(decoded).toBeGreaterThan(131_072 * 4);
    expect(decoded).toBeLessThan(3 * 131_072 * 4);
  });

  test("of a bomb that goes off with the byte in which an attack ends, the whole attack is read", async () => {
    const late = `${"\u{1f600}".repeat(65_532)}' or 1=1${"\u{1f600}".repeat(150_000)}`;
    const { read } = await request(post("Content-Encoding: br\r\n", brotliCompressSync(late)), {
      requestBody: 131_072,
    });
    expect(read?.body.text).toMatch(/' or 1=1$/);
  });

  test("what is the beginning of a compressed body is decoded as far as it goes", async () => {
    const coded = gzipSync(randomBytes(5000).toString("hex")).subarray(0, 3000);
    const whole = post("Content-Encoding: gzip\r\n", coded);
    const read = async (isPart: boolean) =>
      (await readRequestMessage(whole, { ...defaultLimits, requestBody: 2000 }, () => {}, isPart))?.body;
    expect(await read(true)).toEqual({ text: expect.stringMatching(/^[0-9a-f]{2000}$/), cut: true });
    expect((await read(false))?.text).not.toMatch(/^[0-9a-f]{2000}$/);
  });

  test("what has no request line is none", async () => {
    expect(await request(bytes("hello"))).toEqual({ read: null, problems: ["EVIDENCE_UNREADABLE"] });
    expect(await request(bytes("G".repeat(2e6)))).toEqual({ read: null, problems: ["INPUT_TOO_LARGE"] });
    await expect(request(bytes(`GET / HTTP/1.1\r\n${"a: b\r\n".repeat(5000)}`))).rejects.toThrow(
      expect.objectContaining({ code: "INPUT_TOO_LARGE" }),
    );
  });
});

describe("readResponseMessage", () => {
  test.each<[string, Buffer, object]>([
    ["text", ok(html, "<p>"), { status: 200, size: 3, body: "<p>", headers: [["Content-Type", "text/html"]] }],
    [
      "chunked and gzip",
      ok(`${html}Transfer-Encoding: chunked\r\nContent-Encoding: gzip\r\n`, chunked(gzipSync("hi").toString("latin1"))),
      { size: 2, body: "hi" },
    ],
    ["what is no text", ok("Content-Type: image/png\r\n", "\x89PNG"), { size: 4, body: null }],
    ["text without a type", ok("", "hi"), { body: "hi" }],
    ["bytes without a type", ok("", "a\0b"), { size: 3, body: null }],
    ["no body", bytes("HTTP/2 204 No Content\r\n\r\n"), { status: 204, size: 0, body: "" }],
  ])("%s", async (_why, message, want) => {
    expect(await response(message)).toMatchObject({ read: { bodyCut: false, ...want }, problems: [] });
  });

  test("without a status line only the recorder's status is known", async () => {
    expect(await response(bytes("hello"))).toEqual({
      read: { status: 418, headers: null, size: null, body: null, bodyCut: false },
      problems: ["EVIDENCE_UNREADABLE"],
    });
  });

  test("a long body is cut, too many headers are too", async () => {
    expect((await response(ok(html, "x".repeat(5000)), { responseBody: 1000 })).read).toMatchObject({
      size: 5000,
      bodyCut: true,
    });
    const many = await response(bytes(`HTTP/1.1 200 OK\r\n${"a: b\r\n".repeat(5000)}\r\nx`));
    expect(many.read.headers).toHaveLength(1000);
    expect(many.problems).toEqual(["INPUT_TOO_LARGE"]);
  });
});
