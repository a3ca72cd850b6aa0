import { createHash, randomBytes } from "node:crypto";
import { type FileHandle, open, stat } from "node:fs/promises";
import { SentinelError } from "../../../shared/errors.ts";
import {
  type ChunkKey,
  chunkSize,
  contentSize,
  decryptChunk,
  encryptChunk,
  headerSize,
  parseHeader,
  tagSize,
  writeHeader,
} from "./blob-format.ts";
import { toStoreError } from "./store-errors.ts";

/**
 * A backup's data file: 8 bytes that say what it is, then one stream in the format of encrypted blobs. Inside, each entry is four
 * bytes of length, that many bytes of JSON `{path, size}`, and the content. Without its key the file tells its size and nothing else.
 */
const magic = Buffer.from("SENTBAK1");
const familiar = magic.subarray(0, 7);

/** Longest heading of an entry. */
const maxHeading = 4096;

/** A file on its way into a backup. */
export interface BackupSource {
  /** Relative to the data directory, with `/`. */
  readonly path: string;
  readonly size: number;
  readonly content: AsyncIterable<Uint8Array>;
}

/** A file as it comes out of a backup; its content has to be read to the end before the next one. */
export interface BackupEntry {
  readonly path: string;
  readonly size: number;
  readonly content: AsyncIterable<Buffer>;
}

/** What is wrong with a file that was given as a backup, in words. */
export function refuseBackup(message: string, cause?: unknown): SentinelError {
  return new SentinelError("BACKUP_REFUSED", message, undefined, cause);
}

export const newBackupId = (): string => randomBytes(16).toString("hex");

/**
 * Writes a data file at a name that nobody uses yet; the caller gives it its real name once it is whole.
 *
 * @param by identity of the backup (32 hexadecimal digits) and its key (32 bytes)
 * @returns size and SHA-256 of the file as it lies on the disk
 * @throws SentinelError DISK_FULL; what an entry's content throws
 */
export async function writeBackupFile(
  path: string,
  by: { readonly id: string; readonly key: Uint8Array },
  entries: AsyncIterable<BackupSource>,
): Promise<{ size: number; sha256: string }> {
  // SECURITY: "wx" never follows a planted link; nobody else may read it.
  const file = await open(path, "wx", 0o600);
  try {
    const writer = createWriter(file, by);
    await writer.begin();
    for await (const { path: name, size, content } of entries) {
      const heading = Buffer.from(JSON.stringify({ path: name, size }));
      const length = Buffer.alloc(4);
      length.writeUInt32BE(heading.length);
      await writer.add(length);
      await writer.add(heading);
      let given = 0;
      for await (const bytes of content) {
        given += bytes.length;
        await writer.add(bytes);
      }
      if (given !== size) throw new SentinelError("UNAVAILABLE", `The file ${name} changed while it was backed up.`);
    }
    const written = await writer.end();
    await file.sync();
    return written;
  } catch (error) {
    throw toStoreError(error);
  } finally {
    await file.close();
  }
}

function createWriter(file: FileHandle, by: { readonly id: string; readonly key: Uint8Array }) {
  const prefix = randomBytes(7);
  const header = writeHeader(Buffer.from(by.id, "hex"), prefix);
  const chunkKey: ChunkKey = { key: by.key, header, prefix };
  const hash = createHash("sha256");
  const chunk = Buffer.allocUnsafe(chunkSize);
  let filled = 0;
  let index = 0;
  let size = 0;

  async function write(parts: readonly Buffer[]): Promise<void> {
    const bytes = Buffer.concat(parts);
    hash.update(bytes);
    for (let done = 0; done < bytes.length; ) {
      done += (await file.write(bytes, done, bytes.length - done, size + done)).bytesWritten;
    }
    size += bytes.length;
  }

  async function flush(last: boolean): Promise<void> {
    const sealed = encryptChunk(chunkKey, index++, last, chunk.subarray(0, filled));
    filled = 0;
    await write(sealed);
  }

  return {
    begin: () => write([magic, header]),
    async add(bytes: Uint8Array): Promise<void> {
      for (let start = 0; start < bytes.length; ) {
        // A full chunk is only written once more follows: the last one is marked as such.
        if (filled === chunkSize) await flush(false);
        const part = bytes.subarray(start, start + chunkSize - filled);
        chunk.set(part, filled);
        filled += part.length;
        start += part.length;
      }
    },
    async end(): Promise<{ size: number; sha256: string }> {
      await flush(true);
      return { size, sha256: hash.digest("hex") };
    },
  };
}

/**
 * What a data file says of itself before any key is known.
 *
 * @returns the backup's identity
 * @throws SentinelError BACKUP_REFUSED when it is no backup, of a newer version, or cut off within its first bytes
 */
export async function identifyBackup(path: string): Promise<string> {
  const file = await openForReading(path);
  try {
    const head = Buffer.alloc(magic.length + headerSize);
    const { bytesRead } = await file.read(head, 0, head.length, 0);
    if (bytesRead < magic.length || !head.subarray(0, familiar.length).equals(familiar)) {
      throw refuseBackup(`${path} is no backup of Sentinel.`);
    }
    if (head[7] !== magic[7]) throw refuseBackup(`${path} was written by a newer version: restore it with that one.`);
    const parsed = parseHeader(head.subarray(magic.length));
    if (bytesRead < head.length || parsed === null) throw refuseBackup(`The backup ${path} is cut off or damaged.`);
    return parsed.keyId;
  } finally {
    await file.close();
  }
}

/**
 * Compares a data file with the size and hash that its keys file holds.
 *
 * @param onBytes hears how far it is
 * @throws SentinelError BACKUP_REFUSED saying whether it was cut off or changed; CANCELLED
 */
export async function checkBackupFile(
  path: string,
  expected: { readonly size: number; readonly sha256: string },
  options: { signal?: AbortSignal; onBytes?: (done: number) => void } = {},
): Promise<void> {
  const { size } = await stat(path);
  if (size < expected.size) {
    throw refuseBackup(`The backup ${path} is cut off: it has ${size} of ${expected.size} bytes.`);
  }
  if (size > expected.size) throw refuseBackup(`The backup ${path} is damaged: something was added to it.`);
  const file = await openForReading(path);
  try {
    const hash = createHash("sha256");
    const buffer = Buffer.allocUnsafe(1024 * 1024);
    for (let done = 0; done < size; ) {
      options.signal?.throwIfAborted();
      const { bytesRead } = await file.read(buffer, 0, buffer.length, done);
      if (bytesRead === 0) break;
      hash.update(buffer.subarray(0, bytesRead));
      done += bytesRead;
      options.onBytes?.(done);
    }
    if (hash.digest("hex") !== expected.sha256) {
      throw refuseBackup(`The backup ${path} is damaged: its bytes are not those that were written.`);
    }
  } finally {
    await file.close();
  }
}

/**
 * Entries in their order.
 * @throws SentinelError BACKUP_REFUSED when the key is not this file's, or a part of it was changed
 */
export async function* readBackupFile(path: string, key: Uint8Array): AsyncGenerator<BackupEntry> {
  const reader = createReader(decryptFile(path, key));
  for (;;) {
    const length = await reader.take(4);
    if (length === null) return;
    const count = length.readUInt32BE();
    const heading = count > maxHeading ? null : await reader.take(count);
    const found = heading === null ? null : parseHeading(heading);
    if (found === null) throw refuseBackup(`The backup ${path} is damaged: an entry has no heading.`);
    yield { ...found, content: reader.read(found.size) };
  }
}

async function* decryptFile(path: string, key: Uint8Array): AsyncGenerator<Buffer> {
  const file = await openForReading(path);
  try {
    const extent = contentSize((await file.stat()).size - magic.length);
    const head = Buffer.alloc(magic.length + headerSize);
    await file.read(head, 0, head.length, 0);
    const header = head.subarray(magic.length);
    const parsed = parseHeader(header);
    if (extent === null || parsed === null) throw refuseBackup(`The backup ${path} is cut off or damaged.`);
    for (let index = 0; index < extent.chunks; index++) {
      const sealed = Buffer.alloc(Math.min(chunkSize, extent.size - index * chunkSize) + tagSize);
      await file.read(sealed, 0, sealed.length, head.length + index * (chunkSize + tagSize));
      try {
        yield decryptChunk({ key, header, prefix: parsed.prefix }, index, index === extent.chunks - 1, sealed);
      } catch (error) {
        throw refuseBackup(`The backup ${path} is damaged, or its keys are those of another one.`, error);
      }
    }
  } finally {
    await file.close();
  }
}

/** Cuts a stream where its reader wants. */
function createReader(source: AsyncGenerator<Buffer>) {
  let held: Buffer = Buffer.alloc(0);

  async function next(): Promise<boolean> {
    const { value, done } = await source.next();
    if (done) return false;
    held = value;
    return true;
  }

  async function* read(size: number): AsyncGenerator<Buffer> {
    for (let left = size; left > 0; ) {
      if (held.length === 0 && !(await next())) throw refuseBackup("The backup ends within an entry.");
      const part = held.subarray(0, left);
      held = held.subarray(part.length);
      left -= part.length;
      yield part;
    }
  }

  return {
    read,
    /** @returns null at the end of the stream */
    async take(size: number): Promise<Buffer | null> {
      if (held.length === 0 && !(await next())) return null;
      const parts: Buffer[] = [];
      for await (const part of read(size)) parts.push(part);
      return Buffer.concat(parts);
    },
  };
}

function parseHeading(bytes: Buffer): { path: string; size: number } | null {
  try {
    const { path, size } = JSON.parse(bytes.toString("utf8")) as { path?: unknown; size?: unknown };
    return typeof path === "string" && typeof size === "number" && Number.isSafeInteger(size) && size >= 0
      ? { path, size }
      : null;
  } catch {
    return null;
  }
}

async function openForReading(path: string): Promise<FileHandle> {
  try {
    return await open(path, "r");
  } catch (error) {
    throw refuseBackup(`${path} cannot be read (${(error as NodeJS.ErrnoException).code}).`, error);
  }
}
