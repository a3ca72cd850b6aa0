import { topOfAxis } from "../view/time-axis.ts";

/** A place in a plot, as shares of its width from the left and of its height from the bottom. */
export interface PlotPoint {
  readonly x: number;
  readonly y: number;
}

/** Names under a plot that fit beside each other. */
const mostNames = 8;

/** The end of an axis that starts at 0 and holds every value: 1, or the next round number above. */
export function endOfAxis(values: readonly (number | string | null | undefined)[]): number {
  return topOfAxis(Math.max(1, ...values.filter((value) => typeof value === "number")));
}

/** Names at even distances, the first at the left edge, the last at the right; of many a few, and always the last. */
export function placeNames(names: readonly string[]): { readonly x: number; readonly name: string }[] {
  const last = names.length - 1;
  const every = Math.max(1, Math.ceil(last / (mostNames - 1)));
  return names.flatMap((name, i) => ((last - i) % every === 0 ? [{ x: placeOf(i, names.length), name }] : []));
}

/** Where the one at an index stands among so many; one alone stands in the middle. */
export function placeOf(index: number, count: number): number {
  return count === 1 ? 0.5 : index / (count - 1);
}

const share = (value: number) => Number((100 * value).toFixed(2));

/** A line through points, in percent from the upper left corner, as an SVG path. */
export function pathThrough(points: readonly PlotPoint[]): string {
  return points.map(({ x, y }, i) => `${i === 0 ? "M" : "L"}${share(x)} ${share(1 - y)}`).join("");
}

/** A mark at each point: strokes without length, which a round cap makes dots of. */
export function dotsAt(points: readonly PlotPoint[]): string {
  return points.map(({ x, y }) => `M${share(x)} ${share(1 - y)}h0`).join("");
}
