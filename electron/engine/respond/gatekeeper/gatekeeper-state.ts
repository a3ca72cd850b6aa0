import { z } from "zod";
import { GateKey } from "../../../../shared/gatekeeper-protocol.ts";
import { type Db, defineRead, type EventRow, type Projection, type StoreModule } from "../../store/store.ts";

export const gatekeeperEntity = "gatekeeper";
export const gatekeeperSaved = "gatekeeper.saved";
export const gatekeeperRemoved = "gatekeeper.removed";

/** Payload of `gatekeeper.saved`: the whole of it. */
export const GatekeeperRecord = z.strictObject({
  name: z.string(),
  /** Origin of its control listener. */
  address: z.string(),
  key: GateKey,
  /** Whether its address may lie outside of private networks. */
  is_public: z.boolean(),
  /** Epoch milliseconds. */
  at: z.number().int(),
});
export type GatekeeperRecord = z.infer<typeof GatekeeperRecord>;

export interface StoredGatekeeper extends GatekeeperRecord {
  readonly id: string;
  readonly version: number;
  readonly by: string;
}

const projection: Projection = {
  name: "gatekeepers",
  tables: ["gatekeepers"],
  kinds: [gatekeeperSaved, gatekeeperRemoved],
  prepare(db) {
    const save = db.prepare(
      `INSERT INTO gatekeepers (id, name, address, key, is_public, at, by) VALUES (@id, @name, @address, @key, @public, @at, @by)
       ON CONFLICT (id) DO UPDATE SET name = excluded.name, address = excluded.address, key = excluded.key,
         is_public = excluded.is_public, at = excluded.at, by = excluded.by`,
    );
    const remove = db.prepare("DELETE FROM gatekeepers WHERE id = ?");
    return (event: EventRow) => {
      if (event.kind === gatekeeperRemoved) {
        remove.run(event.entity_id);
        return;
      }
      const { is_public, ...record } = GatekeeperRecord.parse(event.payload);
      save.run({ ...record, id: event.entity_id, public: is_public ? 1 : 0, by: event.actor });
    };
  },
};

type Row = Omit<StoredGatekeeper, "is_public"> & { readonly is_public: number };

/** All gatekeepers, by name. */
export const allGatekeepers = defineRead("gatekeepers.all", (db: Db) => {
  const select = db.prepare<[], Row>(
    `SELECT g.*, v.version FROM gatekeepers g
     JOIN entity_versions v ON v.entity_type = '${gatekeeperEntity}' AND v.entity_id = g.id ORDER BY g.name, g.id`,
  );
  return (_args: null): StoredGatekeeper[] =>
    select.all().map(({ is_public, ...row }) => ({ ...row, is_public: is_public === 1 }));
});

export const gatekeeperModule: StoreModule = {
  name: "gatekeepers",
  migrations: [
    {
      id: 541,
      sql: `
        CREATE TABLE gatekeepers (
          id TEXT PRIMARY KEY,
          name TEXT NOT NULL,
          address TEXT NOT NULL,
          key TEXT NOT NULL,
          is_public INTEGER NOT NULL,
          at INTEGER NOT NULL,
          by TEXT NOT NULL
        ) STRICT, WITHOUT ROWID;`,
    },
  ],
  reads: [allGatekeepers],
  writes: [],
  projections: [projection],
};
