import { z } from "zod";

/**
 * How a feature is spread over the reference sessions: a grid of quantiles, [0, 1] in steps of 1 %, in the feature's own unit.
 * null: no reference session has the feature.
 */
export interface FeatureReference {
  readonly name: string;
  /** Reference sessions that have the feature. */
  readonly sessions: number;
  /** Shape [101], ascending, or null. */
  readonly quantiles: Float64Array | null;
}

const steps = 100;

/** The same in a model's file. Long columns are checked by hand: a schema per element takes longer than everything else at start. */
export const ReferenceRows = z.array(
  z.strictObject({
    name: z.string(),
    sessions: z.int().min(0),
    quantiles: z
      .custom<number[]>(
        (value) => Array.isArray(value) && value.length === steps + 1 && value.every(Number.isFinite),
        "not a column of numbers",
      )
      .nullable(),
  }),
);

export function toReference(rows: z.output<typeof ReferenceRows>): FeatureReference[] {
  return rows.map(({ quantiles, ...row }) => ({
    ...row,
    quantiles: quantiles === null ? null : Float64Array.from(quantiles),
  }));
}

/** Quantile q of ascending values by linear interpolation (Hyndman & Fan 1996, type 7). @param q in [0, 1] */
export function quantileOf(sorted: ArrayLike<number>, q: number): number {
  const at = q * (sorted.length - 1);
  const below = Math.floor(at);
  const low = sorted[below]!;
  const high = sorted[Math.min(below + 1, sorted.length - 1)]!;
  return low + (at - below) * (high - low);
}

/** @param rows reference sessions, each of shape [nFeatures]; NaN: not available */
export function describeReference(rows: readonly Float64Array[], schema: readonly string[]): FeatureReference[] {
  return schema.map((name, f) => {
    const sorted = Float64Array.from(
      rows.filter((row) => !Number.isNaN(row[f]!)),
      (row) => row[f]!,
    ).sort();
    if (sorted.length === 0) return { name, sessions: 0, quantiles: null };
    const quantiles = Float64Array.from({ length: steps + 1 }, (_, i) => roundValue(quantileOf(sorted, i / steps)));
    return { name, sessions: sorted.length, quantiles };
  });
}

/** Seven significant digits: enough for people and files; the largest and smallest value are not moved by more. */
function roundValue(value: number): number {
  return Number(value.toPrecision(7));
}

/** Share of reference sessions whose value is at most this one, in [0, 1], to about 1 %; null when not known. */
export function percentileOf(reference: FeatureReference, value: number): number | null {
  const { quantiles } = reference;
  if (quantiles === null || Number.isNaN(value)) return null;
  const rounded = roundValue(value);
  if (rounded < quantiles[0]!) return 0;
  // Last grid point at or below the value: of equal values the highest, since the share counts them all.
  let low = 0;
  let high = steps;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (quantiles[middle]! <= rounded) low = middle;
    else high = middle - 1;
  }
  if (low === steps) return 1;
  const within = (rounded - quantiles[low]!) / (quantiles[low + 1]! - quantiles[low]!);
  return (low + within) / steps;
}
