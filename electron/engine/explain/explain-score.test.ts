import { describe, expect, test } from "vitest";
import { defaultSettings } from "../../../shared/settings.ts";
import { createHeuristicBehaviour, fitBehaviour } from "../detect/anomaly/fit-behaviour.ts";
import { createRandom } from "../detect/anomaly/random.ts";
import { drawSyntheticSessions, syntheticSchema, syntheticSuspicions } from "../detect/anomaly/synthetic-sessions.ts";
import { fuse, fusionConfig } from "../detect/fusion.ts";
import { enumerateShapley } from "./brute-force.ts";
import { createScoreExplainer, summarizeShapley, topFeatures } from "./explain-score.ts";

const schema = [...syntheticSchema, "max_payload_score"];
const random = createRandom(8);
const withPayload = (row: Float64Array) =>
  Float64Array.of(...row, random.next() < 0.1 ? Number.NaN : random.next() ** 4 * 0.5);
const sessions = drawSyntheticSessions(300, 1).map(withPayload);
// The payload score is also asked about by the trees, so that both parts meet in one feature.
const suspicions = [
  ...syntheticSuspicions,
  { feature: "max_payload_score", side: "high", ordinary: 0.5, extreme: 0.99, scale: "linear", weight: 1 } as const,
];
const config = fusionConfig(defaultSettings);

describe.each([
  { name: "forest", model: fitBehaviour(sessions, schema, suspicions) },
  { name: "heuristic", model: createHeuristicBehaviour(schema, suspicions) },
])("$name", ({ model }) => {
  const explainer = createScoreExplainer(model, config);
  const attacks = drawSyntheticSessions(20, 9).map((row, i) => {
    const attacked = Float64Array.of(...row, 0.3 + 0.035 * i);
    attacked[1] = 0.1 * (i % 10);
    attacked[2] = i % 4 === 0 ? Number.NaN : 400 * i;
    attacked[4] = i;
    return attacked;
  });

  test("equals brute-force enumeration of the score that decides", () => {
    const background = model.background.slice(0, 12);
    const small = createScoreExplainer({ ...model, background }, config);
    const players = schema.map((_, i) => i);
    for (const x of attacks) {
      const want = enumerateShapley((row) => fuse(model, config, row).score, x, background, players);
      small.explain(x).forEach((value, i) => {
        expect(Math.abs(value - want[i]!)).toBeLessThan(1e-9);
      });
    }
  });

  test("base value and shares add up to the final score", () => {
    for (const x of [...sessions.slice(0, 100), ...attacks]) {
      const total = explainer.explain(x).reduce((a, b) => a + b, explainer.baseValue);
      expect(Math.abs(total - fuse(model, config, x).score)).toBeLessThan(1e-12);
    }
  });

  test("calibration is a part of the payload's value: what the base rate takes off the classifier's probability", () => {
    const at = schema.indexOf("max_payload_score");
    const taken = (row: Float64Array) => {
      const probability = Number.isNaN(row[at]!) ? 0 : row[at]!;
      return config.payloadWeight * (fuse(model, config, row).payloadScore - probability);
    };
    const mean = model.background.reduce((sum, row) => sum + taken(row), 0) / model.background.length;
    for (const x of attacks) expect(explainer.calibration(x)).toBeCloseTo(taken(x) - mean, 12);
    const summary = summarizeShapley(explainer, schema, attacks[5]!);
    expect(summary.calibration).toEqual({
      feature: "max_payload_score",
      contribution: explainer.calibration(attacks[5]!),
    });
  });

  test("the base value is the mean score of the background", () => {
    const mean =
      model.background.reduce((sum, row) => sum + fuse(model, config, row).score, 0) / model.background.length;
    expect(explainer.baseValue).toBeCloseTo(mean, 12);
  });
});

test("top features are the largest shares, signed, without the idle ones", () => {
  const model = fitBehaviour(sessions, schema, suspicions);
  const x = Float64Array.of(10, 0.9, 20, 1, 0, 5, 0.998);
  const summary = summarizeShapley(createScoreExplainer(model, config), schema, x);
  expect(summary.values.map(({ feature }) => feature)).toEqual(schema);
  const top = topFeatures(summary, 3);
  expect(top[0]).toMatchObject({ feature: "max_payload_score", value: 0.998 });
  expect(top[0]!.contribution).toBeGreaterThan(0.5);
  expect(top[1]!.feature).toBe("errors");
  expect(topFeatures(summary, 99).map(({ feature }) => feature)).not.toContain("harmless");
  expect(
    summarizeShapley(createScoreExplainer(model, config), schema, x.with(2, Number.NaN)).values[2]!.value,
  ).toBeNull();
});
