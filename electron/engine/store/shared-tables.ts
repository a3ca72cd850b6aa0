import type { AuditEntry } from "../../../shared/audit.ts";
import type { LostDecision } from "../../../shared/fleet-decisions.ts";
import { type Db, defineRead, type StoreModule } from "./store.ts";
import { decisionRejected, type Rejection } from "./undo-chain.ts";

/** What this engine decided about one entity, until all engines have judged it. */
export interface PendingRow {
  readonly seq: number;
  /** First event of those that were decided together. */
  readonly decision: number;
  readonly event_id: string;
  readonly entity_type: string;
  readonly entity_id: string;
  /** How often the entity had been changed, and by which event the last time. */
  readonly base_version: number;
  readonly seen: string | null;
  readonly is_bulk: number;
}

/** How far this engine's own decisions were gone through: an event, and the last member of a bulk one; null: all of it. */
export interface Place {
  readonly seq: number;
  readonly member: string | null;
}

/** The last accepted change of an entity. */
interface Last {
  readonly version: number;
  /** Null: none yet. */
  readonly event: string | null;
}

/** The tables of what a fleet decides together, on the writer's connection. */
export function openPending(db: Db) {
  const add = db.prepare(
    `INSERT INTO fleet_pending (seq, decision, event_id, entity_type, entity_id, base_version, seen, is_bulk)
     VALUES (@seq, @decision, @event_id, @entity_type, @entity_id, @base_version, @seen, @is_bulk)`,
  );
  const remove = db.prepare("DELETE FROM fleet_pending WHERE seq = @seq AND entity_id = @entity_id");
  const removeOf = db.prepare("DELETE FROM fleet_pending WHERE event_id = ? AND entity_id = ?");
  const ofDecision = db.prepare<[number], PendingRow>(
    "SELECT * FROM fleet_pending WHERE decision = ? ORDER BY seq, entity_id",
  );
  const rowsAfter = db.prepare<[number, number, string | null, number], PendingRow>(
    `SELECT * FROM fleet_pending WHERE seq = ? AND (? != seq OR entity_id > ?) ORDER BY entity_id LIMIT ?`,
  );
  const ofEntity = db.prepare<[string, string], PendingRow>(
    "SELECT * FROM fleet_pending WHERE entity_type = ? AND entity_id = ? ORDER BY seq",
  );
  const ofMember = db.prepare<[string, string], PendingRow>(
    "SELECT * FROM fleet_pending WHERE event_id = ? AND entity_id = ?",
  );
  const ofEvent = db.prepare<[string], PendingRow>("SELECT * FROM fleet_pending WHERE event_id = ?");
  const lastPending = db.prepare<[string, string], { base_version: number; event_id: string }>(
    "SELECT base_version, event_id FROM fleet_pending WHERE entity_type = ? AND entity_id = ? ORDER BY seq DESC LIMIT 1",
  );
  const decisionAfter = db.prepare<[Place], { decision: number; is_bulk: number }>(
    `SELECT decision, is_bulk FROM fleet_pending WHERE seq > @seq OR (seq = @seq AND entity_id > @member)
     ORDER BY seq LIMIT 1`,
  );
  const accepted = db.prepare<[string, string], Last>(
    "SELECT version, event_id AS event FROM fleet_entities WHERE entity_type = ? AND entity_id = ?",
  );
  const accept = db.prepare(
    `INSERT INTO fleet_entities (entity_type, entity_id, version, event_id) VALUES (?, ?, 1, ?)
     ON CONFLICT DO UPDATE SET version = version + 1, event_id = excluded.event_id`,
  );
  const setAccepted = db.prepare(
    "INSERT OR REPLACE INTO fleet_entities (entity_type, entity_id, version, event_id) VALUES (?, ?, ?, ?)",
  );
  const position = db.prepare<[], { noted_to: number; offset: number }>("SELECT noted_to, offset FROM fleet_position");
  const message = db.prepare<[], string>("SELECT message FROM fleet_position").pluck();
  const setNotedTo = db.prepare("UPDATE fleet_position SET noted_to = ?");
  const setOffset = db.prepare("UPDATE fleet_position SET offset = ?, message = ?");
  const waiting = db.prepare<[], number>("SELECT count(DISTINCT decision) FROM fleet_pending").pluck();
  const everyAccepted = db.prepare("SELECT * FROM fleet_entities ORDER BY entity_type, entity_id").raw();
  const noteRejected = db.prepare(
    "INSERT OR IGNORE INTO fleet_rejected (event_id, entity_type, entity_id) VALUES (?, ?, ?)",
  );
  const none: Last = { version: 0, event: null };

  return {
    add: (row: PendingRow) => void add.run(row),
    remove: ({ seq, entity_id }: PendingRow) => void remove.run({ seq, entity_id }),
    removeOf: (eventId: string, entityId: string) => void removeOf.run(eventId, entityId),
    ofDecision: (decision: number) => ofDecision.all(decision),
    ofEntity: (entityType: string, entityId: string) => ofEntity.all(entityType, entityId),
    ofEvent: (eventId: string) => ofEvent.all(eventId),
    /** What waits of an event about one entity. */
    ofMember: (eventId: string, entityId: string) => ofMember.get(eventId, entityId),
    /** The first decision of which a part waits after a place. */
    decisionAfter: (after: Place) => decisionAfter.get(after),
    /** Members of a bulk event that wait after a place. */
    membersAfter: (seq: number, after: Place, limit: number) => rowsAfter.all(seq, after.seq, after.member, limit),
    accepted: (entityType: string, entityId: string) => accepted.get(entityType, entityId) ?? none,
    accept: (entityType: string, entityId: string, eventId: string) => void accept.run(entityType, entityId, eventId),
    setAccepted: (entityType: string, entityId: string, version: number, eventId: string) =>
      void setAccepted.run(entityType, entityId, version, eventId),
    /** The last change of an entity, accepted or waiting. */
    last(entityType: string, entityId: string): Last {
      const pending = lastPending.get(entityType, entityId);
      if (pending === undefined) return accepted.get(entityType, entityId) ?? none;
      return { version: pending.base_version + 1, event: pending.event_id };
    },
    waiting: () => waiting.get() ?? 0,
    everyAccepted: () => everyAccepted.iterate(),
    noteRejected(events: readonly string[], entityType: string, entityId: string): void {
      for (const event of events) noteRejected.run(event, entityType, entityId);
    },
    notedTo: () => position.get()!.noted_to,
    setNotedTo: (seq: number) => void setNotedTo.run(seq),
    offset: () => position.get()!.offset,
    /** Hash of the last message that was judged; empty where it was not remembered. */
    message: () => message.get() ?? "",
    setOffset: (offset: number, hash: string) => void setOffset.run(offset, hash),
  };
}

/** The last message of the topic that was judged: -1 where there is none. The hash is empty where it was not remembered. */
export const topicPosition = defineRead("fleet.position", (db: Db) => {
  const select = db.prepare<[], { offset: number; hash: string }>("SELECT offset, message AS hash FROM fleet_position");
  return (_args: null) => select.get()!;
});

/** What the fleet made of an event of this engine. */
type Fate = NonNullable<AuditEntry["fate"]>;

/** Of some events that were to be judged; rejected also where only some members of a bulk one were. */
export const fatesOf = defineRead("fleet.fates", (db: Db) => {
  const waits = db.prepare<[string]>("SELECT 1 FROM fleet_pending WHERE event_id = ? LIMIT 1");
  const isRejected = db.prepare<[string]>("SELECT 1 FROM fleet_rejected WHERE event_id = ? LIMIT 1");
  const notedTo = db.prepare<[], number>("SELECT noted_to FROM fleet_position").pluck();
  return (events: readonly { id: string; seq: number }[]): Fate[] => {
    const noted = notedTo.get() ?? 0;
    return events.map(({ id, seq }) => {
      if (isRejected.get(id) !== undefined) return "rejected";
      return seq > noted || waits.get(id) !== undefined ? "waiting" : "accepted";
    });
  };
});

/** What somebody lost since a moment, newest first. */
export const lostDecisions = defineRead("fleet.lost", (db: Db) => {
  const select = db.prepare<
    [string, string, number],
    { seq: number; at: string; entity_type: string; payload: string }
  >(
    `SELECT seq, at, entity_type, payload FROM events e WHERE kind = '${decisionRejected}' AND at >= ? AND EXISTS (
       SELECT 1 FROM json_each(e.payload, '$.events') lost JOIN events o ON o.id = lost.value WHERE o.actor = ?)
     ORDER BY seq DESC LIMIT ?`,
  );
  return ({ since, actor, limit }: { since: string; actor: string; limit: number }): LostDecision[] =>
    select.all(since, actor, limit).map(({ payload, ...row }) => {
      const { because, members } = JSON.parse(payload) as Rejection & { members?: readonly unknown[] };
      return { ...row, count: members?.length ?? 1, because };
    });
});

export const sharedModule: StoreModule = {
  name: "fleet decisions",
  migrations: [
    {
      id: 650,
      // Beside the log, not derived from it: what the topic said, and how far it was read. A rebuild leaves them as they are.
      sql: `
        CREATE TABLE fleet_pending (
          seq INTEGER NOT NULL,
          decision INTEGER NOT NULL,
          event_id TEXT NOT NULL,
          entity_type TEXT NOT NULL,
          entity_id TEXT NOT NULL,
          base_version INTEGER NOT NULL,
          seen TEXT,
          is_bulk INTEGER NOT NULL,
          UNIQUE (seq, entity_id)
        ) STRICT;
        CREATE INDEX fleet_pending_by_entity ON fleet_pending (entity_type, entity_id, seq);
        CREATE INDEX fleet_pending_by_decision ON fleet_pending (decision, seq);
        CREATE INDEX fleet_pending_by_event ON fleet_pending (event_id);
        CREATE TABLE fleet_entities (
          entity_type TEXT NOT NULL,
          entity_id TEXT NOT NULL,
          version INTEGER NOT NULL,
          event_id TEXT NOT NULL,
          PRIMARY KEY (entity_type, entity_id)
        ) STRICT, WITHOUT ROWID;
        -- Derived from the log: which events have no effect on which entities.
        CREATE TABLE fleet_rejected (
          event_id TEXT NOT NULL,
          entity_type TEXT NOT NULL,
          entity_id TEXT NOT NULL,
          PRIMARY KEY (event_id, entity_type, entity_id)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX events_rejected ON events (at) WHERE kind = 'decision.rejected';
        CREATE TABLE fleet_position (noted_to INTEGER NOT NULL, offset INTEGER NOT NULL) STRICT;
        INSERT INTO fleet_position (noted_to, offset) VALUES (0, -1);`,
    },
    // A topic that was deleted and made anew has the same name, and other messages.
    { id: 653, sql: "ALTER TABLE fleet_position ADD COLUMN message TEXT NOT NULL DEFAULT ''" },
    // One member of a bulk event of many is found at once.
    {
      id: 655,
      sql: "DROP INDEX fleet_pending_by_event; CREATE INDEX fleet_pending_by_event ON fleet_pending (event_id, entity_id);",
    },
  ],
  reads: [topicPosition, fatesOf, lostDecisions],
  writes: [],
  projections: [],
};
