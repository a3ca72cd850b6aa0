import { type Db, defineRead, defineWrite, type StoreModule } from "../store/store.ts";

/** A message by which an engine told the others the key of a subject's texts. */
export interface ToldKey {
  /** The message's own key. */
  readonly name: string;
  /** The subject's hash. */
  readonly tag: string;
}

export const keysTold = defineRead("fleet_keys.of_tag", (db: Db) => {
  const select = db.prepare<[string], string>("SELECT name FROM fleet_keys WHERE tag = ? ORDER BY name").pluck();
  return (tag: string): string[] => select.all(tag);
});

/** Every subject of which a key was told. */
export const tagsTold = defineRead("fleet_keys.tags", (db: Db) => {
  const select = db.prepare<[], string>("SELECT DISTINCT tag FROM fleet_keys").pluck();
  return (_args: null): string[] => select.all();
});

export const noteKeys = defineWrite("fleet_keys.note", (db: Db) => {
  const insert = db.prepare("INSERT OR IGNORE INTO fleet_keys (name, tag) VALUES (@name, @tag)");
  return (keys: readonly ToldKey[]): null => {
    for (const key of keys) insert.run(key);
    return null;
  };
});

export const forgetKeys = defineWrite("fleet_keys.forget", (db: Db) => {
  const remove = db.prepare("DELETE FROM fleet_keys WHERE name = ?");
  return (names: readonly string[]): null => {
    for (const name of names) remove.run(name);
    return null;
  };
});

/** Offset of the next message of their topic. */
export const keyPlace = defineRead("fleet_keys.place", (db: Db) => {
  const select = db.prepare<[], number>("SELECT next FROM fleet_key_place").pluck();
  return (_args: null): number => select.get() ?? 0;
});

export const setKeyPlace = defineWrite("fleet_keys.set_place", (db: Db) => {
  const set = db.prepare("INSERT OR REPLACE INTO fleet_key_place (id, next) VALUES (1, ?)");
  return (next: number): null => {
    set.run(next);
    return null;
  };
});

export const fleetKeyModule: StoreModule = {
  name: "fleet keys",
  migrations: [
    {
      id: 651,
      sql: `
        CREATE TABLE fleet_keys (name TEXT PRIMARY KEY, tag TEXT NOT NULL) STRICT, WITHOUT ROWID;
        CREATE INDEX fleet_keys_by_tag ON fleet_keys (tag);`,
    },
    { id: 654, sql: "CREATE TABLE fleet_key_place (id INTEGER PRIMARY KEY, next INTEGER NOT NULL) STRICT;" },
  ],
  reads: [keysTold, tagsTold, keyPlace],
  writes: [noteKeys, forgetKeys, setKeyPlace],
  projections: [],
};
