import { SentinelError } from "../../../shared/errors.ts";
import { sha256 } from "../base/ids.ts";
import type { DatasetRow } from "./sample.ts";

const magic = "SNTLFIT1";
/** Magic, whether it is complete, how many hashes. */
const headerBytes = 16;
const hashBytes = 8;
/** SECURITY: a larger file than this is not read at all; eight million hashes. */
export const largestFitted: number = 64 * 1024 ** 2;

/** What tells that a row was fitted to. */
type Row = Pick<DatasetRow, "text" | "group">;

/**
 * The rows that a model, and all those that it goes on from, were fitted to or calibrated by: the first 8 bytes of SHA-256 of each text and
 * each group of near-duplicates, sorted. No text can be read from it; two of ten million rows are taken for each other with a probability
 * of 3 in a million.
 */
export interface FittedRows {
  /** Whether it is of all of the lineage: false where a model in it says nothing of its rows. */
  readonly isComplete: boolean;
  readonly hashes: BigUint64Array;
}

/** Of a model that was fitted to nothing that a dataset of this engine holds, as the shipped one. */
export const noFittedRows: FittedRows = { isComplete: true, hashes: new BigUint64Array() };
/** Of a model of which nobody wrote down what it was fitted to. */
export const unknownFittedRows: FittedRows = { isComplete: false, hashes: new BigUint64Array() };

const hashOf = (of: "text" | "group", value: string): bigint => BigInt(`0x${sha256(`${of} ${value}`).slice(0, 16)}`);

/** What was fitted to before, and these rows. */
export function addFittedRows(before: FittedRows, rows: Iterable<Row>): FittedRows {
  const all = new Set(before.hashes);
  for (const { text, group } of rows) all.add(hashOf("text", text)).add(hashOf("group", group));
  return { isComplete: before.isComplete, hashes: BigUint64Array.from(all).sort() };
}

/** Tells of a row whether it, or a near-duplicate of it, was fitted to. */
export function fittedIn({ hashes }: FittedRows): (row: Row) => boolean {
  const known = new Set(hashes);
  return ({ text, group }) => known.has(hashOf("text", text)) || known.has(hashOf("group", group));
}

/** Tells of a text whether it was fitted to, in whatever place it stood. */
export function fittedTextIn({ hashes }: FittedRows): (text: string) => boolean {
  const known = new Set(hashes);
  return (text) => known.has(hashOf("text", text));
}

/** The bytes of its file; the same rows give the same bytes. */
export function writeFittedRows({ isComplete, hashes }: FittedRows): Buffer {
  const bytes = Buffer.alloc(headerBytes + hashes.length * hashBytes);
  bytes.write(magic, "latin1");
  bytes.writeUInt32LE(Number(isComplete), 8);
  bytes.writeUInt32LE(hashes.length, 12);
  hashes.forEach((hash, i) => {
    bytes.writeBigUInt64LE(hash, headerBytes + i * hashBytes);
  });
  return bytes;
}

/** @throws SentinelError MODEL_UNREADABLE when it is damaged or of another format */
export function readFittedRows(bytes: Uint8Array): FittedRows {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.length < headerBytes || view.toString("latin1", 0, 8) !== magic || view.length > largestFitted) unreadable();
  const count = view.readUInt32LE(12);
  if (view.length !== headerBytes + count * hashBytes || view.readUInt32LE(8) > 1) unreadable();
  const hashes = new BigUint64Array(count);
  for (let i = 0; i < count; i++) {
    hashes[i] = view.readBigUInt64LE(headerBytes + i * hashBytes);
    if (i > 0 && hashes[i]! <= hashes[i - 1]!) unreadable();
  }
  return { isComplete: view.readUInt32LE(8) === 1, hashes };
}

/**
 * The list that a script writes beside a model: 16 hexadecimal digits a line, the start of SHA-256 of `text TEXT` or `group GROUP`.
 * @throws SentinelError INPUT_INVALID naming the first line that is none
 */
export function readFittedList(list: string): FittedRows {
  const all = new Set<bigint>();
  for (const [i, line] of list.split("\n").entries()) {
    const text = line.trim();
    if (text === "") continue;
    if (!/^[0-9a-f]{16}$/.test(text)) {
      throw new SentinelError("INPUT_INVALID", `fitted.txt, line ${i + 1}: it is no hash of 16 hexadecimal digits.`);
    }
    all.add(BigInt(`0x${text}`));
  }
  return { isComplete: true, hashes: BigUint64Array.from(all).sort() };
}

function unreadable(): never {
  throw new SentinelError("MODEL_UNREADABLE", "The list of rows that a model was fitted to is damaged.");
}
