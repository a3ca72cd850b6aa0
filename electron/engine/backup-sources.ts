import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import type { BackupSource } from "./store/backup-file.ts";
import { type BackupManifest, manifestName, signManifest } from "./store/backup-manifest.ts";
import type { DatabaseCopy } from "./store/protocol.ts";
import { logFiles, readCheckpoints } from "./store/verify-log.ts";

/** What a backup is made of. */
export interface BackupContent {
  /** Data directory. */
  readonly home: string;
  readonly blobsPath: string;
  /** The database as it is backed up, and where that copy lies. */
  readonly copy: DatabaseCopy;
  readonly copyPath: string;
  /** SHA-256 of each piece of evidence and each other encrypted file that the copy knows. */
  readonly blobs: readonly string[];
  readonly about: Pick<BackupManifest, "backup_id" | "created_at" | "node_id" | "product">;
  readonly checkpointSeed: Uint8Array;
  readonly signal: AbortSignal;
  /** Hears of evidence whose content is not there: the data directory was damaged before. */
  readonly onMissing: () => void;
  /** Hears of bytes that were read. */
  readonly onBytes: (count: number) => void;
}

/** One file of the data directory. */
interface Found {
  readonly path: string;
  readonly at: string;
}

async function modelFiles(home: string): Promise<Found[]> {
  const folder = join(home, "models");
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  return (
    entries
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      // What is not finished, or in a folder that is not.
      .filter(
        (at) =>
          !relative(folder, at)
            .split(sep)
            .some((part) => part.endsWith(".tmp")),
      )
      .sort()
      .map((at) => ({ at, path: `models/${relative(folder, at).split(sep).join("/")}` }))
  );
}

/**
 * The files of a backup in their order, its signed manifest last. The exported log is not among them: it is written anew from the
 * database, byte for byte; of the checkpoints those are taken that speak of events in the copy.
 *
 * @throws SentinelError CANCELLED; the file system's errors
 */
export async function* backupSources(content: BackupContent): AsyncGenerator<BackupSource> {
  const { home, blobsPath, copy, copyPath, about, signal } = content;
  const files: BackupManifest["files"] = [];

  /** Counts and hashes what is read, and notes it in the manifest once it was. */
  async function* measured(path: string, source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    const hash = createHash("sha256");
    let size = 0;
    for await (const bytes of source) {
      signal.throwIfAborted();
      hash.update(bytes);
      size += bytes.length;
      content.onBytes(bytes.length);
      yield bytes;
    }
    files.push({ path, size, sha256: hash.digest("hex") });
  }

  async function fromDisk({ path, at }: Found): Promise<BackupSource | null> {
    const found = await stat(at).catch(() => null);
    if (found === null) return null;
    const source = createReadStream(at, { highWaterMark: 256 * 1024 });
    return { path, size: found.size, content: measured(path, source) };
  }

  function fromMemory(path: string, bytes: Buffer): BackupSource {
    return { path, size: bytes.length, content: measured(path, once(bytes)) };
  }

  const blobs = content.blobs.map((sha256) => {
    const parts = [sha256.slice(0, 2), `${sha256}.blob`] as const;
    return { path: `blobs/${parts.join("/")}`, at: join(blobsPath, ...parts) };
  });
  const about_ = { path: "about.json", at: join(home, "about.json") };
  const database = { path: logFiles.database, at: copyPath };
  for (const file of [database, about_, ...(await modelFiles(home))]) {
    const source = await fromDisk(file);
    if (source !== null) yield source;
  }
  const events = copy.head?.seq ?? 0;
  const { checkpoints } = readCheckpoints(join(home, logFiles.checkpoints));
  const lines = checkpoints.filter(({ count }) => count <= events).map((one) => `${JSON.stringify(one)}\n`);
  yield fromMemory(logFiles.checkpoints, Buffer.from(lines.join("")));
  for (const blob of blobs) {
    const source = await fromDisk(blob);
    if (source !== null) yield source;
    else content.onMissing();
  }
  const manifest = signManifest(content.checkpointSeed, { v: 1, ...about, log: copy.head, files });
  const bytes = Buffer.from(JSON.stringify(manifest));
  yield { path: manifestName, size: bytes.length, content: once(bytes) };
}

async function* once(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes;
}
