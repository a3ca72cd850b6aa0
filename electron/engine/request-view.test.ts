import { expect, test } from "vitest";
import type { FindingRecord } from "./detect/verdicts/verdict-record.ts";
import { type Exchange, renderRequest } from "./evidence/exchange.ts";
import { maskText } from "./evidence/secrets.ts";
import { requestSegments, responseView } from "./request-view.ts";

const request: Exchange = {
  index: 0,
  offset: 0,
  length: 0,
  startedAt: null,
  durationMs: null,
  clientAddress: null,
  method: "POST",
  scheme: "https",
  host: "shop.example",
  target: "/login?next=/caf\u00e9",
  httpVersion: "HTTP/1.1",
  headers: [["Cookie", "visit=abc123; theme=dark"]],
  body: "user=ada&password=hunter2' OR 1=1 --",
  bodyCut: false,
  response: null,
};

/** A finding over the first place where `part` stands. */
function findingAt(part: string, place: FindingRecord["place"], exchange = request): FindingRecord {
  const { text } = renderRequest(exchange);
  const start = Buffer.byteLength(text.slice(0, text.indexOf(part)));
  return {
    request: 0,
    requestLine: "POST /login",
    host: null,
    place,
    name: "",
    span: { start, end: start + Buffer.byteLength(part) },
    text: part,
    canonical: part,
    decodings: [],
    class: "sql_injection",
    confidence: 1,
    probabilities: [1, 0, 0, 0, 0, 0, 0],
    family: null,
    set: ["sql_injection"],
    spans: [],
    cut: false,
    outcome: "unclear",
    outcomeReason: "",
  };
}

const kinds = ({ segments }: ReturnType<typeof requestSegments>, kind: string) =>
  segments.filter((segment) => segment.kind === kind).map(({ text }) => text);

test("segments are the whole request; secrets are masked until they are revealed", () => {
  const shown = requestSegments(request, [], false);
  expect(kinds(shown, "secret")).toEqual([maskText, maskText]);
  expect(shown.segments.map(({ text }) => text).join("")).not.toMatch(/abc123|hunter2/);
  const revealed = requestSegments(request, [], true);
  expect(revealed.segments.map(({ text }) => text).join("")).toBe(renderRequest(request).text);
});

test("an attack in a password field is shown with its finding's number", () => {
  const attack = "hunter2' OR 1=1 --";
  const shown = requestSegments(
    request,
    [{ ...findingAt("ada", "form"), class: "benign" }, findingAt(attack, "form")],
    false,
  );
  expect(shown.segments.filter(({ kind }) => kind === "payload")).toEqual([
    { text: attack, kind: "payload", finding: 1, decisive: false },
  ]);
  expect(kinds(shown, "secret")).toEqual([maskText]);
});

test("an attack on a body that was taken whole leaves the passwords in it masked", () => {
  const exchange = { ...request, body: "password=hunter2\n; cat /etc/passwd" };
  const shown = requestSegments(exchange, [findingAt(exchange.body, "body", exchange)], false);
  expect(kinds(shown, "payload").join("")).toContain("; cat /etc/passwd");
  expect(shown.segments.map(({ text }) => text).join("")).not.toContain("hunter2");
});

test("of nested attacks the innermost is pointed at", () => {
  const outer = findingAt("user=ada&password=hunter2' OR 1=1 --", "body");
  const inner = findingAt("1=1", "form");
  const shown = requestSegments(request, [outer, inner], true);
  expect(shown.segments.find(({ text }) => text === "1=1")).toMatchObject({ kind: "payload", finding: 1 });
});

test("a response's cookies are masked by their header alone, and a token that the view cuts is no half token", () => {
  const cookie = ["Set-Cookie", "visit=secret77; Path=/; HttpOnly"] as const;
  const body = `${"x".repeat(99_990)}"token": "abcdefghijklmnop"`;
  const view = responseView({ status: 302, headers: [cookie, ["X-Any", "1"]], size: null, body, bodyCut: false })!;
  expect(view.head).toBe(`HTTP 302\r\nSet-Cookie: visit=${maskText}; Path=/; HttpOnly\r\nX-Any: 1\r\n`);
  expect(view.body).not.toMatch(/abc/);
  expect(view).toMatchObject({ body_cut: true, body_available: true });
  expect(responseView(null)).toBeNull();
  const bare = responseView({ status: null, headers: null, size: null, body: null, bodyCut: false });
  expect(bare).toEqual({ head: "HTTP status not available\r\n", body: "", body_cut: false, body_available: false });
});

test("the parts of a payload that decided are told from the rest of it, in the request itself", () => {
  const spans = [
    { start: 8, end: 14, weight: 0.7 },
    { start: 0, end: 3, weight: -0.1 },
  ];
  const finding = { ...findingAt("hunter2' OR 1=1 --", "form"), spans };
  const { segments } = requestSegments(request, [finding], false);
  const pieces = segments.filter((segment) => segment.finding === 0);
  expect(pieces.map(({ text, decisive }) => [text, decisive])).toEqual([
    ["hunter2'", false],
    [" OR 1=", true],
    ["1 --", false],
  ]);
  // What was judged in another form than it stands there has no place for them.
  const decoded = requestSegments(request, [{ ...finding, text: "hunter2%27" }], false);
  expect(decoded.segments.some(({ decisive }) => decisive)).toBe(false);
  const all = requestSegments(request, [{ ...finding, spans: [{ start: 0, end: 900, weight: 1 }] }], false);
  expect(all.segments.some(({ decisive }) => decisive)).toBe(false);
});
