import { bulkMembers } from "../store/bulk.ts";
import { defineRead, defineWrite } from "../store/store.ts";
import { alertEntity } from "./alert-state.ts";

interface NoteEvent {
  readonly note: string;
  readonly entity_id: string;
  readonly payload: string;
}

/**
 * Ids of the notes that stand on no alert but those of one piece of evidence: they go with it. Also of those that were taken off,
 * which the log keeps sealed, and which an undo would bring back.
 */
export const notesOnlyOf = defineRead("alerts.notes_only_of", (db) => {
  const select = db
    .prepare<{ evidence: string }, string>(
      `SELECT DISTINCT n.id FROM alert_notes n
       WHERE n.alert_id IN (SELECT alert_id FROM verdicts WHERE evidence_id = @evidence AND alert_id IS NOT NULL)
         AND NOT EXISTS (SELECT 1 FROM alert_notes o JOIN verdicts v ON v.alert_id = o.alert_id
           WHERE o.id = n.id AND v.evidence_id != @evidence)`,
    )
    .pluck();
  const own = `SELECT alert_id FROM verdicts WHERE evidence_id = @evidence AND alert_id IS NOT NULL`;
  const past = db.prepare<{ evidence: string; type: string }, NoteEvent>(
    `SELECT coalesce(json_extract(payload, '$.note.id'), json_extract(inverse, '$.note.id')) AS note, entity_id, payload
     FROM events WHERE note IS NOT NULL AND seq IN (
       SELECT seq FROM events WHERE entity_type = @type AND entity_id IN (${own})
       UNION SELECT seq FROM bulk_events WHERE entity_type = @type AND entity_id IN (${own}))`,
  );
  const elsewhere = db
    .prepare<[string, string], number>("SELECT 1 FROM verdicts WHERE alert_id = ? AND evidence_id != ? LIMIT 1")
    .pluck();
  return (evidence: string): string[] => {
    const notes = new Set(select.all({ evidence }));
    const kept = new Set<string>();
    for (const { note, entity_id, payload } of past.all({ evidence, type: alertEntity })) {
      if (notes.has(note) || kept.has(note)) continue;
      const alerts = bulkMembers(entity_id, JSON.parse(payload))?.map(({ id }) => id) ?? [entity_id];
      const isShared = alerts.some((id) => elsewhere.get(id, evidence) !== undefined);
      if (isShared) kept.add(note);
      else notes.add(note);
    }
    return [...notes];
  };
});

/** Pages of a text index that one step merges. */
const pagesAStep = 400;

/** Every index of texts that evidence, or what is remembered, brought. */
export const textIndexes = ["alert_text", "request_text", "flagged_text", "memory_text"] as const;

/**
 * Merges a text index a little, so that what was taken out of it is also gone from its pages. Steps, because the whole of a large
 * index would hold up every other change.
 *
 * @param first begins anew. @returns true once all of it is merged
 */
export const mergeText = defineWrite("alerts.merge_text", (db) => {
  const merges = new Map(
    textIndexes.map((index) => [index, db.prepare(`INSERT INTO ${index} (${index}, rank) VALUES ('merge', ?)`)]),
  );
  const changes = db.prepare<[], number>("SELECT total_changes()").pluck();
  return ({ index, first }: { index: (typeof textIndexes)[number]; first: boolean }): boolean => {
    const before = changes.get()!;
    // A negative number puts all segments on one level first. Source: SQLite documentation, FTS5, "The 'merge' Command".
    merges.get(index)!.run(first ? -pagesAStep : pagesAStep);
    return changes.get()! - before < 2;
  };
});
