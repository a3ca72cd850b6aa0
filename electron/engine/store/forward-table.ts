import { type Db, defineRead, defineWrite, type StoreModule } from "./store.ts";

/** Last entry of the log that a server was sent; 0: none. */
export const forwardCursor = defineRead("forward.cursor", (db: Db) => {
  const select = db.prepare<[string], number>("SELECT seq FROM forward_cursors WHERE target = ?").pluck();
  return (target: string): { seq: number } => ({ seq: select.get(target) ?? 0 });
});

export const saveForwardCursor = defineWrite("forward.save_cursor", (db: Db) => {
  const save = db.prepare(
    "INSERT INTO forward_cursors (target, seq) VALUES (?, ?) ON CONFLICT DO UPDATE SET seq = excluded.seq",
  );
  return ({ target, seq }: { target: string; seq: number }): null => {
    save.run(target, seq);
    return null;
  };
});

/** How far the log was forwarded, to each server that it was ever forwarded to. */
export const forwardModule: StoreModule = {
  name: "forward",
  migrations: [
    {
      id: 550,
      sql: "CREATE TABLE forward_cursors (target TEXT PRIMARY KEY, seq INTEGER NOT NULL) STRICT, WITHOUT ROWID;",
    },
  ],
  reads: [forwardCursor],
  writes: [saveForwardCursor],
  projections: [],
};
