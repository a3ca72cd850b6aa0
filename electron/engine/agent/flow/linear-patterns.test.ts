import { expect, test } from "vitest";
import { llm } from "./fixture-run.ts";
import { compileLinear, requireLinearPatterns } from "./linear-patterns.ts";
import { parsePlan } from "./plan.ts";
import { createSchemaCheck } from "./satisfies.ts";

const satisfies = createSchemaCheck();
const planWith = (schema: Record<string, never>) =>
  parsePlan({ summary: "", steps: [llm("one", "Say it", { output: "json", schema })] }, () => true);

/** Node's own matcher doubles its time with each letter: 40 of them take it hours. */
const catastrophic = ["^(a+)+$", "^(a|a)*$", "^(a|aa)+$", "^(.*a){12}$", "^([a-z]+)*\\d$"];

test.each(catastrophic)("%s over 100,000 letters is matched in time that grows with them alone", (pattern) => {
  const text = `${"a".repeat(100_000)}!`;
  const since = performance.now();
  expect(satisfies({ type: "string", pattern }, text)).toBe(false);
  expect(satisfies({ type: "object", patternProperties: { [pattern]: false } }, { [text]: 1 })).toBe(true);
  expect(satisfies({ pattern }, pattern.endsWith("d$") ? "aaa1" : "a".repeat(12))).toBe(true);
  const ms = performance.now() - since;
  console.info(`${pattern}: ${ms.toFixed(0)} ms for two matches.`);
  // Far from tight: a matcher that goes back would never get here.
  expect(ms).toBeLessThan(20_000);
});

test.each([
  ["^[A-Z]{2}-\\d{4}$", "AB-1234", "AB-12345"],
  ["^\\d{4}-\\d{2}-\\d{2}T", "2026-01-02T03:04", "yesterday"],
  ["^(?:low|high)$", "low", "lower"],
  ["a/b", "xa/by", "ab"],
  ["^(?<year>\\d{4})$", "2026", "x"],
  ["^\\p{Lu}", "Über", "über"],
])("%s means what it means elsewhere", (pattern, fits, fitsNot) => {
  expect(satisfies({ pattern }, fits)).toBe(true);
  expect(satisfies({ pattern }, fitsNot)).toBe(false);
});

test.each(["(?=a)b", "(?<!a)b", "(a)\\1", "(", "a{1001}", "(?:[ab]{100}){10}"])(
  "%s is refused with the plan, in words, and fits nothing",
  (pattern) => {
    const schema = { type: "object", properties: { it: { pattern } } } as never;
    expect(() => requireLinearPatterns(planWith(schema))).toThrow(/schema of step one, the pattern/);
    const keys = { patternProperties: { [pattern]: {} } } as never;
    expect(() => requireLinearPatterns(planWith(keys))).toThrow(/schema of step one, the pattern/);
    expect(satisfies({ pattern }, "ab")).toBe(false);
  },
);

test("each of several patterns stands for itself", () => {
  const schema = {
    properties: { a: { pattern: "^a$" }, b: { pattern: "^b$" } },
    patternProperties: { "^c": { type: "number" } },
  };
  expect(satisfies(schema, { a: "a", b: "b", c: 1, d: "d" })).toBe(true);
  for (const wrong of [{ a: "b" }, { b: "a" }, { c: "c" }]) expect(satisfies(schema, wrong)).toBe(false);
});

test("what only looks like a pattern is none", () => {
  const schema = { enum: [{ pattern: "(" }], properties: { pattern: { type: "string" } } } as never;
  expect(() => requireLinearPatterns(planWith(schema))).not.toThrow();
});

test("the longest pattern that is taken is matched over the longest answer in bounded time", () => {
  const since = performance.now();
  compileLinear("(?:a?){60}(?:b?){50}$").test("ab".repeat(50_000));
  const ms = performance.now() - since;
  console.info(`The most of a pattern over 100,000 letters: ${ms.toFixed(0)} ms.`);
  expect(ms).toBeLessThan(20_000);
});
