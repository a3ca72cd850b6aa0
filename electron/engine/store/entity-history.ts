import { type BulkMember, bulkEntityId, bulkMembers } from "./bulk.ts";
import { openEventSelect } from "./event-table.ts";
import type { Db, EventRow } from "./store.ts";
import { decisionRejected, type Rejection } from "./undo-chain.ts";

/** Bulk events that are held while the members of one are gone through: each may be of megabytes, and is read once instead of once a member. */
const mostHeld = 16;

interface ReadEvent {
  readonly event: EventRow;
  /** Null: of a single entity. */
  readonly members: ReadonlyMap<string, BulkMember> | null;
}

/**
 * What stands in the log about entities of one type up to an entry, one after the other: without what was rejected, and bulk events as if
 * each had been about that entity alone.
 */
export function openHistories(db: Db) {
  const select = db
    .prepare<{ entityType: string; entityId: string; last: number }, number>(
      `SELECT seq FROM events WHERE entity_type = @entityType AND entity_id = @entityId AND seq <= @last
       UNION SELECT seq FROM bulk_events WHERE entity_type = @entityType AND entity_id = @entityId AND seq <= @last
       ORDER BY seq`,
    )
    .pluck();
  const read = openEventSelect(db, "seq = ?");

  return (entityType: string, last: number): ((entityId: string) => EventRow[]) => {
    const held = new Map<number, ReadEvent>();

    function eventAt(seq: number): ReadEvent {
      const known = held.get(seq);
      if (known !== undefined) return known;
      const event = read(seq)[0]!;
      const listed = bulkMembers(event.entity_id, event.payload);
      if (listed === null) return { event, members: null };
      const found = { event, members: new Map(listed.map((member) => [member.id, member])) };
      if (held.size >= mostHeld) held.delete(held.keys().next().value!);
      held.set(seq, found);
      return found;
    }

    return (entityId) => {
      const events = select.all({ entityType, entityId, last }).map(eventAt);
      const rejections = events.filter(({ event }) => event.kind === decisionRejected);
      const rejected = new Set(rejections.flatMap(({ event }) => (event.payload as Rejection).events));
      return events.flatMap(({ event, members }) => {
        if (event.kind === decisionRejected || rejected.has(event.id)) return [];
        if (event.entity_id !== bulkEntityId || members === null) return [event];
        return [{ ...event, payload: { ...(event.payload as object), members: [members.get(entityId)!] } }];
      });
    };
  };
}
