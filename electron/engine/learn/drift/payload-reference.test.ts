import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { loadClassifier } from "../../detect/classifier/payload-model.ts";
import { featureIndex, featureSchema } from "../../detect/features/session-features.ts";
import {
  describePayloadReference,
  payloadReferenceFeatures,
  readPayloadReference,
  writePayloadReference,
} from "./payload-reference.ts";

const shipped = (name: string) => readFileSync(join(import.meta.dirname, "../../../../resources/model", name));

const vector = (score: number) => {
  const row = new Float64Array(featureSchema.length).fill(Number.NaN);
  row[featureIndex.get("max_payload_score")!] = score;
  return row;
};

const made = describePayloadReference([0.1, 0.2, 0.4].map(vector), {
  model: "a".repeat(64),
  source: "three sessions",
  setErrorRate: 0.05,
  coverage: [{ class: "xss", rows: 10, held: 9 }],
});

test("the shipped reference is the shipped model's own, of sessions that were counted", () => {
  const reference = readPayloadReference(shipped("payload-reference.json"));
  expect(reference.model).toBe(loadClassifier(shipped("payload.bin")).hash);
  expect(reference.sessions).toBeGreaterThan(200);
  expect(reference.features.map(({ name }) => name)).toEqual(payloadReferenceFeatures);
  for (const { sessions, quantiles } of reference.features) {
    expect(sessions).toBeLessThanOrEqual(reference.sessions);
    expect(quantiles).toHaveLength(101);
  }
  expect(reference.coverage.find((each) => each.class === "sql_injection")!.rows).toBeGreaterThan(1000);
});

test("a reference is the same after it was written and read, and the same bytes again", () => {
  const read = readPayloadReference(writePayloadReference(made));
  expect(read).toEqual(made);
  expect(writePayloadReference(read)).toEqual(writePayloadReference(made));
  expect(read.features.find(({ name }) => name === "mean_payload_score")).toMatchObject({
    sessions: 0,
    quantiles: null,
  });
});

test.each([
  { why: "its hash does not match", change: (text: string) => text.replace("three", "four") },
  { why: "it has another format", change: (text: string) => text.replace("reference 1", "reference 2") },
  { why: "it is too large", change: (text: string) => text + " ".repeat(1_100_000) },
])("refused: $why", ({ why, change }) => {
  const text = change(writePayloadReference(made).toString());
  expect(() => readPayloadReference(Buffer.from(text))).toThrow(why);
});
