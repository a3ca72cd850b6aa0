/**
 * Exact interventional Shapley values of a linear function b + Σ w·x: each input's weight times its distance from the background's
 * mean. Of a model with a logistic link they explain the margin (log-odds), which they decompose exactly.
 * Source: Lundberg & Lee 2017, "A unified approach to interpreting model predictions", corollary 1.
 */
export interface LinearExplainer {
  /** Mean output over the background. */
  readonly baseValue: number;
  /** @returns signed shares of the output, shape [nInputs]: baseValue + Σ = output up to rounding */
  explain(x: ArrayLike<number>): Float64Array;
}

/**
 * @param background rows that stand for "not known", each of the length of `weights`
 * @throws RangeError without background or for a row of another length
 */
export function createLinearExplainer(
  weights: ArrayLike<number>,
  intercept: number,
  background: readonly ArrayLike<number>[],
): LinearExplainer {
  if (background.length === 0) throw new RangeError("interventional Shapley values need a background row");
  const check = (row: ArrayLike<number>) => {
    if (row.length !== weights.length) throw new RangeError(`${row.length} inputs given, ${weights.length} expected`);
  };
  const means = new Float64Array(weights.length);
  for (const row of background) {
    check(row);
    for (let i = 0; i < means.length; i++) means[i] = means[i]! + row[i]! / background.length;
  }
  return {
    baseValue: means.reduce((sum, mean, i) => sum + weights[i]! * mean, intercept),
    explain: (x) => {
      check(x);
      return means.map((mean, i) => weights[i]! * (x[i]! - mean));
    },
  };
}
