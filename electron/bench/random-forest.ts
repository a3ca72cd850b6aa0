import { createRandom } from "../engine/detect/anomaly/random.ts";
import { createTreeBuilder, type TreeEnsemble } from "../engine/detect/anomaly/tree-ensemble.ts";

/** An invented forest with the training rows that reached each node, and rows to explain. */
export interface InventedForest {
  readonly trees: TreeEnsemble;
  /** Shape [nNodes]. */
  readonly cover: Float64Array;
  readonly rows: readonly Float64Array[];
}

/** `trees` trees of exactly `leaves` leaves whose longest path asks `depth` questions, over features uniform in [0, 1). */
export function inventForest(trees: number, leaves: number, depth: number, nFeatures: number): InventedForest {
  const random = createRandom(12);
  const builder = createTreeBuilder(nFeatures);
  for (let tree = 0; tree < trees; tree++) {
    const open = [{ node: builder.beginTree(), depth: 0 }];
    // First one path to the bottom, then leaves at random: as long and as wide as said.
    for (let n = 1; n < leaves; n++) {
      const candidates = open.flatMap((leaf, i) => (leaf.depth < depth ? [i] : []));
      const pick = n <= depth ? open.length - 1 : candidates[random.integer(candidates.length)]!;
      const [leaf] = open.splice(pick, 1);
      const first = builder.grow(leaf!.node, random.integer(nFeatures), random.next(), false);
      open.push({ node: first, depth: leaf!.depth + 1 }, { node: first + 1, depth: leaf!.depth + 1 });
    }
    for (const { node } of open) builder.setLeaf(node, random.next());
  }
  const built = builder.build();
  const cover = new Float64Array(built.feature.length);
  for (let node = cover.length - 1; node >= 0; node--) {
    const child = built.child[node]!;
    cover[node] = built.feature[node]! < 0 ? 1 + random.integer(50) : cover[child]! + cover[child + 1]!;
  }
  const rows = Array.from({ length: 200 }, () => Float64Array.from({ length: nFeatures }, random.next));
  return { trees: built, cover, rows };
}
