import { SentinelError } from "../../../shared/errors.ts";
import type { Db, Migration } from "./store.ts";

/**
 * Brings the schema up to date. Steps run once each, in ascending order, each in a transaction with its own record; there is no
 * way back. A room may add a step whose number lies below those of other rooms, so every missing number runs.
 *
 * @throws SentinelError DATA_NEWER when the database has a step that this version does not know
 */
export function migrate(db: Db, migrations: readonly Migration[], at: string): void {
  db.exec(
    "CREATE TABLE IF NOT EXISTS schema_migrations (id INTEGER PRIMARY KEY, applied_at TEXT NOT NULL) STRICT, WITHOUT ROWID",
  );
  const applied = new Set(db.prepare("SELECT id FROM schema_migrations").pluck().all());
  const known = new Set<unknown>(migrations.map((migration) => migration.id));
  const unknown = [...applied].filter((id) => !known.has(id));
  if (unknown.length > 0) {
    throw new SentinelError("DATA_NEWER", `The database has schema step ${unknown.at(-1)}, unknown to this version.`);
  }
  const record = db.prepare("INSERT INTO schema_migrations (id, applied_at) VALUES (?, ?)");
  for (const migration of migrations) {
    if (applied.has(migration.id)) continue;
    db.transaction(() => {
      db.exec(migration.sql);
      record.run(migration.id, at);
    })();
  }
}
