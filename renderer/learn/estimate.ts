import type { Estimate, Gate } from "../../shared/model-figures.ts";

/** A share in per cent, one digit; two where it says more: 99.94 %. */
export function formatShare(share: number): string {
  const percent = 100 * share;
  return `${percent > 99 && percent < 100 ? percent.toFixed(2) : percent.toFixed(1)} %`;
}

/** A figure with its interval: `94.1 % (91.0–96.3)`; a dash where there is none. */
export function formatEstimate({ value, low, high }: Estimate): string {
  if (value === null) return "–";
  const bare = (share: number) => formatShare(share).replace(" %", "");
  return `${formatShare(value)} (${bare(low)}–${bare(high)})`;
}

export const gateLabels: Record<Gate["name"], string> = {
  held_out: "Test rows it was fitted to",
  precision: "Precision",
  recall: "Recall",
  fpr: "False positives",
  f1: "F1",
  classes: "No class worse",
  calibration: "Calibration error",
  latency: "Latency, 95th percentile",
  false_positives: "Reported false positives",
};

/** A gate's figure in its own unit. */
export function formatGateFigure({ name, figure }: Gate): string {
  if (name !== "latency") return formatEstimate(figure);
  return figure.value === null ? "–" : `${formatMs(figure.value)} (${formatMs(figure.low)}–${formatMs(figure.high)})`;
}

export function formatGateBound({ name, kind, bound }: Gate): string {
  return `${kind === "min" ? "≥" : "≤"} ${name === "latency" ? formatMs(bound) : formatShare(bound)}`;
}

export function formatMs(ms: number): string {
  return `${ms < 10 ? ms.toPrecision(2) : Math.round(ms)} ms`;
}

/** Begins of a hash that a person can tell apart. */
export function shortId(id: string): string {
  return id.slice(0, 12);
}
