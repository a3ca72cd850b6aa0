import { createHash } from "node:crypto";
import { z } from "zod";
import { SentinelError } from "../../../../../shared/errors.ts";
import { exp } from "../../../base/math.ts";
import { bucketCount, type Folded, featureVersion, visitFeatures } from "./injection-features.ts";

/** The file: 8 bytes magic, 4 bytes length of the header (little endian), the header as JSON, one signed byte a bucket. */
const magic = "SNTLINJ1";

const Header = z.object({
  feature_version: z.literal(featureVersion),
  buckets: z.literal(bucketCount),
  /** Weight of a bucket is its byte times this. */
  scale: z.number().positive(),
  bias: z.number(),
  /** Logit from which on a text is flagged, and the lower one for what was hidden by an encoding. */
  threshold: z.number(),
  hidden_threshold: z.number(),
  /** SHA-256 of the weights. */
  sha256: z.string(),
});
export type InjectionHeader = z.infer<typeof Header>;

export interface InjectionModel {
  readonly header: InjectionHeader;
  readonly weights: Int8Array;
}

export function writeInjectionModel(
  header: Omit<InjectionHeader, "feature_version" | "buckets" | "sha256">,
  weights: Int8Array,
): Uint8Array {
  const body = new Uint8Array(weights.buffer, weights.byteOffset, weights.length);
  const whole = {
    ...header,
    feature_version: featureVersion,
    buckets: bucketCount,
    sha256: hashOf(body),
  } satisfies InjectionHeader;
  const json = Buffer.from(JSON.stringify(whole));
  const lead = Buffer.alloc(12);
  lead.write(magic, "latin1");
  lead.writeUInt32LE(json.length, 8);
  return Buffer.concat([lead, json, body]);
}

/** @throws SentinelError MODEL_UNREADABLE */
export function readInjectionModel(bytes: Uint8Array): InjectionModel {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const unreadable = () => new SentinelError("MODEL_UNREADABLE", "injection.bin cannot be read.");
  if (file.length < 12 || file.toString("latin1", 0, 8) !== magic) throw unreadable();
  const end = 12 + file.readUInt32LE(8);
  let json: unknown;
  try {
    json = JSON.parse(file.toString("utf8", 12, end));
  } catch {
    throw unreadable();
  }
  const header = Header.safeParse(json);
  const body = file.subarray(end);
  if (!header.success || body.length !== bucketCount || hashOf(body) !== header.data.sha256) throw unreadable();
  return { header: header.data, weights: new Int8Array(body.buffer, body.byteOffset, body.length) };
}

const hashOf = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

/** Words that are judged together: an instruction is as long as a line, a sentence or a paragraph. */
export const windowSizes = [8, 16, 32] as const;

/** A stretch of a text and what speaks for an injection in it. */
export interface Scored {
  /** First word, and the one behind the last. */
  readonly first: number;
  readonly end: number;
  /** Log odds. */
  readonly logit: number;
}

/** Sums over the words before each, so that any window costs two look-ups. */
interface Sums {
  readonly weight: Float64Array;
  readonly square: Float64Array;
}

function sumUp(folded: Folded, weights: Int8Array): Sums {
  const weight = new Float64Array(folded.wordCount + 1);
  const square = new Float64Array(folded.wordCount + 1);
  visitFeatures(folded, (bucket, word, value) => {
    weight[word + 1]! += weights[bucket]! * value;
    square[word + 1]! += value * value;
  });
  for (let w = 0; w < folded.wordCount; w++) {
    weight[w + 1]! += weight[w]!;
    square[w + 1]! += square[w]!;
  }
  return { weight, square };
}

/** Windows of a text of so many words, by their first word and the one behind the last. */
export function* windowsOf(words: number): Generator<readonly [number, number]> {
  for (const size of windowSizes) {
    const step = size / 4;
    for (let first = 0; ; first += step) {
      yield [first, Math.min(words, first + size)];
      if (first + size >= words) break;
    }
    if (words <= size) break;
  }
}

/** The stretch that speaks most for an injection; a text without words speaks for none. */
export function worstStretch(model: InjectionModel, folded: Folded): Scored {
  const { weight, square } = sumUp(folded, model.weights);
  const { scale, bias } = model.header;
  let worst: Scored = { first: 0, end: folded.wordCount, logit: Number.NEGATIVE_INFINITY };
  for (const size of windowSizes) {
    for (let first = 0; ; first += size / 4) {
      const end = Math.min(folded.wordCount, first + size);
      const squares = square[end]! - square[first]!;
      const logit = bias + ((weight[end]! - weight[first]!) * scale) / Math.sqrt(squares);
      if (squares > 0 && logit > worst.logit) worst = { first, end, logit };
      if (first + size >= folded.wordCount) break;
    }
    if (folded.wordCount <= size) break;
  }
  return worst;
}

/** Probability of log odds. */
export function probabilityOf(logit: number): number {
  return 1 / (1 + exp(-logit));
}
