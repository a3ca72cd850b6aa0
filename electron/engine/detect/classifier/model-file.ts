import { createHash } from "node:crypto";
import { z } from "zod";
import { SentinelError } from "../../../../shared/errors.ts";
import { payloadClasses } from "../../../../shared/payload.ts";
import { families, familyCount } from "./families.ts";
import { featureVersion } from "./featurize.ts";
import { bucketCount } from "./hashing.ts";
import { parseHeaderJson } from "./header-json.ts";
import { embeddingSize, type NetworkWeights } from "./network.ts";

/**
 * The model file: 8 bytes magic, 4 bytes length of the header (little endian), the header as JSON padded with blanks to a multiple
 * of 8, then the arrays in the order of `NetworkWeights`, little endian, then the suspicion direction. The header carries the
 * SHA-256 of everything after it.
 */
const magic = "SNTLPAY1";

const Thresholds = z.array(z.number().min(0).max(1)).length(payloadClasses.length);

const Header = z.object({
  version: z.string(),
  feature_version: z.literal(featureVersion),
  buckets: z.literal(bucketCount),
  embedding: z.literal(embeddingSize),
  families: z.array(z.string()),
  /** Softmax temperature, and what is added to the logit of benign, both fitted on sources outside the fit. */
  temperature: z.number().positive(),
  benign_shift: z.number(),
  /** A class belongs to the conformal set when its probability is at least this; in the order of the seven classes. */
  set_error_rate: z.number().min(0).max(1),
  set_thresholds: Thresholds,
  /** The same at other error rates, where the fit knew them; files of earlier fits have none. */
  other_set_thresholds: z
    .array(z.object({ error_rate: z.number().gt(0).lt(1), thresholds: Thresholds }))
    .max(20)
    .optional(),
  sha256: z.string(),
});
export type ModelHeader = z.infer<typeof Header>;

/**
 * Thresholds of the conformal sets at an error rate, or at the file's own where it has none for that, and which rate it is. A smaller
 * rate rules out no more than a larger one: where few rows of a class set them, thresholds that were set rate by rate may cross, and
 * the file's own stand.
 */
export function setsAt(
  { set_error_rate: own, set_thresholds, other_set_thresholds = [] }: ModelHeader,
  errorRate: number = own,
): { readonly errorRate: number; readonly thresholds: readonly number[] } {
  if (!other_set_thresholds.some((at) => at.error_rate === errorRate)) {
    return { errorRate: own, thresholds: set_thresholds };
  }
  const between = other_set_thresholds.filter(({ error_rate: rate }) =>
    errorRate < own ? rate >= errorRate && rate < own : rate <= errorRate && rate > own,
  );
  const further = errorRate < own ? Math.min : Math.max;
  const thresholds = set_thresholds.map((at, c) => further(at, ...between.map(({ thresholds }) => thresholds[c]!)));
  return { errorRate, thresholds };
}

export interface PayloadModel {
  readonly header: ModelHeader;
  readonly weights: NetworkWeights;
  /** Direction of h that speaks for an attack; shape [embeddingSize]. */
  readonly suspicion: Float32Array;
}

const floats = embeddingSize * 3 + familyCount * embeddingSize * 2 + familyCount;

/** @returns the bytes of a model file; the same model gives the same bytes */
export function writeModel(model: {
  readonly header: Omit<ModelHeader, "feature_version" | "buckets" | "embedding" | "families" | "sha256">;
  readonly weights: NetworkWeights;
  readonly suspicion: Float32Array;
}): Uint8Array {
  const { weights, suspicion } = model;
  const body = Buffer.alloc(floats * 4 + weights.embeddings.length);
  let at = 0;
  for (const array of [weights.scales, weights.shift, weights.linear, weights.hidden, weights.bias, suspicion]) {
    for (const value of array) at = body.writeFloatLE(value, at);
  }
  body.set(new Uint8Array(weights.embeddings.buffer, weights.embeddings.byteOffset, weights.embeddings.length), at);
  const header: ModelHeader = {
    ...model.header,
    feature_version: featureVersion,
    buckets: bucketCount,
    embedding: embeddingSize,
    families: families.map((family) => family.name),
    sha256: createHash("sha256").update(body).digest("hex"),
  };
  const json = Buffer.from(JSON.stringify(header));
  const padded = Buffer.alloc(Math.ceil((json.length + 12) / 8) * 8 - 12, 32);
  padded.set(json);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(padded.length);
  return Buffer.concat([Buffer.from(magic, "latin1"), length, padded, body]);
}

/** @throws SentinelError MODEL_UNREADABLE when the bytes are no model of this version, are cut or were changed */
export function readModel(bytes: Uint8Array): PayloadModel {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (buffer.length < 12 || buffer.toString("latin1", 0, 8) !== magic) throw unreadable("it does not start as one");
  const headerLength = buffer.readUInt32LE(8);
  if (12 + headerLength + floats * 4 + bucketCount * embeddingSize !== buffer.length) {
    throw unreadable("its length is wrong");
  }
  const header = parseHeader(buffer.toString("utf8", 12, 12 + headerLength));
  const body = buffer.subarray(12 + headerLength);
  if (createHash("sha256").update(body).digest("hex") !== header.sha256) throw unreadable("its hash does not match");
  let at = 0;
  const take = (length: number) => {
    const array = new Float32Array(length);
    for (let i = 0; i < length; i++, at += 4) array[i] = body.readFloatLE(at);
    return array;
  };
  const weights = {
    scales: take(embeddingSize),
    shift: take(embeddingSize),
    linear: take(familyCount * embeddingSize),
    hidden: take(familyCount * embeddingSize),
    bias: take(familyCount),
  };
  const suspicion = take(embeddingSize);
  const embeddings = new Int8Array(bucketCount * embeddingSize);
  embeddings.set(new Int8Array(body.buffer, body.byteOffset + at, embeddings.length));
  return { header, weights: { ...weights, embeddings }, suspicion };
}

function parseHeader(text: string): ModelHeader {
  const header = parseHeaderJson(text, Header, unreadable);
  if (header.families.join() !== families.map((family) => family.name).join()) {
    throw unreadable("its families are not those of this version");
  }
  return header;
}

function unreadable(why: string): SentinelError {
  return new SentinelError("MODEL_UNREADABLE", `The payload model cannot be used: ${why}.`);
}
