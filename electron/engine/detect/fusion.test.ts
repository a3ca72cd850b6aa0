import { describe, expect, test } from "vitest";
import { defaultSettings } from "../../../shared/settings.ts";
import type { BehaviourModel } from "./anomaly/behaviour-model.ts";
import { createBehaviourModel } from "./anomaly/behaviour-model.ts";
import { createTreeBuilder } from "./anomaly/tree-ensemble.ts";
import { fuse, fusionConfig, hashFusionConfig } from "./fusion.ts";

/** A model whose score is a constant. */
function constantModel(score: number, schema = ["n_requests", "max_payload_score"]): BehaviourModel {
  const builder = createTreeBuilder(schema.length);
  builder.setLeaf(builder.beginTree(), score);
  const background = [new Float64Array(schema.length)];
  return createBehaviourModel({
    kind: "forest",
    schema,
    sessions: 1,
    trees: builder.build(),
    background,
    reference: [],
  });
}

const config = fusionConfig(defaultSettings);

test.each([
  { payload: 0.95, behaviour: 0.5, score: 0.77, verdict: "simulate" },
  { payload: 0.95, behaviour: 0.1, score: 0.61, verdict: "tag" },
  { payload: 0.5, behaviour: 0.5, score: 0.5, verdict: "tag" },
  { payload: 0.75, behaviour: 0.75, score: 0.75, verdict: "simulate" },
  { payload: 0.1, behaviour: 1, score: 0.46, verdict: "benign" },
  { payload: Number.NaN, behaviour: 1, score: 0.4, verdict: "benign" },
  { payload: 0, behaviour: 0, score: 0, verdict: "benign" },
  { payload: 1, behaviour: 1, score: 1, verdict: "simulate" },
])("payload $payload and behaviour $behaviour give $verdict", ({ payload, behaviour, score, verdict }) => {
  const fused = fuse(constantModel(behaviour), config, Float64Array.of(3, payload));
  expect(fused.score).toBeCloseTo(score, 12);
  expect(fused.verdict).toBe(verdict);
  expect(fused.payloadScore).toBe(Number.isNaN(payload) ? 0 : payload);
  expect(fused.behavioralScore).toBe(behaviour);
});

describe("configuration", () => {
  test("weights and thresholds decide", () => {
    const payloadOnly = { ...config, payloadWeight: 1, tagThreshold: 0.9, simulateThreshold: 0.95 };
    expect(fuse(constantModel(1), payloadOnly, Float64Array.of(3, 0.8))).toMatchObject({
      score: 0.8,
      verdict: "benign",
    });
  });

  test("no weight gives more than 1", () => {
    for (let i = 0; i <= 1000; i++) {
      const fused = fuse(constantModel(1), { ...config, payloadWeight: i / 1000 }, Float64Array.of(3, 1));
      expect(fused.score).toBeLessThanOrEqual(1);
      expect(fused.score).toBeGreaterThan(1 - 1e-12);
    }
  });

  test("another configuration has another hash", () => {
    const hashes = [
      config,
      { ...config, payloadWeight: 0.7 },
      { ...config, tagThreshold: 0.4 },
      { ...config, simulateThreshold: 0.8 },
    ].map(hashFusionConfig);
    expect(new Set(hashes).size).toBe(4);
    expect(hashFusionConfig({ ...config })).toBe(hashes[0]);
  });
});

test("a schema without the payload score is a defect, not a zero", () => {
  expect(() => fuse(constantModel(0.5, ["n_requests"]), config, Float64Array.of(3))).toThrow(RangeError);
});
