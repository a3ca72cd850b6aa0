import fc from "fast-check";
import { expect, test } from "vitest";
import { parseAlertQuery } from "./alert-query.ts";
import { alertFields } from "./alert-query-fields.ts";
import { readQueryTime } from "./query-fields.ts";

/** A Thursday. */
const now = Date.parse("2026-11-26T15:30:00Z");
const parse = (q: string) => parseAlertQuery(q, now);
/** The terms in short, without where they stand. */
const terms = (q: string) =>
  parse(q).terms.map(({ start: _, end: __, negated, ...term }) => (negated ? { not: term } : term));
const text = (text: string) => ({ kind: "text", text });
const match = (field: string, how: string, ...texts: string[]) => ({
  kind: "match",
  field,
  values: texts.map((text) => ({ text, how })),
});
const compare = (field: string, op: string, value: number) => ({ kind: "compare", field, op, value });
const time = (field: string, at: string) => ({ kind: "time", field, at: Date.parse(at) });

test.each([
  { q: "", want: [] },
  { q: " \t\n\u00a0", want: [] },
  { q: "login", want: [text("login")] },
  { q: " a  b ", want: [text("a"), text("b")] },
  { q: '"a  b"', want: [text("a  b")] },
  { q: '"alert("', want: [text("alert(")] },
  { q: "'-- ../.. <script>", want: [text("'--"), text("../.."), text("<script>")] },
  { q: 'onerror="alert(1)"', want: [text('onerror="alert(1)"')] },
  { q: "id=1 1>0 a<b", want: [text("id=1"), text("1>0"), text("a<b")] },
  {
    q: "http://x javascript:alert(1) data:text/html",
    want: [text("http://x"), text("javascript:alert(1)"), text("data:text/html")],
  },
  { q: "paht://x", want: [text("paht://x")] },
  { q: "$" + "{jndi:ldap}", want: [text("$" + "{jndi:ldap}")] },
  { q: String.raw`"a\"b\\c\d\""`, want: [text(String.raw`a"b\c\d"`)] },
  { q: String.raw`..\..\x "..\..\x"`, want: [text(String.raw`..\..\x`), text(String.raw`..\..\x`)] },
  { q: '-health -"--" "-x"', want: [{ not: text("health") }, { not: text("--") }, text("-x")] },
  { q: "is:open", want: [match("is", "exact", "open")] },
  { q: "-class:xss", want: [{ not: match("class", "exact", "xss") }] },
  { q: "status:new,in_progress,new", want: [match("status", "exact", "new", "in_progress")] },
  {
    q: 'STATUS:New,In-Progress reason:"false positive"',
    want: [match("status", "exact", "new", "in_progress"), match("reason", "exact", "false_positive")],
  },
  { q: 'tag:"a,b",c:d', want: [match("tag", "exact", "a,b", "c:d")] },
  { q: 'by:ME,"Ada Lovelace",None', want: [match("assignee", "exact", "me", "Ada Lovelace", "none")] },
  {
    q: "family:SSTI evidence:e1 id:a1",
    want: [match("family", "exact", "ssti"), match("evidence", "exact", "e1"), match("id", "exact", "a1")],
  },
  { q: "client:10.0.* ip:::1", want: [match("client", "prefix", "10.0."), match("client", "exact", "::1")] },
  { q: "client:* host:shop.example", want: [match("client", "prefix", ""), match("host", "exact", "shop.example")] },
  {
    q: "path:/login path:/a* path:../etc",
    want: [match("path", "prefix", "/login"), match("path", "prefix", "/a"), match("path", "prefix", "../etc")],
  },
  {
    q: 'param:"query id" payload:alert("1")',
    want: [match("param", "substring", "query id"), match("payload", "substring", 'alert("1")')],
  },
  {
    q: "score>0.8 score>=.5 score<1. score<=1 score:0.25",
    want: [
      compare("score", ">", 0.8),
      compare("score", ">=", 0.5),
      compare("score", "<", 1),
      compare("score", "<=", 1),
      compare("score", "=", 0.25),
    ],
  },
  { q: "' OR 1=1", want: [text("'"), text("OR"), text("1=1")] },
  { q: 'class:xss "OR"', want: [match("class", "exact", "xss"), text("OR")] },
  { q: "sessions>10 -sessions:1", want: [compare("sessions", ">", 10), { not: compare("sessions", "=", 1) }] },
  {
    q: "severity:high,low sev>=HIGH severity<medium",
    want: [match("severity", "exact", "high", "low"), compare("severity", ">=", 2), compare("severity", "<", 1)],
  },
  {
    q: "after:-24h before:-30m",
    want: [time("after", "2026-11-25T15:30:00Z"), time("before", "2026-11-26T15:00:00Z")],
  },
  { q: "since:yesterday until:Today", want: [time("after", "2026-11-25"), time("before", "2026-11-26")] },
])("reads $q", ({ q, want }) => {
  expect(parse(q).problems).toEqual([]);
  expect(terms(q)).toEqual(want);
});

test.each([
  { q: "statsu:new", says: "There is no field `statsu`; did you mean `status`? Quote it to search for the text." },
  { q: "tags:a", says: "did you mean `tag`?" },
  { q: "-sevrity>=high", says: "did you mean `severity`?" },
  { q: "status:clsoed", says: "`status` has no value `clsoed`; did you mean `closed`?" },
  { q: "class:sqli", says: "`class` has no value `sqli`. It is sql_injection, xss, " },
  { q: "severity>=worst", says: "`severity` has no value `worst`. It is low, medium, high, critical." },
  { q: "score>80", says: "`score` is a number from 0 to 1, not `80`. Write score>=0.8" },
  { q: "score:>0.8", says: "Write score>=0.8" },
  { q: "score:1e400", says: "a number from 0 to 1" },
  { q: "sessions>1.5", says: "`sessions` is a whole number, not `1.5`." },
  { q: "score:0.1,0.2", says: "`score` takes one value here, as in score>=0.8", at: [10, 13] },
  { q: "after:today,yesterday", says: "takes one value" },
  { q: "host>a", says: "`host` cannot be compared. Write host:shop.example, or quote it to search for the text." },
  { q: "after>-24h", says: "`after` cannot be compared. Write after:-24h" },
  { q: "after:tomorrow", says: "`tomorrow` is no time. Write -24h, -7d, today, " },
  { q: "after:2026-02-30", says: "is no time" },
  { q: "status:", says: "A value is missing after `status`. Write it without spaces: status:new,in_progress" },
  { q: "tag:a,,b", says: "A value is missing after `tag`", at: [0, 8] },
  { q: "x score >= 0.8", says: "Write field, sign and value without spaces", at: [2, 10] },
  { q: "x class:xss OR class:xxe", says: "Write class:xss,xxe for either one", at: [2, 14] },
  { q: "NOT is:open", says: "-class:xss for NOT", at: [0, 11] },
  { q: "status:new AND", says: "All terms must hold, without AND", at: [0, 14] },
  { q: "status :new", says: "Write field, sign and value without spaces" },
  { q: "client:10.*.1", says: "In `client` a * stands at the end only" },
  { q: "path:login", says: "A path begins with a slash, as in path:/login" },
  { q: 'a "b c', says: 'The quote that opens at character 3 is never closed. Add a " at its end.', at: [2, 6] },
  { q: 'tag:a,"b', says: "The quote that opens at character 7 is never closed", at: [6, 8] },
  { q: '"', says: "The quote that opens at character 1 is never closed" },
  { q: String.raw`"a\"`, says: "is never closed" },
  { q: '""', says: "There is nothing between these quotes" },
  { q: 'tag:""', says: "There is nothing between these quotes" },
  { q: '"a"b', says: "A space is missing after the quote that closes", at: [3, 4] },
  { q: 'tag:"a"b', says: "A space is missing after the quote that closes" },
  { q: "-", says: "A minus sign excludes what follows it without a space", at: [0, 1] },
  { q: "- a", says: "A minus sign excludes", at: [0, 1] },
  { q: "--", says: "`--` begins with two minus signs. Quote it to search for the text." },
  { q: "--class:xss", says: "begins with two minus signs" },
  { q: "x".repeat(2001), says: "A query has at most 2000 characters. Shorten it.", at: [2000, 2001] },
  { q: "a ".repeat(51), says: "A query has at most 50 terms. Take some away.", at: [100, 102] },
])("says what is wrong with $q", ({ q, says, at }) => {
  const { problems } = parse(q);
  expect(problems).toHaveLength(1);
  expect(problems[0]!.message).toContain(says);
  if (at) expect([problems[0]!.start, problems[0]!.end]).toEqual(at);
});

test("tells every problem and keeps the terms that are right", () => {
  const { terms, problems } = parse('statsu:new class:xss,y,z ok -score>2 "');
  expect(problems.map(({ start }) => start)).toEqual([0, 21, 23, 35, 37]);
  expect(terms).toEqual([{ kind: "text", text: "ok", negated: false, start: 25, end: 27 }]);
});

test("says where a term stands, with its minus sign and quotes", () => {
  expect(parse('  -tag:"a b" c').terms.map(({ start, end }) => [start, end])).toEqual([
    [2, 12],
    [13, 14],
  ]);
});

test.each(alertFields)("the example of $name is right", ({ name, example }) => {
  const { terms, problems } = parse(example);
  expect(problems).toEqual([]);
  expect(terms).toMatchObject([{ field: name }]);
});

test("no name or alias of a field is there twice", () => {
  const names = alertFields.flatMap(({ name, aliases }) => [name, ...aliases]);
  expect(new Set(names).size).toBe(names.length);
});

test.each([
  ["-2w", "2026-11-12T15:30:00Z"],
  ["-999999w", "1970-01-01T00:00:00Z"],
  ["2026-11-20", "2026-11-20T00:00:00Z"],
  ["2026-11-20T10:00", "2026-11-20T10:00:00Z"],
  ["2026-11-20t10:00z", "2026-11-20T10:00:00Z"],
  ["2026-11-20T10:00:05.250Z", "2026-11-20T10:00:05.250Z"],
  ["24h", null],
  ["-24", null],
  ["-9999999d", null],
  ["2026-13-01", null],
  ["2026-11-20T24:00", null],
  ["2026-11-20T10", null],
  ["2026-11-20Z", null],
  ["2026-11-20T10:00+02:00", null],
])("the time %s is %s", (written, want) => {
  expect(readQueryTime(written, now)).toBe(want === null ? null : Date.parse(want));
});

/** Strings that come near to a query. */
const queryLike = fc
  .array(
    fc.oneof(
      fc.constantFrom(...'-":,\\ <>=*', "''", "--", "\n", "status", "sev", "score", "statsu", "-24h", "high", "0.8"),
      fc.constantFrom(...alertFields.map(({ example }) => example)),
      fc.string({ unit: "binary", maxLength: 4 }),
    ),
    { maxLength: 40 },
  )
  .map((parts) => parts.join(""));

test("never throws; every problem is in words, and every place in the query", () => {
  fc.assert(
    fc.property(fc.oneof(queryLike, fc.string({ unit: "binary", maxLength: 60 })), (q) => {
      const { terms, problems } = parse(q);
      expect(terms.length).toBeLessThanOrEqual(50);
      for (const { message } of problems) {
        expect(message.length).toBeLessThanOrEqual(160);
        expect(message).toMatch(/^[A-Z`].* /s);
      }
      for (const { start, end } of [...terms, ...problems]) {
        expect(start).toBeGreaterThanOrEqual(0);
        expect(end).toBeGreaterThan(start);
        expect(end).toBeLessThanOrEqual(q.length);
      }
      if (problems.length === 0) expect(terms.length > 0).toBe(q.trim() !== "");
    }),
    { seed: 20_261_126, numRuns: 2000 },
  );
});

test("a negated term is the same term, negated", () => {
  fc.assert(
    fc.property(fc.constantFrom(...alertFields), ({ example }) => {
      expect(terms(`-${example}`)).toEqual([{ not: terms(example)[0] }]);
    }),
    { seed: 20_261_126 },
  );
});

test.each(['"', "\\", '"\\', ",", "tag:,", '""', "a", "_", "-", "status:", '"a"', " ", "tag:a,"])(
  "the longest query of %j takes no time",
  (part) => {
    const q = part.repeat(2000).slice(0, 2000);
    const began = performance.now();
    for (let i = 0; i < 20; i++) parse(q);
    expect(performance.now() - began).toBeLessThan(1000);
  },
);
