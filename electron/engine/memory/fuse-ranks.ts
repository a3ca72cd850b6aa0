/** How fast the weight of a place falls. Source: Cormack et al. 2009, section 2: k = 60. */
const k = 60;

/**
 * Puts several rankings together: each gives an item 1 / (k + its place), the best being in place 1.
 * Source: Cormack, Clarke & Büttcher 2009, "Reciprocal Rank Fusion outperforms Condorcet and individual Rank Learning Methods".
 *
 * @returns items with their sums, best first; of equal ones the greater (stored last) first
 */
export function fuseRanks(rankings: readonly (readonly number[])[]): { item: number; score: number }[] {
  const scores = new Map<number, number>();
  for (const ranking of rankings) {
    ranking.forEach((item, i) => void scores.set(item, (scores.get(item) ?? 0) + 1 / (k + i + 1)));
  }
  return [...scores].map(([item, score]) => ({ item, score })).sort((a, b) => b.score - a.score || b.item - a.item);
}
