import { exp } from "../../base/math.ts";
import { drawSample, growTree, meanPathLength, packRows } from "./isolation-tree.ts";
import { makeMonotone } from "./monotone.ts";
import { createRandom, type Random } from "./random.ts";
import { quantileOf } from "./reference.ts";
import { checkSuspicions, placeQuestions, type QuestionRange, type Suspicion } from "./suspicion.ts";
import { createTreeBuilder, meanLeafValue, type TreeEnsemble } from "./tree-ensemble.ts";

/** Hyperparameters of the behaviour score. */
export interface BehaviourOptions {
  readonly trees: number;
  /** Reference sessions drawn for each tree. */
  readonly sample: number;
  /** Most questions asked of a session by one tree. */
  readonly depth: number;
  readonly seed: number;
}

export const defaultBehaviourOptions: BehaviourOptions = { trees: 200, sample: 256, depth: 10, seed: 1 };

/** Score of the median reference session. */
const ordinaryScore = 0.1;

/**
 * Fits the trees of the behaviour score: an isolation forest whose questions lie on the suspicious side of each feature only.
 *
 * - Feature of a question: drawn by weight. Threshold: uniform between the feature's ordinary bound and its extreme, whether or
 *   not reference sessions differ there (the fixed working range of Tan, Ting & Liu 2011, "Fast anomaly detection for streaming
 *   data"): attacks are seen in features that are constant over honest sessions.
 * - A feature that is not available counts as ordinary: what the evidence cannot tell is never held against a session.
 * - Leaf value: 2^(-h / c(sample)) of Liu, Ting & Zhou 2008 for the leaf's own path length h, made monotone within the tree
 *   (monotone.ts), then mapped by one line for all leaves and clamped to [0, 1] leaf by leaf: the median reference session scores
 *   0.1, a session that every tree isolates at its first question scores 1.
 *
 * The score is the mean over trees, so it is a sum of one function per tree, it never falls when a suspicious feature becomes
 * more extreme, and it is piecewise constant: comparisons and one sum, the same bits everywhere.
 *
 * @param rows reference sessions, each of shape [nFeatures]; NaN: not available. None: the suspicions alone decide
 * @throws RangeError for options or suspicions out of range, or when no suspicion's feature is in the schema
 */
export function growBehaviour(
  rows: readonly Float64Array[],
  schema: readonly string[],
  suspicions: readonly Suspicion[],
  options: BehaviourOptions,
): TreeEnsemble {
  if (!(options.trees >= 1 && options.sample >= 2 && options.depth >= 1 && options.depth <= 30)) {
    throw new RangeError("trees, sample or depth out of range");
  }
  checkSuspicions(suspicions);
  const questions = suspicions.flatMap((suspicion) => {
    const feature = schema.indexOf(suspicion.feature);
    return feature < 0 ? [] : [placeQuestions(suspicion, feature, tailOf(rows, feature, suspicion.side))];
  });
  if (questions.length === 0) throw new RangeError("no feature of the schema has a suspicious side");
  // Without sessions every tree sees a sample of wholly ordinary ones.
  const seen = rows.length > 0 ? rows : Array.from({ length: options.sample }, () => nothingKnown(schema.length));
  const packed = packRows(seen, schema.length);
  const random = createRandom(options.seed);
  const sampleSize = Math.min(options.sample, seen.length);
  const order = Int32Array.from({ length: seen.length }, (_, i) => i);
  const builder = createTreeBuilder(schema.length);
  const normal = meanPathLength(Math.max(sampleSize, 2));
  const isolation = (depth: number, n: number) => exp((-(depth + meanPathLength(n)) / normal) * Math.LN2);
  const chooseSplit = chooseQuestion(questions, random);
  for (let tree = 0; tree < options.trees; tree++) {
    growTree(builder, packed, drawSample(order, sampleSize, random), {
      depthLimit: options.depth,
      chooseSplit,
      leafValue: isolation,
    });
  }
  const trees = builder.build();
  makeMonotone(trees, new Map(questions.map(({ feature, side }) => [feature, side])));
  const scores = Float64Array.from(seen, (row) => meanLeafValue(trees, row)).sort();
  return calibrate(trees, quantileOf(scores, 0.5), isolation(1, 0));
}

/** A session of which the evidence tells nothing. */
export function nothingKnown(nFeatures: number): Float64Array {
  return new Float64Array(nFeatures).fill(Number.NaN);
}

function tailOf(rows: readonly Float64Array[], feature: number, side: "high" | "low"): number | null {
  const sorted = Float64Array.from(
    rows.filter((row) => !Number.isNaN(row[feature]!)),
    (row) => row[feature]!,
  ).sort();
  return sorted.length === 0 ? null : quantileOf(sorted, side === "high" ? 0.95 : 0.05);
}

function chooseQuestion(questions: readonly QuestionRange[], random: Random) {
  let total = 0;
  const sums = questions.map(({ weight }) => {
    total += weight;
    return total;
  });
  return () => {
    const at = random.next() * total;
    // Rounding may leave `at` beyond the last sum.
    const question = questions[sums.findIndex((sum) => at < sum)] ?? questions.at(-1)!;
    // On the low side the first child (at most the threshold) is the suspicious one.
    return { feature: question.feature, threshold: question.at(random.next()), missingSecond: question.side === "low" };
  };
}

/** Maps leaf values by the line through (median, 0.1) and (highest, 1), clamped, in steps of 1e-6. */
function calibrate(trees: TreeEnsemble, median: number, highest: number): TreeEnsemble {
  const slope = (1 - ordinaryScore) / (highest - median);
  const split = trees.split.map((value, node) => {
    if (trees.feature[node]! >= 0) return value;
    const score = ordinaryScore + slope * (value - median);
    return Math.round(Math.min(Math.max(score, 0), 1) * 1e6) / 1e6;
  });
  return { ...trees, split };
}
