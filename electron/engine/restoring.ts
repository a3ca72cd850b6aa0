import { existsSync } from "node:fs";
import { cp, mkdir, readdir, rename, rm, rmdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { SentinelError } from "../../shared/errors.ts";
import { type Clock, toInstant } from "./base/clock.ts";
import { uuidv7 } from "./base/ids.ts";
import type { Logger } from "./base/logging.ts";
import type { Principal } from "./base/principals.ts";
import { eraseAgain } from "./erasing.ts";
import { refuseBackup } from "./store/backup-file.ts";
import type { Opener } from "./store/backup-keys.ts";
import { backupRestored } from "./store/backup-table.ts";
import { openDataDirectory } from "./store/data-directory.ts";
import { lockDirectory } from "./store/directory-lock.ts";
import { syncDirectory } from "./store/durable-file.ts";
import type { KeySource } from "./store/master-key.ts";
import { openStore } from "./store/open-store.ts";
import { type StagedBackup, stageBackup } from "./store/stage-backup.ts";
import { setAsideName, stagingName, tombstonesAround } from "./store/tombstones.ts";
import { createLabelIds, eraseLabels } from "./triage/label-erasure.ts";

export interface RestoreOptions {
  /** The data directory, stopped; empty, or not there yet. */
  readonly home: string;
  /** The backup's data and keys. */
  readonly file: string;
  readonly keysFile: string;
  readonly passphrase: string | undefined;
  /** Master key of the data directory: what the backup may be locked with, and what it is locked with from then on. */
  readonly keySource: KeySource;
  /** Renames a data directory that holds something, instead of refusing it. */
  readonly setAside: boolean;
  readonly entries: { readonly writer: URL; readonly reader: URL };
  readonly clock: Clock;
  readonly log: Logger;
  readonly by: Principal;
  readonly signal: AbortSignal;
  readonly onProgress: (step: string, done: number, total: number) => void;
}

export interface Restored {
  readonly madeAt: string;
  readonly events: number;
  readonly files: number;
  /** Pieces of evidence that had been erased since, and are erased again. */
  readonly erasedAgain: number;
  /** Where the former data directory is now; null: there was none. */
  readonly setAside: string | null;
}

/** What may lie in a data directory that is still empty. */
const harmless = new Set(["lock.db", "lock.db-journal", "lock.json", "run", "secrets"]);

/**
 * Puts a backup in the place of a data directory. All of it is checked, opened, and rid of what was erased since, beside the data
 * directory; two renames then put it there. Until then nothing is changed, and after an error nothing is left.
 *
 * @throws SentinelError LOCKED while an engine runs; BACKUP_REFUSED saying why; KEY_UNAVAILABLE, DISK_FULL, CANCELLED
 */
export async function restoreBackup(options: RestoreOptions): Promise<Restored> {
  const { home, clock } = options;
  const existed = existsSync(home);
  // Also where there was none: an engine that is started meanwhile is kept out of it.
  await mkdir(home, { recursive: true, mode: 0o700 });
  const lock = lockDirectory(home, { pid: process.pid, host: "restore", since: toInstant(clock.now()) });
  const staging = `${stagingName(home)}${uuidv7(clock)}`;
  try {
    const isFull = await holdsData(home);
    if (isFull && !options.setAside) {
      throw refuseBackup(`The data directory ${home} holds data. With --set-aside it is renamed first, and kept.`);
    }
    const restored = await prepare(options, staging);
    // SECURITY: read again, so that nothing that came meanwhile, past the lock, is taken for an empty folder.
    if (!isFull && (await holdsData(home))) {
      throw new SentinelError("LOCKED", `The data directory ${home} was filled while the backup was restored.`);
    }
    const aside = isFull ? setAsideName(home, toInstant(clock.now())) : `${staging}.empty`;
    // Windows renames no folder that holds an open file; elsewhere the lock is held until both names are right.
    if (process.platform === "win32") lock.release();
    await exchange(staging, home, aside);
    if (!isFull) await removeEmpty(aside);
    lock.release(aside);
    return { ...restored, setAside: isFull ? aside : null };
  } catch (error) {
    if (process.platform === "win32") lock.release();
    await rm(staging, { recursive: true, force: true });
    if (!existed) await removeEmpty(home);
    lock.release();
    throw options.signal.aborted ? new SentinelError("CANCELLED", "The restore was cancelled.") : error;
  }
}

async function holdsData(home: string): Promise<boolean> {
  return (await readdir(home)).some((name) => !harmless.has(name));
}

/** Removes a folder that holds no data. One that does, or that an engine has just locked, stays. */
async function removeEmpty(folder: string): Promise<void> {
  try {
    if (await holdsData(folder)) return;
    // In the order of the list: on Windows the lock's file cannot be removed while somebody holds it.
    for (const name of harmless) await rm(join(folder, name), { recursive: true, force: true });
    await rmdir(folder);
  } catch {
    // What is left is as good as empty, or somebody else's by now.
  }
}

/** Gives the restored folder its name, and the former one another; if the second fails, the first is taken back. */
async function exchange(staging: string, home: string, aside: string): Promise<void> {
  const wasThere = existsSync(home);
  if (wasThere) await rename(home, aside);
  try {
    await rename(staging, home);
  } catch (error) {
    if (wasThere) await rename(aside, home);
    throw error;
  }
  // Both names are right by now; only a power cut could still tell otherwise.
  await syncDirectory(dirname(home)).catch(() => {});
}

/** Lays the backup out, and makes of it a data directory that can be opened. */
async function prepare(options: RestoreOptions, staging: string): Promise<Omit<Restored, "setAside">> {
  const { home, file, keysFile, passphrase, keySource, signal, onProgress } = options;
  let master: Uint8Array | undefined;
  const target: KeySource = {
    kind: keySource.kind,
    async load() {
      master ??= await keySource.load(true);
      return master;
    },
  };
  const opener: Opener = { source: keySource, passphrase };
  const erased = await tombstonesAround(home);
  const staged = await stageBackup({ file, keysFile, opener, staging, target, erased, signal, onProgress });
  // The master key itself, where its source keeps it there.
  if (existsSync(join(home, "secrets"))) await cp(join(home, "secrets"), join(staging, "secrets"), { recursive: true });
  return await settle(options, staging, target, staged);
}

/** A backup of a newer version is a backup that is refused, not an engine that cannot be had. */
function refuseNewer(error: unknown): never {
  if (!(error instanceof SentinelError) || error.code !== "DATA_NEWER") throw error;
  throw refuseBackup(`The backup was made by a newer version: restore it with that one. ${error.message}`, error);
}

/** Opens what was laid out: the log is verified, and what was erased since the backup is erased again. */
async function settle(
  options: RestoreOptions,
  staging: string,
  keySource: KeySource,
  { manifest, erased }: StagedBackup,
): Promise<Omit<Restored, "setAside">> {
  const { clock, by, log, entries, signal, onProgress } = options;
  const directory = await openDataDirectory({ path: staging, keySource, clock, host: "restore" }).catch(refuseNewer);
  try {
    const { nodeId, checkpointSeed } = directory;
    const opening = openStore({ directory: staging, nodeId, entries, readers: 1, checkpointSeed, log });
    const store = await opening.catch(refuseNewer);
    try {
      const events = manifest.log?.seq ?? 0;
      onProgress("verifying the log", 0, events);
      const verification = await store.verify();
      const head = verification.head;
      if (
        !verification.ok ||
        verification.entries !== events ||
        (manifest.log !== null && head !== manifest.log.hash)
      ) {
        const why = verification.faults[0]?.message ?? "It is not the log that the manifest names.";
        throw refuseBackup(`The log in the backup is not whole. ${why}`);
      }
      onProgress("verifying the log", events, events);
      const payload = { made_at: manifest.created_at, events };
      const { backup_id: entityId, created_at: madeAt, files } = manifest;
      const at = { entityType: "restore", entityId: uuidv7(clock), baseVersion: 0, kind: backupRestored };
      await store.append([{ ...at, payload: { ...payload, backup_id: entityId }, inverse: null }], by);
      const again = await eraseAgain({ directory, store, stones: erased, clock, by });
      // What was put on since is somebody else's, or was meant.
      const labels = erased.flatMap((stone) => (stone.kind === "label" && stone.at >= madeAt ? [stone.label] : []));
      await eraseLabels(store, labels, createLabelIds(directory.checkpointSeed), by, signal);
      return { madeAt, events, files: files.length, erasedAgain: again };
    } finally {
      await store.close();
    }
  } finally {
    directory.close();
  }
}
