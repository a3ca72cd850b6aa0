import { type SampleKind, sampleKinds } from "../../../shared/label.ts";
import { type PayloadClass, Place } from "../../../shared/payload.ts";
import { type Db, defineSlowRead } from "../store/store.ts";
import { fileLabeller } from "./statement.ts";

/** SQL of whether what somebody said at a moment was not taken out. */
const counts = (labeller: string, at: string) => `NOT EXISTS (
  SELECT 1 FROM label_exclusions x WHERE x.labeller = ${labeller} AND ${at} BETWEEN x.since AND x.until)`;
const rowCounts = counts(`'${fileLabeller("")}' || i.id`, "i.at");

/** Tells whether anything was said of a sample by hand, by a report or by a file; also that it was only flagged. */
export function prepareIsLabelled(db: Db): (sample: string) => boolean {
  const said = db.prepare<{ sample: string }>(
    `SELECT 1 FROM sample_labels l WHERE l.sample = @sample AND ${counts("l.labeller", "l.at")}
     UNION ALL SELECT 1 FROM false_positive_samples s JOIN false_positives f ON f.id = s.report
       WHERE s.sample = @sample AND ${counts("f.by", "f.at")}
     UNION ALL SELECT 1 FROM import_rows r JOIN dataset_imports i ON i.id = r.import
       WHERE r.sample = @sample AND ${rowCounts} LIMIT 1`,
  );
  return (sample) => said.get({ sample }) !== undefined;
}

/** Of some tasks the samples that still wait for a label: nothing was said of them, and their evidence is there and in view. */
export const stillToLabel = defineSlowRead("labels.still_open", (db: Db) => {
  const isLabelled = prepareIsLabelled(db);
  const isInView = db.prepare<[string]>(
    "SELECT 1 FROM verdicts v JOIN evidence e ON e.id = v.evidence_id AND e.withdrawn = 0 WHERE v.id = ?",
  );
  return (tasks: readonly { readonly sample: string; readonly verdictId: string }[]): string[] =>
    tasks
      .filter(({ sample, verdictId }) => !isLabelled(sample) && isInView.get(verdictId) !== undefined)
      .map(({ sample }) => sample);
});

/** A labelled sample, to be held beside one that is not. */
export interface Neighbour {
  readonly text: string;
  readonly place: Place | null;
  readonly label: PayloadClass;
}

interface NeighbourRow {
  readonly text: string;
  readonly place: string | null;
  readonly label: PayloadClass;
}

/** Reads the labelled samples of a kind, the newest words of people first, then rows of files, at most so many. */
export function prepareNeighbours(db: Db): (kind: SampleKind, most: number) => Neighbour[] {
  const byHand = db.prepare<[SampleKind, number], NeighbourRow>(
    `SELECT s.text, s.place, l.label FROM sample_labels l JOIN samples s ON s.id = l.sample
     WHERE l.kind = ? AND l.label IS NOT NULL AND ${counts("l.labeller", "l.at")} ORDER BY l.at DESC LIMIT ?`,
  );
  const reported = db.prepare<[SampleKind, number], NeighbourRow>(
    `SELECT s.text, s.place, 'benign' AS label FROM false_positive_samples p JOIN false_positives f ON f.id = p.report
       JOIN samples s ON s.id = p.sample WHERE s.kind = ? AND ${counts("f.by", "f.at")} LIMIT ?`,
  );
  const ofFiles = db.prepare<[number], NeighbourRow>(
    `SELECT s.text, s.place, r.label FROM dataset_imports i JOIN import_rows r ON r.import = i.id
     JOIN samples s ON s.id = r.sample WHERE ${rowCounts} LIMIT ?`,
  );
  return (kind, most) => {
    const rows = byHand.all(kind, most);
    if (rows.length < most) rows.push(...reported.all(kind, most - rows.length));
    if (rows.length < most && kind === sampleKinds[0]) rows.push(...ofFiles.all(most - rows.length));
    return rows.map((row) => ({ ...row, place: row.place === null ? null : Place.parse(row.place) }));
  };
}
