import { z } from "zod";
import { SentinelError } from "../../../../shared/errors.ts";
import { payloadClasses } from "../../../../shared/payload.ts";
import { sha256 } from "../../base/ids.ts";
import type { ClassicForest } from "./classic-forest.ts";
import { gramCount } from "./classic-grams.ts";
import { parseHeaderJson } from "./header-json.ts";

/**
 * The file of a classic model: 8 bytes magic, 4 bytes length of the header (little endian), the header as JSON, then the arrays in the order
 * of `layout`, little endian. The header carries the SHA-256 of everything after it.
 */
export const classicMagic = "SNTLCLS1";

/** Classes that a value can be of: csrf is judged on the request. */
export const classicClasses = payloadClasses.filter((name) => name !== "csrf");

const Header = z.object({
  version: z.string(),
  classes: z.array(z.string()),
  features: z.number().int().min(1).max(32_767),
  trees: z.number().int().min(1).max(10_000),
  nodes: z.number().int().min(1).max(20_000_000),
  leaves: z.number().int().min(1).max(20_000_000),
  temperature: z.number().positive(),
  benign_shift: z.number(),
  set_thresholds: z.array(z.number().min(0).max(1)).length(payloadClasses.length),
  sha256: z.string(),
});
type Header = z.infer<typeof Header>;

export interface ClassicModel {
  readonly header: Pick<Header, "version" | "temperature" | "benign_shift" | "set_thresholds">;
  /** Numbers of the n-grams that are features, and their inverse document frequencies; shape [nFeatures]. */
  readonly grams: Uint32Array;
  readonly idf: Float32Array;
  readonly forest: ClassicForest;
}

function layout({ features, trees, nodes, leaves, classes }: Header) {
  return {
    grams: features * 4,
    idf: features * 4,
    starts: (trees + 1) * 4,
    shareStarts: (trees + 1) * 4,
    feature: nodes * 2,
    next: nodes * 2,
    threshold: nodes,
    shares: leaves * classes.length,
  };
}

/** @returns the bytes of the file; the same model gives the same bytes */
export function writeClassic({ header, grams, idf, forest }: ClassicModel): Uint8Array {
  const { starts, shareStarts, feature, next, threshold, shares } = forest;
  const arrays = [grams, idf, starts, shareStarts, feature, next, threshold, shares];
  const body = Buffer.concat(arrays.map((array) => new Uint8Array(array.buffer, array.byteOffset, array.byteLength)));
  const { version, temperature, benign_shift, set_thresholds } = header;
  const whole: Header = {
    version,
    classes: [...classicClasses],
    features: grams.length,
    trees: starts.length - 1,
    nodes: feature.length,
    leaves: shares.length / forest.classes,
    temperature,
    benign_shift,
    set_thresholds,
    sha256: sha256(body),
  };
  const json = Buffer.from(JSON.stringify(whole));
  const length = Buffer.alloc(4);
  length.writeUInt32LE(json.length);
  return Buffer.concat([Buffer.from(classicMagic, "latin1"), length, json, body]);
}

/** @throws SentinelError MODEL_UNREADABLE when the bytes are no model of this version, are cut or were changed */
export function readClassic(bytes: Uint8Array): ClassicModel {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (buffer.length < 12 || buffer.toString("latin1", 0, 8) !== classicMagic)
    throw unreadable("it does not start as one");
  const headerEnd = 12 + buffer.readUInt32LE(8);
  const header = parseHeader(buffer.toString("utf8", 12, headerEnd));
  const sizes = layout(header);
  const body = buffer.subarray(headerEnd);
  if (Object.values(sizes).reduce((sum, size) => sum + size, 0) !== body.length) {
    throw unreadable("its length is wrong");
  }
  if (sha256(body) !== header.sha256) throw unreadable("its hash does not match");
  let at = 0;
  const take = (size: number) => {
    // A copy begins at a multiple of what its numbers take.
    const part = Uint8Array.from(body.subarray(at, at + size));
    at += size;
    return part.buffer;
  };
  const grams = new Uint32Array(take(sizes.grams));
  const idf = new Float32Array(take(sizes.idf));
  const starts = new Uint32Array(take(sizes.starts));
  const shareStarts = new Uint32Array(take(sizes.shareStarts));
  const feature = new Uint16Array(take(sizes.feature));
  const next = new Uint16Array(take(sizes.next));
  const threshold = new Uint8Array(take(sizes.threshold));
  const shares = new Uint8Array(take(sizes.shares));
  if (grams.some((gram) => gram >= gramCount)) throw unreadable("it names an n-gram that there is not");
  const classes = classicClasses.length;
  return { header, grams, idf, forest: { starts, shareStarts, feature, next, threshold, shares, classes } };
}

function parseHeader(text: string): Header {
  const header = parseHeaderJson(text, Header, unreadable);
  if (header.classes.join() !== classicClasses.join()) throw unreadable("its classes are not those of this version");
  return header;
}

function unreadable(why: string): SentinelError {
  return new SentinelError("MODEL_UNREADABLE", `The classic payload model cannot be used: ${why}.`);
}
