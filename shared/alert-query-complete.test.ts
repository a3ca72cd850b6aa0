import fc from "fast-check";
import { expect, test } from "vitest";
import { parseAlertQuery } from "./alert-query.ts";
import { completeAlertQuery, toggleTerm } from "./alert-query-complete.ts";
import { alertFields } from "./alert-query-fields.ts";
import { formatTerm } from "./query-complete.ts";

const now = Date.parse("2026-11-26T15:30:00Z");
const known = { assignee: ["Ada Lovelace", "Grace"], tag: ["campaign-7", "scanner", "Red-team"] };
const seed = 20_261_126;
const terms = (q: string) => parseAlertQuery(q, now).terms.map(({ start: _, end: __, ...term }) => term);

test.each([
  { field: "tag", value: "scanner", want: "tag:scanner" },
  { field: "assignee", value: "Ada Lovelace", want: 'assignee:"Ada Lovelace"' },
  { field: "payload", value: "a,b", want: 'payload:"a,b"' },
  { field: "payload", value: '"x', want: String.raw`payload:"\"x"` },
  { field: "payload", value: 'x="1"', want: 'payload:x="1"' },
  { field: "payload", value: String.raw`..\x`, want: String.raw`payload:..\x` },
  { field: "payload", value: String.raw`..\x y\ `, want: String.raw`payload:"..\\x y\\ "` },
  { field: "client", value: "2001:db8::1", want: "client:2001:db8::1" },
] as const)("formatTerm writes $want", ({ field, value, want }) => {
  expect(formatTerm(field, value)).toBe(want);
});

test("what formatTerm writes reads back as it was", () => {
  const unit = fc.oneof(fc.constantFrom(...'"\\, \n-:*'), fc.string({ unit: "binary", minLength: 1, maxLength: 1 }));
  fc.assert(
    fc.property(fc.constantFrom("payload", "tag"), fc.string({ unit, minLength: 1 }), (field, value) => {
      const { terms, problems } = parseAlertQuery(`a ${formatTerm(field, value)} b`, now);
      expect(problems).toEqual([]);
      expect(terms[1]).toMatchObject({ field, values: [{ text: value }] });
      expect(terms).toHaveLength(3);
    }),
    { seed, numRuns: 500 },
  );
});

test.each([
  { why: "begins a query", q: "", term: ["severity", "high"], want: "severity:high" },
  {
    why: "adds a term and keeps the rest as typed",
    q: "a  'b",
    term: ["severity", "high"],
    want: "a  'b severity:high",
  },
  { why: "needs no second space", q: "a ", term: ["tag", "x"], want: "a tag:x" },
  { why: "adds to the values there", q: "a severity:low b", term: ["severity", "high"], want: "a severity:low,high b" },
  { why: "adds to the values of an alias", q: "by:Grace", term: ["assignee", "me"], want: "by:Grace,me" },
  { why: "gives a term that waits for a value its value", q: "tag: a", term: ["tag", "x"], want: "tag:x a" },
  { why: "quotes where it must", q: "tag:a", term: ["tag", "x y"], want: 'tag:a,"x y"' },
  { why: "keeps states apart", q: "is:open", term: ["is", "unassigned"], want: "is:open is:unassigned" },
  { why: "takes a value away", q: 'tag:"a,b",x,c d', term: ["tag", "x"], want: 'tag:"a,b",c d' },
  { why: "takes the last value away with its term", q: "a  tag:x  b", term: ["tag", "x"], want: "a  b" },
  { why: "leaves no space behind", q: "a tag:x ", term: ["tag", "x"], want: "a" },
  { why: "takes a value away wherever it is", q: "tag:x tag:y,x a", term: ["tag", "x"], want: "tag:y a" },
  { why: "knows a value in other letters", q: "Status:In-Progress a", term: ["status", "in_progress"], want: "a" },
  { why: "leaves what is excluded", q: "-tag:x", term: ["tag", "x"], want: "-tag:x tag:x" },
  {
    why: "leaves what is compared",
    q: "severity>=high",
    term: ["severity", "low"],
    want: "severity>=high severity:low",
  },
  { why: "leaves text that looks like it", q: '"tag:x"', term: ["tag", "x"], want: '"tag:x" tag:x' },
  { why: "changes a time", q: "after:-7d a", term: ["after", "-24h"], want: "after:-24h a" },
  { why: "takes a time away", q: "after:-7d a", term: ["after", "-7d"], want: "a" },
  { why: "stays out of an open quote", q: '"a b', term: ["tag", "x"], want: 'tag:x "a b' },
  { why: "stays out of an open quote of the field", q: 'tag:"a', term: ["tag", "x"], want: 'tag:x tag:"a' },
  { why: "leaves a term that another touches", q: 'tag:"a"b', term: ["tag", "x"], want: 'tag:"a"b tag:x' },
] as const)("toggleTerm $why", ({ q, term: [field, value], want }) => {
  expect(toggleTerm(q, field, value)).toBe(want);
});

const examples = alertFields.flatMap(({ example }) => [example, `-${example}`]);
const typedTerm = fc.oneof(
  fc.constantFrom(...examples, "a", "'--", '"b c"'),
  fc.constantFrom("tag:x", "tag:y,x", "-tag:x"),
);
const typedQuery = fc.array(typedTerm, { maxLength: 8 }).map((parts) => parts.join(" "));
const listField = fc.constantFrom(...alertFields.filter(({ takes }) => takes !== "number" && takes !== "time"));

test("toggling a value that is not there twice gives the query as it was", () => {
  fc.assert(
    fc.property(typedQuery, listField, fc.string({ unit: "binary", minLength: 1 }), (q, { name }, value) => {
      const once = toggleTerm(q, name, `new ${value}`);
      expect(once).not.toBe(q);
      expect(toggleTerm(once, name, `new ${value}`)).toBe(q);
    }),
    { seed },
  );
});

test("toggling a value that is there twice gives the same terms, in another order perhaps", () => {
  const sorted = (q: string) =>
    terms(q)
      .map((term) =>
        JSON.stringify(term.kind === "match" ? { ...term, values: term.values.map((v) => v.text).sort() } : term),
      )
      .sort();
  fc.assert(
    fc.property(fc.array(fc.constantFrom("a", "-tag:x", "severity>=high", '"tag:x"')), fc.nat(3), (rest, place) => {
      const q = [...rest.slice(0, place), 'tag:y,x,"a b"', "class:xss", ...rest.slice(place)].join(" ");
      for (const [field, value] of [
        ["tag", "x"],
        ["tag", "a b"],
        ["class", "xss"],
      ] as const) {
        const once = toggleTerm(q, field, value);
        expect(sorted(once)).not.toEqual(sorted(q));
        expect(sorted(toggleTerm(once, field, value))).toEqual(sorted(q));
      }
    }),
    { seed },
  );
});

/** `|` is the cursor. */
const complete = (marked: string) => {
  const cursor = marked.indexOf("|");
  const q = marked.replace("|", "");
  const { from, to, items } = completeAlertQuery(q, cursor, known);
  return { items, results: items.map(({ insert }) => q.slice(0, from) + insert + q.slice(to)) };
};

test.each([
  { q: "sta|", want: ["status:"] },
  { q: "-STA|", want: ["-status:"] },
  { q: "a se| b", want: ["a severity: b", "a sessions>= b"] },
  { q: "ip|", want: ["client:"] },
  { q: "xs|", want: ["class:xss"] },
  { q: "new|", want: ["is:new", "status:new"] },
  { q: "reo|", want: ["is:reopened"] },
  { q: "sta|:new", want: ["status:new"] },
  { q: "stat|us:new", want: [] },
  { q: "sta|s:new", want: ["status:new"] },
  { q: "s|tatus:new", want: ["severity:new", "score:new", "sessions:new", "after:new"] },
  { q: 'a tag:x|" b', want: [] },
  { q: "status:|", want: ["status:new", "status:in_progress", "status:closed"] },
  { q: "status:ne|xt", want: ["status:new"] },
  { q: "status:in-p|", want: ["status:in_progress"] },
  { q: "status:new|", want: [] },
  { q: "status:new,| a", want: ["status:new,in_progress a", "status:new,closed a"] },
  { q: "status:|,new", want: ["status:in_progress,new", "status:closed,new"] },
  { q: "severity>=h|", want: ["severity>=high"] },
  { q: "class:inj|", want: ["class:sql_injection", "class:command_injection"] },
  { q: "tag:RED|", want: ["tag:Red-team"] },
  { q: "tag:a|", want: ["tag:campaign-7", "tag:scanner", "tag:Red-team"] },
  { q: "tag:s|", want: ["tag:scanner"] },
  { q: "by:|", want: ["by:me", "by:none", 'by:"Ada Lovelace"', "by:Grace"] },
  { q: "by:love|", want: ['by:"Ada Lovelace"'] },
  { q: 'by:"ada l| a', want: ['by:"Ada Lovelace" a'] },
  { q: 'by:"ada l|" a', want: ['by:"Ada Lovelace" a'] },
  { q: "after:y|", want: ["after:yesterday", "after:today"] },
  { q: "score>=|", want: [] },
  { q: '"sta|', want: [] },
  { q: "|status:new", want: [] },
])("completes $q", ({ q, want }) => {
  expect(complete(q).results).toEqual(want);
});

test.each(["|", "a |", "a | b", "-|"])("offers every field at %j", (q) => {
  expect(complete(q).items.map(({ label }) => label)).toEqual(alertFields.map(({ name }) => name));
});

test("says what a field holds and what a value means", () => {
  expect(complete("sc|").items).toEqual([
    { insert: "score>=", label: "score", detail: "score of the worst session, 0 to 1" },
  ]);
  expect(complete("is:op|").items).toEqual([
    { insert: "open", label: "open", detail: "not closed, snoozed or suppressed" },
    { insert: "reopened", label: "reopened", detail: "closed or snoozed, and a worse session came since" },
  ]);
});

test("at most 30 of very many names are offered", () => {
  const tags = Array.from({ length: 5000 }, (_, i) => `t${i}`);
  expect(completeAlertQuery("tag:t", 5, { tag: tags }).items).toHaveLength(30);
});

test.each(alertFields.filter(({ values }) => values))("every value offered for $name is right", ({ name }) => {
  const { results } = complete(`${name}:|`);
  expect(results.length).toBeGreaterThan(0);
  for (const q of results) expect(parseAlertQuery(q, now).problems).toEqual([]);
});

test("completing and toggling never throw, wherever the cursor is", () => {
  const unit = fc.oneof(
    fc.constantFrom(...'-":,\\ <>=*', "status", "tag:", "by:"),
    fc.string({ unit: "binary", maxLength: 3 }),
  );
  fc.assert(
    fc.property(fc.string({ unit, maxLength: 30 }), fc.integer({ min: -5, max: 200 }), (q, cursor) => {
      const { from, to } = completeAlertQuery(q, cursor, known);
      expect(from).toBeGreaterThanOrEqual(0);
      expect(to).toBeGreaterThanOrEqual(from);
      expect(to).toBeLessThanOrEqual(q.length);
      toggleTerm(q, "tag", q);
    }),
    { seed, numRuns: 2000 },
  );
});
