import type { ModelEvaluation } from "../../../shared/model-figures.ts";
import { measure } from "./figures.ts";
import { toModelFigures } from "./wire-figures.ts";

/** A judgement for tests: every gate passed, or recall failed. */
export function evaluationOf(passed: boolean): ModelEvaluation {
  const figures = toModelFigures(measure([]));
  const latency = { p50_ms: 0.05, p95_ms: 0.1, calls: 400 };
  const figure = { value: 0.9, low: passed ? 0.85 : 0.7, high: 0.95 };
  return {
    dataset_version: "v1",
    champion: "f".repeat(64),
    at: "2026-06-01T00:00:00.000Z",
    figures,
    champion_figures: figures,
    latency,
    champion_latency: latency,
    gates: [
      {
        name: "recall",
        figure,
        kind: "min",
        bound: 0.8,
        verdict: passed ? "passed" : "failed",
        rows: 100,
        why: "for a test",
      },
    ],
    passed,
    fixed: [],
    agreement: null,
  };
}
