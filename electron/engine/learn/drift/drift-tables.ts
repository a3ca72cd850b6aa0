import { z } from "zod";
import {
  type Db,
  defineRead,
  defineWrite,
  type EventDraft,
  type Projection,
  type StoreModule,
} from "../../store/store.ts";
import { Acknowledged, DriftReason, LookedAt } from "./drift-alarm.ts";
import { labelledTraffic } from "./labelled-payloads.ts";
import { lookAtWindow } from "./look-at-window.ts";
import { ordinarySessions } from "./ordinary-sessions.ts";

/** Looks that are kept: hourly ones of forty days. */
const keptLooks = 1000;

/** What stays of a look. */
export const StoredLook = z.strictObject({
  models: LookedAt,
  /** Sessions that counted. */
  sessions: z.int().min(0),
  /** Whether there was enough to tell; without, nothing is said, and an alarm stays as it is. */
  isTold: z.boolean(),
  /** How many numbers moved, the ones that drifted not among them. */
  moved: z.int().min(0),
  /** The largest population stability index; null where none was told. */
  largest: z.number().nullable(),
  reasons: z.array(DriftReason),
  /** Expected calibration error on labelled traffic; null with too few labels. */
  calibration_error: z.number().nullable(),
  /** Share of confirmed attacks that their sets held, and of how many; null without any. */
  coverage: z.strictObject({ labelled: z.int(), held: z.int() }).nullable(),
});
export type StoredLook = z.infer<typeof StoredLook>;

interface Row {
  readonly at: string;
  readonly look: string;
}

const toLook = ({ at, look }: Row) => ({ at, ...StoredLook.parse(JSON.parse(look)) });

/** The last looks, newest first. */
export const lastLooks = defineRead("drift.looks", (db: Db) => {
  const select = db.prepare<[number], Row>("SELECT at, look FROM drift_looks ORDER BY n DESC LIMIT ?");
  return (limit: number): (StoredLook & { readonly at: string })[] => select.all(limit).map(toLook);
});

/** Keeps a look, and forgets the oldest beyond those that are kept. */
export const keepLook = defineWrite("drift.keep-look", (db: Db) => {
  const insert = db.prepare("INSERT INTO drift_looks (at, look) VALUES (?, ?)");
  const prune = db.prepare("DELETE FROM drift_looks WHERE n <= (SELECT max(n) FROM drift_looks) - ?");
  return ({ at, look }: { at: string; look: StoredLook }): null => {
    insert.run(at, JSON.stringify(look));
    prune.run(keptLooks);
    return null;
  };
});

/** Where the data stand: while this stays the same, another look would see the same. */
export const driftMark = defineRead("drift.mark", (db: Db) => {
  const newest = db.prepare("SELECT coalesce(max(n), 0) FROM verdicts").pluck();
  const head = db.prepare("SELECT coalesce(max(seq), 0) FROM events").pluck();
  return (_args: null): { verdict: number; event: number } => ({
    verdict: Number(newest.get()),
    event: Number(head.get()),
  });
});

const entity = { entityType: "drift", entityId: "alarm" } as const;
export const driftEntity = entity.entityType;

/** Null: nothing is acknowledged. */
const Payload = z.strictObject({ acknowledged: Acknowledged.nullable() });

const projection: Projection = {
  name: "drift acknowledgement",
  tables: ["drift_acknowledgement"],
  kinds: ["drift.acknowledged"],
  prepare(db) {
    const set = db.prepare(
      "INSERT INTO drift_acknowledgement (one, acknowledged) VALUES (1, ?) ON CONFLICT DO UPDATE SET acknowledged = excluded.acknowledged",
    );
    return (event) => {
      const { acknowledged } = Payload.parse(event.payload);
      set.run(acknowledged === null ? null : JSON.stringify(acknowledged));
    };
  },
};

export interface Acknowledgement {
  readonly acknowledged: Acknowledged | null;
  /** Version to change it from. */
  readonly version: number;
}

export const driftAcknowledgement = defineRead("drift.acknowledgement", (db: Db) => {
  const select = db.prepare<[], string | null>("SELECT acknowledged FROM drift_acknowledgement").pluck();
  const version = db.prepare("SELECT version FROM entity_versions WHERE entity_type = ? AND entity_id = ?").pluck();
  return (_args: null): Acknowledgement => {
    const stored = select.get();
    return {
      acknowledged: stored === undefined || stored === null ? null : Acknowledged.parse(JSON.parse(stored)),
      version: Number(version.get(entity.entityType, entity.entityId) ?? 0),
    };
  };
});

/** The change that takes note of an alarm; undoing it raises the alarm again. */
export function acknowledgeDrift(now: Acknowledged, before: Acknowledged | null, baseVersion: number): EventDraft {
  const kind = "drift.acknowledged";
  return {
    ...entity,
    baseVersion,
    kind,
    payload: { acknowledged: now },
    inverse: { kind, payload: { acknowledged: before } },
  };
}

export const driftModule: StoreModule = {
  name: "drift",
  migrations: [
    {
      id: 460,
      sql: `
        CREATE TABLE drift_looks (
          n INTEGER PRIMARY KEY AUTOINCREMENT,
          at TEXT NOT NULL,
          -- JSON.
          look TEXT NOT NULL
        ) STRICT;
        CREATE TABLE drift_acknowledgement (
          one INTEGER PRIMARY KEY CHECK (one = 1),
          -- JSON; null: nothing is acknowledged.
          acknowledged TEXT
        ) STRICT;`,
    },
  ],
  reads: [ordinarySessions, lookAtWindow, labelledTraffic, lastLooks, driftMark, driftAcknowledgement],
  writes: [keepLook],
  projections: [projection],
};
