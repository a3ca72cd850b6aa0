import { statSync } from "node:fs";
import Database from "better-sqlite3";
import { logHead } from "./event-table.ts";
import type { CopyProgress, DatabaseCopy } from "./protocol.ts";
import type { Db } from "./store.ts";

/** Pages copied before others get their turn: 2 MiB, some milliseconds. */
const pagesATurn = 512;

/**
 * Copies a database while it is written to. SQLite's online backup begins again whenever another connection writes, and under
 * steady writes never ends; on the connection that does all the writing it carries each change over and ends. VACUUM INTO would
 * end, too, but holds up every write meanwhile.
 * Source: SQLite documentation, "sqlite3_backup_step", concurrent usage.
 *
 * @param onProgress called between turns; what it throws ends the copy
 */
export async function copyDatabase(
  db: Db,
  path: string,
  onProgress: (now: CopyProgress) => void,
): Promise<DatabaseCopy> {
  await db.backup(path, {
    progress({ totalPages, remainingPages }) {
      onProgress({ done: totalPages - remainingPages, total: totalPages });
      return pagesATurn;
    },
  });
  const copied = new Database(path);
  try {
    // One file, which needs no other beside it.
    copied.pragma("journal_mode = DELETE");
    return { bytes: statSync(path).size, head: logHead.prepare(copied)(null) };
  } finally {
    copied.close();
  }
}

/**
 * Leaves nothing of erased rows behind: neither in samples for the query planner (made anew when they are needed), nor in pages, nor in
 * the write-ahead log, which still holds the pages as they were.
 *
 * SECURITY: secure_delete clears a row where it is when it is deleted. Where pages were split or filled anew, an earlier copy of its bytes
 * stays in the unused middle of a page (a test of erasing finds it); only VACUUM writes every page without.
 *
 * @param rewrite false: only the write-ahead log, after a reader was in the way
 * @returns false when a reader still needs the write-ahead log
 */
export function tidyDatabase(db: Db, rewrite: boolean): boolean {
  if (rewrite) {
    const samples = db.prepare("SELECT 1 FROM sqlite_master WHERE name = 'sqlite_stat4'").get();
    if (samples !== undefined) db.exec("DELETE FROM sqlite_stat4");
    // The new pages would else be held in memory, all of them. The file lies in the data directory: see `openStore`.
    db.pragma("temp_store = FILE");
    try {
      db.exec("VACUUM");
    } finally {
      db.pragma("temp_store = MEMORY");
    }
  }
  const [result] = db.pragma("wal_checkpoint(TRUNCATE)") as { busy: number }[];
  return result?.busy === 0;
}
