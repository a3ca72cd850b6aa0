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

// At a base rate 4 times lower the odds are 4 times lower: 0.99 (99 to 1) becomes 99 to 4.
test.each([
  { probability: 0.99, payload: 99 / 103, behaviour: 0.5, verdict: "simulate" },
  { probability: 0.999, payload: 999 / 1003, behaviour: 0.5, verdict: "simulate" },
  { probability: 0.99, payload: 99 / 103, behaviour: 0.1, verdict: "tag" },
  { probability: 0.85, payload: 85 / 145, behaviour: 0.1, verdict: "benign" },
  { probability: 0.85, payload: 85 / 145, behaviour: 0.8, verdict: "tag" },
  { probability: 0.1, payload: 1 / 37, behaviour: 1, verdict: "benign" },
  { probability: Number.NaN, payload: 0, behaviour: 1, verdict: "benign" },
  { probability: 0, payload: 0, behaviour: 0, verdict: "benign" },
  { probability: 1, payload: 1, behaviour: 1, verdict: "simulate" },
])("a worst value of $probability and behaviour $behaviour give $verdict", (want) => {
  const fused = fuse(constantModel(want.behaviour), config, Float64Array.of(3, want.probability));
  expect(fused.payloadScore).toBeCloseTo(want.payload, 12);
  expect(fused.behavioralScore).toBe(want.behaviour);
  expect(fused.score).toBeCloseTo(0.6 * want.payload + 0.4 * want.behaviour, 12);
  expect(fused.verdict).toBe(want.verdict);
});

describe("configuration", () => {
  test("weights and thresholds decide", () => {
    const payloadOnly = { ...config, payloadWeight: 1, tagThreshold: 0.9, simulateThreshold: 0.95 };
    expect(fuse(constantModel(1), payloadOnly, Float64Array.of(3, 0.97)).verdict).toBe("benign");
    expect(fuse(constantModel(0), payloadOnly, Float64Array.of(3, 0.9999)).verdict).toBe("simulate");
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
