import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { detectKind, headBytes } from "./detect-kind.ts";

const logLine = '1.2.3.4 - - [10/Oct/2000:13:55:36 -0700] "GET / HTTP/1.0" 200 5';

describe("detectKind", () => {
  test.each<[string, string | Buffer, object]>([
    ["HAR", '\ufeff {"log":{"version":"1.2","entries":[', { kind: "har" }],
    ["HAR with other members first", '{"comment":"x\\"}","log": {', { kind: "har" }],
    ["package", '{"sha256":"00","metadata":{},"requests":[', { kind: "package" }],
    ["package with a HAR", '{"har":{"log":{"entries":[', { kind: "package" }],
    ["package with long metadata", `{"metadata":{"a":"${"x".repeat(headBytes)}`, { kind: "package" }],
    ["log", `# comment\n${logLine}\n`, { kind: "access_log" }],
    ["log after a broken line", `x\n${logLine}`, { kind: "access_log" }],
    ["log after what a container prints", `${"starting\n".repeat(40)}${logLine}\n`, { kind: "access_log" }],
    [
      "log with a hostile first line",
      `${logLine.replace("GET /", `GET /${"A".repeat(headBytes)}`)}\n`,
      { kind: "access_log" },
    ],
    [
      "gzip log with a hostile first line",
      gzipSync(logLine.replace("GET /", `GET /${"A".repeat(headBytes)}`)),
      { kind: "access_log", gzip: true },
    ],
    [
      "JSON lines with a hostile first line",
      `{"time":"2026-01-01T00:00:00Z","remote_addr":"1.2.3.4","request":"GET /${"A".repeat(headBytes)}`,
      { kind: "access_log" },
    ],
    ["JSON lines", '{"time":"2026-01-01T00:00:00Z","method":"GET","url":"/"}\n{', { kind: "access_log" }],
    ["JSON lines with a text called log", '{"log":"x","method":"GET","url":"/"}', { kind: "access_log" }],
    ["gzip log", gzipSync(`${logLine}\n`.repeat(10_000)), { kind: "access_log", gzip: true }],
    ["gzip HAR", gzipSync('{"log":{"entries":[]}}'), { kind: "har", gzip: true }],
    ["a transaction of another log", '{"transaction":{"id":"1"},"method":"GET","url":"/"}', { kind: "access_log" }],
    ["Burp items", '<?xml version="1.0"?>\n<!-- <x> -->\n<items burpVersion="1">', { kind: "burp_xml" }],
    ["Burp items by their document type", "<!DOCTYPE items [\n<!ELEMENT items (item*)>", { kind: "burp_xml" }],
    [
      "ModSecurity 2",
      '{"transaction":{"time":"x","remote_address":"1.2.3.4"},"request":{',
      { kind: "modsecurity_log" },
    ],
    ["Coraza over several lines", '{\n  "transaction": {\n    "client_ip": "1.2.3.4"', { kind: "modsecurity_log" }],
    ["AWS WAF after a line cut off", 'x"}\n{"webaclId":"a","httpRequest":{}}', { kind: "aws_waf_log" }],
    [
      "Cloudflare firewall events",
      '{"Action":"block","ClientRequestMethod":"GET","ClientRequestPath":"/"}',
      { kind: "cloudflare_log" },
    ],
    ["request", "GET / HTTP/1.1\r\nHost: h\r\n\r\n", { kind: "raw_request" }],
  ])("%s", (_why, head, want) => {
    expect(detectKind(Buffer.from(head as string).subarray(0, headBytes))).toMatchObject(want);
  });

  test.each<[string | Buffer, RegExp]>([
    ["", /^It is empty\./],
    ["<!DOCTYPE html><items>", /markup/],
    ["<rss><items>", /markup/],
    [`${"<!--".repeat(5000)}<items>`, /markup/],
    [`GET a${" ".repeat(60_000)}b`, /neither/],
    [" \n", /white space/],
    [Buffer.from("504b0304aabb", "hex"), /ZIP/],
    [Buffer.from("fffe7b00", "hex"), /UTF-16/],
    [Buffer.from([1, 2, 0, 3]), /binary/],
    [gzipSync(Buffer.alloc(50_000_000)), /binary/],
    [Buffer.from("1f8b0800", "hex"), /gzip/],
    [gzipSync("GET / HTTP/1.1\r\n\r\n"), /gzip file around raw request/],
    ["<html>", /markup/],
    ["[1,2]", /JSON list/],
    ['{"a":1,"b":2}', /"a", "b"/],
    [`{"status":"ok","data":"${"x".repeat(headBytes)}`, /"status", "data"/],
    [`Dear Sir or Madam, ${"x".repeat(headBytes)}`, /neither a log line nor a request line/],
    ["Dear Sir or Madam,\nhello", /neither a log line nor a request line/],
  ])("refuses %j", (head, message) => {
    const detecting = () => detectKind(Buffer.from(head as string).subarray(0, headBytes));
    expect(detecting).toThrow(
      expect.objectContaining({ code: "EVIDENCE_UNKNOWN_FORMAT", message: expect.stringMatching(message) }),
    );
  });
});
