import { z } from "zod";
import { SentinelError } from "../../../../shared/errors.ts";
import { ReferenceRows, toReference } from "../anomaly/reference.ts";
import { readModelText, writeModelText } from "../model-text.ts";
import { sequenceFeatureNames } from "./fit-sequence.ts";
import {
  createSequenceModel,
  type SequenceContent,
  type SequenceModel,
  start,
  writeSequence,
} from "./sequence-model.ts";

/** First line of a model file; a change of the format gets another number. */
const magic = "sentinel-sequence 1";

/** SECURITY: a larger file than this is not read at all. */
const maxSequenceBytes = 4_194_304;

const Content = z.strictObject({
  order: z.int().min(1).max(5),
  sessions: z.int().min(1),
  symbols: z.array(z.string().min(1).max(600)).min(1).max(50_000),
  contexts: z.array(z.tuple([z.array(z.int()), z.array(z.int())])).min(1),
  reference: ReferenceRows,
});

/** A model file: a line with the format and the SHA-256 of the rest, then the content. */
export function serializeSequence(content: SequenceContent): Buffer {
  return writeModelText(magic, writeSequence(content));
}

/** Reads a model file. @throws SentinelError MODEL_UNREADABLE when it is damaged or of another format */
export function parseSequence(bytes: Uint8Array): SequenceModel {
  const format = { magic, maxBytes: maxSequenceBytes, content: Content, unreadable };
  const { content: read, hash } = readModelText(bytes, format);
  const { order, sessions, symbols, contexts, reference } = read;
  const isSymbol = (value: number) => value >= 0 && value <= symbols.length;
  const content = {
    order,
    sessions,
    symbols,
    contexts: contexts.map(([context, flat]) => {
      if (context.length > order || !context.every((value) => value === start || isSymbol(value)))
        unreadable("a context");
      const next: [number, number][] = [];
      for (let i = 0; i + 1 < flat.length; i += 2) next.push([flat[i]!, flat[i + 1]!]);
      const isCounted = next.length * 2 === flat.length && next.every(([symbol, n]) => isSymbol(symbol) && n > 0);
      if (!isCounted || next.length === 0) unreadable("what follows a context");
      return { context, next };
    }),
    reference: toReference(reference),
  };
  if (reference.some(({ name }, i) => name !== sequenceFeatureNames[i]))
    unreadable("its reference is of other features");
  return createSequenceModel(content, hash);
}

function unreadable(why: string): never {
  throw new SentinelError("MODEL_UNREADABLE", `The model of sequences cannot be read: ${why}.`);
}
