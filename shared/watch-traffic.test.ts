import { expect, test } from "vitest";
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
])("$q of requests: $want", ({ q, want }) => {
  const found = watchedTraffic(q, now);
  expect(found).toBe(want);
  expect(parseSearchQuery(found ?? "", now).problems).toEqual([]);
});
