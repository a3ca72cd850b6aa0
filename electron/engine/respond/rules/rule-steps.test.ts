import { expect, test } from "vitest";
import { definitionHash, RuleRecord } from "./rule-state.ts";
import { isOutdated, measureDays, nextStep, renewed, whatRenewalTakes, whyTooFar } from "./rule-steps.ts";

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

const ends = "2026-06-01T00:00:00.000Z";
const later = "2026-12-01T00:00:00.000Z";
const ending = { ...record, ...renewed({ record }, ends) };
const lowly = { policy: "log_only" as const, reason: "too little" };
test.each<{
  why: string;
  change: Partial<RuleRecord>;
  to?: string | null;
  age?: number;
  isHeld?: boolean;
  needs: string;
}>([
  { why: "one that logs by the policy, for longer", change: {}, needs: "nothing" },
  {
    why: "one that logs by approval, for longer",
    change: { decision: { policy: "propose", reason: "" } },
    needs: "approval",
  },
  { why: "one that blocks, for longer", change: { stage: "block" }, needs: "approval" },
  { why: "one that blocks, for ever", change: { stage: "block" }, to: null, needs: "approval" },
  { why: "one that blocks, not so long", change: { stage: "block" }, to: "2026-05-01T00:00:00.000Z", needs: "nothing" },
  { why: "one that was proposed", change: { stage: "proposed" }, needs: "nothing" },
  { why: "one that is off", change: { stage: "off" }, needs: "nothing" },
  { why: "one that does more than it may", change: { stage: "tag", decision: lowly }, needs: "more_confidence" },
  { why: "one that may only log and does", change: { decision: lowly }, needs: "nothing" },
  { why: "one that was measured long ago", change: {}, age: measureDays + 1, needs: "backtest" },
  {
    why: "one that is another since",
    change: { definition: { ...ending.definition, action: "tag" } },
    needs: "backtest",
  },
  { why: "one that panic holds", change: {}, isHeld: true, needs: "rearm" },
  {
    why: "one that panic holds, not so long",
    change: {},
    to: "2026-05-01T00:00:00.000Z",
    isHeld: true,
    needs: "nothing",
  },
])("another end takes of $why: $needs", ({ change, to = later, age = 1, isHeld = false, needs }) => {
  const rule = { record: { ...ending, ...change } };
  expect(whatRenewalTakes(rule, to, isHeld, at + age * day)).toMatchObject({ needs });
});

test("a rule with another end keeps what was measured of it, and not what was measured of another", () => {
  expect(isOutdated({ record: ending }, at)).toBe(false);
  expect(nextStep({ record: ending }, false, at)).toMatchObject({ to: "tag", needs: "approval" });
  const other = { ...ending, definition: { ...ending.definition, action: "tag" as const } };
  expect(isOutdated({ record: { ...other, ...renewed({ record: other }, later) } }, at)).toBe(true);
});
