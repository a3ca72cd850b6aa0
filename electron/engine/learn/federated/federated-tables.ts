import { z } from "zod";
import { Instant, Sha256 } from "../../../../shared/units.ts";
import { type Db, defineRead, type Projection, type StoreModule } from "../../store/store.ts";

/** An update of another engine. */
export const receivedEntity = "federated_update";
/** What this engine's updates cost together: one entity, so that two of them are never counted as one. */
export const budgetEntity = { entityType: "privacy_budget", entityId: "payloads" } as const;

/** What is kept of an update beside its file. */
const Kept = z.strictObject({
  base: Sha256,
  round: z.number().int(),
  key: z.string(),
  epsilon: z.number(),
  delta: z.number(),
  rho: z.number(),
  groups: z.number(),
  norm: z.number(),
  made_at: Instant,
  size_bytes: z.number().int(),
});

/** Payload of `federated_update.received`; the file, some kilobytes, in base64. */
export const Received = z.strictObject({ update: Kept, file: z.string() });
/** Payload of `privacy_budget.spent`. */
export const Spent = Received.extend({ id: Sha256, dataset_version: z.string() });

const projection: Projection = {
  name: "federated updates",
  tables: ["federated_updates"],
  kinds: ["federated_update.received", "federated_update.withdrawn", "privacy_budget.spent"],
  prepare(db) {
    const insert = db.prepare(
      `INSERT INTO federated_updates (id, is_own, base, key, at, actor, dataset_version, kept, file) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET at = excluded.at, actor = excluded.actor, withdrawn = 0`,
    );
    const withdraw = db.prepare("UPDATE federated_updates SET withdrawn = 1 WHERE id = ?");
    return ({ kind, entity_id, payload, at, actor }) => {
      if (kind === "federated_update.withdrawn") {
        withdraw.run(entity_id);
        return;
      }
      const spent = kind === "privacy_budget.spent" ? Spent.parse(payload) : null;
      const { update, file } = spent ?? Received.parse(payload);
      const id = spent?.id ?? entity_id;
      const bytes = Buffer.from(file, "base64");
      const version = spent?.dataset_version ?? null;
      insert.run(
        id,
        Number(spent !== null),
        update.base,
        update.key,
        at,
        actor,
        version,
        JSON.stringify(update),
        bytes,
      );
    };
  },
};

/** An update as it is stored. */
export interface StoredUpdate extends z.infer<typeof Kept> {
  readonly id: string;
  readonly isOwn: boolean;
  readonly at: string;
  readonly by: string;
  /** Null for one of another engine. */
  readonly datasetVersion: string | null;
  readonly withdrawn: boolean;
}

interface Row {
  readonly id: string;
  readonly is_own: number;
  readonly at: string;
  readonly actor: string;
  readonly dataset_version: string | null;
  readonly kept: string;
  readonly withdrawn: number;
}

const columns = "id, is_own, at, actor, dataset_version, kept, withdrawn";

function toStored(row: Row): StoredUpdate {
  return {
    ...Kept.parse(JSON.parse(row.kept)),
    id: row.id,
    isOwn: row.is_own === 1,
    at: row.at,
    by: row.actor,
    datasetVersion: row.dataset_version,
    withdrawn: row.withdrawn === 1,
  };
}

/** Updates that were not withdrawn, newest first. */
export const keptUpdates = defineRead("federated_updates.kept", (db: Db) => {
  const rows = db.prepare<[], Row>(
    `SELECT ${columns} FROM federated_updates WHERE withdrawn = 0 ORDER BY at DESC, id LIMIT 1000`,
  );
  return (_args: null): StoredUpdate[] => rows.all().map(toStored);
});

/** Also one that was withdrawn; null: there never was one. */
export const updateById = defineRead("federated_updates.by_id", (db: Db) => {
  const row = db.prepare<[string], Row>(`SELECT ${columns} FROM federated_updates WHERE id = ?`);
  return (id: string): StoredUpdate | null => {
    const found = row.get(id);
    return found === undefined ? null : toStored(found);
  };
});

/** Its file; null: there is none. */
export const updateFile = defineRead("federated_updates.file", (db: Db) => {
  const file = db.prepare<[string], Buffer>("SELECT file FROM federated_updates WHERE id = ?").pluck();
  return (id: string): Uint8Array | null => file.get(id) ?? null;
});

/** What all own updates cost, as zCDP, how many they are, and the version to spend more from. */
export const spentBudget = defineRead("federated_updates.spent", (db: Db) => {
  const own = db.prepare<[], string>("SELECT kept FROM federated_updates WHERE is_own = 1").pluck();
  const version = db.prepare("SELECT version FROM entity_versions WHERE entity_type = ? AND entity_id = ?").pluck();
  return (_args: null): { rho: number; updates: number; version: number } => {
    const costs = own.all().map((kept) => Kept.parse(JSON.parse(kept)).rho);
    return {
      rho: costs.reduce((sum, rho) => sum + rho, 0),
      updates: costs.length,
      version: Number(version.get(budgetEntity.entityType, budgetEntity.entityId) ?? 0),
    };
  };
});

export const federatedModule: StoreModule = {
  name: "federated updates",
  migrations: [
    {
      id: 485,
      sql: `
        CREATE TABLE federated_updates (
          id TEXT PRIMARY KEY,
          is_own INTEGER NOT NULL,
          base TEXT NOT NULL,
          key TEXT NOT NULL,
          at TEXT NOT NULL,
          actor TEXT NOT NULL,
          dataset_version TEXT,
          -- JSON.
          kept TEXT NOT NULL,
          file BLOB NOT NULL,
          withdrawn INTEGER NOT NULL DEFAULT 0
        ) STRICT, WITHOUT ROWID;`,
    },
  ],
  reads: [keptUpdates, updateById, updateFile, spentBudget],
  writes: [],
  projections: [projection],
};
