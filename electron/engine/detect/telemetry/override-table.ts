import { z } from "zod";
import { FlowOverride } from "../../../../shared/telemetry.ts";
import { type Db, defineRead, type EventRow, type Projection, type StoreModule } from "../../store/store.ts";

export const overrideEntity = "telemetry_override";
export const overrideSet = "telemetry.override_set";
export const overrideCleared = "telemetry.override_cleared";

/** Payload of `telemetry.override_set`. The reason is sealed. */
export const OverridePayload = FlowOverride.pick({ kind: true, subject: true, action: true }).extend({
  reason: z.string().nullable(),
  // Events of earlier versions have none.
  expires_at: FlowOverride.shape.expires_at.default(null),
});
export type OverridePayload = z.infer<typeof OverridePayload>;

const Row = FlowOverride.extend({ reason: z.string().nullable() });
export type OverrideRow = z.infer<typeof Row>;

export const storedOverrides = defineRead("telemetry.overrides", (db: Db) => {
  const select = db.prepare(`SELECT o.id, o.kind, o.subject, o.action, o.reason, o.expires_at, o.actor, o.at, v.version
    FROM telemetry_overrides o JOIN entity_versions v ON v.entity_type = '${overrideEntity}' AND v.entity_id = o.id
    ORDER BY o.at DESC, o.id`);
  return (_args: null): OverrideRow[] => select.all().map((row) => Row.parse(row));
});

/** Version of an override that may be cleared by now. */
export const overrideVersion = defineRead("telemetry.override_version", (db: Db) => {
  const select = db.prepare("SELECT version FROM entity_versions WHERE entity_type = ? AND entity_id = ?").pluck();
  return (id: string): number => Number(select.get(overrideEntity, id) ?? 0);
});

const overrideProjection: Projection = {
  name: "telemetry overrides",
  tables: ["telemetry_overrides"],
  kinds: [overrideSet, overrideCleared],
  prepare(db) {
    const set = db.prepare(`INSERT INTO telemetry_overrides (id, kind, subject, action, reason, expires_at, actor, at)
      VALUES (@id, @kind, @subject, @action, @reason, @expires_at, @actor, @at)
      ON CONFLICT DO UPDATE SET action = excluded.action, reason = excluded.reason,
        expires_at = excluded.expires_at, actor = excluded.actor, at = excluded.at`);
    const clear = db.prepare("DELETE FROM telemetry_overrides WHERE id = ?");
    return (event: EventRow) => {
      if (event.kind === overrideCleared) clear.run(event.entity_id);
      else set.run({ ...OverridePayload.parse(event.payload), id: event.entity_id, actor: event.actor, at: event.at });
    };
  },
};

export const overrideModule: StoreModule = {
  name: "telemetry overrides",
  migrations: [
    {
      id: 220,
      sql: `CREATE TABLE telemetry_overrides (
        id TEXT PRIMARY KEY,
        kind TEXT NOT NULL,
        subject TEXT NOT NULL,
        action TEXT NOT NULL,
        reason TEXT,
        actor TEXT NOT NULL,
        at TEXT NOT NULL
      ) STRICT, WITHOUT ROWID;`,
    },
    { id: 725, sql: "ALTER TABLE telemetry_overrides ADD COLUMN expires_at TEXT" },
  ],
  reads: [storedOverrides, overrideVersion],
  writes: [],
  projections: [overrideProjection],
};
