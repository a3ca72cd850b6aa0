import type { FeatureComparison } from "./compare-feature.ts";
import { adjustPValues } from "./false-discovery.ts";
import { driftedFrom, movedFrom } from "./population-stability.ts";

/**
 * Where nothing has changed, at most this share of the looks calls any feature changed: with hourly looks two a year. The tails of the
 * tests are approximations for few rows, so that it is set five times lower than the one in a thousand that is promised.
 */
export const falseAlarmRate = 0.0002;

/** Sessions below which a look says that it cannot tell. */
export const fewestSessions = 100;

/** `drifted`: certain and large; `moved`: certain and of middling size; `stable`: neither, or not to be told from chance. */
export type DriftLevel = "stable" | "moved" | "drifted";

/** What the judging adds to a comparison. */
interface Judgement {
  readonly level: DriftLevel;
  /** P-value after all features of the look were counted. */
  readonly adjusted: number;
}

export type JudgedFeature = FeatureComparison & Judgement;

/**
 * Judges all features of one look together, the ones that moved most first. Both are asked for, that a difference is no chance and that
 * it is large: with many sessions every difference is certain, and mere volume must not raise an alarm; with few, chance alone looks
 * large.
 */
export function judgeDrift<F extends FeatureComparison>(features: readonly F[]): (F & Judgement)[] {
  const adjusted = adjustPValues(features.map(({ pValue }) => pValue));
  const judged = features.map((feature, i): F & Judgement => {
    const { psi } = feature.stability;
    const isCertain = adjusted[i]! <= falseAlarmRate;
    const level = isCertain && psi >= driftedFrom ? "drifted" : isCertain && psi >= movedFrom ? "moved" : "stable";
    return { ...feature, level, adjusted: adjusted[i]! };
  });
  const rank = { drifted: 0, moved: 1, stable: 2 };
  return judged.sort(
    (a, b) =>
      rank[a.level] - rank[b.level] ||
      b.stability.psi - a.stability.psi ||
      (b.distance?.d ?? 0) - (a.distance?.d ?? 0) ||
      a.adjusted - b.adjusted,
  );
}
