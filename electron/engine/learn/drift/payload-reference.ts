import { z } from "zod";
import { SentinelError } from "../../../../shared/errors.ts";
import { PayloadClass } from "../../../../shared/payload.ts";
import { Sha256 } from "../../../../shared/units.ts";
import { canonicalJson } from "../../base/canonical-json.ts";
import { describeReference, ReferenceRows, toReference } from "../../detect/anomaly/reference.ts";
import { featureIndex } from "../../detect/features/session-features.ts";
import { readModelText, writeModelText } from "../../detect/model-text.ts";
import type { ReferenceSet } from "./look-at-window.ts";

/** What is kept of the sessions: what a payload model says of their values, and a few figures about the values themselves. */
export const payloadReferenceFeatures = [
  "max_payload_score",
  "mean_payload_score",
  "top_payload_score",
  "payloads_over_half_ratio",
  "mean_payload_length",
  "max_payload_entropy",
  "max_special_ratio",
  "max_decoding_depth",
] as const;

const magic = "sentinel-payload-reference 1";
/** SECURITY: a larger file than this is not read at all. */
const maxBytes = 1_048_576;

const Content = z.strictObject({
  model: Sha256,
  /** Where the sessions came from, in words. */
  source: z.string().max(2000),
  sessions: z.int().min(1),
  features: ReferenceRows,
  /** 1 − the share of payloads whose conformal set promises to hold their class. */
  set_error_rate: z.number().gt(0).lt(1),
  /** What the sets held on data that the model was only judged on. */
  coverage: z.array(z.strictObject({ class: PayloadClass, rows: z.int().min(0), held: z.int().min(0) })),
});

/** What a payload model had before it when it was made: what it is asked about later is held against that. */
export interface PayloadReference extends ReferenceSet {
  readonly source: string;
  readonly setErrorRate: number;
  readonly coverage: readonly { readonly class: PayloadClass; readonly rows: number; readonly held: number }[];
}

/**
 * Describes what a payload model says of ordinary sessions. They should be none that it was fitted to: of those it is surer than of
 * any others, and every later session would seem to have drifted.
 *
 * @param vectors features of the sessions as the product describes them, judged by this model; at least one
 */
export function describePayloadReference(
  vectors: readonly Float64Array[],
  more: Pick<PayloadReference, "model" | "source" | "setErrorRate" | "coverage">,
): PayloadReference {
  const rows = vectors.map((vector) =>
    Float64Array.from(payloadReferenceFeatures, (name) => vector[featureIndex.get(name)!]!),
  );
  return { ...more, sessions: vectors.length, features: describeReference(rows, payloadReferenceFeatures) };
}

/** The bytes of a reference's file; the same content gives the same bytes. */
export function writePayloadReference(reference: PayloadReference): Buffer {
  const { model, source, sessions, features, setErrorRate, coverage } = reference;
  const rows = features.map(({ quantiles, ...row }) => ({
    ...row,
    quantiles: quantiles === null ? null : [...quantiles],
  }));
  const content = { model, source, sessions, features: rows, set_error_rate: setErrorRate, coverage };
  return writeModelText(magic, canonicalJson(content));
}

/** @throws SentinelError MODEL_UNREADABLE when it is damaged or of another format */
export function readPayloadReference(bytes: Uint8Array): PayloadReference {
  const { content } = readModelText(bytes, { magic, maxBytes, content: Content, unreadable });
  const { model, source, sessions, coverage } = content;
  return {
    model,
    source,
    sessions,
    coverage,
    features: toReference(content.features),
    setErrorRate: content.set_error_rate,
  };
}

function unreadable(why: string): never {
  throw new SentinelError("MODEL_UNREADABLE", `The reference of the payload model cannot be read: ${why}.`);
}
