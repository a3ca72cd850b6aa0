import { expect, test } from "vitest";
import { likenessOf, payloadShape, severityOf } from "./likeness.ts";
import { plainVerdict } from "./plain-verdict.ts";

test.each([
  { text: "' OR 12=12--", shape: "' a 0=0-" },
  { text: "' or 7=7--", shape: "' a 0=0-" },
  { text: "../../../../etc/passwd", shape: "./a" },
  { text: "../../etc/shadow", shape: "./a" },
  { text: "<script>alert(1)</script>", shape: "<a>a(0)</a>" },
  { text: "1 UNION SELECT 1,2,3,4,5", shape: "0 a 0,0" },
  { text: "1 UNION SELECT 1,2", shape: "0 a 0,0" },
  { text: "naïve ÅÄÖ\t\n x", shape: "a a" },
  { text: "", shape: "" },
])("the shape of $text", ({ text, shape }) => {
  expect(payloadShape(text)).toBe(shape);
});

test("a shape is worked out in linear time and stays short", () => {
  const from = performance.now();
  for (const piece of ["a", "a1", "../", "'\"", " ", "\u{1F600}"]) {
    expect(payloadShape(piece.repeat(100_000)).length).toBeLessThan(200);
  }
  expect(performance.now() - from).toBeLessThan(5_000);
});

test("a session that was not flagged is like no other", () => {
  expect(likenessOf(plainVerdict({ verdict: "benign" }))).toBeNull();
});

test("what is missing is not mistaken for what is empty elsewhere", () => {
  const one = likenessOf(plainVerdict({ verdict: "tag", client: "a", host: null }));
  const other = likenessOf(plainVerdict({ verdict: "tag", client: null, host: "a" }));
  expect(one!.alert).not.toBe(other!.alert);
});

test.each([
  { verdict: "simulate", outcome: "likely_succeeded", severity: "critical" },
  { verdict: "simulate", outcome: "unclear", severity: "high" },
  { verdict: "tag", outcome: "succeeded", severity: "high" },
  { verdict: "tag", outcome: "not_available", severity: "medium" },
  { verdict: "tag", outcome: "likely_failed", severity: "low" },
] as const)("$verdict whose attack $outcome is $severity", ({ verdict, outcome, severity }) => {
  expect(severityOf({ verdict, outcome })).toBe(severity);
});
