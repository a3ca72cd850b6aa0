import { z } from "zod";
import { SentinelError } from "../../../../shared/errors.ts";
import { readModelText, writeModelText } from "../model-text.ts";
import { type BehaviourContent, type BehaviourModel, createBehaviourModel, writeBehaviour } from "./behaviour-model.ts";
import { ReferenceRows, toReference } from "./reference.ts";
import type { TreeEnsemble } from "./tree-ensemble.ts";

/** First line of a model file; a change of the format gets another number. */
const magic = "sentinel-behaviour 1";

/** SECURITY: a model file decides verdicts; a larger one than this is not read at all. */
export const maxBehaviourBytes = 4_194_304;

/** Long columns are checked by hand: a schema per element takes longer than everything else at start. */
const column = <T>(isElement: (value: unknown) => boolean) =>
  z.custom<T[]>((value) => Array.isArray(value) && value.every(isElement), "not a column of numbers");
const Numbers = column<number>(Number.isFinite);
const Integers = column<number>(Number.isSafeInteger);
const Values = column<number | null>((value) => value === null || Number.isFinite(value));
const Content = z.strictObject({
  kind: z.enum(["forest", "heuristic"]),
  schema: z.array(z.string().min(1)).min(1).max(1000),
  sessions: z.int().min(0),
  trees: z.strictObject({
    roots: Integers.refine(({ length }) => length > 0),
    feature: Integers,
    split: Numbers,
    child: Integers,
    missing_second: Integers,
  }),
  background: z.array(Values).min(1),
  reference: ReferenceRows,
});

/** A model file: a line with the format and the SHA-256 of the rest, then the content. */
export function serializeBehaviour(content: BehaviourContent): Buffer {
  return writeModelText(magic, writeBehaviour(content));
}

/**
 * Reads a model file.
 * @throws SentinelError MODEL_UNREADABLE when it is damaged, of another format, or its trees are no trees
 */
export function parseBehaviour(bytes: Uint8Array): BehaviourModel {
  const format = { magic, maxBytes: maxBehaviourBytes, content: Content, unreadable };
  const { content, hash } = readModelText(bytes, format);
  const { kind, schema, sessions, trees, background, reference } = content;
  const nFeatures = schema.length;
  if (background.some((row) => row.length !== nFeatures)) unreadable("a background session has another length");
  if (reference.length !== nFeatures || reference.some(({ name }, i) => name !== schema[i])) {
    unreadable("its reference describes other features");
  }
  return createBehaviourModel(
    {
      kind,
      schema,
      sessions,
      trees: checkTrees(trees, nFeatures),
      background: background.map((row) => Float64Array.from(row, (value) => value ?? Number.NaN)),
      reference: toReference(reference),
    },
    hash,
  );
}

/** SECURITY: children must follow their parent and stay inside, or a walk over a crafted file would not end. */
function checkTrees(trees: z.output<typeof Content>["trees"], nFeatures: number): TreeEnsemble {
  const nNodes = trees.feature.length;
  if ([trees.split, trees.child, trees.missing_second].some(({ length }) => length !== nNodes)) {
    unreadable("its trees have columns of different lengths");
  }
  const rootsFit = trees.roots.every((root, i) => root >= (i === 0 ? 0 : trees.roots[i - 1]! + 1) && root < nNodes);
  const nodesFit = trees.feature.every((f, node) => {
    const child = trees.child[node]!;
    const missing = trees.missing_second[node]!;
    if (f < 0) return f === -1 && child === 0 && missing === 0 && trees.split[node]! >= 0 && trees.split[node]! <= 1;
    return f < nFeatures && child > node && child + 1 < nNodes && (missing === 0 || missing === 1);
  });
  if (!(rootsFit && nodesFit)) unreadable("its trees are no trees");
  return {
    nFeatures,
    roots: Int32Array.from(trees.roots),
    feature: Int16Array.from(trees.feature),
    split: Float64Array.from(trees.split),
    child: Int32Array.from(trees.child),
    missingSecond: Uint8Array.from(trees.missing_second),
  };
}

function unreadable(why: string): never {
  throw new SentinelError("MODEL_UNREADABLE", `The behaviour model cannot be read: ${why}.`);
}
