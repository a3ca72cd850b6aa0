/** Quantiles of a feature over ordinary sessions. */
export interface Quantiles {
  readonly p05: number;
  readonly p50: number;
  readonly p95: number;
  readonly max: number;
}

interface Unusual {
  readonly value: number | null;
  readonly percentile: number | null;
  readonly reference: Quantiles | null;
}

/**
 * A smaller difference is none, in a feature's own unit: a thousandth of a request, of a byte, of a second or of a probability. Where all
 * reference sessions have the same value, any other would be outside, however little it differs.
 */
const leastDifference = 0.001;

/** Whether a value lies outside the middle 90 % of the reference by a difference that says something. */
export function isOutside({ value, reference }: Pick<Unusual, "value" | "reference">): boolean {
  if (value === null || reference === null) return false;
  return value > reference.p95 + leastDifference || value < reference.p05 - leastDifference;
}

/** How far outside the middle 90 % a value lies, in widths of it; 0 where it is not; −1 where that cannot be told. */
function distance({ value, reference }: Unusual): number {
  if (value === null) return -1;
  if (reference === null) return -0.5;
  if (!isOutside({ value, reference })) return 0;
  const { p05, p95 } = reference;
  const width = Math.max(p95 - p05, Math.abs(p95) * 0.01, 1e-9);
  return Math.max(0, (value - p95) / width, (p05 - value) / width);
}

/** Order of a table: most unusual first, then what differs most from the median, then what is not available. */
export function byUnusualness(a: Unusual, b: Unusual): number {
  const far = distance(b) - distance(a);
  return far !== 0 ? far : Math.abs((b.percentile ?? 0.5) - 0.5) - Math.abs((a.percentile ?? 0.5) - 0.5);
}

/**
 * Places a value on a bar from 0 to 100 that holds the reference and the value itself. Beyond the 95 % quantile the scale is
 * compressed, so that one huge value does not squeeze the reference into a line.
 */
export function rangeScale(reference: Quantiles, value: number | null): (x: number) => number {
  const low = Math.min(reference.p05, value ?? reference.p05);
  const high = Math.max(reference.p95, reference.max, value ?? reference.max);
  const width = high - low;
  const middle = high - reference.p95 > width * 1e-9 ? reference.p95 : high;
  if (width < Number.MIN_VALUE * 2 ** 60) return () => 50;
  // A reference without spread still has a unit to measure distance with.
  const spread = Math.max(middle - low, width * 1e-6);
  const room = high === middle ? 100 : 70;
  return (x) => {
    if (x <= middle) return Math.max(0, Math.min(1, (x - low) / spread)) * room;
    return Math.min(
      100,
      room + (100 - room) * (Math.log1p((x - middle) / spread) / Math.log1p((high - middle) / spread)),
    );
  };
}
