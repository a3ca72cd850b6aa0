import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { hashAnalysisConfig } from "./detect/analysis/analysis-config.ts";
import { verdictId } from "./detect/analysis/session-analysis.ts";
import { parseBehaviour } from "./detect/anomaly/behaviour-file.ts";
import { fuse } from "./detect/fusion.ts";
import { plainVerdict } from "./detect/verdicts/plain-verdict.ts";
import type { VerdictRow } from "./detect/verdicts/verdict-tables.ts";
import { reproduce } from "./reproducing.ts";
import { shippedResources } from "./test-engine.ts";

const model = parseBehaviour(readFileSync(join(shippedResources, "model", "behaviour.json")));
const models = { behaviourOf: () => Promise.resolve(model) };
const fusion = { payloadWeight: 0.6, tagThreshold: 0.5, simulateThreshold: 0.75 };

function storedRow(): VerdictRow {
  const features = model.background[0]!;
  const plain = plainVerdict({ features, ...fuse(model, fusion, features) });
  const configHash = hashAnalysisConfig(fusion, { session_gap_minutes: 30, max_entry_mb: 32 });
  const inputs = { ...plain.inputs, ...fusion, anomalyHash: model.hash, configHash };
  return { ...plain, n: 1, fileName: "a.har", judgedBy: null, inputs, id: verdictId("evidence", "s1", inputs) };
}

test("a stored verdict follows from its vector and inputs", async () => {
  const row = storedRow();
  expect(await reproduce(row, models)).toEqual({ ...fuse(model, fusion, row.features), id: row.id, same: true });
});

/** The next larger number. */
function bitUp(value: number): number {
  const view = new BigInt64Array(Float64Array.of(value).buffer);
  view[0]! += 1n;
  return new Float64Array(view.buffer)[0]!;
}

test.each<{ why: string; change: (row: VerdictRow) => Partial<VerdictRow> }>([
  { why: "a last bit of the score", change: ({ score }) => ({ score: bitUp(score) }) },
  { why: "a last bit of the behaviour score", change: (row) => ({ behavioralScore: bitUp(row.behavioralScore) }) },
  { why: "the verdict", change: () => ({ verdict: "simulate" }) },
  { why: "the session", change: () => ({ session: "s2" }) },
  { why: "the evidence", change: () => ({ evidenceId: "other" }) },
  { why: "the weight", change: ({ inputs }) => ({ inputs: { ...inputs, payloadWeight: 0.5 } }) },
  { why: "a threshold that changed nothing", change: ({ inputs }) => ({ inputs: { ...inputs, tagThreshold: 0.51 } }) },
  { why: "the session gap", change: ({ inputs }) => ({ inputs: { ...inputs, sessionGapMinutes: 31 } }) },
  { why: "the payload model", change: ({ inputs }) => ({ inputs: { ...inputs, modelHash: "n" } }) },
])("a row in which $why was changed does not", async ({ change }) => {
  const row = storedRow();
  expect((await reproduce({ ...row, ...change(row) }, models)).same).toBe(false);
});
