import { expect, test } from "vitest";
import { canonicalJson } from "../../base/canonical-json.ts";
import { sha256 } from "../../base/ids.ts";
import { modelKey, signStatement } from "../registry/model-signature.ts";
import { createRandom } from "../training/random.ts";
import { costOf, mechanism, noiseFor, normOf } from "./local-update.ts";
import { epsilonOf } from "./privacy-cost.ts";
import { updateSize } from "./public-frame.ts";
import { largestUpdateFile, readUpdateFile, writeUpdateFile } from "./update-file.ts";

const seed = Buffer.alloc(32, 5);
const sign = (statement: unknown) => signStatement(seed, "sentinel-federated-update", statement);
const noise = noiseFor(0.1);
const rho = costOf(noise);
const statement = {
  base: "a".repeat(64),
  frame: "b".repeat(64),
  round: 1,
  made_at: "2026-01-05T08:00:00.000Z",
  product: "Sentinel 0.1.0",
  privacy: {
    unit: "group" as const,
    gradient_noise: noise.gradient,
    count_noise: noise.count,
    rho,
    epsilon: epsilonOf(rho, 1e-6),
    delta: 1e-6,
  },
  groups: 612,
};
const random = createRandom("weights");
const weights = Float64Array.from({ length: updateSize }, () => random.next() - 0.5);
const scale = (to: number) => weights.map((x) => (x * to) / normOf(weights));
const file = writeUpdateFile(statement, scale(1), sign);

/** The file with another header, signed again: what only a holder of a key could send. */
function withHeader(change: (header: Record<string, unknown>) => void, signed = true): Uint8Array {
  const buffer = Buffer.from(file);
  const length = buffer.readUInt32LE(8);
  const { signature, ...header } = JSON.parse(buffer.toString("utf8", 12, 12 + length));
  change(header);
  const text = Buffer.from(canonicalJson({ ...header, signature: signed ? sign(header) : signature }));
  const start = Buffer.from(buffer.subarray(0, 12));
  start.writeUInt32LE(text.length, 8);
  return Buffer.concat([start, text, buffer.subarray(12 + length)]);
}

test("an update comes back as it was written", () => {
  const read = readUpdateFile(file);
  expect(read).toMatchObject({ id: sha256(file), key: modelKey(seed), statement });
  expect(normOf(read.weights)).toBeCloseTo(1, 5);
  expect(file.length).toBeLessThanOrEqual(largestUpdateFile);
  expect(file.length).toBeLessThan(3000);
});

const changedBit = (at: number) => {
  const bytes = Buffer.from(file);
  bytes[at < 0 ? bytes.length + at : at]! ^= 1;
  return bytes;
};
/** Another body under a header that names its hash. */
function withBody(change: (body: Buffer) => void): Uint8Array {
  const buffer = Buffer.from(file);
  const length = buffer.readUInt32LE(8);
  const body = Buffer.from(buffer.subarray(12 + length));
  change(body);
  return Buffer.concat([
    Buffer.from(
      withHeader((header) => {
        header.sha256 = sha256(body);
      }),
    ).subarray(0, -body.length),
    body,
  ]);
}

test.each<[why: string, bytes: () => Uint8Array, says: string]>([
  ["nothing", () => new Uint8Array(), "does not start as one"],
  ["another file", () => Buffer.from("PK\x03\x04 something else entirely"), "does not start as one"],
  ["one cut off", () => file.subarray(0, file.length - 4), "its length is wrong"],
  ["one with something after it", () => Buffer.concat([file, Buffer.alloc(4)]), "its length is wrong"],
  ["one that is too large", () => Buffer.alloc(largestUpdateFile + 1), "larger than an update may be"],
  ["a length beyond its end", () => changedBit(10), "its length is wrong"],
  ["one changed bit in its numbers", () => changedBit(-7), "the hash of its numbers does not match"],
  ["one changed bit in its header", () => changedBit(40), ""],
  [
    "a header of another spelling",
    () =>
      Buffer.from(
        Buffer.from(file)
          .toString("latin1")
          .replace('"v":1', '"v": 1')
          .replace(/^(.{8})(.)/s, (_, a, b) => a + String.fromCharCode(b.charCodeAt(0) + 1)),
        "latin1",
      ),
    "not in canonical form",
  ],
  [
    "a forged base",
    () =>
      withHeader((header) => {
        header.base = "c".repeat(64);
      }, false),
    "its signature does not hold",
  ],
  [
    "other rules",
    () =>
      withHeader((header) => {
        header.mechanism = { ...(header.mechanism as object), clip: 100 };
      }),
    "other rules",
  ],
  [
    "too little noise for what it says",
    () =>
      withHeader((header) => {
        header.privacy = { ...(header.privacy as object), gradient_noise: 10 };
      }),
    "not that of its noise",
  ],
  [
    "a smaller ε than its noise gives",
    () =>
      withHeader((header) => {
        header.privacy = { ...(header.privacy as object), epsilon: 0.01 };
      }),
    "not that of its noise",
  ],
  [
    "another unit of privacy",
    () =>
      withHeader((header) => {
        header.privacy = { ...(header.privacy as object), unit: "row" };
      }),
    "privacy.unit is not as expected",
  ],
  [
    "a field more",
    () =>
      withHeader((header) => {
        header.dataset = "x";
      }),
    "is not as expected",
  ],
  ["no number", () => withBody((body) => body.writeFloatLE(Number.NaN, 40)), "no finite number"],
  ["an endless number", () => withBody((body) => body.writeFloatLE(Number.POSITIVE_INFINITY, 40)), "no finite number"],
  [
    "a change that is too large",
    () => writeUpdateFile(statement, scale(mechanism.norm * 1.01), sign),
    "changes more than an update may",
  ],
])("%s is refused in words", (_why, bytes, says) => {
  expect(() => readUpdateFile(bytes())).toThrow(
    expect.objectContaining({ code: "UPDATE_REFUSED", message: expect.stringContaining(says) }),
  );
});
