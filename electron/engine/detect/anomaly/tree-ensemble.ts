/**
 * Binary decision trees in flat typed arrays, one block of nodes for the whole ensemble. A row goes to the first child where its
 * feature is at most the threshold, to the second where it is above, and by `missingSecond` where the feature is not available
 * (NaN): every node has learned a way for "not available", which is a value of its own and not zero.
 *
 * The two children of a node stand side by side and after it, so that a walk ends.
 */
export interface TreeEnsemble {
  readonly nFeatures: number;
  /** Node of each tree's root, shape [nTrees], ascending from 0. */
  readonly roots: Int32Array;
  /** Feature that a node asks about, -1 for a leaf; shape [nNodes], like all below. */
  readonly feature: Int16Array;
  /** An inner node's threshold; a leaf's value, in the units of who grew the tree. */
  readonly split: Float64Array;
  /** First of the node's two children; 0 in a leaf. */
  readonly child: Int32Array;
  /** 1: rows without the feature go to the second child; 0: to the first. */
  readonly missingSecond: Uint8Array;
}

/** Mean over the trees of the value of the leaf that the row ends in. @throws RangeError if `x.length !== nFeatures` */
export function meanLeafValue(trees: TreeEnsemble, x: Float64Array): number {
  if (x.length !== trees.nFeatures) throw new RangeError(`${x.length} features given, ${trees.nFeatures} expected`);
  const { roots, feature, split, child, missingSecond } = trees;
  let sum = 0;
  if (!x.some(Number.isNaN)) {
    for (let i = 0; i < roots.length; i++) {
      let node = roots[i]!;
      // A comparison as a number takes no branch, which the processor would guess wrong every other time: twice as fast.
      for (let f = feature[node]!; f >= 0; f = feature[node]!) node = child[node]! + Number(x[f]! > split[node]!);
      sum += split[node]!;
    }
    return sum / roots.length;
  }
  for (let i = 0; i < roots.length; i++) {
    let node = roots[i]!;
    for (let f = feature[node]!; f >= 0; f = feature[node]!) {
      const value = x[f]!;
      const at = split[node]!;
      // A NaN is the only value that fails both comparisons.
      node = child[node]! + (value > at ? 1 : value <= at ? 0 : missingSecond[node]!);
    }
    sum += split[node]!;
  }
  return sum / roots.length;
}

/** Leaves below a node, first children first. */
export function leavesBelow(trees: TreeEnsemble, top: number): number[] {
  const leaves: number[] = [];
  const stack = [top];
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
    if (trees.feature[node]! < 0) leaves.push(node);
    else stack.push(trees.child[node]! + 1, trees.child[node]!);
  }
  return leaves;
}

/** Collects nodes while trees grow; `build` freezes them. */
export interface TreeBuilder {
  /** Appends a root, a leaf so far. @returns its node */
  beginTree(): number;
  /** Makes a leaf an inner node. @returns the first of its two new children, leaves so far */
  grow(node: number, feature: number, threshold: number, missingSecond: boolean): number;
  setLeaf(node: number, value: number): void;
  build(): TreeEnsemble;
}

export function createTreeBuilder(nFeatures: number): TreeBuilder {
  const roots: number[] = [];
  let capacity = 4096;
  let size = 0;
  let feature = new Int16Array(capacity).fill(-1);
  let split = new Float64Array(capacity);
  let child = new Int32Array(capacity);
  let missing = new Uint8Array(capacity);
  const append = (nodes: number) => {
    const first = size;
    size += nodes;
    if (size > capacity) {
      capacity *= 2;
      const wider = new Int16Array(capacity).fill(-1);
      wider.set(feature);
      feature = wider;
      split = widen(new Float64Array(capacity), split);
      child = widen(new Int32Array(capacity), child);
      missing = widen(new Uint8Array(capacity), missing);
    }
    return first;
  };
  return {
    beginTree: () => {
      const root = append(1);
      roots.push(root);
      return root;
    },
    grow: (node, f, threshold, missingSecond) => {
      const first = append(2);
      feature[node] = f;
      split[node] = threshold;
      child[node] = first;
      missing[node] = missingSecond ? 1 : 0;
      return first;
    },
    setLeaf: (node, value) => {
      split[node] = value;
    },
    build: () => ({
      nFeatures,
      roots: Int32Array.from(roots),
      feature: feature.slice(0, size),
      split: split.slice(0, size),
      child: child.slice(0, size),
      missingSecond: missing.slice(0, size),
    }),
  };
}

function widen<T extends Float64Array | Int32Array | Uint8Array>(wider: T, values: T): T {
  wider.set(values);
  return wider;
}
