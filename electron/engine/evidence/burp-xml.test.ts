import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { burpHead, burpItem, readWhole, visits } from "./fixture-sources.ts";
import { readExchangeAt } from "./readers.ts";

const visited = visits[0]!;
const good = burpItem(visited);
const read = (...items: string[]) => readWhole("burp_xml", `${burpHead}${items.join("")}</items>`);

/** An item of these fields, each its whole element. */
const item = (...fields: string[]) => `<item>${fields.join("")}</item>`;
const request = (message: string | Buffer) =>
  `<request base64="true"><![CDATA[${Buffer.from(message as string).toString("base64")}]]></request>`;
const response = (message: string | Buffer) =>
  `<response base64="true"><![CDATA[${Buffer.from(message as string).toString("base64")}]]></response>`;
const url = "<url><![CDATA[https://shop.example:8443/a?b=1]]></url>";
const get = request("GET /a?b=1#c HTTP/2\r\nHost: evil.example\r\nX-A: 1\r\nX-A: 2\r\n\r\n");

describe("items of Burp Suite", () => {
  test("are read as the messages that went over the wire", async () => {
    const { exchanges, problems, recorder } = await read(good);
    expect(problems).toEqual([]);
    expect(recorder).toEqual({ name: "Burp Suite", version: "2026.1.1" });
    expect(exchanges).toEqual([
      {
        index: 0,
        offset: burpHead.length + 2,
        length: good.trim().length,
        startedAt: visited.at,
        durationMs: null,
        clientAddress: null,
        method: "GET",
        scheme: "https",
        host: "shop.example",
        target: "/",
        httpVersion: "HTTP/1.1",
        headers: visited.headers,
        body: "",
        bodyCut: false,
        response: {
          status: 200,
          headers: [
            ["Content-Type", "text/html"],
            ["Content-Length", "12"],
          ],
          size: 12,
          body: "<p>Hello</p>",
          bodyCut: false,
        },
      },
    ]);
  });

  const post = "POST /login HTTP/1.1\r\nHost: h\r\nContent-Type: text/plain\r\n";
  const zipped = Buffer.concat([Buffer.from(`${post}Content-Encoding: gzip\r\n\r\n`), gzipSync("id=1")]);
  test.each<[string, string, object]>([
    [
      "messages as they are",
      burpItem({ ...visited, target: "/?q=<&>", body: "a\r\n\u00e9" }, false),
      { target: "/?q=<&>", body: "a\r\n\u00e9" },
    ],
    [
      "references in place of CDATA",
      item(url, "<request>POST / HTTP/1.1&#13;&#10;Host: h&#13;\n&#13;\n&lt;&#233;&#8364;&gt;</request>"),
      { body: "<\u00e9\u20ac>" },
    ],
    [
      "the URL's host and the line's target",
      item(url, get),
      { host: "shop.example:8443", scheme: "https", target: "/a?b=1#c", httpVersion: "HTTP/2" },
    ],
    [
      "repeated headers",
      item(url, get),
      {
        headers: [
          ["Host", "evil.example"],
          ["X-A", "1"],
          ["X-A", "2"],
        ],
      },
    ],
    [
      "a whole URL in the request line",
      item("<url></url>", request("GET http://h:81/x HTTP/1.1\r\n\r\n")),
      { scheme: "http", host: "h:81", target: "/x" },
    ],
    ["a compressed body", item(url, request(zipped)), { body: "id=1" }],
    [
      "a body of bytes",
      item(url, request(Buffer.from(`${post}\r\n\xff\xd8\x00`, "latin1"))),
      { body: "\u00ff\u00d8\u0000" },
    ],
    [
      "a request without an answer",
      item(url, get, "<status></status>", '<response base64="true"></response>'),
      { response: null },
    ],
    [
      "a status without a response",
      item(url, get, "<status>404</status>", "<response/>"),
      { response: { status: 404, headers: null, size: null, body: null, bodyCut: false } },
    ],
    [
      "another charset",
      item(url, get, response("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n\xe9")),
      { response: { body: "\u00e9" } },
    ],
  ])("%s", async (_why, xml, want) => {
    const { exchanges, problems } = await read(xml);
    expect(problems).toEqual([]);
    expect(exchanges).toMatchObject([want]);
  });

  test.each<[string, string, number]>([
    ["an item without a request", item(url), 0],
    ["a request that is none, but for method and URL", item(url, "<method>PUT</method>", request("\x16\x03\x01")), 1],
    [
      "no request message, but method and URL",
      item(url, "<method>PUT</method>", '<request base64="true"></request>'),
      1,
    ],
    ["too many headers", item(url, request(`GET / HTTP/1.1\r\n${"a: b\r\n".repeat(5000)}\r\n`)), 0],
    ["a response that is none", item(url, get, response("hello")), 1],
    ["a time that is none", item("<time>soon</time>", url, get), 1],
    ["a time zone of two", item("<time>Mon Jan 05 08:00:00 CST 2026</time>", url, get), 1],
    ["an element of HTML", item(url, get, "<response><p>x</p></response>"), 0],
    ["an element twice", item(url, get, get), 0],
    ["text between elements", item(url, "x", get), 0],
    ["an entity", item(url, "<request>GET /&lol; HTTP/1.1</request>"), 0],
    ["CDATA that ends too early", item(url, '<request><![CDATA[GET / HTTP/1.1\r\n\r\n]]>"<br><a b=c>]]></request>'), 0],
    ["an item cut off", `<item>${url}<request base64="true">R0`, 0],
    ["an item cut off within a tag", "<item><ur", 0],
    ["elements nested deeply", item(url, "<request>", "<a>".repeat(2000), "</request>"), 0],
    ["a comment that does not end in time", item(url, `<!-- ${"x".repeat(200_000)} -->`), 0],
  ])("complains of %s and reads the next", async (_why, xml, count) => {
    const { exchanges, problems } = await read(xml, good);
    expect(problems).toMatchObject([{ place: "item 1" }]);
    expect(exchanges.map(({ index }) => index)).toEqual(count === 1 ? [0, 1] : [1]);
    expect(exchanges.at(-1)).toMatchObject({ target: visited.target, startedAt: visited.at });
  });

  test("a time zone is complained of once", async () => {
    const vague = item("<time>Mon Jan 05 08:00:00 IST 2026</time>", url, get);
    const { exchanges, problems } = await read(vague, vague, vague);
    expect(exchanges.map(({ startedAt }) => startedAt)).toEqual(Array(3).fill(Date.UTC(2026, 0, 5, 8)));
    expect(problems).toMatchObject([{ place: "item 1" }]);
  });

  test("what cannot be read falls back on what Burp Suite says of it", async () => {
    const { exchanges } = await read(
      item(url, "<method>PUT</method>", "<protocol>https</protocol>", request("\x16\x03\x01")),
    );
    expect(exchanges).toMatchObject([
      { method: "PUT", target: "/a?b=1", host: "shop.example:8443", headers: null, body: null },
    ]);
  });

  test.each([
    ["billion laughs", '<!DOCTYPE items [<!ENTITY a "lol"><!ENTITY b "&a;&a;&a;">]>'],
    ["an external entity", '<!DOCTYPE items [<!ENTITY a SYSTEM "file:///etc/passwd">]>'],
    ["an external document type", '<!DOCTYPE items SYSTEM "http://evil.example/x.dtd">'],
  ])("a document with %s is not read", async (_why, doctype) => {
    const { exchanges, problems } = await readWhole("burp_xml", `${doctype}<items burpVersion="1">${good}</items>`);
    expect(exchanges).toEqual([]);
    expect(problems).toMatchObject([{ code: "EVIDENCE_UNREADABLE", place: "whole file", message: /entities/ }]);
  });

  test("what is no export says so", async () => {
    expect((await readWhole("burp_xml", "<items/>")).problems).toEqual([]);
    expect((await readWhole("burp_xml", "<html/>")).problems).toMatchObject([{ place: "whole file" }]);
    expect((await readWhole("burp_xml", `${burpHead}x${good}</items>`)).problems).toMatchObject([
      { place: "between items" },
    ]);
    await expect(readExchangeAt("burp_xml", Buffer.from("<item>"), { index: 3, offset: 0 })).rejects.toThrow(
      expect.objectContaining({ code: "EVIDENCE_UNREADABLE" }),
    );
  });

  test("two exports in one file are both read", async () => {
    const one = `${burpHead}${good}</items>\n`;
    expect((await readWhole("burp_xml", one + one)).exchanges).toHaveLength(2);
  });
});
