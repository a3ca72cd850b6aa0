import { anomalyScore, type Forest, fitForest } from "../anomaly/isolation-forest.ts";
import { quantileOf } from "../anomaly/reference.ts";
import type { FlowFeature } from "./flow-feature.ts";
import { fitUpperTail, reachOf, type Tail, tailProbability } from "./tail-range.ts";

/** Samples of one window, oldest first. Everything in it can travel between threads. */
export interface FlowWindow {
  /** Row-major, shape [nSamples, nFeatures], in units of each feature's scale; NaN: not available. */
  readonly values: Float64Array;
  /** Index of each sample's template in `templates`, shape [nSamples]. */
  readonly routes: Int32Array;
  readonly templates: readonly string[];
  /** Running number of the oldest sample. */
  readonly first: number;
}

export interface FitTask {
  readonly features: readonly FlowFeature[];
  readonly window: FlowWindow;
  readonly seed: number;
}

/**
 * What is ordinary, learned from one window. A row is the sample's values, then each value's distance from its route's median: on a
 * quick route a time that is ordinary elsewhere stands out. Plain data: it travels between threads.
 */
export interface FlowModel {
  readonly features: readonly FlowFeature[];
  /** Samples in the window. */
  readonly samples: number;
  readonly forest: Forest;
  /** Medians of the values of each route that has enough samples, shape [nFeatures] each. */
  readonly routes: ReadonlyMap<string, Float64Array>;
  /** Per column of a row: how far ordinary values reach upwards, and, mirrored, downwards. null: that side does not count. */
  readonly upper: readonly (Tail | null)[];
  readonly lower: readonly (Tail | null)[];
  /** Nonconformity of samples held out of the fit, ascending. */
  readonly calibration: Float64Array;
}

/** Where a sample is furthest outside the ordinary. */
export interface Outlier {
  /** Column of the row: a feature, or, from nFeatures on, a feature's distance from its route's median. */
  readonly column: number;
  readonly side: "high" | "low";
  /** Above 1: outside the reference range; above 2: outside twice that range. */
  readonly reach: number;
  /** End of the reference range, in units of the feature's scale; for a distance, of the route's values. */
  readonly bound: number;
}

/** How a sample with a feature outside its reference range compares with what the model calls ordinary. */
export interface Comparison {
  /** Anomaly score of the forest, in (0, 1]. */
  readonly score: number;
  /** Conformal p-value: share of ordinary samples that are at least as strange, in (0, 1]. */
  readonly p: number;
  /** The same with the tails of the features beyond the reference range, where a p-value of n samples ends at 1 / (n + 1). */
  readonly refinedP: number;
  readonly outlier: Outlier;
}

/** Probability that an ordinary sample lies outside the reference range in any column. */
export const outsideRate = 0.001;
/** Rows from which a tail is known well; from fewer, the range reaches further. */
const enoughRows = 250;
/** Samples of a route, in the fitted half, from which its medians are known. */
export const fewestOfRoute = 20;
const forestOptions = { trees: 100, sample: 256 };

/**
 * Fits a model: forest, medians and ranges from every other sample, calibration from the others. Takes some milliseconds; runs in a
 * worker.
 *
 * @throws RangeError for a window of fewer than two samples
 */
export function fitFlowModel({ features, window, seed }: FitTask): FlowModel {
  const fitted = fittedRows(features, window, null);
  const uncalibrated = {
    features,
    samples: window.routes.length,
    forest: fitForest(fitted.rows, schemaOf(features), { ...forestOptions, seed }),
    routes: fitted.routes,
    ...rangesOf(
      features,
      schemaOf(features).map((_, column) => sortedColumn(fitted.rows, column)),
      fitted.rows.length,
    ),
  };
  return { ...uncalibrated, calibration: calibrate(uncalibrated, window).sort() };
}

/** Names of a row's columns. */
export function schemaOf(features: readonly FlowFeature[]): string[] {
  return [...features.map(({ name }) => name), ...features.map(({ name }) => `${name}_on_route`)];
}

/** Whether a sample of a window is in the half that a model is fitted to; the other one calibrates it. */
const isFitted = (window: FlowWindow, i: number) => (window.first + i) % 2 === 0;

/**
 * Rows of the half that a model is fitted to.
 * @param known medians to take; for routes that are not among them, and where it is null, the window's own
 */
export function fittedRows(features: readonly FlowFeature[], window: FlowWindow, known: FlowModel["routes"] | null) {
  const n = features.length;
  const fitted = Array.from(window.routes, (_, i) => i).filter((i) => isFitted(window, i));
  const routes = new Map([...medianValues(window, fitted, n), ...(known ?? [])]);
  const rows = fitted.map((i) =>
    toRow(window.values.subarray(i * n, (i + 1) * n), routes.get(window.templates[window.routes[i]!]!)),
  );
  return { fitted, rows, routes };
}

/** Ascending values of a column, without NaN. */
function sortedColumn(rows: readonly Float64Array[], column: number): Float64Array {
  return Float64Array.from(
    rows.filter((row) => !Number.isNaN(row[column]!)),
    (row) => row[column]!,
  ).sort();
}

/**
 * How far ordinary values reach.
 * @param columns ascending values of each column of the rows
 * @param count rows
 */
export function rangesOf(
  features: readonly FlowFeature[],
  columns: readonly Float64Array[],
  count: number,
): Pick<FlowModel, "upper" | "lower"> {
  const rate = (outsideRate / columns.length) * Math.min(1, count / enoughRows);
  const tails = (side: "high" | "low") =>
    columns.map((values, column) => {
      const feature = features[column % features.length]!;
      if (feature.side !== side && feature.side !== "both") return null;
      const sorted = side === "high" ? values : values.map((value) => -value).reverse();
      // A distance has no size of its own to take a twentieth of: the feature's has.
      const floor =
        feature.floor > 0 ? feature.floor : Math.max(medianSize(columns[column % features.length]!) / 20, 1e-6);
      return fitUpperTail(sorted, rate, floor);
    });
  return { upper: tails("high"), lower: tails("low") };
}

function medianSize(values: Float64Array): number {
  return values.length === 0 ? 0 : quantileOf(values.map(Math.abs).sort(), 0.5);
}

/** Nonconformity of the samples of a window that are held out of the fit. */
export function calibrate(model: Omit<FlowModel, "calibration">, window: FlowWindow): Float64Array {
  const n = model.features.length;
  const held = Array.from(window.routes, (_, i) => i).filter((i) => !isFitted(window, i));
  return Float64Array.from(held, (i) => {
    const values = window.values.subarray(i * n, (i + 1) * n);
    return nonconformity(model, toRow(values, model.routes.get(window.templates[window.routes[i]!]!)));
  });
}

function medianValues(window: FlowWindow, fitted: readonly number[], n: number): Map<string, Float64Array> {
  const byRoute = Map.groupBy(fitted, (i) => window.routes[i]!);
  const medians = new Map<string, Float64Array>();
  for (const [route, members] of byRoute) {
    if (members.length < fewestOfRoute) continue;
    const values = Float64Array.from({ length: n }, (_, f) => {
      const sorted = Float64Array.from(members, (i) => window.values[i * n + f]!)
        .filter((value) => !Number.isNaN(value))
        .sort();
      return sorted.length < fewestOfRoute ? Number.NaN : quantileOf(sorted, 0.5);
    });
    medians.set(window.templates[route]!, values);
  }
  return medians;
}

function toRow(values: Float64Array, medians: Float64Array | undefined): Float64Array {
  const n = values.length;
  const row = new Float64Array(2 * n);
  row.set(values);
  for (let f = 0; f < n; f++) row[n + f] = medians === undefined ? Number.NaN : values[f]! - medians[f]!;
  return row;
}

/**
 * @param values shape [nFeatures], in units of each feature's scale; NaN: not available
 * @returns null when every feature is within its reference range: no action follows then, whatever the forest says, and it is not asked
 */
export function compareFlow(model: FlowModel, values: Float64Array, template: string): Comparison | null {
  const medians = model.routes.get(template);
  const row = toRow(values, medians);
  const { tail, column, side, reach } = furthest(model, row);
  if (tail === null || reach <= 1) return null;
  const score = anomalyScore(model.forest, row);
  const { calibration } = model;
  const n = calibration.length;
  const p = (1 + n - firstAtLeast(calibration, score + reach - 1)) / (n + 1);
  const sign = side === "high" ? 1 : -1;
  // Over all columns: one of several that may be far out (Bonferroni).
  const rare = Math.min(1, row.length * tailProbability(tail, sign * row[column]!));
  const base = column < values.length ? 0 : medians![column - values.length]!;
  return { score, p, refinedP: Math.min(p, rare), outlier: { column, side, reach, bound: base + sign * tail.bound } };
}

/**
 * How strange a row is: the forest's score, and for one outside the reference range also by how much, since a forest cannot tell far
 * from very far. Learned from the fitted half alone, so that the calibrated half and later rows are alike.
 */
function nonconformity(model: Pick<FlowModel, "forest" | "upper" | "lower">, row: Float64Array): number {
  return anomalyScore(model.forest, row) + Math.max(0, furthest(model, row).reach - 1);
}

/** Where a row is furthest towards the end of a reference range, or beyond. */
function furthest(model: Pick<FlowModel, "upper" | "lower">, row: Float64Array) {
  let reach = 0;
  let column = -1;
  let side: "high" | "low" = "high";
  let tail: Tail | null = null;
  for (let c = 0; c < row.length; c++) {
    const value = row[c]!;
    const up = model.upper[c];
    // A NaN is never greater.
    if (up && reachOf(up, value) > reach) {
      reach = reachOf(up, value);
      column = c;
      side = "high";
      tail = up;
    }
    const down = model.lower[c];
    if (down && reachOf(down, -value) > reach) {
      reach = reachOf(down, -value);
      column = c;
      side = "low";
      tail = down;
    }
  }
  return { column, side, reach, tail };
}

/** Index of the first of ascending values that is at least `value`. */
function firstAtLeast(sorted: Float64Array, value: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle]! < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
