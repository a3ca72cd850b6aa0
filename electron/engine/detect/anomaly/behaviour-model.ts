import { canonicalJson } from "../../base/canonical-json.ts";
import { sha256 } from "../../base/ids.ts";
import type { FeatureReference } from "./reference.ts";
import { meanLeafValue, type TreeEnsemble } from "./tree-ensemble.ts";

/** What a behaviour model is made of; plain data, the same bytes in a file for the same content. */
export interface BehaviourContent {
  /** `forest`: fitted to reference sessions; `heuristic`: from the table of suspicions alone. */
  readonly kind: "forest" | "heuristic";
  /** Feature names, in the order of a row's values. */
  readonly schema: readonly string[];
  /** How many reference sessions it was fitted to. */
  readonly sessions: number;
  readonly trees: TreeEnsemble;
  /** Benign sessions, each of shape [nFeatures], that stand for "not known" in Shapley values; at least one. */
  readonly background: readonly Float64Array[];
  /** Spread of each feature over the reference sessions, in the order of the schema. */
  readonly reference: readonly FeatureReference[];
}

/** Scores how attack-like a session behaves, beside what its payloads are. */
export interface BehaviourModel extends BehaviourContent {
  /** SHA-256 of the content as it is written to a file. */
  readonly hash: string;
  /**
   * @param x features, shape [nFeatures] or longer, beginning with `schema`; NaN: not available
   * @returns in [0, 1]; ordinary sessions near 0.1, strongly suspicious ones near 0.9
   * @throws RangeError if `x.length < schema.length`
   */
  score(x: Float64Array): number;
}

/** The model's content as text (canonical JSON); NaN is written as null. */
export function writeBehaviour(content: BehaviourContent): string {
  const { roots, feature, split, child, missingSecond } = content.trees;
  return canonicalJson({
    kind: content.kind,
    schema: content.schema,
    sessions: content.sessions,
    trees: {
      roots: [...roots],
      feature: [...feature],
      split: [...split],
      child: [...child],
      missing_second: [...missingSecond],
    },
    background: content.background.map((row) => Array.from(row, (value) => (Number.isNaN(value) ? null : value))),
    reference: content.reference.map(({ name, sessions, quantiles }) => ({
      name,
      sessions,
      quantiles: quantiles === null ? null : [...quantiles],
    })),
  });
}

/**
 * What a model reads of a session: the beginning of the vector, as long as its schema. Features that later versions of the product
 * append are not asked about.
 */
export function modelInputs({ schema }: Pick<BehaviourContent, "schema">, features: Float64Array): Float64Array {
  return features.length > schema.length ? features.subarray(0, schema.length) : features;
}

/** Gives content its hash and its score. @param hash of the content as written, where it is known already */
export function createBehaviourModel(
  content: BehaviourContent,
  hash: string = sha256(writeBehaviour(content)),
): BehaviourModel {
  return { ...content, hash, score: (x) => meanLeafValue(content.trees, modelInputs(content, x)) };
}
