/** A border between two bins: what is below it, and with `inclusive` also what is equal to it, lies in the lower one. */
export interface Cut {
  readonly at: number;
  readonly inclusive: boolean;
}

/** Bins of a feature's available values, and how its reference is shared out among them. */
export interface FeatureBins {
  /** Ascending; there is one bin more than cuts. */
  readonly cuts: readonly Cut[];
  /** Shape [cuts.length + 1], in [0, 1], together 1. */
  readonly shares: readonly number[];
}

/** Points of the grid that a value takes up to have a bin of its own: some 5 % of the sessions. */
const atomPoints = 6;
/** Between two borders by tenths at least this much of the reference lies. A border of a value with a bin of its own always stays. */
const leastShare = 0.025;
/** A model's file keeps seven digits of each quantile. */
const precision = 5e-7;

/** Whether a value lies below a cut, but for the digits that the file left out. */
export function isBelow(value: number, { at, inclusive }: Cut): boolean {
  const tolerance = Math.abs(at) * precision;
  return inclusive ? value <= at + tolerance : value < at - tolerance;
}

/** How many of ascending values lie below a cut. */
export function countBelow(sorted: Float64Array, cut: Cut): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (isBelow(sorted[middle]!, cut)) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Runs of equal quantiles: value, first and last point of the grid. */
export function runsOf(quantiles: Float64Array): { value: number; first: number; last: number }[] {
  const runs: { value: number; first: number; last: number }[] = [];
  for (const [i, value] of quantiles.entries()) {
    const run = runs.at(-1);
    if (run?.value === value) run.last = i;
    else runs.push({ value, first: i, last: i });
  }
  return runs;
}

/** Share of the reference below a cut at one of its quantiles. What lies between two points of the grid is shared evenly. */
function shareBelow({ first, last }: { first: number; last: number }, inclusive: boolean, steps: number): number {
  const between = first === last ? 0 : 0.5;
  if (inclusive) return last === steps ? 1 : (last + between) / steps;
  return first === 0 ? 0 : (first - between) / steps;
}

/**
 * Bins by the reference's tenths, with bins of their own for values that many sessions share (most counts are 0 for most sessions),
 * and for what lies below and above everything that the reference has seen.
 *
 * @param quantiles grid of the reference in even steps from its smallest to its largest value, ascending
 */
export function binReference(quantiles: Float64Array): FeatureBins {
  const steps = quantiles.length - 1;
  const runs = runsOf(quantiles);
  const tenth = Math.max(1, Math.round(steps / 10));
  const chosen: (Cut & { below: number; isFixed: boolean; last: number | null })[] = [];
  for (const run of runs) {
    const isAtom = run.last - run.first + 1 >= atomPoints;
    const hasTenth = Math.floor(run.last / tenth) * tenth >= Math.max(run.first, 1) && run.first < steps;
    // Between two counts that follow each other lies nothing, but for a point that was interpolated: the border above the one is the border
    // below the other.
    const before = chosen.at(-1)?.last ?? null;
    const isBordered = before !== null && run.first - before <= 2;
    if ((isAtom && !isBordered) || run.first === 0)
      chosen.push({ at: run.value, inclusive: false, below: shareBelow(run, false, steps), isFixed: true, last: null });
    if (isAtom || hasTenth || run.last === steps) {
      chosen.push({
        at: run.value,
        inclusive: true,
        below: shareBelow(run, true, steps),
        isFixed: isAtom || run.last === steps,
        last: run.last,
      });
    }
  }
  const kept: typeof chosen = [];
  for (const cut of chosen) {
    const last = kept.at(-1);
    const isNear = last !== undefined && cut.below - last.below < leastShare;
    if (isNear && !cut.isFixed) continue;
    if (isNear && !last.isFixed) kept.pop();
    kept.push(cut);
  }
  const shares = [...kept.map(({ below }, i) => below - (i === 0 ? 0 : kept[i - 1]!.below)), 0];
  return { cuts: kept.map(({ at, inclusive }) => ({ at, inclusive })), shares };
}
