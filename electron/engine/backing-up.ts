import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { link, mkdir, readdir, realpath, rename, rm, stat, statfs, unlink } from "node:fs/promises";
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from "node:path";
import { z } from "zod";
import type { Backup, makeBackup } from "../../shared/backup.ts";
import { SentinelError } from "../../shared/errors.ts";
import type { Input } from "../../shared/route.ts";
import { type BackupContent, backupSources } from "./backup-sources.ts";
import { type Clock, toInstant } from "./base/clock.ts";
import type { Principal } from "./base/principals.ts";
import { evidenceContents } from "./evidence/evidence-tables.ts";
import { importedFiles } from "./learn/import-state.ts";
import { versionFiles } from "./learn/version-state.ts";
import { newBackupId, writeBackupFile } from "./store/backup-file.ts";
import { buildKeysFile, keysPathOf, ownMasterKey, type Protection } from "./store/backup-keys.ts";
import { allBackups, type BackupMade, backupEntity, backupMade } from "./store/backup-table.ts";
import type { DataDirectory } from "./store/data-directory.ts";
import { syncDirectory, writeDurably } from "./store/durable-file.ts";
import type { JobContext, Jobs } from "./store/jobs.ts";
import type { StoreHost } from "./store/store.ts";
import { toStoreError } from "./store/store-errors.ts";
import { readTombstones, stagingName } from "./store/tombstones.ts";
import { logFiles } from "./store/verify-log.ts";
import { createTurns } from "./turns.ts";

/** Backups of everything, made while the engine goes on. */
export interface BackingUp {
  /** Starts the job. @throws SentinelError INPUT_INVALID naming the path that cannot be used, or that a passphrase is needed */
  start(input: Input<typeof makeBackup>, by: Principal): Promise<{ job_id: string }>;
  list(): Promise<Backup[]>;
  /** Does something while no backup is made: one that is would still hold what is erased. @throws the signal's reason */
  alone<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T>;
}

const Place = z.strictObject({ file: z.string(), keys: z.string() });
type Place = z.infer<typeof Place>;

/** Folder, in the data directory, of the database's copy while a backup is made. */
const workName = "backup-work";

/** Beyond the content: headings, manifest, authentication tags. */
const overhead = 1.01;

/** Removes what a crash left of a backup that was made, or restored. SECURITY: it may hold what is to be erased. */
export async function removeBackupWork(home: string): Promise<void> {
  await rm(join(home, workName), { recursive: true, force: true });
  const names = await readdir(dirname(home)).catch(() => []);
  for (const name of names.filter((one) => one.startsWith(stagingName(basename(home))))) {
    await rm(join(dirname(home), name), { recursive: true, force: true });
  }
}

export function createBackingUp(options: {
  directory: DataDirectory;
  store: StoreHost;
  jobs: Jobs;
  clock: Clock;
  product: string;
}): BackingUp {
  const { directory, store, jobs, clock } = options;
  const home = directory.path;
  /** Passphrases of backups that wait or run: never stored, so that a restart cannot resume one. */
  const passphrases = new Map<string, string>();
  const turns = createTurns();

  jobs.register<{ backup_id: string; place: Place; portable: boolean }, never>({
    kind: "backup",
    role: "admin",
    resumable: false,
    light: true,
    run: (args, context) => turns.take("backup", () => make(args, context), context.signal),
  });

  async function make(
    { backup_id, place, portable }: { backup_id: string; place: Place; portable: boolean },
    context: JobContext<never>,
  ) {
    const passphrase = passphrases.get(backup_id);
    passphrases.delete(backup_id);
    const work = join(home, workName);
    await mkdir(work, { recursive: true, mode: 0o700 });
    const copyPath = join(work, `${backup_id}.db`);
    try {
      const protection = portable ? { by: "passphrase" as const, passphrase: passphrase ?? "" } : protectionHere();
      return await write(backup_id, place, protection, copyPath, context);
    } finally {
      await rm(work, { recursive: true, force: true });
    }
  }

  function protectionHere(): Protection {
    const { keySource } = directory;
    // A key that would be lost with the data directory opens nothing afterwards.
    const isInside = keySource.kind === "file" && existsSync(ownMasterKey(home));
    return isInside ? { by: "this_file" } : { by: "master_key", source: keySource };
  }

  /** Imported files and the files of dataset versions, but for those that are evidence as well, and those that were erased. */
  async function filesOfDatasets(upTo: number, evidence: readonly { readonly sha256: string }[]) {
    const known = new Set(evidence.map(({ sha256 }) => sha256));
    const all = [...(await store.read(importedFiles, upTo)), ...(await store.read(versionFiles, upTo))];
    const kept: typeof all = [];
    for (const file of all) {
      if (known.has(file.sha256) || (await directory.blobs.size(file.sha256)) === null) continue;
      known.add(file.sha256);
      kept.push(file);
    }
    return kept;
  }

  async function write(
    id: string,
    place: Place,
    protection: Protection,
    copyPath: string,
    { by, signal, progress }: JobContext<never>,
  ): Promise<Record<string, unknown>> {
    progress({ step: "copying the database", unit: "bytes" });
    const size = (await stat(join(home, logFiles.database))).size;
    await requireRoom(home, size);
    const copy = await store.copy(copyPath, {
      signal,
      onProgress: ({ done, total }) => progress({ done: (size * done) / Math.max(1, total), total: size }),
    });
    const evidence = await store.read(evidenceContents, copy.head?.seq ?? 0);
    const files = await filesOfDatasets(copy.head?.seq ?? 0, evidence);
    const total = copy.bytes + [...evidence, ...files].reduce((sum, { bytes }) => sum + bytes, 0);
    await requireRoom(dirname(place.file), total * overhead);
    let done = 0;
    let missing = 0;
    progress({ step: "writing", done, total });
    const createdAt = toInstant(clock.now());
    const about = { backup_id: id, created_at: createdAt, node_id: directory.nodeId, product: options.product };
    const content: BackupContent = {
      home,
      blobsPath: directory.blobsPath,
      copy,
      copyPath,
      blobs: [...evidence, ...files].map(({ sha256 }) => sha256),
      about,
      checkpointSeed: directory.checkpointSeed,
      signal,
      onMissing() {
        missing++;
      },
      onBytes(count) {
        done += count;
        progress({ done: Math.min(done, total) });
      },
    };
    const suffix = `${randomBytes(6).toString("hex")}.partial`;
    const partial = `${place.file}.${suffix}`;
    const partialKeys = `${place.keys}.${suffix}`;
    try {
      const key = randomBytes(32);
      const data = await writeBackupFile(partial, { id, key }, backupSources(content));
      const keys = await buildKeysFile(
        {
          backupId: id,
          createdAt,
          nodeId: directory.nodeId,
          data,
          key,
          ring: directory.ring,
          // After the data: what was erased meanwhile has no key any more.
          keys: await directory.keys.all(),
          erased: await readTombstones(directory.keysPath),
        },
        protection,
      );
      signal.throwIfAborted();
      await writeDurably(partialKeys, keys);
      // Keys first: data without keys would look like a backup and be none.
      await giveName(partialKeys, place.keys);
      await giveName(partial, place.file).catch(async (error: unknown) => {
        await unlink(place.keys).catch(() => {});
        throw error;
      });
      const made: BackupMade = {
        bytes: data.size,
        evidence: evidence.length,
        events: copy.head?.seq ?? 0,
        keys_open_with: protection.by,
        place: await directory.sealer.seal(`backup ${id}`, JSON.stringify(place)),
      };
      const draft = { entityType: backupEntity, entityId: id, baseVersion: 0, kind: backupMade, payload: made };
      await store.append([{ ...draft, inverse: null }], by).catch(async (error: unknown) => {
        // A backup that nobody knows of could not be reached by an erasure.
        await Promise.all([unlink(place.file), unlink(place.keys)]).catch(() => {});
        throw error;
      });
      progress({ step: "done", done: total });
      return { backup_id: id, bytes: data.size, sha256: data.sha256, keys_open_with: protection.by, missing, ...place };
    } catch (error) {
      throw toStoreError(error);
    } finally {
      await unlink(partial).catch(() => {});
      await unlink(partialKeys).catch(() => {});
    }
  }

  return {
    async start({ path, keys_path, passphrase }, by) {
      if (passphrase === undefined && directory.keySource.kind === "safe_storage") {
        throw new SentinelError(
          "INPUT_INVALID",
          "passphrase: this installation's master key lies in the account's keychain and would be lost with the machine; give the backup a passphrase.",
        );
      }
      const place = await choosePlace(home, path, keys_path, toInstant(clock.now()));
      const backup_id = newBackupId();
      if (passphrase !== undefined) passphrases.set(backup_id, passphrase);
      const args = { backup_id, place, portable: passphrase !== undefined };
      const job = await jobs.start("backup", args, `Backup ${basename(place.file)}`, by);
      // SECURITY: one that ended while it waited never came to take its passphrase.
      const forget = () => passphrases.delete(backup_id);
      void jobs.ended(job.id).then(forget, forget);
      return { job_id: job.id };
    },
    alone: (work, signal) => turns.take("backup", work, signal),
    async list() {
      const rows = await store.read(allBackups, null);
      return await Promise.all(
        rows.map(async ({ place, ...row }) => {
          const clear = await directory.sealer.unseal(place);
          return { ...row, place: clear === null ? null : Place.parse(JSON.parse(clear)) };
        }),
      );
    },
  };
}

async function requireRoom(folder: string, bytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(folder);
  if (bavail * bsize >= bytes) return;
  const [needed, free] = [bytes, bavail * bsize].map((count) => Math.ceil(count / 1024 ** 2));
  throw new SentinelError("DISK_FULL", `The backup needs ${needed} MiB in ${folder}; ${free} MiB are free.`);
}

/**
 * Where a backup's two files go.
 * @param path a new file, or a folder, in which it gets a name of its own
 */
async function choosePlace(home: string, path: string, keysPath: string | undefined, now: string): Promise<Place> {
  for (const given of [path, keysPath]) {
    if (given !== undefined && !isAbsolute(given)) {
      throw new SentinelError("INPUT_INVALID", `path: ${given} is not absolute; begin it at the root of a disk.`);
    }
  }
  const isFolder = (await stat(path).catch(() => null))?.isDirectory() === true;
  const file = resolve(isFolder ? join(path, `sentinel-${now.slice(0, 19).replaceAll(":", "-")}.backup`) : path);
  const keys = resolve(keysPath ?? keysPathOf(file));
  for (const one of new Set([file, keys])) {
    if (file === keys) throw new SentinelError("INPUT_INVALID", "keys_path: it has to be another file than the data.");
    if (!(await stat(dirname(one)).catch(() => null))?.isDirectory()) {
      throw new SentinelError("INPUT_INVALID", `path: there is no folder ${dirname(one)}.`);
    }
    // What lies in the data directory is lost with it, and would be backed up with the next.
    // SECURITY: as the disk sees it, so that no link leads into it.
    const way = relative(await realpath(home), await realpath(dirname(one)));
    if (way.split(sep)[0] !== ".." && !isAbsolute(way)) {
      throw new SentinelError("INPUT_INVALID", `path: ${one} is inside the data directory; choose another disk.`);
    }
    if (existsSync(one))
      throw new SentinelError("INPUT_INVALID", `path: ${one} is there already; nothing is overwritten.`);
  }
  return { file, keys };
}

/** Gives a finished file its name without replacing another, also where the disk knows no links (FAT). */
async function giveName(temporary: string, path: string): Promise<void> {
  try {
    await link(temporary, path);
    await unlink(temporary);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EEXIST" || existsSync(path)) {
      throw new SentinelError("INPUT_INVALID", `path: ${path} appeared meanwhile; nothing is overwritten.`);
    }
    await rename(temporary, path);
  }
  await syncDirectory(dirname(path));
}
