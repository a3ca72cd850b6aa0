import { z } from "zod";
import { PayloadClass } from "./payload.ts";

/** A figure with its two-sided 95 % interval; the value is null where there is no row to tell it from. */
export const Estimate = z.object({ value: z.number().nullable(), low: z.number(), high: z.number() });
export type Estimate = z.infer<typeof Estimate>;

const count = z.number().int().min(0);

/** How a payload model did on labelled rows. */
export const ModelFigures = z.object({
  rows: count,
  attacks: count,
  benign: count,
  /** Of rows that were flagged, those that are attacks. Proportions have Wilson's interval. */
  precision: Estimate,
  /** Of attacks, those that were flagged. */
  recall: Estimate,
  /** Of ordinary rows, those that were flagged. */
  fpr: Estimate,
  /** F1 of "attack"; its interval by bootstrap over groups of near-duplicates, as the calibration error's. */
  f1: Estimate,
  /** Expected calibration error of the likeliest class, in 15 bins of equal mass. */
  calibration_error: Estimate,
  /** Classes that have rows. */
  classes: z.array(z.object({ class: PayloadClass, rows: count, recall: Estimate, precision: Estimate })),
  /** confusion[truth][said], in the order of the seven classes. */
  confusion: z.array(z.array(count)),
  /** Rows of like confidence: how sure the model was, and how often it was right. */
  reliability: z.array(z.object({ confidence: z.number(), right: Estimate, rows: count })),
  /** From the strictest threshold to the loosest. */
  curve: z.array(z.object({ threshold: z.number(), precision: z.number(), recall: z.number() })),
});
export type ModelFigures = z.infer<typeof ModelFigures>;

/** What a model has to reach before it may decide. */
export const gateNames = [
  "held_out",
  "precision",
  "recall",
  "fpr",
  "f1",
  "classes",
  "calibration",
  "latency",
  "false_positives",
] as const;

/** One gate: it is judged by the worse end of the interval, and fails where there are too few rows to tell. */
export const Gate = z.object({
  name: z.enum(gateNames),
  /** The figure with its interval; for `classes` that of the class that did worst against the champion. */
  figure: Estimate,
  /** `min`: the lower end has to reach the bound; `max`: the upper end must not exceed it. */
  kind: z.enum(["min", "max"]),
  bound: z.number(),
  verdict: z.enum(["passed", "failed"]),
  /** Rows that it was judged on. */
  rows: count,
  /** Why it is as it is, in words. */
  why: z.string(),
});
export type Gate = z.infer<typeof Gate>;

const Latency = z.object({
  /** Milliseconds for one payload, uncached. */
  p50_ms: z.number(),
  p95_ms: z.number(),
  calls: count,
});

/** A candidate and the champion of the time, judged on the same rows in the same run. */
export const ModelEvaluation = z.object({
  dataset_version: z.string(),
  /** Hash of the model that decided then. */
  champion: z.string(),
  at: z.string(),
  figures: ModelFigures,
  champion_figures: ModelFigures,
  latency: Latency,
  champion_latency: Latency,
  gates: z.array(Gate),
  passed: z.boolean(),
  /** Samples that were reported as false positives and are not flagged any more. */
  fixed: z.array(z.string()).default([]),
  /** How far the two say the same of these rows, beyond chance (Cohen's kappa of their classes); null: it was not measured. */
  agreement: Estimate.nullable().default(null),
});
export type ModelEvaluation = z.infer<typeof ModelEvaluation>;
