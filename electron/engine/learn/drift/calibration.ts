import { createRandom } from "../../detect/anomaly/random.ts";
import { betAgainst } from "./bet-on-mean.ts";

/** A payload of which it was found out what it is, with the probability of being an attack that it was given. */
export interface LabelledScore {
  /** In [0, 1]. */
  readonly probability: number;
  readonly isAttack: boolean;
}

/** Payloads of similar probability: what was said of them, and what was true. */
export interface ReliabilityBin {
  readonly count: number;
  /** Mean probability that was given, in [0, 1]. */
  readonly said: number;
  /** Share of attacks among them, with its 95 % interval. */
  readonly found: number;
  readonly low: number;
  readonly high: number;
}

export interface Calibration {
  readonly labelled: number;
  readonly bins: readonly ReliabilityBin[];
  /** Expected calibration error: mean distance of `said` and `found`, by rows, in [0, 1]; null with too few labels. */
  readonly error: { readonly value: number; readonly low: number; readonly high: number } | null;
  /**
   * What the error of a perfectly calibrated model would stay below in 95 of 100 cases, with as many labels: the figure is biased
   * upwards. Source: Bröcker & Smith 2007, "Increasing the reliability of reliability diagrams" (consistency resampling).
   */
  readonly byChance: number | null;
  /** Mean of what was said less share of attacks: above 0, the model is too sure. */
  readonly excess: number | null;
  /** Whether it is certain that what is said is not what is found, however often that was looked at. */
  readonly isOff: boolean;
}

/** Labels below which no error is told. */
export const fewestLabels = 50;
/** Probability of ever calling a calibrated model off. */
export const calibrationFalseAlarm = 0.001;
const mostBins = 10;
const leastInBin = 10;
const resamples = 400;

/**
 * Calibration on labelled traffic that was flagged. Since what is flagged is chosen by the probability itself, what is found at a
 * probability is not distorted by that; of low ones values that were drawn at random tell.
 *
 * @param rows in the order in which they became known
 */
export function measureCalibration(rows: readonly LabelledScore[]): Calibration {
  const bins = reliabilityOf(rows);
  const labelled = rows.length;
  if (labelled < fewestLabels) return { labelled, bins, error: null, byChance: null, excess: null, isOff: false };
  const random = createRandom(1);
  const groups = groupOf(rows);
  const errors = resample(() => errorOf(rows, groups, () => random.integer(labelled)));
  const chance = resample(() => errorOf(rows, groups, null, ({ probability }) => random.next() < probability));
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  // Said less found lies in [-1, 1]; moved into [0, 1] its mean is 1/2 for a calibrated model.
  const differences = rows.map(({ probability, isAttack }) => (probability - (isAttack ? 1 : 0) + 1) / 2);
  return {
    labelled,
    bins,
    error: { value: errorOf(rows, groups), low: at(errors, 0.025), high: at(errors, 0.975) },
    byChance: at(chance, 0.95),
    excess: 2 * mean(differences) - 1,
    isOff: betAgainst(differences, 0.5, "either", calibrationFalseAlarm).isRefuted,
  };
}

function resample(figure: () => number): number[] {
  return Array.from({ length: resamples }, figure).sort((a, b) => a - b);
}

function at(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]!;
}

/** Bins of about as many rows each; rows of one probability stay together. */
function groupRows(rows: readonly LabelledScore[]): LabelledScore[][] {
  const sorted = [...rows].sort((a, b) => a.probability - b.probability);
  const size = Math.max(leastInBin, Math.ceil(sorted.length / mostBins));
  const groups: LabelledScore[][] = [];
  for (const row of sorted) {
    const group = groups.at(-1);
    if (group === undefined || (group.length >= size && group.at(-1)!.probability !== row.probability))
      groups.push([row]);
    else group.push(row);
  }
  const last = groups.at(-1);
  if (groups.length > 1 && last!.length < leastInBin) groups.at(-2)!.push(...groups.pop()!);
  return groups;
}

/** The bin of each row, by its place among the rows. */
function groupOf(rows: readonly LabelledScore[]): Int32Array {
  const places = new Map(rows.map((row, i) => [row, i]));
  const groups = new Int32Array(rows.length);
  for (const [g, group] of groupRows(rows).entries()) for (const row of group) groups[places.get(row)!] = g;
  return groups;
}

const isTrue = ({ isAttack }: LabelledScore) => isAttack;

/**
 * Calibration error of the rows, or of as many that `pick` chooses among them, each in the bin that it has among the rows.
 * @param truth of a row, where it is not its own
 */
function errorOf(
  rows: readonly LabelledScore[],
  groups: Int32Array,
  pick: (() => number) | null = null,
  truth: (row: LabelledScore) => boolean = isTrue,
): number {
  const differences = new Float64Array(mostBins + 1);
  for (let i = 0; i < rows.length; i++) {
    const at = pick === null ? i : pick();
    const row = rows[at]!;
    differences[groups[at]!]! += row.probability - (truth(row) ? 1 : 0);
  }
  return differences.reduce((sum, difference) => sum + Math.abs(difference), 0) / rows.length;
}

/** 97.5 % quantile of the normal distribution. */
const z = 1.959963984540054;

/** What was said and what was found, by bins of about as many rows each. */
export function reliabilityOf(rows: readonly LabelledScore[]): ReliabilityBin[] {
  return groupRows(rows).map((group) => {
    const count = group.length;
    const said = group.reduce((sum, { probability }) => sum + probability, 0) / count;
    const found = group.filter(({ isAttack }) => isAttack).length / count;
    // Wilson 1927, "Probable inference".
    const middle = (found + (z * z) / (2 * count)) / (1 + (z * z) / count);
    const half = (z / (1 + (z * z) / count)) * Math.sqrt((found * (1 - found)) / count + (z * z) / (4 * count * count));
    const low = found === 0 ? 0 : Math.max(0, middle - half);
    return { count, said, found, low, high: found === 1 ? 1 : Math.min(1, middle + half) };
  });
}
