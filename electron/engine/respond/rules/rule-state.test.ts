import { expect, test } from "vitest";
import { definitionHash, isOfMatched, matchedHash } from "./rule-state.ts";

const definition = {
  class: "sql_injection",
  family: null,
  match: { kind: "string", text: "union select" },
  scope: { method: null, path: null, place: null, parameter: null },
  action: "block",
  expires_at: "2026-06-01T00:00:00.000Z",
} as const;
const later = { ...definition, expires_at: "2026-12-01T00:00:00.000Z" };
const exclusion = { path: "/tea", place: null, parameter: null, shape: null, expires_at: null };
const own = { ...exclusion, id: "x", by: "ana", at: "2026-01-05T08:00:00.000Z" };

test.each([
  { why: "of the same", hash: matchedHash(definition, []), want: true },
  { why: "of the same with another end", hash: matchedHash(later, []), want: true },
  { why: "of the same, stored when ends were part of the hash", hash: definitionHash(definition, []), want: true },
  { why: "of another end, stored when ends were part of the hash", hash: definitionHash(later, []), want: false },
  { why: "of another action", hash: matchedHash({ ...definition, action: "tag" }, []), want: false },
  { why: "with an exclusion", hash: matchedHash(definition, [exclusion]), want: false },
])("what was tried $why is of what the rule matches: $want", ({ hash, want }) => {
  expect(isOfMatched(hash, { definition, exclusions: [] })).toBe(want);
});

test("who asked for an exclusion is no part of what a rule matches", () => {
  expect(isOfMatched(matchedHash(later, [exclusion]), { definition, exclusions: [own] })).toBe(true);
});
