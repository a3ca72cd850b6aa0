/**
 * P-values adjusted for how many there are: whoever acts on those up to a rate has at most that share of false ones among them, on
 * average, and where nothing has changed anywhere, acts at all with at most that probability. Source: Benjamini & Hochberg 1995,
 * "Controlling the false discovery rate"; for features that move together, Benjamini & Yekutieli 2001, section 1.3.
 *
 * @param pValues each in [0, 1]
 * @returns in the same order, each in [0, 1] and at least as large as what it was
 */
export function adjustPValues(pValues: readonly number[]): number[] {
  const order = pValues.map((_, i) => i).sort((a, b) => pValues[b]! - pValues[a]!);
  const adjusted = new Array<number>(pValues.length);
  let least = 1;
  for (const [place, i] of order.entries()) {
    const rank = pValues.length - place;
    least = Math.min(least, (pValues[i]! * pValues.length) / rank);
    adjusted[i] = least;
  }
  return adjusted;
}
