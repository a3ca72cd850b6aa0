import { expect, test } from "vitest";
import { isRefitDue, leastSessions } from "./refit-task.ts";

const shipped = "a".repeat(64);
const last = { hash: "b".repeat(64), shipped, sessions: 300, extractor_version: "2.1.2" };

test.each([
  { why: "the first fit needs enough sessions", last: null, sessions: leastSessions - 1, due: false },
  { why: "and is done once there are", last: null, sessions: leastSessions, due: true },
  { why: "a little more is no reason", last, sessions: 359, due: false },
  { why: "a fifth more is", last, sessions: 360, due: true },
  { why: "less is none", last, sessions: 200, due: false },
  { why: "another shipped model is", last: { ...last, shipped: "c".repeat(64) }, sessions: 200, due: true },
  { why: "vectors of another version are", last: { ...last, extractor_version: "1" }, sessions: 200, due: true },
  { why: "but not of too few", last: { ...last, extractor_version: "1" }, sessions: 199, due: false },
])("$why: $sessions sessions", ({ last: fit, sessions, due }) => {
  expect(isRefitDue(fit, { sessions, shipped, extractorVersion: "2.1.2" })).toBe(due);
});
