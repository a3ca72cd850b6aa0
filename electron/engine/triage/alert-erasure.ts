import { defineRead, defineWrite } from "../store/store.ts";

/** Ids of the notes that stand on no alert but those of one piece of evidence: they go with it. */
export const notesOnlyOf = defineRead("alerts.notes_only_of", (db) => {
  const select = db
    .prepare<{ evidence: string }, string>(
      `SELECT DISTINCT n.id FROM alert_notes n
       WHERE n.alert_id IN (SELECT alert_id FROM verdicts WHERE evidence_id = @evidence AND alert_id IS NOT NULL)
         AND NOT EXISTS (SELECT 1 FROM alert_notes o JOIN verdicts v ON v.alert_id = o.alert_id
           WHERE o.id = n.id AND v.evidence_id != @evidence)`,
    )
    .pluck();
  return (evidence: string): string[] => select.all({ evidence });
});

/** Pages of a text index that one step merges. */
const pagesAStep = 400;

/** Every index of texts that evidence brought. */
export const textIndexes = ["alert_text", "request_text", "flagged_text"] as const;

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
