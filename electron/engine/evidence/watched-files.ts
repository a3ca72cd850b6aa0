import { z } from "zod";
import { type Db, defineRead, defineWrite, type StoreModule } from "../store/store.ts";

const Remembered = z.object({ state: z.string(), evidence: z.string().nullable(), code: z.string().nullable() });

/** What became of a watched file; null when it was never seen. @param path SHA-256 of the path */
export const recallFile = defineRead("watched_files.recall", (db: Db) => {
  const select = db.prepare("SELECT state, evidence, code FROM watched_files WHERE path = ?");
  return (path: string): z.infer<typeof Remembered> | null => {
    const row = select.get(path);
    return row === undefined ? null : Remembered.parse(row);
  };
});

/** Remembers a file in its present state (size and time of change) as dealt with. */
export const rememberFile = defineWrite("watched_files.remember", (db: Db) => {
  const insert = db.prepare("INSERT OR REPLACE INTO watched_files VALUES (?, ?, ?, ?)");
  return (args: { path: string; state: string; evidence: string | null; code: string | null }): void => {
    insert.run(args.path, args.state, args.evidence, args.code);
  };
});

/** Files of the watched folder that were dealt with. Paths are hashed: they may name persons and cases. */
export const watchedFilesModule: StoreModule = {
  name: "watched_files",
  migrations: [
    {
      id: 102,
      sql: `CREATE TABLE watched_files (
        path TEXT PRIMARY KEY,
        state TEXT NOT NULL,
        evidence TEXT,
        code TEXT
      ) STRICT, WITHOUT ROWID;`,
    },
  ],
  reads: [recallFile],
  writes: [rememberFile],
  projections: [],
};
