import { chmodSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import { z } from "zod";
import { SentinelError } from "../../../shared/errors.ts";
import type { Db } from "./store.ts";

/** Who holds a data directory. */
export const Holder = z.object({ pid: z.number().int(), host: z.string(), since: z.string() });
export type Holder = z.infer<typeof Holder>;

export interface DirectoryLock {
  /** @param movedTo where the directory is by now, if it was renamed */
  release(movedTo?: string): void;
}

const lockName = "lock.db";
const holderName = "lock.json";

/** Connections that hold locks: a lock whose object is forgotten must not be collected, which would release it. */
const held = new Set<Db>();

/**
 * Locks a data directory for the life of this process.
 *
 * The lock is SQLite's exclusive lock on an empty database, that is a lock of the operating system (fcntl, LockFileEx): the
 * kernel drops it with the process, however it ends, and no pid is compared, so neither kill -9 nor a reused pid can leave a
 * stale lock or break a live one. `lock.json` only names the holder; nothing decides by it. On network file systems it is as
 * good as their locking is.
 *
 * The file `lock.db` is never opened by other means in this process: POSIX drops a process's locks on a file when it closes any
 * descriptor of it.
 *
 * @throws SentinelError LOCKED naming the holder
 */
export function lockDirectory(directory: string, holder: Holder): DirectoryLock {
  const holderPath = join(directory, holderName);
  const db = new Database(join(directory, lockName), { timeout: 0 });
  try {
    db.pragma("locking_mode = EXCLUSIVE");
    db.exec("BEGIN EXCLUSIVE");
  } catch (error) {
    db.close();
    const code = (error as { code?: unknown }).code;
    if (typeof code !== "string" || !code.startsWith("SQLITE_BUSY")) throw error;
    const other = readHolder(directory);
    const who = other === null ? "another process" : `${other.host} (process ${other.pid}, since ${other.since})`;
    throw new SentinelError("LOCKED", `The data directory ${directory} is in use by ${who}.`, other ?? undefined);
  }
  held.add(db);
  // SECURITY: who cannot open the lock cannot hold it against its owner.
  if (process.platform !== "win32") chmodSync(join(directory, lockName), 0o600);
  writeFileSync(holderPath, JSON.stringify(holder), { mode: 0o600 });
  return {
    release(movedTo = directory) {
      if (!held.delete(db)) return;
      rmSync(join(movedTo, holderName), { force: true });
      db.exec("ROLLBACK");
      db.close();
    },
  };
}

/** @returns the holder as it introduced itself, or null; it may be gone already */
export function readHolder(directory: string): Holder | null {
  try {
    return Holder.parse(JSON.parse(readFileSync(join(directory, holderName), "utf8")));
  } catch {
    return null;
  }
}
