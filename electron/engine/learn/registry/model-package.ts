import { createHash, randomBytes } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, open, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { SentinelError } from "../../../../shared/errors.ts";
import type { ModelMetadata } from "../../../../shared/model.ts";
import { Sha256 } from "../../../../shared/units.ts";
import { canonicalJson } from "../../base/canonical-json.ts";
import { sha256 } from "../../base/ids.ts";
import { loadPayloadClassifier } from "../../detect/classifier/load-payload-model.ts";
import { readOnnxFolder } from "../../detect/classifier/onnx-folder.ts";
import { syncDirectory } from "../../store/durable-file.ts";
import { toStoreError } from "../../store/store-errors.ts";
import { largestFitted, readFittedRows } from "../fitted-rows.ts";
import { fittedFile, type ModelFiles, onnxFiles, singleFile } from "./model-files.ts";
import { isSigned, keyFingerprint, signStatement } from "./model-signature.ts";
import { Registered } from "./model-state.ts";

/**
 * A model in one file: 8 bytes magic, 4 bytes length of the header (little endian), the header as canonical JSON (RFC 8785), then its parts
 * one after another, and in the end, where it is known, what it was fitted to. The header names each part's hash and is signed, so that one changed bit anywhere is noticed.
 */
const magic = "SNTLMDL1";
const largestHeader = 4 * 1024 * 1024;
const largestFile = 64 * 1024 * 1024;
const largestFolder = 8 * 1024 ** 3;

const Part = z.strictObject({ name: z.string(), size: z.number().int().min(0), sha256: Sha256 });
const Header = z.strictObject({
  v: z.literal(1),
  registered: Registered,
  parts: z
    .array(Part)
    .min(1)
    .max(onnxFiles.length + 1),
  signature: z.strictObject({ key: z.string(), value: z.string() }),
});
type Header = z.infer<typeof Header>;

/** @throws SentinelError NOT_FOUND when a file of the model is gone */
export async function* exportModelFile(
  files: ModelFiles,
  registered: Registered,
  seed: Uint8Array,
): AsyncGenerator<Uint8Array> {
  const parts = [];
  const fitted = files.fittedPathOf(registered.metadata.id);
  const found = [
    ...files.partsOf(registered.metadata),
    ...(fitted === null ? [] : [{ name: fittedFile, path: fitted }]),
  ];
  for (const { name, path } of found) parts.push({ name, path, ...(await hashFile(path)) });
  const statement = {
    v: 1,
    registered,
    parts: parts.map(({ name, size, sha256: hash }) => ({ name, size, sha256: hash })),
  };
  const signature = signStatement(seed, "sentinel-model-file", statement);
  const header = Buffer.from(canonicalJson({ ...statement, signature }));
  const start = Buffer.alloc(12);
  start.write(magic, "latin1");
  start.writeUInt32LE(header.length, 8);
  yield Buffer.concat([start, header]);
  for (const { path } of parts) yield* createReadStream(path, { highWaterMark: 1024 * 1024 });
}

/**
 * Reads an exported model and puts its files under their hash. Nothing has a name before every byte was checked.
 *
 * @param isTrusted whether models may be taken from the owner of a key
 * @param wanted the model that it must be; undefined: any
 * @throws SentinelError MODEL_REFUSED saying what does not hold, MODEL_KEY_UNKNOWN naming the key, DISK_FULL
 */
export async function importModelFile(
  files: ModelFiles,
  source: AsyncIterable<Uint8Array>,
  isTrusted: (key: string) => boolean,
  wanted?: string,
): Promise<Registered> {
  const reader = createReader(source);
  const { v, registered, parts, signature } = await readHeader(reader);
  // SECURITY: before anything is written: whose model this is, and that nobody changed what it says of itself.
  if (!isSigned(signature, "sentinel-model-file", { v, registered, parts }))
    throw refused("its signature does not hold");
  if (!isSigned(registered.signature, "sentinel-model", registered.metadata)) {
    throw refused("the signature of its metadata does not hold");
  }
  if (!isTrusted(signature.key)) {
    throw new SentinelError(
      "MODEL_KEY_UNKNOWN",
      `The model is signed by ${signature.key} (fingerprint ${keyFingerprint(signature.key)}), which is not trusted here.`,
      { key: signature.key },
    );
  }
  // SECURITY: another model of the same signer is not the one that somebody decided on.
  if (wanted !== undefined && registered.metadata.id !== wanted) throw refused("it is another model");
  checkParts(registered.metadata, parts);
  const target = join(files.work, randomBytes(6).toString("hex"));
  try {
    await mkdir(target, { mode: 0o700 });
    for (const part of parts) await writePart(join(target, part.name), part, reader);
    const fitted = parts.some(({ name }) => name === fittedFile) ? join(target, fittedFile) : null;
    if (!(await reader.isAtEnd())) throw refused("something follows its last part");
    await syncDirectory(target);
    await checkHash(registered.metadata, target);
    if (fitted !== null) {
      await files.keepFitted(registered.metadata.id, readFittedRows(await readFile(fitted)));
      await rm(fitted);
    }
    const isFolder = registered.metadata.kind === "onnx";
    await files.publish(isFolder ? target : join(target, singleFile), registered.metadata);
    return registered;
  } catch (error) {
    throw toStoreError(error);
  } finally {
    await rm(target, { recursive: true, force: true });
  }
}

function refused(why: string): SentinelError {
  return new SentinelError("MODEL_REFUSED", `The model file is not as it was exported: ${why}.`);
}

async function readHeader(reader: Reader): Promise<Header> {
  const start = await reader.take(12);
  if (start.toString("latin1", 0, 8) !== magic) throw refused("it does not start as one");
  const length = start.readUInt32LE(8);
  // SECURITY: a length is not believed further than a header may be long.
  if (length > largestHeader) throw refused("its header is too long");
  const text = (await reader.take(length)).toString("utf8");
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

/** SECURITY: a part's name becomes a path, and its size takes room: only those that a model has. */
function checkParts({ kind }: ModelMetadata, parts: Header["parts"]): void {
  const expected = kind === "onnx" ? onnxFiles : [singleFile];
  const names = parts.map(({ name }) => name).join();
  if (names !== expected.join() && names !== [...expected, fittedFile].join()) {
    throw refused("its parts are not those of a model");
  }
  const fitted = parts[expected.length]?.size ?? 0;
  const total = parts.reduce((sum, { size }) => sum + size, 0) - fitted;
  if (fitted > largestFitted || total > (kind === "onnx" ? largestFolder : largestFile))
    throw refused("it is larger than a model may be");
}

async function writePart(
  path: string,
  { name, size, sha256: expected }: Header["parts"][number],
  reader: Reader,
): Promise<void> {
  const hash = createHash("sha256");
  const file = await open(path, "wx", 0o600);
  try {
    for await (const piece of reader.pieces(size)) {
      hash.update(piece);
      await file.writeFile(piece);
    }
    await file.sync();
  } finally {
    await file.close();
  }
  if (hash.digest("hex") !== expected) throw refused(`the hash of ${name} does not match`);
}

/** Whether the files are the model that the metadata names, and can be opened. */
async function checkHash({ id, kind }: ModelMetadata, folder: string): Promise<void> {
  let found: string;
  if (kind === "onnx") found = (await readOnnxFolder(folder)).hash;
  else {
    const bytes = await readFile(join(folder, singleFile));
    found = sha256(bytes);
    loadPayloadClassifier(bytes);
  }
  if (found !== id) throw refused("its files are another model than the one it names");
}

async function hashFile(path: string): Promise<{ size: number; sha256: string }> {
  const hash = createHash("sha256");
  let size = 0;
  for await (const piece of createReadStream(path, { highWaterMark: 1024 * 1024 })) {
    hash.update(piece as Uint8Array);
    size += (piece as Uint8Array).length;
  }
  return { size, sha256: hash.digest("hex") };
}

interface Reader {
  /** The next bytes, all of them. */
  take(length: number): Promise<Buffer>;
  /** The same as they come. */
  pieces(length: number): AsyncGenerator<Uint8Array>;
  isAtEnd(): Promise<boolean>;
}

/** @throws SentinelError MODEL_REFUSED where the source ends too early */
function createReader(source: AsyncIterable<Uint8Array>): Reader {
  const iterator = source[Symbol.asyncIterator]();
  let rest: Uint8Array = new Uint8Array();

  async function* pieces(length: number): AsyncGenerator<Uint8Array> {
    for (let left = length; left > 0; ) {
      if (rest.length === 0) {
        const next = await iterator.next();
        if (next.done === true) throw refused("it is cut off");
        rest = next.value;
      }
      const piece = rest.subarray(0, Math.min(left, rest.length));
      rest = rest.subarray(piece.length);
      left -= piece.length;
      yield piece;
    }
  }

  return {
    pieces,
    take: async (length) => Buffer.concat(await Array.fromAsync(pieces(length))),
    async isAtEnd() {
      while (rest.length === 0) {
        const next = await iterator.next();
        if (next.done === true) return true;
        rest = next.value;
      }
      return false;
    },
  };
}
