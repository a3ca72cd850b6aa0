import { quantileOf } from "../anomaly/reference.ts";
import type { FlowFeature } from "./flow-feature.ts";
import type { FlowWindow } from "./flow-model.ts";
import type { Drift } from "./reference-window.ts";

/** A route's samples that its reference is taken from, and that are compared with it. */
const firstSamples = 40;
const newestSamples = 30;
/**
 * Share of a route's newest samples beyond the end of its bulk from which it has moved. One in ten lay there; of 40 and 30 samples
 * of one distribution less than one look in 10,000 finds as many.
 */
const movedShare = 0.6;
/** Lowers the bar for one that has moved, so that it does not flicker. */
const ease = 0.7;
/** Routes that are watched. First come, first served: nobody pushes out a route by naming others. */
const mostRoutes = 100;

/** What was ordinary on each route when it was first seen often enough; it does not slide. */
export interface RouteReferences {
  /**
   * Takes the reference of routes that have none yet.
   * @returns what has moved, until a route's newest samples are back: one whose samples are alarms by now, and so are not learned, is
   * still where it was
   */
  compare(window: FlowWindow): Drift[];
}

/**
 * A quick route that creeps up to what is ordinary on a slow one moves no mark of all routes together, while the median that it is
 * judged by follows. So each route is held against itself.
 */
export function createRouteReferences(features: readonly FlowFeature[]): RouteReferences {
  const nFeatures = features.length;
  const sides = features.flatMap((feature, column) =>
    (["high", "low"] as const).flatMap((side) =>
      feature.side === side || feature.side === "both" ? [{ feature, column, side }] : [],
    ),
  );
  /** Per route, in the order of `sides`: the end of the bulk, mirrored for the low side; null: too few values. */
  const marks = new Map<string, readonly (number | null)[]>();
  const moved = new Map<string, Drift[]>();

  const take = (window: FlowWindow, rows: readonly number[]) =>
    sides.map(({ feature, column, side }) => {
      const values = columnOf(window, rows, nFeatures, column, side).sort();
      return values.length < firstSamples / 2 ? null : quantileOf(values, 0.9) + feature.floor;
    });

  function hold(
    window: FlowWindow,
    rows: readonly number[],
    route: string,
    known: readonly (number | null)[],
  ): Drift[] {
    const share = movedShare * ((moved.get(route) ?? []).length > 0 ? ease : 1);
    return sides.flatMap(({ feature, column, side }, i) => {
      const mark = known[i]!;
      const values = columnOf(window, rows, nFeatures, column, side);
      if (mark === null || values.length < newestSamples / 2) return [];
      const shareBeyond = values.filter((value) => value > mark).length / values.length;
      return shareBeyond < share ? [] : [{ feature: feature.name, side, route, shareBeyond, referenceShare: 0.1 }];
    });
  }

  return {
    compare(window) {
      for (const [index, rows] of rowsByRoute(window).entries()) {
        const route = window.templates[index]!;
        const known = marks.get(route);
        if (known !== undefined && rows.length >= newestSamples) {
          moved.set(route, hold(window, rows.slice(-newestSamples), route, known));
        } else if (known === undefined && rows.length >= firstSamples && marks.size < mostRoutes) {
          marks.set(route, take(window, rows.slice(0, firstSamples)));
        }
      }
      return [...moved.values()].flat();
    },
  };
}

/** Rows of each template, oldest first. */
function rowsByRoute({ routes, templates }: FlowWindow): number[][] {
  const rows = templates.map((): number[] => []);
  for (let row = 0; row < routes.length; row++) rows[routes[row]!]!.push(row);
  return rows;
}

function columnOf(
  { values }: FlowWindow,
  rows: readonly number[],
  nFeatures: number,
  column: number,
  side: "high" | "low",
): Float64Array {
  const sign = side === "high" ? 1 : -1;
  return Float64Array.from(rows, (row) => sign * values[row * nFeatures + column]!).filter(
    (value) => !Number.isNaN(value),
  );
}
