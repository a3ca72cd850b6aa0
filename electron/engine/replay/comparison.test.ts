import { expect, test } from "vitest";
import { createComparison, type Decided } from "./comparison.ts";

const then: Decided = {
  id: "v1",
  session: "1",
  decision: "open",
  verdict: "tag",
  score: 0.6,
  payloadScore: 0.7,
  behavioralScore: 0.2,
  class: "xss",
};

test.each([
  { what: "nothing", now: {}, identical: 1 },
  { what: "the class", now: { class: "sql_injection" }, identical: 0 },
  { what: "the last bit of a score", now: { payloadScore: 0.7 + Number.EPSILON / 2 }, identical: 0 },
] as const)("a session of which $what changed counts as identical: $identical", ({ now, identical }) => {
  const comparison = createComparison();
  expect(comparison.add(then, { ...then, ...now })).toBeNull();
  expect(comparison.counts()).toMatchObject({ sessions: 1, identical });
});
