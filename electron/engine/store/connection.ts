import { chmodSync } from "node:fs";
import Database from "better-sqlite3";
import type { Db } from "./store.ts";

/** Pages after which SQLite moves the write-ahead log into the database file; 4 KiB each. */
const checkpointPages = 8000;

/** What the writer keeps of the database in memory: a change of many rows finds each of them in several trees. KiB. */
const cacheKib = 65_536;

/** @param path file, or ":memory:" */
export function openWriterConnection(path: string): Db {
  const db = new Database(path);
  if (path !== ":memory:") {
    // SECURITY: the database holds what was derived from evidence; only its owner may read it, also when the folder's mode was changed.
    if (process.platform !== "win32") chmodSync(path, 0o600);
    db.pragma("journal_mode = WAL");
  }
  // FULL: a commit is on the disk before it is acknowledged, so neither kill -9 nor a power cut loses it.
  db.pragma("synchronous = FULL");
  db.pragma("foreign_keys = ON");
  db.pragma("busy_timeout = 5000");
  db.pragma(`wal_autocheckpoint = ${checkpointPages}`);
  db.pragma("journal_size_limit = 67108864");
  db.pragma(`cache_size = -${cacheKib}`);
  // SECURITY: erased rows are overwritten with zeros, not left in free pages.
  db.pragma("secure_delete = ON");
  harden(db);
  return db;
}

export function openReaderConnection(path: string): Db {
  const db = new Database(path, { readonly: true, fileMustExist: true });
  // SECURITY: a query that turns out to write fails, whatever it was made from.
  db.pragma("query_only = ON");
  db.pragma("busy_timeout = 5000");
  harden(db);
  return db;
}

function harden(db: Db): void {
  // SECURITY: a changed database file cannot run functions with side effects from its schema (views, triggers, defaults).
  db.pragma("trusted_schema = OFF");
  // SECURITY: malformed pages are found when read instead of being followed.
  db.pragma("cell_size_check = ON");
  // SECURITY: sorted and joined evidence never lands in a temporary file outside the data directory.
  db.pragma("temp_store = MEMORY");
}
