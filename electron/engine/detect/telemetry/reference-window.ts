import { quantileOf } from "../anomaly/reference.ts";
import type { FlowFeature } from "./flow-feature.ts";
import { type FlowWindow, outsideRate } from "./flow-model.ts";
import { fitUpperTail } from "./tail-range.ts";

/** Samples that the reference is taken from, and that are compared with it. */
export const referenceSamples = 200;

/**
 * A drifting feature: `shareBeyond` of the newest samples lie beyond what `referenceShare` of the reference did. Poison that creeps up
 * within the reference range moves the bulk or the tail before it moves the range far.
 */
export interface Drift {
  readonly feature: string;
  readonly side: "high" | "low";
  /** Template of the route that moved; null: all routes together. */
  readonly route: string | null;
  readonly shareBeyond: number;
  readonly referenceShare: number;
}

/** What was ordinary when the reference was taken; it does not slide. */
export interface ReferenceWindow {
  /** @returns the features that have moved; `isDrifting` lowers the bar, so that it does not flicker */
  compare(window: FlowWindow, isDrifting: boolean): Drift[];
}

/** Of the bulk: one in ten lay beyond the 90 % quantile; more than this is another distribution. */
const bulkShare = 0.35;
/** Of the tail: beyond the reference range lay about none. */
const tailShare = 0.02;

/** @param window shape of `referenceSamples` or less, at least 20 */
export function freezeReference(features: readonly FlowFeature[], window: FlowWindow): ReferenceWindow {
  const marks = features.flatMap((feature, column) =>
    (["high", "low"] as const).flatMap((side) => {
      if (feature.side !== side && feature.side !== "both") return [];
      const sorted = columnOf(window, features.length, column, side);
      const tail = fitUpperTail(sorted, outsideRate / (2 * features.length), feature.floor);
      return tail === null
        ? []
        : [{ feature: feature.name, column, side, bulk: quantileOf(sorted, 0.9), end: tail.bound }];
    }),
  );
  return {
    compare(newest, isDrifting) {
      const ease = isDrifting ? 0.7 : 1;
      return marks.flatMap(({ feature, column, side, bulk, end }) => {
        const values = columnOf(newest, features.length, column, side);
        if (values.length < 20) return [];
        const beyondBulk = shareAbove(values, bulk);
        const beyondEnd = shareAbove(values, end);
        const moved = { feature, side, route: null };
        if (beyondBulk >= bulkShare * ease) return [{ ...moved, shareBeyond: beyondBulk, referenceShare: 0.1 }];
        if (beyondEnd >= tailShare * ease) return [{ ...moved, shareBeyond: beyondEnd, referenceShare: 0 }];
        return [];
      });
    },
  };
}

/** Ascending values of a column, mirrored for the low side. */
function columnOf(window: FlowWindow, nFeatures: number, column: number, side: "high" | "low"): Float64Array {
  const sign = side === "high" ? 1 : -1;
  return Float64Array.from(window.routes, (_, i) => sign * window.values[i * nFeatures + column]!)
    .filter((value) => !Number.isNaN(value))
    .sort();
}

function shareAbove(sorted: Float64Array, mark: number): number {
  return sorted.filter((value) => value > mark).length / sorted.length;
}
