import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type RuleDefinition, RuleExclusion, type RuleMatch, type RuleScope } from "../../../../shared/rule.ts";
import type { Exchange } from "../../evidence/exchange.ts";
import { compileRule } from "./compile-rule.ts";
import { matchRequest, matchText } from "./match-request.ts";

const anywhere: RuleScope = { method: null, path: null, place: null, parameter: null };
const now = Date.parse("2026-01-31T12:00:00.000Z");

function rule(match: RuleMatch, options: Partial<RuleDefinition> = {}, exclusions: readonly RuleExclusion[] = []) {
  const definition: RuleDefinition = {
    class: "sql_injection",
    family: null,
    match,
    scope: anywhere,
    action: "block",
    expires_at: null,
    ...options,
  };
  return compileRule({ id: "r", definition, exclusions });
}

function request(target: string, given: Partial<Exchange> = {}): Exchange {
  return {
    index: 0,
    offset: 0,
    length: 0,
    startedAt: null,
    durationMs: null,
    clientAddress: null,
    method: "GET",
    scheme: "http",
    host: "shop.example",
    target,
    httpVersion: "HTTP/1.1",
    headers: [],
    body: null,
    bodyCut: false,
    response: null,
    ...given,
  };
}

const form = (body: string): Partial<Exchange> => ({
  method: "POST",
  headers: [["Content-Type", "application/x-www-form-urlencoded"]],
  body,
});
const hits = (one: ReturnType<typeof rule>, exchange: Exchange) => matchRequest([one], exchange, { now });
const tautology: RuleMatch = { kind: "fingerprint", tokens: ["'", "or", "<number>", "=", "<number>"] };

describe("a rule matches", () => {
  test.each([
    { why: "as sent", target: "/s?q=x' or 1=1" },
    { why: "encoded", target: "/s?q=x%27%20OR%201%3D1" },
    { why: "encoded twice", target: "/s?q=x%2527%2520or%25201%253D1" },
    { why: "with comments for spaces", target: "/s?q=x'/**/or/**/1=1" },
    ...["%0b", "%a0", "%C2%A0", "%E3%80%80", "%0c", "--%20x%0a", "%23x%0a", "%20--%0a"].map((gap) => ({
      why: `with ${gap} for a space`,
      target: `/s?q='${gap}or${gap}1=1`,
    })),
    { why: "with other numbers", target: "/s?q=%27or+0x2f=77.5--" },
  ])("a fingerprint $why", ({ target }) => {
    expect(hits(rule(tautology), request(target))).toHaveLength(1);
  });

  test.each([
    { why: "another word", target: "/s?q=x' for 1=1" },
    { why: "half of it", target: "/s?q=x' or 1" },
    { why: "a longer word", target: "/s?q=x' order 1=1" },
  ])("a fingerprint not in $why", ({ target }) => {
    expect(hits(rule(tautology), request(target))).toEqual([]);
  });

  test("a string whatever its case and white space, signs and all", () => {
    const one = rule({ kind: "string", text: "(select *" });
    expect(hits(one, request("/s?q=1 AND (SELECT%20%20%09* FROM t)"))).toHaveLength(1);
    expect(hits(one, request("/s?q=1 AND (SELECT x FROM t)"))).toEqual([]);
  });

  test("what stands in the last reading of a value, and tells by which decodings", () => {
    const [hit] = hits(rule({ kind: "string", text: "<script>" }), request("/s?q=%3Cscript%3E"));
    expect(hit).toMatchObject({ place: "query", name: "q", decodings: ["url"], start: 0, end: 8 });
  });

  test("letters that fold to ASCII ones, although the text to look for first does not stand there", () => {
    expect(hits(rule({ kind: "string", text: "sleep(" }), request("/s?q=\u017fleep(5)"))).toHaveLength(1);
  });
});

describe("a rule looks only where its scope is", () => {
  test.each<{ scope: Partial<RuleScope>; target: string; given?: Partial<Exchange>; is: boolean }>([
    { scope: { path: "/orders/{id}/items" }, target: "/orders/77/items?q=' or 1=1", is: true },
    { scope: { path: "/orders/{id}/items" }, target: "/orders/items?q=' or 1=1", is: false },
    { scope: { path: "/files/{rest}" }, target: "/files/a/b/c?q=' or 1=1", is: true },
    { scope: { path: "/search" }, target: "/se%61rch?q=' or 1=1", is: true },
    { scope: { path: "/search" }, target: "//x/../search/?q=' or 1=1", is: true },
    { scope: { path: "/search" }, target: "http://shop.example/search?q=' or 1=1", is: true },
    { scope: { parameter: "q", place: "query" }, target: "/s?%71=' or 1=1", is: true },
    { scope: { parameter: "q", place: "query" }, target: "/s?r=' or 1=1", is: false },
    {
      scope: { parameter: "X-Note", place: "header" },
      target: "/",
      given: { headers: [["x-note", "' or 1=1"]] },
      is: true,
    },
    {
      scope: { parameter: "lines[].name", place: "json" },
      target: "/",
      given: {
        method: "POST",
        headers: [["Content-Type", "application/json"]],
        body: JSON.stringify({ lines: [{ name: "tea" }, { name: "' or 1=1" }] }),
      },
      is: true,
    },
    { scope: { method: "POST" }, target: "/s?q=' or 1=1", is: false },
    { scope: { method: "GET" }, target: "/s?q=' or 1=1", given: { method: "HEAD" }, is: true },
    { scope: { path: "/search" }, target: "/Search;x=1?q=' or 1=1", is: true },
    { scope: { place: "query", parameter: "q" }, target: "/s?q[]=' or 1=1", is: true },
    { scope: { place: "query", parameter: "q" }, target: "/s?q%5B7%5D=' or 1=1", is: true },
    { scope: { place: "query", parameter: "q" }, target: "/s?qq[]=' or 1=1", is: false },
    {
      scope: { place: "json", parameter: "q" },
      target: "/",
      given: {
        method: "POST",
        headers: [["Content-Type", "application/json"]],
        body: JSON.stringify({ q: ["' or 1=1"] }),
      },
      is: true,
    },
    { scope: { place: "query", parameter: "q" }, target: `/s?${"a=1&".repeat(3000)}q=' or 1=1`, is: true },
    {
      scope: { place: "json", parameter: "q" },
      target: "/",
      given: {
        method: "POST",
        headers: [["Content-Type", "application/json"]],
        body: JSON.stringify({ a: Array.from({ length: 3000 }, () => "x"), q: "' or 1=1" }),
      },
      is: true,
    },
    { scope: { place: "form", parameter: "q" }, target: "/s", given: form("q=%27+or+1%3D1"), is: true },
    { scope: { place: "query", parameter: "q" }, target: "/s", given: form("q=%27+or+1%3D1"), is: false },
  ])("$scope and $target: $is", ({ scope, target, given, is }) => {
    const one = rule(tautology, { scope: { ...anywhere, ...scope } });
    expect(hits(one, request(target, given)).length > 0).toBe(is);
  });

  test("and only until it expires", () => {
    const target = "/s?q=' or 1=1";
    const at = (expires_at: string) => hits(rule(tautology, { expires_at }), request(target)).length;
    expect(at("2026-01-31T12:00:00.001Z")).toBe(1);
    expect(at("2026-01-31T12:00:00.000Z")).toBe(0);
  });
});

describe("an exclusion", () => {
  const exclusion: RuleExclusion = {
    path: "/search",
    place: "query",
    parameter: "q",
    shape: "[a-z ]+' or \\d=\\d",
    expires_at: null,
  };
  const excluded = rule(tautology, {}, [exclusion]);

  test("takes out exactly its path, parameter and shape of value", () => {
    expect(hits(excluded, request("/search?q=maths: 1' or 1=1"))).toHaveLength(1);
    expect(hits(excluded, request("/search?q=it is' or 1=1"))).toEqual([]);
    expect(hits(excluded, request("/search?r=it is' or 1=1"))).toHaveLength(1);
    expect(hits(excluded, request("/other?q=it is' or 1=1"))).toHaveLength(1);
    expect(hits(excluded, request("/search?q=it is' or 1=1; drop table x"))).toHaveLength(1);
  });

  test("does not hide an attack in another reading of the same value", () => {
    // The last reading has the excluded shape, and the one before is an attack.
    const one = rule({ kind: "string", text: "or 1=1" }, {}, [{ ...exclusion, shape: "x or 1=1" }]);
    expect(hits(one, request("/search?q=x or 1=1"))).toEqual([]);
    expect(hits(one, request("/search?q=x/*' or 1=1 drop */or 1=1"))).toHaveLength(1);
  });

  test.each(["/Notes", "/notes;x"])("does not hold at another spelling: %s", (path) => {
    const one = rule(tautology, {}, [{ ...exclusion, path: "/notes", shape: null }]);
    expect(hits(one, request("/notes?q=' or 1=1"))).toEqual([]);
    expect(hits(one, request(`${path}?q=' or 1=1`))).toHaveLength(1);
    expect(hits(one, request("/notes?q[]=' or 1=1"))).toHaveLength(1);
  });

  test("cannot close the group that anchors its shape", () => {
    expect(() => rule(tautology, {}, [{ ...exclusion, shape: "x)|(?:.+" }])).toThrow(
      expect.objectContaining({ code: "INPUT_INVALID" }),
    );
  });

  test("ends", () => {
    const one = rule(tautology, {}, [{ ...exclusion, expires_at: "2026-01-31T12:00:00.000Z" }]);
    expect(hits(one, request("/search?q=it is' or 1=1"))).toHaveLength(1);
  });

  test("has a shape that compiles", () => {
    const broken = RuleExclusion.parse({ ...exclusion, shape: "[a-z" });
    expect(() => rule(tautology, {}, [broken])).toThrow(expect.objectContaining({ code: "INPUT_INVALID" }));
  });
});

describe("a pattern is refused", () => {
  test.each([
    "(",
    "a*",
    "",
    "(?=x)y",
    "(a)\\1",
    "((a{1000}){1000}){1000}",
    "(((x{100}){100}){100})y",
    "(?:[a-z]?[b-z]?[c-z]?[d-z]?[a-y]?[a-x]?){999}!",
  ])("%s", (pattern) => {
    expect(() => rule({ kind: "regex", pattern })).toThrow(expect.objectContaining({ code: "INPUT_INVALID" }));
  });
});

test.each(["a.{0,64}?b.{0,64}?c.{0,64}?d.{0,64}?e", "[{1000}]{9}x", "\\(x{9}\\)", "(?:[a-z]{1,40} ){1,9}x"])(
  "what is repeated side by side is no explosion: %s",
  (pattern) => {
    expect(() => rule({ kind: "regex", pattern })).not.toThrow();
  },
);

test("a regex that explodes elsewhere is matched in linear time: ten times the text, not a hundred times the steps", () => {
  const one = rule({ kind: "regex", pattern: "(a+)+$" });
  // A backtracking engine would not end in the age of the universe.
  expect(matchText(one, `${"a".repeat(200_000)}!`)).toBeNull();
});

test("whatever is looked for first stands in whatever the pattern matches", () => {
  const token = fc.constantFrom("'", "or", "union", "<number>", "<word>", "(", "select", "--", "on");
  const text = fc.stringMatching(/^[a-zA-Z0-9'() =-]{0,60}$/);
  fc.assert(
    fc.property(fc.array(token, { minLength: 1, maxLength: 4 }), text, (tokens, given) => {
      const { pattern, required } = rule({ kind: "fingerprint", tokens });
      expect(matchText({ pattern, required }, given)).toEqual(matchText({ pattern, required: null }, given));
    }),
  );
});
