import { sha256 } from "../../base/ids.ts";

/**
 * Stratified folds that keep each group whole: the largest groups go first, each to the fold that so stays closest to an even share
 * of every class. Source: the greedy rule of scikit-learn's StratifiedGroupKFold, with ties broken by a hash instead of by order.
 *
 * @param rows class and group of each
 * @returns the fold of each row, in [0, count)
 */
export function splitFolds(
  rows: readonly { readonly label: string; readonly group: string }[],
  count: number,
  seed: string,
): Int32Array {
  const labels = [...new Set(rows.map(({ label }) => label))].sort();
  const groups = [...Map.groupBy(rows, ({ group }) => group)].map(([name, members]) => ({
    name,
    order: sha256(`${seed} ${name}`),
    size: members.length,
    counts: labels.map((label) => members.filter((row) => row.label === label).length),
  }));
  groups.sort((a, b) => b.size - a.size || (a.order < b.order ? -1 : 1));
  const totals = labels.map((label) => rows.filter((row) => row.label === label).length);
  const filled = Array.from({ length: count }, () => ({ size: 0, counts: labels.map(() => 0) }));
  const foldOf = new Map<string, number>();
  for (const { name, size, counts } of groups) {
    let best = 0;
    let least = Number.POSITIVE_INFINITY;
    for (let fold = 0; fold < count; fold++) {
      const into = filled[fold]!;
      // What this group adds weighs by how full the fold is of its classes already.
      let cost = (into.size * size) / rows.length;
      for (let c = 0; c < labels.length; c++) cost += (into.counts[c]! * counts[c]!) / totals[c]!;
      if (cost < least) {
        least = cost;
        best = fold;
      }
    }
    const into = filled[best]!;
    into.size += size;
    for (let c = 0; c < labels.length; c++) into.counts[c]! += counts[c]!;
    foldOf.set(name, best);
  }
  return Int32Array.from(rows, ({ group }) => foldOf.get(group)!);
}
