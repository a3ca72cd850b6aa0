import { type FlowFeature, fromScale } from "./flow-feature.ts";
import type { FlowModel, Outlier } from "./flow-model.ts";
import type { HeuristicFinding } from "./heuristics.ts";

/** Why a sample is not OK: which feature, how far outside, in plain words. */
export function explainOutlier(model: FlowModel, outlier: Outlier, raw: ArrayLike<number>, template: string): string {
  const n = model.features.length;
  const feature = model.features[outlier.column % n]!;
  const value = raw[outlier.column % n]!;
  const bound = fromScale(feature, outlier.bound);
  const where = outlier.column < n ? "" : ` on ${template}`;
  const reach = outlier.side === "high" ? "at most" : "at least";
  const ratio = outlier.side === "high" ? value / bound : bound / value;
  const times = ratio >= 1.5 && Number.isFinite(ratio) ? `, ${format(ratio)} times ${more(outlier)}` : "";
  return `${start(feature)} ${show(feature, value)}: ordinary${where} is ${reach} ${show(feature, bound)}${times}.`;
}

export function explainLimit({ feature, value, limit }: HeuristicFinding, why: string): string {
  return `${start(feature)} ${show(feature, value)}: the fixed limit is ${show(feature, limit)}, ${why}.`;
}

function more({ side }: Outlier): string {
  return side === "high" ? "that" : "less";
}

function start({ label }: FlowFeature): string {
  return label[0]!.toUpperCase() + label.slice(1);
}

function show({ unit }: FlowFeature, value: number): string {
  return unit === "" ? format(value) : `${format(value)} ${unit}`;
}

function format(value: number): string {
  return value.toLocaleString("en", { maximumSignificantDigits: 3 });
}
