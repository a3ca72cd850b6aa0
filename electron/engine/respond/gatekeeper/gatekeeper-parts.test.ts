import { describe, expect, test } from "vitest";
import type { GateRule } from "../../../../shared/gatekeeper-protocol.ts";
import { backOffMs } from "./back-off.ts";
import { findFloods } from "./hit-flood.ts";
import { compareRules, gateRuleHash, isLowering } from "./rule-difference.ts";
import { gateKey, isSaidBy, signText } from "./signed-text.ts";

function rule(change: Partial<GateRule> = {}): GateRule {
  return {
    id: "a",
    version: 2,
    number: 1,
    name: "a",
    stage: "block",
    exclusions: [],
    definition: {
      class: "xss",
      family: null,
      match: { kind: "string", text: "<script" },
      scope: { method: null, path: null, place: null, parameter: null },
      action: "block",
      expires_at: null,
    },
    ...change,
  };
}
function ending(expires_at: string, change: Partial<GateRule> = {}): GateRule {
  return rule({ definition: { ...rule().definition, expires_at }, ...change });
}
const told = (one: GateRule) => ({ id: one.id, version: one.version, stage: one.stage, hash: gateRuleHash(one) });

describe("what a gatekeeper enforces is compared", () => {
  test.each([
    { why: "the same", there: [rule()], is: [] },
    { why: "nothing", there: [], is: ["missing"] },
    { why: "switched off", there: [rule({ stage: "off" })], is: ["missing"] },
    { why: "an older version", there: [rule({ version: 1 })], is: ["other_version"] },
    { why: "another stage at this version", there: [rule({ stage: "log" })], is: ["other_content"] },
    { why: "one more", there: [rule(), rule({ id: "b" })], is: ["unknown"] },
    { why: "one more that is off", there: [rule(), rule({ id: "b", stage: "off" })], is: [] },
  ])("$why", ({ there, is }) => {
    const found = compareRules([rule(), rule({ id: "c", stage: "off" })], there.map(told));
    expect(found.map((difference) => difference.is)).toEqual(is);
  });
});

test.each([
  { from: rule(), to: rule({ stage: "log", version: 3 }), is: true },
  { from: rule(), to: rule({ stage: "off", version: 3 }), is: true },
  { from: rule({ stage: "log" }), to: rule({ version: 3 }), is: false },
  { from: rule(), to: rule({ version: 3 }), is: false },
  { from: null, to: rule({ stage: "log" }), is: false },
  {
    from: rule(),
    to: rule({
      stage: "log",
      exclusions: [{ path: null, place: null, parameter: null, shape: null, expires_at: null }],
    }),
    is: false,
  },
  { from: rule(), to: ending("2026-02-01T00:00:00.000Z", { version: 3 }), is: true },
  { from: ending("2026-02-01T00:00:00.000Z"), to: rule({ version: 3 }), is: false },
  { from: rule(), to: ending("2026-02-01T00:00:00.000Z", { version: 3, stage: "log" }), is: true },
  { from: ending("2026-02-01T00:00:00.000Z"), to: rule({ version: 3, stage: "log" }), is: true },
  { from: rule({ stage: "log" }), to: ending("2026-02-01T00:00:00.000Z", { version: 3 }), is: false },
])(
  "lowering is what does less with the same rule, or ends earlier: $from.stage to $to.stage, $is",
  ({ from, to, is }) => {
    expect(isLowering(from, to)).toBe(is);
  },
);

test("waiting doubles from a second to a minute, and is never the same for two", () => {
  expect([1, 2, 3, 6, 7, 60].map((failures) => backOffMs(failures, 0))).toEqual([
    500, 1000, 2000, 16_000, 30_000, 30_000,
  ]);
  expect(backOffMs(60, 0.999)).toBeLessThanOrEqual(60_000);
});

describe("a flood is", () => {
  const now = Date.parse("2026-01-31T12:00:30.000Z");
  const minute = (ago: number, count: number) => ({
    rule: "a",
    minute: now - (now % 60_000) - ago * 60_000,
    deed: "blocked" as const,
    count,
  });
  test.each([
    { why: "a hundred where none were", minutes: [minute(0, 60), minute(3, 40)], is: true },
    { why: "not ninety-nine", minutes: [minute(0, 99)], is: false },
    { why: "not what comes every day", minutes: Array.from({ length: 1440 }, (_, i) => minute(i, 30)), is: false },
    {
      why: "ten times of what comes every day",
      minutes: Array.from({ length: 1440 }, (_, i) => minute(i, i < 5 ? 400 : 30)),
      is: true,
    },
  ])("$why", ({ minutes, is }) => {
    expect(findFloods(minutes, now).length > 0).toBe(is);
  });
});

test("what one side says is not what the other says, and one bit makes it nobody's", () => {
  const seed = Buffer.alloc(32, 5);
  const said = signText(seed, "engine", "{}");
  expect(isSaidBy(gateKey(seed), "engine", said)).toBe(true);
  expect(isSaidBy(gateKey(seed), "gatekeeper", said)).toBe(false);
  expect(isSaidBy(gateKey(seed), "engine", { ...said, text: "{ }" })).toBe(false);
  const last = said.signature.at(-1)!;
  const spare = said.signature.slice(0, -1) + String.fromCharCode(last.charCodeAt(0) + 1);
  expect(isSaidBy(gateKey(seed), "engine", { ...said, signature: spare })).toBe(false);
});
