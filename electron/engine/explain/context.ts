import type { FeatureInContext } from "../../../shared/verdict.ts";
import { type FeatureReference, percentileOf } from "../detect/anomaly/reference.ts";

/** What a screen says about a feature. */
export interface FeatureText {
  readonly name: string;
  readonly label: string;
  /** "1" for shares and other pure numbers. */
  readonly unit: string;
  readonly meaning: string;
}

/**
 * Every feature of a session beside the same feature of the reference sessions.
 *
 * @param texts descriptions, in the order of `features`; more of them than features: an earlier version did not count those
 * @param features shape [nFeatures]; NaN: not available
 * @param reference spread over the reference sessions, in any order; a feature missing here has no reference
 */
export function placeInContext(
  texts: readonly FeatureText[],
  features: Float64Array,
  reference: readonly FeatureReference[],
): FeatureInContext[] {
  const byName = new Map(reference.map((each) => [each.name, each]));
  return texts.map(({ name, label, unit, meaning }, i) => {
    const value = features[i] ?? Number.NaN;
    const spread = byName.get(name);
    return {
      name,
      label,
      unit,
      meaning,
      value: Number.isNaN(value) ? null : value,
      reference: spread?.quantiles
        ? {
            p05: spread.quantiles[5]!,
            p50: spread.quantiles[50]!,
            p95: spread.quantiles[95]!,
            max: spread.quantiles[100]!,
          }
        : null,
      percentile: spread === undefined ? null : percentileOf(spread, value),
    };
  });
}
