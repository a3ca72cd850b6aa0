import { expect, test } from "vitest";
import { definitionHash, RuleRecord } from "./rule-state.ts";
import { isOutdated, measureDays, nextStep, whyTooFar } from "./rule-steps.ts";

const day = 86_400_000;
const at = Date.UTC(2026, 0, 5, 8);
const definition = {
  class: "sql_injection",
  family: null,
  match: { kind: "string", text: "union select" },
  scope: { method: null, path: null, place: null, parameter: null },
  action: "block",
  expires_at: null,
} as const;
const record = RuleRecord.parse({
  ...{ name: "Rule", definition, exclusions: [], stage: "log", authors: ["ana"], because: "measured" },
  provenance: { simulations: [], verdicts: [], samples: [], by: "ana", at },
  measured: {
    ...{ backtest_id: "b", definition_hash: definitionHash(definition, []), from: null, to: null },
    ...{ requests: 1, attacks_caught: 1, attacks_missed: 0, false_hits: 0, undecided: 0 },
    ...{ at: new Date(at).toISOString(), confidence: 0.95, fp_upper: 0.01 },
  },
  ...{ decision: { policy: "apply", reason: "" }, approval_id: null, at },
});

test.each([
  { why: "what was measured lately stands", age: measureDays - 1, needs: "approval", outdated: false },
  { why: "what was measured long ago does not", age: measureDays + 1, needs: "backtest", outdated: true },
])("$why", ({ age, needs, outdated }) => {
  expect(nextStep({ record }, false, at + age * day)).toMatchObject({ to: "tag", needs });
  expect(isOutdated({ record }, at + age * day)).toBe(outdated);
});

test.each([
  { why: "one that blocks", change: { stage: "block" as const }, tooFar: "too little" },
  { why: "one that tags", change: { stage: "tag" as const }, tooFar: "too little" },
  { why: "not one that logs", change: {}, tooFar: null },
  {
    why: "not one of which the policy says more",
    change: { stage: "block" as const, decision: record.decision },
    tooFar: null,
  },
  {
    why: "not one that is another since",
    change: { stage: "block" as const, definition: { ...definition, action: "tag" as const } },
    tooFar: null,
  },
])("what is measured too low asks for less: $why", ({ change, tooFar }) => {
  const low = { ...record, decision: { policy: "log_only" as const, reason: "too little" }, ...change };
  expect(whyTooFar({ record: low })).toBe(tooFar);
});
