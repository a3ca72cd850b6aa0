import { type BehaviourOptions, defaultBehaviourOptions, growBehaviour, nothingKnown } from "./behaviour-forest.ts";
import { type BehaviourModel, createBehaviourModel } from "./behaviour-model.ts";
import { drawSample } from "./isolation-tree.ts";
import { createRandom } from "./random.ts";
import { describeReference } from "./reference.ts";
import type { Suspicion } from "./suspicion.ts";

/** Sessions kept as the background of Shapley values. */
export const backgroundSize = 100;

/**
 * Fits the behaviour model to benign sessions. Deterministic: the same sessions in the same order and the same seed give the same
 * bytes. Takes a fraction of a second; runs in a worker, which hands the model over as the bytes of `writeBehaviour`.
 *
 * @param rows benign sessions, each of shape [nFeatures]; NaN: not available
 * @throws RangeError without rows, for a row of another length, or for options or suspicions out of range
 */
export function fitBehaviour(
  rows: readonly Float64Array[],
  schema: readonly string[],
  suspicions: readonly Suspicion[],
  options: BehaviourOptions = defaultBehaviourOptions,
): BehaviourModel {
  if (rows.length === 0) throw new RangeError("a behaviour model needs at least one session");
  const order = Int32Array.from({ length: rows.length }, (_, i) => i);
  const drawn = drawSample(order, Math.min(backgroundSize, rows.length), createRandom(options.seed));
  return createBehaviourModel({
    kind: "forest",
    schema,
    sessions: rows.length,
    trees: growBehaviour(rows, schema, suspicions, options),
    background: Array.from(drawn.sort(), (i) => rows[i]!.slice()),
    reference: describeReference(rows, schema),
  });
}

/**
 * The model before any session was seen: the same trees, grown from the table of suspicions alone. Its background is one session
 * of which nothing is known, so that Shapley values tell the distance from that.
 */
export function createHeuristicBehaviour(schema: readonly string[], suspicions: readonly Suspicion[]): BehaviourModel {
  return createBehaviourModel({
    kind: "heuristic",
    schema,
    sessions: 0,
    trees: growBehaviour([], schema, suspicions, defaultBehaviourOptions),
    background: [nothingKnown(schema.length)],
    reference: describeReference([], schema),
  });
}
