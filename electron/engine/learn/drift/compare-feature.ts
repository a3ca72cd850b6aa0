import { type FeatureReference, quantileOf } from "../../detect/anomaly/reference.ts";
import { binReference, type Cut, countBelow } from "./feature-bins.ts";
import { compareToGrid, type Distance } from "./kolmogorov-smirnov.ts";
import { compareBins, type Stability } from "./population-stability.ts";

/**
 * Most reference rows that count. A grid in steps of 1 % tells a share to half a per cent, about as well as so many rows would; to
 * count more of them would call the grid's own rounding a difference.
 */
const mostReferenceRows = 2000;

/** How a feature is spread in one population. */
export interface Spread {
  /** Of the available values, in the feature's unit; null without any. */
  readonly median: number | null;
  /** Share of the sessions whose evidence does not tell the feature, in [0, 1]. */
  readonly missing: number;
}

/** One stretch of a feature's values, and the share of all sessions in it, in [0, 1]. */
export interface BinShares {
  /** The stretch lies above the one and up to the other border; null: open, or with `isMissing` no stretch. */
  readonly from: Cut | null;
  readonly to: Cut | null;
  /** The sessions whose evidence does not tell the feature: a category of its own, since unknown is not zero. */
  readonly isMissing: boolean;
  readonly reference: number;
  readonly live: number;
}

/** One feature of the live sessions beside the reference. */
export interface FeatureComparison {
  readonly name: string;
  readonly stability: Stability;
  /** Of the available values; null where one of the two has none. */
  readonly distance: Distance | null;
  /** Of both tests together, by Bonferroni: twice the smaller one. */
  readonly pValue: number;
  readonly before: Spread;
  readonly after: Spread;
  readonly bins: readonly BinShares[];
}

/**
 * Compares one feature.
 *
 * @param reference how it is spread over the reference sessions
 * @param referenceSessions all reference sessions, with the feature or without; at least one
 * @param sorted its available values in the live sessions, ascending
 * @param sessions all live sessions; at least one
 * @returns null when no session of either has it: there is nothing to compare
 */
export function compareFeature(
  reference: FeatureReference,
  referenceSessions: number,
  sorted: Float64Array,
  sessions: number,
): FeatureComparison | null {
  const { name, quantiles } = reference;
  if (quantiles === null && sorted.length === 0) return null;
  const scale = Math.min(1, mostReferenceRows / referenceSessions);
  const known = quantiles === null ? 0 : reference.sessions * scale;
  const { cuts, shares } = quantiles === null ? { cuts: [], shares: [0] } : binReference(quantiles);
  const below = [...cuts.map((cut) => countBelow(sorted, cut)), sorted.length];
  const live = below.map((count, i) => count - (i === 0 ? 0 : below[i - 1]!));
  const then = shares.map((share) => share * known);
  const missingThen = referenceSessions * scale - known;
  const missingNow = sessions - sorted.length;
  const stability = compareBins([...then, missingThen], [...live, missingNow]);
  const distance =
    quantiles === null || sorted.length === 0 ? null : compareToGrid(quantiles, Math.max(1, known), sorted);
  const total = known + missingThen;
  return {
    name,
    stability,
    distance,
    pValue: Math.min(1, 2 * Math.min(stability.pValue, distance?.pValue ?? 1)),
    before: { median: quantiles === null ? null : quantileOf(quantiles, 0.5), missing: missingThen / total },
    after: { median: sorted.length === 0 ? null : quantileOf(sorted, 0.5), missing: missingNow / sessions },
    bins: [
      ...live.map((count, i) => ({
        from: cuts[i - 1] ?? null,
        to: cuts[i] ?? null,
        isMissing: false,
        reference: then[i]! / total,
        live: count / sessions,
      })),
      { from: null, to: null, isMissing: true, reference: missingThen / total, live: missingNow / sessions },
    ],
  };
}
