import { expect, test } from "vitest";
import { explanation } from "./alert-report.ts";
import { attackOf } from "./report-parts.ts";

type Worst = Parameters<typeof explanation>[0]["worst"];

const finding = {
  request: 4,
  place: "query",
  name: "q",
  text: "<b>",
  canonical: "<b>",
  decodings: [],
  prediction: { class: "xss", confidence: 0.9 },
  outcome: "unclear",
  outcome_reason: "",
};
const worst = {
  explanation: { shap_summary: { base_value: 0.1, values: [] } },
  context: [],
  score: 0.9,
  findings: [{ ...finding, repeats: [{ request: 9, outcome: "unclear", outcome_reason: "" }] }],
  extent: { payloads_found: 61, values_cut: 2, requests_crowded: 0, bodies_cut: 0, bytes_missing: 0 },
};

test("a report says what was found beyond what it lists, and what was not looked at", () => {
  const { text } = explanation({ worst: worst as unknown as Worst });
  expect(text).toContain("61 different payloads were found; the worst is kept");
  expect(text).toContain("2 values longer or deeper encoded than is read");
  expect(text).toContain("<td>5 and 1 more</td>");
  const whole = explanation({ worst: { ...worst, extent: null } as unknown as Worst });
  expect(whole.text).not.toContain("were found");
});

test("a report counts requests from 1 and says in words whether the attack worked, as the screens do", () => {
  const unknown = { ...finding, outcome: "not_available", prediction: { class: "sql_injection", confidence: 0.8 } };
  const { text } = explanation({ worst: { ...worst, findings: [unknown] } as unknown as Worst });
  expect(text).toContain("<td>5</td>");
  expect(text).toContain("SQL injection");
  expect(text).toContain("Not known");
  expect(text).not.toContain("not available");
});

test.each([
  { alert: { class: "xss", family: null }, want: "Cross-site scripting" },
  { alert: { class: "xss", family: "xss" }, want: "Cross-site scripting" },
  { alert: { class: "command_injection", family: "ssti" }, want: "Command injection (ssti)" },
  { alert: { class: "benign", family: null }, want: "Behaviour only" },
] as const)("an attack is named $want", ({ alert, want }) => expect(attackOf(alert)).toBe(want));
