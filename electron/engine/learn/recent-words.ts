import type { SampleKind } from "../../../shared/label.ts";
import type { PayloadClass } from "../../../shared/payload.ts";
import { type Db, defineRead } from "../store/store.ts";

/** What was said last, and what the model had said of it. */
export interface RecentWord {
  readonly label: PayloadClass;
  readonly said: PayloadClass;
}

/** The last labels by hand of samples of which the model had said something, the newest first. */
export const recentWords = defineRead("labels.recent_words", (db: Db) => {
  const select = db.prepare<[SampleKind, number], RecentWord>(
    `SELECT l.label, l.said_class AS said FROM sample_labels l
     WHERE l.kind = ? AND l.source = 'labelling' AND l.label IS NOT NULL AND l.said_class IS NOT NULL
       AND NOT EXISTS (SELECT 1 FROM label_exclusions x WHERE x.labeller = l.labeller AND l.at BETWEEN x.since AND x.until)
     ORDER BY l.at DESC, l.id LIMIT ?`,
  );
  return ({ kind, limit }: { kind: SampleKind; limit: number }): RecentWord[] => select.all(kind, limit);
});
