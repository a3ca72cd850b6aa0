import { z } from "zod";
import { type Db, defineRead, type Projection, type StoreModule } from "./store.ts";

export const backupEntity = "backup";
export const backupMade = "backup.made";
/** This data directory was restored from a backup. */
export const backupRestored = "backup.restored";

/** Payload of `backup.made`. Where it lies is sealed: a path may name people. */
export const BackupMade = z.strictObject({
  bytes: z.number(),
  evidence: z.number().int(),
  events: z.number().int(),
  keys_open_with: z.enum(["master_key", "this_file", "passphrase"]),
  place: z.string(),
});
export type BackupMade = z.infer<typeof BackupMade>;

const BackupRow = BackupMade.extend({ id: z.string(), made_at: z.string(), made_by: z.string() });
export type BackupRow = z.infer<typeof BackupRow>;

/** Backups that were made, newest first. */
export const allBackups = defineRead("backups.all", (db: Db) => {
  const select = db.prepare("SELECT * FROM backups ORDER BY made_at DESC, id");
  return (_args: null): BackupRow[] => select.all().map((row) => BackupRow.parse(row));
});

const projection: Projection = {
  name: "backups",
  tables: ["backups"],
  kinds: [backupMade],
  prepare(db) {
    const insert = db.prepare(
      `INSERT INTO backups (id, made_at, made_by, bytes, evidence, events, keys_open_with, place)
       VALUES (@id, @made_at, @made_by, @bytes, @evidence, @events, @keys_open_with, @place)`,
    );
    return ({ entity_id, at, actor, payload }) => {
      insert.run({ ...BackupMade.parse(payload), id: entity_id, made_at: at, made_by: actor });
    };
  },
};

export const backupModule: StoreModule = {
  name: "backups",
  migrations: [
    {
      id: 330,
      sql: `CREATE TABLE backups (
        id TEXT PRIMARY KEY,
        made_at TEXT NOT NULL,
        made_by TEXT NOT NULL,
        bytes REAL NOT NULL,
        evidence INTEGER NOT NULL,
        events INTEGER NOT NULL,
        keys_open_with TEXT NOT NULL,
        place TEXT NOT NULL
      ) STRICT, WITHOUT ROWID;`,
    },
  ],
  reads: [allBackups],
  writes: [],
  projections: [projection],
};
