/** Upper bounds of the buckets that latencies are counted in, seconds. */
export const latencyBounds: readonly number[] = [
  1e-6, 2e-6, 5e-6, 1e-5, 1.5e-5, 2e-5, 3e-5, 5e-5, 1e-4, 2.5e-4, 5e-4, 1e-3, 5e-3, 2.5e-2, 0.1, 0.5, 1,
];

/** Latencies by bucket: plain data, so that a worker's can be added to the main thread's. */
export interface LatencyCounts {
  /** How many lay in each bucket; the last holds those above every bound; shape [latencyBounds.length + 1]. */
  readonly counts: Float64Array;
  /** Of all of them, seconds. */
  sum: number;
}

export function createLatency(): LatencyCounts {
  return { counts: new Float64Array(latencyBounds.length + 1), sum: 0 };
}

/** @param times how many this one stands for, where only some are timed */
export function observeLatency(latency: LatencyCounts, seconds: number, times = 1): void {
  let bucket = 0;
  while (bucket < latencyBounds.length && seconds > latencyBounds[bucket]!) bucket++;
  latency.counts[bucket]! += times;
  latency.sum += seconds * times;
}

export function addLatency(into: LatencyCounts, more: LatencyCounts): void {
  for (let i = 0; i < into.counts.length; i++) into.counts[i]! += more.counts[i]!;
  into.sum += more.sum;
}

/**
 * Quantile, taken as if a bucket's latencies lay evenly in it, as Prometheus' `histogram_quantile` does.
 * @param q in [0, 1]
 * @returns seconds; the largest bound for what lies above it; null when nothing was counted
 */
export function latencyQuantile({ counts }: LatencyCounts, q: number): number | null {
  const total = counts.reduce((sum, count) => sum + count, 0);
  if (total === 0) return null;
  let before = 0;
  for (let i = 0; i < latencyBounds.length; i++) {
    const count = counts[i]!;
    if (count > 0 && before + count >= q * total) {
      const low = i === 0 ? 0 : latencyBounds[i - 1]!;
      return low + (latencyBounds[i]! - low) * Math.max(0, (q * total - before) / count);
    }
    before += count;
  }
  return latencyBounds.at(-1)!;
}
