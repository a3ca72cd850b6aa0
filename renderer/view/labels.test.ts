import { expect, test } from "vitest";
import { tellOutcome } from "./labels.ts";

test.each([
  ["likely_failed", "Attack: likely failed"],
  ["not_available", "Attack: outcome not known"],
] as const)("%s is told as %s", (outcome, want) => {
  expect(tellOutcome(outcome)).toBe(want);
});
