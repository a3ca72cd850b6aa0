import { z } from "zod";
import {
  type Db,
  defineRead,
  type EventDraft,
  forgetRow,
  type Projection,
  type StoreModule,
} from "../../store/store.ts";

/** Which payload model decides at all engines of a fleet, as the setting `payload_model` names it. */
export const championEntity = "payload_champion";
const entity = { entityType: championEntity, entityId: "payload" } as const;
const chosen = "payload_champion.chosen";

const Chosen = z.strictObject({ choice: z.string().max(2000) });

const projection: Projection = {
  name: "champion of a fleet",
  tables: ["fleet_champion"],
  kinds: [chosen],
  shared: {
    entityType: championEntity,
    approverKinds: [chosen],
    forget: (db) => forgetRow(db, "fleet_champion"),
    rows: "SELECT * FROM fleet_champion ORDER BY id",
  },
  prepare(db) {
    const set = db.prepare("INSERT OR REPLACE INTO fleet_champion (id, choice, role) VALUES (?, ?, ?)");
    return ({ entity_id, payload, role }) => void set.run(entity_id, Chosen.parse(payload).choice, role);
  },
};

/** What a fleet decided by, as this engine knows it. */
export interface FleetChampion {
  /** Null: nobody has chosen yet. */
  readonly choice: string | null;
  /** Of whoever chose. */
  readonly role: string | null;
  readonly version: number;
  /** Whether the setting was changed here, by somebody, after the last word about the fleet's. */
  readonly isOlder: boolean;
}

/** @param fleet actor of changes of the setting that only follow the fleet */
export const fleetChampion = defineRead("fleet_champion.state", (db: Db) => {
  const state = db.prepare<[string], { choice: string; role: string }>(
    "SELECT choice, role FROM fleet_champion WHERE id = ?",
  );
  const version = db.prepare("SELECT version FROM entity_versions WHERE entity_type = ? AND entity_id = ?").pluck();
  const said = db.prepare("SELECT max(seq) FROM events WHERE entity_type = ? AND entity_id = ?").pluck();
  const changed = db
    .prepare(
      `SELECT max(seq) FROM events WHERE entity_type = 'settings' AND entity_id = 'settings' AND actor != ?
         AND json_type(payload, '$.changes.payload_model') IS NOT NULL`,
    )
    .pluck();
  return (fleet: string): FleetChampion => {
    const row = state.get(entity.entityId);
    return {
      choice: row?.choice ?? null,
      role: row?.role ?? null,
      version: Number(version.get(entity.entityType, entity.entityId) ?? 0),
      isOlder: Number(changed.get(fleet) ?? 0) > Number(said.get(entity.entityType, entity.entityId) ?? 0),
    };
  };
});

/** The event that makes a choice that of all engines. @param before what is chosen where this is undone first */
export function chooseChampion({ choice, version }: FleetChampion, next: string, before: string): EventDraft {
  const inverse = { kind: chosen, payload: { choice: choice ?? before } };
  return { ...entity, baseVersion: version, kind: chosen, payload: { choice: next }, inverse };
}

export const championModule: StoreModule = {
  name: "champion of a fleet",
  migrations: [
    {
      id: 652,
      sql: "CREATE TABLE fleet_champion (id TEXT PRIMARY KEY, choice TEXT NOT NULL, role TEXT NOT NULL) STRICT, WITHOUT ROWID;",
    },
  ],
  reads: [fleetChampion],
  writes: [],
  projections: [projection],
};
