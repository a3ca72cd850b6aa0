import { z } from "zod";
import { SentinelError } from "../../../../shared/errors.ts";
import { sha256 } from "../../base/ids.ts";
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
  reference: z.array(
    z.strictObject({
      name: z.string(),
      sessions: z.int().min(0),
      quantiles: z.array(z.number()).length(101).nullable(),
    }),
  ),
});

/** A model file: a line with the format and the SHA-256 of the rest, then the content. */
export function serializeSequence(content: SequenceContent): Buffer {
  const text = writeSequence(content);
  return Buffer.from(`${magic} ${sha256(text)}\n${text}\n`);
}

/** Reads a model file. @throws SentinelError MODEL_UNREADABLE when it is damaged or of another format */
export function parseSequence(bytes: Uint8Array): SequenceModel {
  if (bytes.length > maxSequenceBytes) unreadable("it is too large");
  const [head = "", text = ""] = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString().split("\n");
  if (!head.startsWith(`${magic} `)) unreadable("it has another format");
  // SECURITY: an edited file must not say what is ordinary.
  const hash = sha256(text);
  if (hash !== head.slice(magic.length + 1)) unreadable("its hash does not match");
  const parsed = Content.safeParse(JSON.parse(text));
  if (!parsed.success) unreadable(`${parsed.error.issues[0]!.path.join(".")}: ${parsed.error.issues[0]!.message}`);
  const { order, sessions, symbols, contexts, reference } = parsed.data;
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
    reference: reference.map((each) => ({
      ...each,
      quantiles: each.quantiles === null ? null : Float64Array.from(each.quantiles),
    })),
  };
  if (reference.some(({ name }, i) => name !== sequenceFeatureNames[i]))
    unreadable("its reference is of other features");
  return createSequenceModel(content, hash);
}

function unreadable(why: string): never {
  throw new SentinelError("MODEL_UNREADABLE", `The model of sequences cannot be read: ${why}.`);
}
