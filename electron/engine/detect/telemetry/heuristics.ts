import type { FlowFeature } from "./flow-feature.ts";

/** What no ordinary request of any service shows; in the features' own units. */
const limits: readonly { readonly feature: string; readonly limit: number }[] = [
  { feature: "latency", limit: 5_000 },
  { feature: "input_length", limit: 100_000 },
  { feature: "errors", limit: 10 },
];

export interface HeuristicFinding {
  readonly feature: FlowFeature;
  readonly value: number;
  readonly limit: number;
  /** 0.5 at the limit, towards 1 beyond. */
  readonly score: number;
}

/** The feature furthest beyond its fixed limit, for as long as nothing better is known; null: none is. */
export function findBeyondLimits(features: readonly FlowFeature[], raw: ArrayLike<number>): HeuristicFinding | null {
  let worst: HeuristicFinding | null = null;
  for (const { feature: name, limit } of limits) {
    const at = features.findIndex((feature) => feature.name === name);
    const value = at < 0 ? Number.NaN : raw[at]!;
    if (!(value >= limit)) continue;
    const score = value / (value + limit);
    if (worst === null || score > worst.score) worst = { feature: features[at]!, value, limit, score };
  }
  return worst;
}
