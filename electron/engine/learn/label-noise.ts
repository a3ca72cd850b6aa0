/** A row whose label is probably wrong. */
export interface SuspectedLabel {
  /** Index of the row. */
  readonly row: number;
  /** Class that it was given, and the one that it rather is; both as indexes of the classes. */
  readonly given: number;
  readonly likely: number;
  /** Probability of the likely class less that of the given one, in [-1, 1]. */
  readonly margin: number;
}

/** What out-of-fold probabilities say of the labels that they were fitted to. */
export interface LabelNoise {
  /** The likeliest to be wrong first. */
  readonly suspected: readonly SuspectedLabel[];
  /** Mean probability of each class over the rows that were given it: how sure a model is of the class. NaN: no row has it. */
  readonly thresholds: readonly number[];
  /** Rows by given class and by the class that they are taken for: `joint[given][likely]`. */
  readonly joint: readonly (readonly number[])[];
}

/**
 * Rows whose label is probably wrong, by confident learning: a row counts as of a class when its probability there reaches what rows of
 * that class have on average; what counts as of another class than it was given is suspected.
 * Source: Northcutt, Jiang & Chuang 2021, "Confident Learning: Estimating Uncertainty in Dataset Labels", JAIR 70, eq. 1 and 2
 * (the confident joint, its off-diagonal entries pruned, ranked by the margin).
 *
 * @param probabilities of each row, each in [0, 1] and summing to 1, from a model that was not fitted to the row (out of fold)
 * @param labels given class of each row, as an index of the classes
 * @throws RangeError when the lengths differ, a label is no class, or a probability is no number
 */
export function findLabelNoise(
  probabilities: readonly (readonly number[] | Float64Array)[],
  labels: readonly number[] | Int32Array,
  classes: number,
): LabelNoise {
  if (probabilities.length !== labels.length) {
    throw new RangeError(`There are ${probabilities.length} rows of probabilities and ${labels.length} labels.`);
  }
  const sums = new Float64Array(classes);
  const counts = new Float64Array(classes);
  for (const [row, p] of probabilities.entries()) {
    const given = labels[row]!;
    if (!Number.isInteger(given) || given < 0 || given >= classes) throw new RangeError(`Label ${row} is no class.`);
    if (p.length !== classes || !p.every(Number.isFinite)) throw new RangeError(`Row ${row} is no distribution.`);
    sums[given]! += p[given]!;
    counts[given]!++;
  }
  const thresholds = Array.from(sums, (sum, k) => sum / counts[k]!);
  const joint = Array.from({ length: classes }, () => new Array<number>(classes).fill(0));
  const suspected: SuspectedLabel[] = [];
  for (const [row, p] of probabilities.entries()) {
    const given = labels[row]!;
    let likely = -1;
    for (let k = 0; k < classes; k++) {
      // A class that no row was given has no threshold, and nothing counts as of it.
      if (p[k]! >= thresholds[k]! && (likely < 0 || p[k]! > p[likely]!)) likely = k;
    }
    if (likely < 0) continue;
    joint[given]![likely]!++;
    if (likely !== given) suspected.push({ row, given, likely, margin: p[likely]! - p[given]! });
  }
  suspected.sort((a, b) => b.margin - a.margin || a.row - b.row);
  return { suspected, thresholds, joint };
}
