import fc from "fast-check";
import { expect, test } from "vitest";
import { parseAlertQuery } from "./alert-query.ts";
import { parseSearchQuery } from "./search-query.ts";
import { watchedTraffic } from "./watch-traffic.ts";

const now = Date.UTC(2026, 0, 5);

test.each([
  { q: "client:203.0.113.*", want: "client:203.0.113.*" },
  { q: "host:shop.example path:/login -class:xss", want: "host:shop.example path:/login -class:xss" },
  { q: '"alert(" score>=0.8', want: '"alert(" score>=0.8' },
  { q: 'payload:"alert(1)"', want: '"alert(1)"' },
  { q: "-payload:say\\", want: '-"say\\\\"' },
  { q: "payload:union,select", want: "payload:union,select" },
  { q: 'param:"query id"', want: "param:id" },
  { q: "param:q,id", want: null },
  { q: "class:benign", want: null },
  { q: "client:10.0.0.1 severity>=high", want: null },
  { q: "outcome:succeeded", want: null },
  { q: "", want: null },
  { q: "-method:POST sqlmap", want: '-"method:POST" "sqlmap"' },
  { q: "verdict:x", want: '"verdict:x"' },
  { q: 'param:"query "', want: null },
  { q: `payload:${"\\".repeat(1500)}`, want: null },
])("$q of requests: $want", ({ q, want }) => {
  const found = watchedTraffic(q, now);
  expect(found).toBe(want);
  expect(parseSearchQuery(found ?? "", now).problems).toEqual([]);
});

test("whatever the queue understands, the search does, term by term, or is not asked", () => {
  const field = fc.constantFrom(
    "host",
    "path",
    "param",
    "payload",
    "score",
    "agent",
    "method",
    "status",
    "verdict",
    "scan",
  );
  const value = fc.oneof(
    fc.constantFrom("xss", '"query id"', "0.5", "10.0.*"),
    fc.string({ unit: fc.constantFrom("a", '"', ",", "*", "\\", " ", ":", "-", ">") }),
  );
  const term = fc
    .tuple(fc.constantFrom("", "-"), field, fc.constantFrom(":", ">=", "<"), value)
    .map((parts) => parts.join(""));
  const query = fc.array(fc.oneof(term, value), { minLength: 1, maxLength: 3 }).map((parts) => parts.join(" "));
  fc.assert(
    fc.property(query, (q) => {
      const alerts = parseAlertQuery(q, now);
      const asked = watchedTraffic(q, now);
      if (alerts.problems.length > 0 || asked === null) return;
      const { terms, problems } = parseSearchQuery(asked, now);
      expect(problems).toEqual([]);
      expect(terms.map(({ negated }) => negated)).toEqual(alerts.terms.map(({ negated }) => negated));
    }),
    { numRuns: 2000 },
  );
});
