import type { Contribution } from "../../shared/contribution.ts";

/** A bar of the waterfall, in score points: from where the bars before it ended. */
export interface WaterfallBar {
  readonly key: string;
  /** Null: the small ones together. */
  readonly item: Contribution | null;
  readonly count: number;
  readonly from: number;
  readonly to: number;
}

export interface Waterfall {
  readonly bars: readonly WaterfallBar[];
  readonly final: number;
  /** Ends of the axis: [0, 1], wider where bars go beyond. */
  readonly min: number;
  readonly max: number;
}

/** A smaller share would read 0.000: it goes to the rest. */
const smallestShown = 0.0005;

/**
 * Lays out Shapley values from the base value to the final score: the largest on top, the rest as one bar, so that the bars
 * always add up.
 */
export function layWaterfall(base: number, values: readonly Contribution[], most: number): Waterfall {
  const sorted = values
    .filter(({ contribution }) => contribution !== 0)
    .toSorted((a, b) => Math.abs(b.contribution) - Math.abs(a.contribution));
  const shown = sorted.filter(({ contribution }) => Math.abs(contribution) >= smallestShown);
  const own = shown.length === sorted.length && shown.length <= most ? shown : shown.slice(0, most - 1);
  const rest = sorted.slice(own.length);
  const bars: WaterfallBar[] = [];
  let at = base;
  for (const item of own) {
    bars.push({ key: item.feature, item, count: 1, from: at, to: at + item.contribution });
    at += item.contribution;
  }
  if (rest.length > 0) {
    const sum = rest.reduce((total, { contribution }) => total + contribution, 0);
    bars.push({ key: "\0rest", item: null, count: rest.length, from: at, to: at + sum });
    at += sum;
  }
  const ends = bars.flatMap(({ from, to }) => [from, to]);
  return { bars, final: at, min: Math.min(0, ...ends), max: Math.max(1, ...ends) };
}
