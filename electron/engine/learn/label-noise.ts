/** A row whose label is probably wrong. */
export interface SuspectedLabel {
  /** Index of the row. */
  readonly row: number;
  /** Class that it was given, and the one that it rather is; both as indexes of the classes. */
  readonly given: number;
  readonly likely: number;
  /** Probability of the given class, and that of the likely one less it: in [0, 1] and [-1, 1]. */
  readonly probability: number;
  readonly margin: number;
}

/**
 * Rows whose label is probably wrong, by confident learning: a row counts as of a class when its probability there reaches what rows of
 * that class have on average; what counts as of another class than it was given is suspected.
 * Source: Northcutt, Jiang & Chuang 2021, "Confident Learning: Estimating Uncertainty in Dataset Labels", JAIR 70, eq. 1 and 2
 * (the off-diagonal entries of the confident joint, ranked by the margin).
 *
 * @param probabilities of each row, each in [0, 1] and summing to 1, from a model that was not fitted to the row (out of fold)
 * @param labels given class of each row, as an index of the classes
 * @returns the likeliest to be wrong first
 * @throws RangeError when the lengths differ, a label is no class, or a probability is no number
 */
export function findLabelNoise(
  probabilities: readonly (readonly number[])[],
  labels: readonly number[],
  classes: number,
): SuspectedLabel[] {
  if (probabilities.length !== labels.length) {
    throw new RangeError(`There are ${probabilities.length} rows of probabilities and ${labels.length} labels.`);
  }
  const thresholds = thresholdsOf(probabilities, labels, classes);
  const suspected: SuspectedLabel[] = [];
  for (const [row, p] of probabilities.entries()) {
    const given = labels[row]!;
    let likely = given;
    for (let k = 0; k < classes; k++) {
      // A class that no row was given has no threshold, and nothing counts as of it.
      const counts = p[k]! >= thresholds[k]!;
      if (counts && (p[likely]! < thresholds[likely]! || p[k]! > p[likely]!)) likely = k;
    }
    if (likely === given) continue;
    suspected.push({ row, given, likely, probability: p[given]!, margin: p[likely]! - p[given]! });
  }
  return suspected.sort((a, b) => b.margin - a.margin || a.row - b.row);
}

/** Mean probability of each class over the rows that were given it: how sure a model is of the class. NaN: no row has it. */
function thresholdsOf(
  probabilities: readonly (readonly number[])[],
  labels: readonly number[],
  classes: number,
): Float64Array {
  const sums = new Float64Array(classes);
  const counts = new Float64Array(classes);
  for (const [row, p] of probabilities.entries()) {
    const given = labels[row]!;
    if (!Number.isInteger(given) || given < 0 || given >= classes) throw new RangeError(`Label ${row} is no class.`);
    if (p.length !== classes || !p.every(Number.isFinite)) throw new RangeError(`Row ${row} is no distribution.`);
    sums[given]! += p[given]!;
    counts[given]!++;
  }
  return sums.map((sum, k) => sum / counts[k]!);
}
