import { expect, test } from "vitest";
import { makeMonotone } from "./monotone.ts";
import { createRandom, type Random } from "./random.ts";
import { createTreeBuilder, leavesBelow, meanLeafValue, type TreeEnsemble } from "./tree-ensemble.ts";

const sides = new Map<number, "high" | "low">([
  [0, "high"],
  [1, "low"],
  [2, "high"],
]);

/** One random tree whose leaf values know nothing of suspicion. */
function drawTree(random: Random): TreeEnsemble {
  const builder = createTreeBuilder(3);
  const grow = (node: number, depth: number) => {
    if (depth === 0) return builder.setLeaf(node, random.next());
    const feature = random.integer(3);
    const first = builder.grow(node, feature, random.integer(9) - 4, sides.get(feature) === "low");
    grow(first, depth - 1);
    grow(first + 1, depth - 1);
  };
  grow(builder.beginTree(), 4);
  return builder.build();
}

/** A row, and one at least as suspicious in every feature. */
function drawPair(random: Random): [Float64Array, Float64Array] {
  const low = Float64Array.from({ length: 3 }, () => random.next() * 10 - 5);
  const high = low.map(
    (value, f) => value + (sides.get(f) === "high" ? 1 : -1) * random.integer(3) * random.next() * 4,
  );
  return [random.next() < 0.2 ? low.with(random.integer(3), Number.NaN) : low, high];
}

function countFalls(trees: TreeEnsemble, random: Random): number {
  let falls = 0;
  for (let i = 0; i < 400; i++) {
    const [low, high] = drawPair(random);
    if (meanLeafValue(trees, low) > meanLeafValue(trees, high)) falls++;
  }
  return falls;
}

test("no step towards suspicion lowers a tree, and no leaf is raised without need", () => {
  const random = createRandom(4);
  let before = 0;
  for (let round = 0; round < 40; round++) {
    const trees = drawTree(random);
    const raw = trees.split.slice();
    before += countFalls(trees, random);
    makeMonotone(trees, sides);
    expect(countFalls(trees, random)).toBe(0);
    const leaves = leavesBelow(trees, 0);
    // Every value is one that the tree had, at least the leaf's own; the least and the largest stay.
    const had = leaves.map((leaf) => raw[leaf]!);
    for (const leaf of leaves) {
      expect(trees.split[leaf]!).toBeGreaterThanOrEqual(raw[leaf]!);
      expect(had).toContain(trees.split[leaf]);
    }
    expect(Math.max(...leaves.map((leaf) => trees.split[leaf]!))).toBe(Math.max(...had));
  }
  expect(before).toBeGreaterThan(1000);
});

test("a tree that is monotone already stays as it is", () => {
  const builder = createTreeBuilder(3);
  const root = builder.beginTree();
  const first = builder.grow(root, 0, 1, false);
  builder.setLeaf(first, 0.2);
  const second = builder.grow(first + 1, 1, 3, true);
  builder.setLeaf(second, 0.9);
  builder.setLeaf(second + 1, 0.5);
  const trees = builder.build();
  const before = trees.split.slice();
  makeMonotone(trees, sides);
  expect(trees.split).toEqual(before);
});
