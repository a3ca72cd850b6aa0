import { describe, expect, test } from "vitest";
import { detectKind } from "./detect-kind.ts";
import { parseRawRequest } from "./raw-request.ts";

describe("parseRawRequest", () => {
  test.each<[string, string, object]>([
    [
      "CRLF",
      "POST /a?b=1 HTTP/1.1\r\nHost: h\r\nX: 1\r\n\r\nq='\r\nz",
      {
        method: "POST",
        target: "/a?b=1",
        host: "h",
        httpVersion: "HTTP/1.1",
        headers: [
          ["Host", "h"],
          ["X", "1"],
        ],
        body: "q='\r\nz",
      },
    ],
    [
      "LF and white space before",
      "\n\n GET / HTTP/1.0\nHost: h\n\n",
      { method: "GET", httpVersion: "HTTP/1.0", body: "" },
    ],
    ["no version", "GET /x\nHost: h", { target: "/x", httpVersion: null }],
    ["an absolute target", "GET https://h/x?y HTTP/1.1\nA: 1", { scheme: "https", host: "h", target: "/x?y" }],
    [
      "a folded header",
      "GET / HTTP/1.1\nA: 1\n  2\nB:3",
      {
        headers: [
          ["A", "1 2"],
          ["B", "3"],
        ],
      },
    ],
    [
      "pseudo headers",
      ":method: POST\n:authority: h\n:scheme: https\n:path: /p?q\naccept: */*\n\nbody",
      {
        method: "POST",
        host: "h",
        scheme: "https",
        target: "/p?q",
        httpVersion: "HTTP/2",
        headers: [["accept", "*/*"]],
        body: "body",
      },
    ],
    [
      "Chrome's alternating lines",
      ":authority:\nh\n:method:\nGET\n:path:\n/p\n:scheme:\nhttps\naccept:\n*/*",
      { method: "GET", host: "h", target: "/p", headers: [["accept", "*/*"]] },
    ],
    [
      "curl",
      "curl 'https://h/a?b=%27' \\\n  -H 'Cookie: s=1' --data-raw 'x='\\''1' --compressed",
      {
        method: "POST",
        host: "h",
        target: "/a?b=%27",
        headers: [
          ["Cookie", "s=1"],
          ["Content-Type", "application/x-www-form-urlencoded"],
        ],
        body: "x='1",
      },
    ],
    [
      "curl with $'…'",
      "curl $'https://h/\\u0021' -X PUT --data-binary $'{\"a\":\\'\\\\n\\x41\\'}' -H 'content-type: application/json'",
      { method: "PUT", target: "/!", body: "{\"a\":'\\nA'}", headers: [["content-type", "application/json"]] },
    ],
    [
      "curl -G",
      'curl -G h/p -d a=1 --data-urlencode "b=x y" -o out',
      { method: "GET", host: "h", target: "/p?a=1&b=x%20y", body: "" },
    ],
    [
      "curl -F",
      "curl -F 'f=@/etc/passwd;type=x' -F 'a=1' http://h/",
      { method: "POST", body: expect.stringContaining('name="f"; filename="/etc/passwd"') },
    ],
    ["curl --json", `curl --json '{"a":1}' http://h/`, { body: '{"a":1}', method: "POST" }],
  ])("reads %s", (_why, text, want) => {
    expect(parseRawRequest(Buffer.from(text))).toMatchObject({
      index: 0,
      offset: 0,
      startedAt: null,
      response: null,
      ...want,
    });
    expect(detectKind(Buffer.from(text))).toEqual({ kind: "raw_request", gzip: false });
  });

  test.each(["curl -H 'a", "curl -X POST", "hello", ":path: /", "GET data:text/html,x HTTP/1.1"])(
    "refuses %j",
    (text) => {
      expect(() => parseRawRequest(Buffer.from(text))).toThrow(
        expect.objectContaining({ code: "EVIDENCE_UNREADABLE" }),
      );
    },
  );

  test("reads a megabyte of anything in time", () => {
    for (const text of [
      `GET /a${" ".repeat(1e6)}b`,
      `GET /a${" HTTP/1.1".repeat(1e5)} x`,
      `GET / HTTP/1.1\n${"a: b\n".repeat(900)}\n${"x".repeat(2e6)}`,
      `curl '${"\\".repeat(1e6)}' h`,
      `GET ${" ".repeat(1e6)}x`,
    ]) {
      const started = performance.now();
      try {
        parseRawRequest(Buffer.from(text));
      } catch (error) {
        expect(error).toMatchObject({ code: expect.stringMatching(/^(EVIDENCE|INPUT)_/) });
      }
      expect(performance.now() - started).toBeLessThan(5000);
    }
  });
});
