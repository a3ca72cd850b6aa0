import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, test } from "vitest";
import { injection, sources, visits } from "./evidence/fixture-sources.ts";
import { analysed, analyst, openTestEngine, type TestEngine, verdictsOf } from "./test-engine.ts";

let t: TestEngine;
beforeAll(async () => {
  t = await openTestEngine();
}, 60_000);
afterAll(async () => {
  await t?.close();
});

test.each(sources)("$kind: the attack is flagged, the shopper is not", async ({ kind, name, text }) => {
  // Logs are mostly kept compressed.
  const { evidence } = await analysed(t, kind === "aws_waf_log" ? gzipSync(text) : text, name);
  expect(evidence).toMatchObject({ kind, status: "analysed", requests: visits.length, sessions: 2, problem_count: 0 });
  expect(evidence.custody.recorded_by).toBe(kind === "burp_xml" ? "Burp Suite 2026.1.1" : null);
  const [shopper, intruder] = await verdictsOf(t, evidence.id);
  expect(shopper).toMatchObject({ session: "s1", requests: 5, verdict: "benign" });
  expect(intruder).toMatchObject({ session: "s2", requests: 4, class: "sql_injection" });
  expect(intruder!.verdict).not.toBe("benign");

  // Each finding's request is read again by its place in the stored file.
  const { findings } = await t.engine.verdicts.get({ id: intruder!.id });
  const attack = findings.find((finding) => finding.prediction.class === "sql_injection")!;
  const asked = { id: intruder!.id, request: attack.request, reason: "" };
  const { segments } = await t.engine.verdicts.reveal(asked, analyst);
  const shown = segments.map((segment) => segment.text).join("");
  expect(shown).toContain(`GET ${visits[attack.request]!.target} `);
  expect(Buffer.from(shown).subarray(attack.span.start, attack.span.end).toString()).toBe(
    encodeURIComponent(injection),
  );
});
