import { createHash, randomBytes } from "node:crypto";
import { type FileHandle, mkdir, open, readdir, stat, unlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import { SentinelError } from "../../../shared/errors.ts";
import {
  type ChunkKey,
  chunkSize,
  contentSize,
  decryptChunk,
  encryptChunk,
  headerSize,
  maxChunks,
  parseHeader,
  tagSize,
  writeHeader,
} from "./blob-format.ts";
import { publish, syncDirectory } from "./durable-file.ts";
import type { KeyStore } from "./key-store.ts";
import { toStoreError } from "./store-errors.ts";

export interface StoredBlob {
  /** SHA-256 of the content, lower-case hexadecimal: its name. */
  readonly sha256: string;
  /** Bytes of content. */
  readonly size: number;
  /** True when the same content was there already; nothing was stored a second time. */
  readonly duplicate: boolean;
}

/** Raw evidence, encrypted, named by the hash of its content, never changed. Stateless: any thread may open its own. */
export interface Blobs {
  /**
   * Stores a stream without ever holding it whole: temporary file, fsync, name, fsync of the folder.
   * @throws SentinelError INPUT_TOO_LARGE, CANCELLED, DISK_FULL; what the source throws. Nothing half-written stays.
   */
  put(
    source: AsyncIterable<Uint8Array>,
    options?: { maxBytes?: number; signal?: AbortSignal; onProgress?: (bytes: number) => void },
  ): Promise<StoredBlob>;
  /** Content in order, every chunk authenticated before it is given. @throws SentinelError NOT_FOUND, EVIDENCE_CORRUPT */
  open(sha256: string, options?: { signal?: AbortSignal }): AsyncGenerator<Buffer>;
  /** A part, decrypting only the chunks that it lies in. @throws SentinelError NOT_FOUND, EVIDENCE_CORRUPT, INPUT_INVALID */
  readRange(sha256: string, offset: number, length: number): Promise<Buffer>;
  /** Reads all of it and compares the hash. @throws SentinelError NOT_FOUND, EVIDENCE_CORRUPT */
  verify(sha256: string, options?: { signal?: AbortSignal }): Promise<void>;
  /** Bytes of content, or null when it is not stored. */
  size(sha256: string): Promise<number | null>;
  /** Erases for good: first the key, then the file. @returns whether it was there */
  remove(sha256: string): Promise<boolean>;
  /** For the host, before anything else runs: removes what a crash left half-written. @returns files and keys removed */
  reap(): Promise<{ files: number; keys: number }>;
}

/** Longest range that is given in one piece. */
const maxRange = 512 * 1024 * 1024;

/** @param directory the data directory's `blobs/` */
export async function openBlobs(options: { directory: string; keys: KeyStore }): Promise<Blobs> {
  const { directory, keys } = options;
  const temporaryDirectory = join(directory, "tmp");
  await mkdir(temporaryDirectory, { recursive: true, mode: 0o700 });

  function pathOf(sha256: string): string {
    // SECURITY: the name becomes a path; nothing but a hash may.
    if (!/^[0-9a-f]{64}$/.test(sha256)) throw new SentinelError("INPUT_INVALID", "An evidence hash has 64 hex digits.");
    return join(directory, sha256.slice(0, 2), `${sha256}.blob`);
  }

  async function openFile(sha256: string): Promise<OpenBlob> {
    const path = pathOf(sha256);
    const missing = new SentinelError("NOT_FOUND", `There is no evidence ${sha256}.`);
    const file = await open(path, "r").catch((error: NodeJS.ErrnoException) => {
      throw error.code === "ENOENT" ? missing : toStoreError(error);
    });
    try {
      const extent = contentSize((await file.stat()).size);
      const header = await readFully(file, 0, headerSize);
      const parsed = parseHeader(header);
      if (extent === null || parsed === null) throw corrupt(sha256);
      const key = await keys.get("blobs", parsed.keyId, sha256);
      if (key === null) throw missing;
      return { file, by: { key, header, prefix: parsed.prefix }, ...extent };
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  async function* openContent(sha256: string, { signal }: { signal?: AbortSignal } = {}): AsyncGenerator<Buffer> {
    const blob = await openFile(sha256);
    try {
      let ahead = readChunk(blob, 0);
      for (let index = 0; index < blob.chunks; index++) {
        const sealed = await ahead;
        throwIfAborted(signal);
        // The next chunk is read from the disk while this one is decrypted and used.
        if (index + 1 < blob.chunks) ahead = readChunk(blob, index + 1);
        ahead.catch(() => {});
        yield decryptChunk(blob.by, index, index === blob.chunks - 1, sealed);
      }
    } finally {
      await blob.file.close();
    }
  }

  return {
    async put(source, { maxBytes = Number.POSITIVE_INFINITY, signal, onProgress } = {}) {
      const temporary = join(temporaryDirectory, randomBytes(12).toString("hex"));
      const keyId = randomBytes(16);
      const key = randomBytes(32);
      let named = false;
      let keyStored = false;
      try {
        throwIfAborted(signal);
        // SECURITY: "wx" never follows a planted link; nobody else may read it.
        const file = await open(temporary, "wx", 0o600);
        let written: { sha256: string; size: number };
        try {
          const writer = createChunkWriter(file, key, keyId);
          for await (const bytes of source) {
            throwIfAborted(signal);
            await writer.add(bytes);
            if (writer.size() > maxBytes) {
              throw new SentinelError("INPUT_TOO_LARGE", `The evidence is larger than ${maxBytes} bytes.`);
            }
            onProgress?.(writer.size());
          }
          throwIfAborted(signal);
          written = await writer.finish();
          await file.sync();
        } finally {
          await file.close();
        }
        const path = pathOf(written.sha256);
        if ((await keyAndSize(path)) !== null) return { ...written, duplicate: true };
        await mkdir(dirname(path), { recursive: true, mode: 0o700 });
        await keys.create("blobs", keyId.toString("hex"), { binding: written.sha256, key });
        keyStored = true;
        named = await publish(temporary, path);
        await syncDirectory(dirname(path));
        await syncDirectory(directory);
        return { ...written, duplicate: !named };
      } catch (error) {
        throw toStoreError(error);
      } finally {
        await unlink(temporary).catch(() => {});
        if (keyStored && !named) await keys.drop("blobs", keyId.toString("hex"));
      }
    },

    open: openContent,

    async readRange(sha256, offset, length) {
      if (!Number.isSafeInteger(offset) || !Number.isSafeInteger(length) || offset < 0 || length < 0) {
        throw new SentinelError("INPUT_INVALID", "A range has a start and a length of at least 0.");
      }
      const blob = await openFile(sha256);
      try {
        const end = Math.min(offset + length, blob.size);
        if (end - offset > maxRange) throw new SentinelError("INPUT_TOO_LARGE", "A range is larger than 512 MiB.");
        const parts: Buffer[] = [];
        for (let index = Math.floor(offset / chunkSize); index * chunkSize < end; index++) {
          const plain = decryptChunk(blob.by, index, index === blob.chunks - 1, await readChunk(blob, index));
          const start = index * chunkSize;
          parts.push(plain.subarray(Math.max(0, offset - start), end - start));
        }
        return parts.length === 1 ? parts[0]! : Buffer.concat(parts);
      } finally {
        await blob.file.close();
      }
    },

    async verify(sha256, verifyOptions) {
      const hash = createHash("sha256");
      for await (const chunk of openContent(sha256, verifyOptions)) hash.update(chunk);
      if (hash.digest("hex") !== sha256) throw corrupt(sha256);
    },

    async size(sha256) {
      return (await keyAndSize(pathOf(sha256)))?.size ?? null;
    },

    async remove(sha256) {
      const path = pathOf(sha256);
      const found = await keyAndSize(path);
      if (found === null) return false;
      await keys.drop("blobs", found.keyId);
      await unlink(path);
      await syncDirectory(dirname(path));
      return true;
    },

    async reap() {
      const left = await readdir(temporaryDirectory);
      for (const name of left) await unlink(join(temporaryDirectory, name));
      const used = new Set<string>();
      for (const folder of await readdir(directory)) {
        if (!/^[0-9a-f]{2}$/.test(folder)) continue;
        for (const name of await readdir(join(directory, folder))) {
          const found = await keyAndSize(join(directory, folder, name));
          // A blob whose header is damaged no longer says which key is its own: then no key is thrown away.
          if (found === null) return { files: left.length, keys: 0 };
          used.add(found.keyId);
        }
      }
      const orphans = (await keys.names("blobs")).filter((name) => !used.has(name));
      for (const name of orphans) await keys.drop("blobs", name);
      return { files: left.length, keys: orphans.length };
    },
  };
}

interface OpenBlob {
  readonly file: FileHandle;
  readonly by: ChunkKey;
  readonly size: number;
  readonly chunks: number;
}

function corrupt(sha256: string): SentinelError {
  return new SentinelError("EVIDENCE_CORRUPT", `The stored evidence ${sha256} was changed or is damaged.`);
}

function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new SentinelError("CANCELLED", "Cancelled.");
}

/** @returns null when there is no such file */
async function keyAndSize(path: string): Promise<{ keyId: string; size: number } | null> {
  if ((await stat(path).catch(() => null)) === null) return null;
  const file = await open(path, "r");
  try {
    const extent = contentSize((await file.stat()).size);
    const parsed = parseHeader(await readFully(file, 0, headerSize));
    return extent === null || parsed === null ? null : { keyId: parsed.keyId, size: extent.size };
  } finally {
    await file.close();
  }
}

async function readFully(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const bytes = Buffer.allocUnsafe(length);
  let done = 0;
  while (done < length) {
    const { bytesRead } = await file.read(bytes, done, length - done, position + done);
    if (bytesRead === 0) break;
    done += bytesRead;
  }
  return bytes.subarray(0, done);
}

function readChunk(blob: OpenBlob, index: number): Promise<Buffer> {
  const sealedSize = chunkSize + tagSize;
  const end = headerSize + blob.size + blob.chunks * tagSize;
  const start = headerSize + index * sealedSize;
  return readFully(blob.file, start, Math.min(sealedSize, end - start));
}

/** Cuts a stream into encrypted chunks. One write is under way while the next chunk is hashed and encrypted. */
function createChunkWriter(file: FileHandle, key: Uint8Array, keyId: Uint8Array) {
  const prefix = randomBytes(7);
  const header = writeHeader(keyId, prefix);
  const by: ChunkKey = { key, header, prefix };
  const hash = createHash("sha256");
  const chunk = Buffer.allocUnsafe(chunkSize);
  let filled = 0;
  let index = 0;
  let size = 0;
  let position = 0;
  let writing: Promise<unknown> = Promise.resolve();

  async function write(parts: Buffer[]): Promise<void> {
    await writing;
    const length = parts.reduce((sum, part) => sum + part.length, 0);
    writing = writeFully(file, parts, length, position);
    // Awaited, and so heard, before the next write or at the end.
    writing.catch(() => {});
    position += length;
  }

  async function flush(last: boolean): Promise<void> {
    if (index >= maxChunks) throw new SentinelError("INPUT_TOO_LARGE", "The evidence is larger than 1 PiB.");
    const plain = chunk.subarray(0, filled);
    const sealed = encryptChunk(by, index++, last, plain);
    filled = 0;
    await write(index === 1 ? [header, ...sealed] : sealed);
  }

  return {
    size: () => size,
    async add(bytes: Uint8Array): Promise<void> {
      hash.update(bytes);
      size += bytes.length;
      for (let start = 0; start < bytes.length; ) {
        // A full chunk is only written once more follows: the last one is marked as such.
        if (filled === chunkSize) await flush(false);
        const part = bytes.subarray(start, start + chunkSize - filled);
        chunk.set(part, filled);
        filled += part.length;
        start += part.length;
      }
    },
    async finish(): Promise<{ sha256: string; size: number }> {
      await flush(true);
      await writing;
      return { sha256: hash.digest("hex"), size };
    },
  };
}

async function writeFully(file: FileHandle, parts: Buffer[], length: number, position: number): Promise<void> {
  const { bytesWritten } = await file.writev(parts, position);
  if (bytesWritten === length) return;
  // A short write: the rest, which either goes through or says why not.
  const rest = Buffer.concat(parts).subarray(bytesWritten);
  for (let done = 0; done < rest.length; ) {
    done += (await file.write(rest, done, rest.length - done, position + bytesWritten + done)).bytesWritten;
  }
}
