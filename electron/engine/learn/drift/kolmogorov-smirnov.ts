import { countBelow, runsOf } from "./feature-bins.ts";
import { kolmogorovTail } from "./tail-probability.ts";

export interface Distance {
  /** Largest difference between the two cumulative distributions, in [0, 1]. */
  readonly d: number;
  readonly pValue: number;
}

/**
 * Two-sample Kolmogorov-Smirnov test of values against a reference of which a grid of quantiles is known. What the grid leaves open,
 * up to one step, is not held against the values: the distance is never overstated.
 * Source: Smirnov 1948; finite samples by Stephens 1970, "Use of the Kolmogorov-Smirnov … without extensive tables".
 *
 * @param quantiles grid of the reference in even steps, ascending
 * @param m rows that the grid stands for
 * @param sorted values, ascending; at least one
 */
export function compareToGrid(quantiles: Float64Array, m: number, sorted: Float64Array): Distance {
  const steps = quantiles.length - 1;
  const n = sorted.length;
  let d = 0;
  const far = (share: number, least: number, most: number) => {
    d = Math.max(d, least - share, share - most);
  };
  for (const { value, first, last } of runsOf(quantiles)) {
    const below = first === 0 ? [0, 0] : [(first - 1) / steps, first / steps];
    const upTo = last === steps ? [1, 1] : [last / steps, (last + 1) / steps];
    far(countBelow(sorted, { at: value, inclusive: false }) / n, below[0]!, below[1]!);
    far(countBelow(sorted, { at: value, inclusive: true }) / n, upTo[0]!, upTo[1]!);
  }
  const root = Math.sqrt((n * m) / (n + m));
  return { d, pValue: kolmogorovTail((root + 0.12 + 0.11 / root) * d) };
}
