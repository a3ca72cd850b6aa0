import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { type FileHandle, mkdir, open, rm, statfs } from "node:fs/promises";
import { dirname, join } from "node:path";
import { SentinelError } from "../../../shared/errors.ts";
import { type BackupEntry, checkBackupFile, identifyBackup, readBackupFile, refuseBackup } from "./backup-file.ts";
import { type Opener, openKeysFile, readKeysFile, withoutErased } from "./backup-keys.ts";
import { type BackupManifest, isManifestOf, manifestName, parseManifest } from "./backup-manifest.ts";
import { checkpointKey } from "./data-directory.ts";
import { syncDirectory } from "./durable-file.ts";
import { openKeyStore, writeStoredKeys } from "./key-store.ts";
import { adoptKeyRing, type KeySource } from "./master-key.ts";
import { joinTombstones, type Tombstone, writeTombstones } from "./tombstones.ts";
import { logFiles } from "./verify-log.ts";

export interface StageOptions {
  /** The data file and its keys file. */
  readonly file: string;
  readonly keysFile: string;
  readonly opener: Opener;
  /** New folder that becomes the data directory; must not exist. */
  readonly staging: string;
  /** Master key of the data directory that it becomes. */
  readonly target: KeySource;
  /** What was erased here, besides what the keys file tells. */
  readonly erased: readonly Tombstone[];
  readonly signal: AbortSignal;
  readonly onProgress: (step: string, done: number, total: number) => void;
}

export interface StagedBackup {
  readonly manifest: BackupManifest;
  /** Everything erased here or in the backup's keys file. */
  readonly erased: readonly Tombstone[];
}

/** Files that a backup may hold. SECURITY: an entry's name becomes a path; nothing else may be one. */
const allowed =
  /^(?:sentinel\.db|about\.json|checkpoints\.jsonl|models\/(?:[\w-][\w.-]*\/)*[\w-][\w.-]*|blobs\/[0-9a-f]{2}\/[0-9a-f]{64}\.blob)$/;

/** Longest manifest: some hundred bytes for each file. */
const maxManifest = 512 * 1024 * 1024;

/**
 * Checks a backup as a whole and lays it out beside the data directory, without what was erased. Nothing else is touched.
 *
 * @throws SentinelError BACKUP_REFUSED saying what is wrong with which file; DISK_FULL, CANCELLED. Then nothing of it is left.
 */
export async function stageBackup(options: StageOptions): Promise<StagedBackup> {
  const { file, keysFile, opener, staging, target, signal, onProgress } = options;
  const id = await identifyBackup(file);
  const keys = await readKeysFile(keysFile);
  if (keys.backup_id !== id) throw refuseBackup(`The keys file ${keysFile} belongs to another backup than ${file}.`);
  const { ring, key } = await openKeysFile(keys, opener);
  const { size } = keys.data;
  await requireRoom(dirname(staging), size);
  await checkBackupFile(file, keys.data, { signal, onBytes: (done) => onProgress("checking", done, size) });
  const erased = joinTombstones(keys.erased, options.erased);
  await mkdir(staging, { mode: 0o700 });
  try {
    const manifest = await layOut(file, key, staging, erased, (done) => {
      signal.throwIfAborted();
      onProgress("restoring", done, size);
    });
    if (manifest.backup_id !== id) throw refuseBackup(`The backup ${file} is damaged: its manifest names another one.`);
    const keysDirectory = join(staging, "keys");
    await adoptKeyRing(keysDirectory, target, ring);
    await writeStoredKeys(keysDirectory, withoutErased(keys.keys, erased));
    await writeTombstones(keysDirectory, erased);
    const seed = await (await openKeyStore({ directory: keysDirectory, ring })).get("engine", checkpointKey);
    if (seed === null || !isManifestOf(seed, manifest)) {
      throw refuseBackup(`The manifest of ${file} is not signed by the installation that its keys belong to.`);
    }
    return { manifest, erased };
  } catch (error) {
    await rm(staging, { recursive: true, force: true });
    throw error;
  }
}

async function requireRoom(folder: string, bytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(folder);
  if (bavail * bsize < bytes) {
    throw new SentinelError("DISK_FULL", `Restoring needs ${bytes} bytes in ${folder}; ${bavail * bsize} are free.`);
  }
}

async function layOut(
  file: string,
  key: Uint8Array,
  staging: string,
  erased: readonly Tombstone[],
  onBytes: (done: number) => void,
): Promise<BackupManifest> {
  const gone = new Set(erased.flatMap((stone) => (stone.kind === "evidence" ? [blobPath(stone.sha256)] : [])));
  const found = new Map<string, { size: number; sha256: string }>();
  let manifest: BackupManifest | null = null;
  let done = 0;
  for await (const entry of readBackupFile(file, key)) {
    if (manifest !== null) throw refuseBackup(`The backup ${file} is damaged: something follows its manifest.`);
    if (entry.path === manifestName) {
      manifest = parseManifest(await collect(entry));
      if (manifest === null) throw refuseBackup(`The backup ${file} is damaged: its manifest cannot be read.`);
      continue;
    }
    if (!allowed.test(entry.path) || found.has(entry.path)) {
      throw refuseBackup(`The backup ${file} holds a file that belongs to no data directory.`);
    }
    const path = join(staging, ...entry.path.split("/"));
    const written = await extract(entry, gone.has(entry.path) ? null : path, (bytes) => {
      done += bytes;
      onBytes(done);
    });
    found.set(entry.path, written);
  }
  if (manifest === null) throw refuseBackup(`The backup ${file} is damaged: it has no manifest.`);
  for (const { path, size, sha256 } of manifest.files) {
    const written = found.get(path);
    if (written === undefined) throw refuseBackup(`The backup ${file} is damaged: ${path} is missing.`);
    if (written.size !== size || written.sha256 !== sha256)
      throw refuseBackup(`${path} in ${file} fails its hash check.`);
  }
  if (found.size !== manifest.files.length || !found.has(logFiles.database)) {
    throw refuseBackup(`The backup ${file} is damaged: its manifest does not name what it holds.`);
  }
  const folders = new Set([...found.keys()].map((path) => dirname(join(staging, ...path.split("/")))));
  for (const folder of [...folders, staging]) if (existsSync(folder)) await syncDirectory(folder);
  return manifest;
}

const blobPath = (sha256: string) => `blobs/${sha256.slice(0, 2)}/${sha256}.blob`;

async function collect(entry: BackupEntry): Promise<Buffer> {
  if (entry.size > maxManifest) throw refuseBackup("The backup's manifest is too large.");
  const parts: Buffer[] = [];
  for await (const part of entry.content) parts.push(part);
  return Buffer.concat(parts);
}

/** @param path null reads without writing: content that was erased since */
async function extract(
  entry: BackupEntry,
  path: string | null,
  onBytes: (count: number) => void,
): Promise<{ size: number; sha256: string }> {
  const hash = createHash("sha256");
  let file: FileHandle | null = null;
  let size = 0;
  try {
    if (path !== null) {
      await mkdir(dirname(path), { recursive: true, mode: 0o700 });
      file = await open(path, "wx", 0o600);
    }
    for await (const part of entry.content) {
      hash.update(part);
      await file?.writeFile(part);
      size += part.length;
      onBytes(part.length);
    }
    await file?.sync();
  } finally {
    await file?.close();
  }
  return { size, sha256: hash.digest("hex") };
}
