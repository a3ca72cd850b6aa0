import { z } from "zod";
import { SentinelError } from "../../../../shared/errors.ts";
import { Instant, Sha256 } from "../../../../shared/units.ts";
import { canonicalJson } from "../../base/canonical-json.ts";
import { sha256 } from "../../base/ids.ts";
import { isSigned, type Signature } from "../registry/model-signature.ts";
import { costOf, mechanism, normOf } from "./local-update.ts";
import { epsilonOf } from "./privacy-cost.ts";
import { updateSize } from "./public-frame.ts";

/**
 * An update in one file: 8 bytes magic, 4 bytes length of the header (little endian), the header as canonical JSON (RFC 8785), then the
 * numbers in 32 bits, little endian. The header holds their hash and is signed. Nothing in it is of single rows: no text, no exact
 * count, and no identifier of the dataset, which is a hash of all rows and would confirm a guess at one of them.
 */
const magic = "SNTLUPD1";
const largestHeader = 8192;
const bodySize = updateSize * 4;

/** Largest update file, bytes. */
export const largestUpdateFile: number = 12 + largestHeader + bodySize;

const count = z.number().int().min(0).max(1e9);

const Statement = z.strictObject({
  v: z.literal(1),
  /** Model that it is a change of, and the frame that its numbers stand in. */
  base: Sha256,
  frame: Sha256,
  round: z.number().int().min(1).max(1e6),
  made_at: Instant,
  product: z.string().max(200),
  /** Rules that it was made by. */
  mechanism: z.strictObject({
    name: z.string().max(100),
    steps: count,
    clip: z.number(),
    norm: z.number(),
  }),
  /** Standard deviations of the noise in whole numbers of the grid, and what they come to. */
  privacy: z.strictObject({
    unit: z.literal("group"),
    gradient_noise: z
      .number()
      .int()
      .min(1)
      .max(2 ** 40),
    count_noise: z
      .number()
      .int()
      .min(1)
      .max(2 ** 40),
    rho: z.number().positive().max(1e6),
    epsilon: z.number().positive().max(1e6),
    delta: z.number().positive().max(0.5),
  }),
  /** Groups that it was made of, with noise. */
  groups: count,
  /** Of the numbers. */
  sha256: Sha256,
});
export type UpdateStatement = z.infer<typeof Statement>;

const Header = Statement.extend({ signature: z.strictObject({ key: z.string(), value: z.string() }) });

/** An update with what it says of itself. */
export interface UpdateFile {
  /** SHA-256 of the file. */
  readonly id: string;
  readonly statement: UpdateStatement;
  readonly key: string;
  /** Shape [updateSize], finite, of at most `mechanism.norm` in L2 norm. */
  readonly weights: Float64Array;
}

/** What an update was made by, as a file states it. */
export const statedMechanism: UpdateStatement["mechanism"] = {
  name: mechanism.name,
  steps: mechanism.steps,
  clip: mechanism.clip,
  norm: mechanism.norm,
};

export function writeUpdateFile(
  statement: Omit<UpdateStatement, "v" | "sha256" | "mechanism">,
  weights: Float64Array,
  sign: (statement: unknown) => Signature,
): Uint8Array {
  const body = Buffer.alloc(bodySize);
  for (let i = 0; i < updateSize; i++) body.writeFloatLE(weights[i]!, i * 4);
  const whole = Statement.parse({ v: 1, ...statement, mechanism: statedMechanism, sha256: sha256(body) });
  const signature = sign(whole);
  const header = Buffer.from(canonicalJson({ ...whole, signature }));
  const start = Buffer.alloc(12);
  start.write(magic, "latin1");
  start.writeUInt32LE(header.length, 8);
  return Buffer.concat([start, header, body]);
}

/**
 * Reads an update and checks everything that can be told from the file alone.
 *
 * @throws SentinelError UPDATE_REFUSED saying what does not hold
 */
export function readUpdateFile(bytes: Uint8Array): UpdateFile {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (buffer.length > largestUpdateFile) throw refused("it is larger than an update may be");
  if (buffer.length < 12 || buffer.toString("latin1", 0, 8) !== magic) throw refused("it does not start as one");
  const length = buffer.readUInt32LE(8);
  if (12 + length + bodySize !== buffer.length) throw refused("its length is wrong");
  const body = buffer.subarray(12 + length);
  const { signature, ...statement } = parseHeader(buffer.toString("utf8", 12, 12 + length));
  // SECURITY: who made it, and that nobody changed it, before anything that it says is relied on.
  if (!isSigned(signature, "sentinel-federated-update", statement)) throw refused("its signature does not hold");
  if (sha256(body) !== statement.sha256) throw refused("the hash of its numbers does not match");
  if (canonicalJson(statement.mechanism) !== canonicalJson(statedMechanism)) {
    throw refused("it was made by other rules than this version's");
  }
  checkCost(statement.privacy);
  const weights = Float64Array.from({ length: updateSize }, (_, i) => body.readFloatLE(i * 4));
  // SECURITY: one number that is none would make the whole mean none, and one update may not weigh more than another.
  if (!weights.every(Number.isFinite)) throw refused("it holds something that is no finite number");
  if (normOf(weights) > mechanism.norm * 1.00001) throw refused("it changes more than an update may");
  return { id: sha256(bytes), statement, key: signature.key, weights };
}

function parseHeader(text: string): z.infer<typeof Header> {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw refused("its header is no JSON");
  }
  const parsed = Header.safeParse(json);
  if (!parsed.success) throw refused(`its header's ${parsed.error.issues[0]!.path.join(".")} is not as expected`);
  // One header has one spelling: what a reader would skip is not left unsigned.
  if (canonicalJson(parsed.data) !== text) throw refused("its header is not in canonical form");
  return parsed.data;
}

/** What it says that it cost follows from the noise that it says it has. */
function checkCost({ gradient_noise, count_noise, rho, epsilon, delta }: UpdateStatement["privacy"]): void {
  const real = costOf({ gradient: gradient_noise, count: count_noise });
  const isNear = (a: number, b: number) => Math.abs(a - b) <= 1e-6 * b;
  if (!isNear(rho, real) || !isNear(epsilon, epsilonOf(real, delta))) {
    throw refused("the privacy that it states is not that of its noise");
  }
}

export function refused(why: string): SentinelError {
  return new SentinelError("UPDATE_REFUSED", `The update cannot be taken: ${why}.`);
}
