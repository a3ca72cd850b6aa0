import { clopperPearson, type Interval, z975 } from "../base/proportions.ts";
import type { Random } from "./training/random.ts";

/**
 * Percentile bootstrap over groups, 95 %: near-duplicates are drawn together, so that a value that occurs fifty times does not
 * count as fifty. Source: Efron 1979; Davison & Hinkley 1997, section 3.8 (resampling of clusters).
 *
 * @param groups how many there are
 * @param figure of a sample in which group g occurs `times[g]` times; NaN: the sample has no such figure and is left out
 */
export function bootstrapGroups(
  groups: number,
  figure: (times: Int32Array) => number,
  random: Random,
  resamples = 400,
): Interval {
  const times = new Int32Array(groups).fill(1);
  const value = groups === 0 ? Number.NaN : figure(times);
  const drawn: number[] = [];
  for (let i = 0; i < resamples && groups > 0; i++) {
    times.fill(0);
    for (let g = 0; g < groups; g++) times[random.below(groups)]!++;
    const one = figure(times);
    if (!Number.isNaN(one)) drawn.push(one);
  }
  if (drawn.length === 0) return { value, low: 0, high: 1 };
  drawn.sort((a, b) => a - b);
  const at = (share: number) => drawn[Math.min(drawn.length - 1, Math.floor(drawn.length * share))]!;
  return { value, low: at(0.025), high: at(0.975) };
}

/**
 * Exact interval of a proportion in which the rows of one group count as one row together, however many they are.
 * @param isHit of a row
 */
export function groupProportion<R extends { readonly group: string }>(
  rows: readonly R[],
  isHit: (row: R) => boolean,
): Interval {
  let hits = 0;
  const groups = Map.groupBy(rows, ({ group }) => group);
  for (const members of groups.values()) hits += members.filter(isHit).length / members.length;
  // Sums of thirds are no whole numbers; a hair above the count would have no interval.
  return clopperPearson(Math.min(groups.size, Math.round(hits * 1e9) / 1e9), groups.size);
}

/**
 * A quantile with its distribution-free 95 % interval by order statistics. Source: David & Nagaraja 2003, section 7.1, with the normal
 * approximation of the binomial.
 *
 * @returns an infinite end where there are too few values for it; NaN without any
 */
export function quantileInterval(values: readonly number[], share: number): Interval {
  const sorted = [...values].sort((a, b) => a - b);
  const n = sorted.length;
  const half = z975 * Math.sqrt(n * share * (1 - share));
  const low = Math.floor(n * share - half) - 1;
  const high = Math.ceil(n * share + half);
  return {
    value: n === 0 ? Number.NaN : sorted[Math.min(n - 1, Math.floor(n * share))]!,
    low: sorted[low] ?? 0,
    high: sorted[high] ?? Number.POSITIVE_INFINITY,
  };
}
