import type { TreeEnsemble } from "./tree-ensemble.ts";

/**
 * Raises leaf values, tree by tree, to the least values with which no step towards suspicion lowers the output: each leaf takes
 * the largest value of the leaves from which it can be reached by raising suspicious features only.
 *
 * Two points compare when one is at least as suspicious in every feature; "not available" counts as the most ordinary value. One
 * leaf is below another when some point in it is below some point of the other, that is, when in every feature the first's most
 * ordinary end lies before the second's most suspicious end. Leaves on the suspicious side of a node are never below those on its
 * ordinary side, so one pass over the leaves, ordinary children first, settles all of them.
 *
 * @param trees changed in place
 * @param sides suspicious side of every feature that the trees ask about; missing values must go to the other side
 */
export function makeMonotone(trees: TreeEnsemble, sides: ReadonlyMap<number, "high" | "low">): void {
  const slots = new Map([...sides.keys()].map((feature, slot) => [feature, slot]));
  for (const root of trees.roots) {
    const leaves = boxesBelow(trees, root, sides, slots);
    leaves.forEach((leaf, i) => {
      let value = trees.split[leaf.node]!;
      for (const earlier of leaves.slice(0, i)) {
        if (isBelow(earlier, leaf)) value = Math.max(value, trees.split[earlier.node]!);
      }
      trees.split[leaf.node] = value;
    });
  }
}

/** A leaf and its region: per feature the ordinary and the suspicious end, on an axis that grows with suspicion. */
interface LeafBox {
  readonly node: number;
  readonly from: Float64Array;
  readonly to: Float64Array;
}

function isBelow(a: LeafBox, b: LeafBox): boolean {
  for (let slot = 0; slot < a.from.length; slot++) if (a.from[slot]! >= b.to[slot]!) return false;
  return true;
}

/** Leaves that some row can reach, ordinary children first. */
function boxesBelow(
  trees: TreeEnsemble,
  root: number,
  sides: ReadonlyMap<number, "high" | "low">,
  slots: ReadonlyMap<number, number>,
): LeafBox[] {
  const leaves: LeafBox[] = [];
  const walk = (box: LeafBox) => {
    const { node, from, to } = box;
    const feature = trees.feature[node]!;
    if (feature < 0) {
      leaves.push(box);
      return;
    }
    const slot = slots.get(feature)!;
    const high = sides.get(feature) === "high";
    const at = high ? trees.split[node]! : -trees.split[node]!;
    const first = trees.child[node]!;
    // An empty box belongs to a question whose answer an earlier one settled.
    if (at > from[slot]!) walk({ node: high ? first : first + 1, from, to: to.with(slot, Math.min(to[slot]!, at)) });
    if (at < to[slot]!) walk({ node: high ? first + 1 : first, from: from.with(slot, Math.max(from[slot]!, at)), to });
  };
  walk({
    node: root,
    from: new Float64Array(slots.size).fill(Number.NEGATIVE_INFINITY),
    to: new Float64Array(slots.size).fill(Number.POSITIVE_INFINITY),
  });
  return leaves;
}
