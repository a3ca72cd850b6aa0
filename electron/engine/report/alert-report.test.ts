import { expect, test } from "vitest";
import { explanation } from "./alert-report.ts";

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
  expect(text).toContain("<td>4 and 1 more</td>");
  const whole = explanation({ worst: { ...worst, extent: null } as unknown as Worst });
  expect(whole.text).not.toContain("were found");
});
