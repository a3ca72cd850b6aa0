import { expect, test } from "vitest";
import { sessionSuspicions } from "../detect/anomaly/session-suspicions.ts";
import { phraseFeature } from "./feature-phrases.ts";

/** Shown as the payload's own probability, not as behaviour. */
const saidElsewhere = new Set(["n_payloads_over_half", "top_payload_score", "mean_payload_score"]);

test.each(sessionSuspicions.filter(({ feature }) => !saidElsewhere.has(feature)))(
  "$feature can be said when it is extreme, and is not when it is ordinary",
  ({ feature, side, ordinary, extreme }) => {
    const reference = { p05: ordinary, p50: ordinary, p95: ordinary, max: ordinary };
    const context = { name: feature, label: "", unit: "", meaning: "", reference, percentile: null };
    const said = phraseFeature({ ...context, value: extreme });
    expect(said).toMatch(
      side === "low" ? /\(ordinary sessions: from \d.*\)$/ : /\(ordinary sessions: (none|up to \d.*)\)$|reputation$/,
    );
    expect(said).not.toContain("undefined");
    expect(phraseFeature({ ...context, value: ordinary })).toBeNull();
    expect(phraseFeature({ ...context, value: null })).toBeNull();
  },
);

test("a feature that says nothing to a reader is not said", () => {
  const reference = { p05: 0, p50: 0, p95: 1, max: 1 };
  expect(
    phraseFeature({ name: "mean_header_count", label: "", unit: "", meaning: "", value: 99, reference, percentile: 1 }),
  ).toBeNull();
});
