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

test("the shares of the score that a report lists add up to it, calibration apart from the value that it is part of", () => {
  const values = [
    { feature: "max_payload_score", value: 0.98, contribution: 0.569 },
    { feature: "errors", value: null, contribution: 0.001 },
    { feature: "requests", value: 3, contribution: 0.0001 },
  ];
  const shap_summary = { base_value: 0.07, values, calibration: { feature: "max_payload_score", contribution: 0.073 } };
  const context = [{ name: "max_payload_score", label: "Worst value", unit: "1" }];
  const { text } = explanation({
    worst: { ...worst, score: 0.64, context, explanation: { shap_summary } } as unknown as Worst,
  });
  expect(text).toContain("<td>Worst value</td><td>0.98</td><td>+0.496</td>");
  expect(text).toContain("<td>Calibration to the rate of attacks</td><td></td><td>+0.073</td>");
  expect(text).toContain("<td>1 further feature, less than 0.0005 each</td><td></td><td>+0.000</td>");
  const shares = [...text.matchAll(/<td>([+−])(\d\.\d{3})<\/td>/g)].map(
    ([, sign, size]) => (sign === "+" ? 1 : -1) * Number(size),
  );
  expect(shares.reduce((sum, share) => sum + share, 0.07)).toBeCloseTo(0.64, 9);
});

test.each([
  { alert: { class: "xss", family: null }, want: "Cross-site scripting" },
  { alert: { class: "xss", family: "xss" }, want: "Cross-site scripting" },
  { alert: { class: "command_injection", family: "ssti" }, want: "Command injection (ssti)" },
  { alert: { class: "benign", family: null }, want: "Behaviour only" },
] as const)("an attack is named $want", ({ alert, want }) => expect(attackOf(alert)).toBe(want));
