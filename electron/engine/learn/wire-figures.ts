import type { Estimate, ModelFigures } from "../../../shared/model-figures.ts";
import { payloadClasses } from "../../../shared/payload.ts";
import type { Interval } from "../base/proportions.ts";
import type { Figures } from "./figures.ts";

export function toEstimate({ value, low, high }: Interval): Estimate {
  return { value: Number.isNaN(value) ? null : value, low, high };
}

/** Figures as they are stored and sent. */
export function toModelFigures(figures: Figures): ModelFigures {
  const { rows, attacks, benign, classes, confusion, reliability, curve } = figures;
  return {
    rows,
    attacks,
    benign,
    precision: toEstimate(figures.precision),
    recall: toEstimate(figures.recall),
    fpr: toEstimate(figures.fpr),
    f1: toEstimate(figures.f1),
    calibration_error: toEstimate(figures.calibrationError),
    classes: classes.map((one) => ({
      class: payloadClasses[one.class]!,
      rows: one.rows,
      recall: toEstimate(one.recall),
      precision: toEstimate(one.precision),
    })),
    confusion: confusion.map((row) => [...row]),
    reliability: reliability.map(({ confidence, right, rows: count }) => ({
      confidence,
      right: toEstimate(right),
      rows: count,
    })),
    curve: curve.map((point) => ({ ...point })),
  };
}
