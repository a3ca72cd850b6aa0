import { z } from "zod";
import { SampleKind } from "../../../shared/label.ts";
import { PayloadClass, Place } from "../../../shared/payload.ts";
import { contentId } from "../base/ids.ts";
import { type Db, defineRead, type EventRow, forgetRow, type Projection } from "../store/store.ts";

export const labelEntity = "label";
export const labelSet = "label.set";

/** Entity of what one labeller says of one sample. */
export function labelEntityId(sample: string, labeller: string): string {
  return `${sample}.${contentId("labeller", labeller)}`;
}

/** What stands in an event about a sample: its text is sealed, under the evidence that it came from where it came from one. */
export const SealedSample = z.strictObject({
  sample: z.string(),
  kind: SampleKind,
  place: Place.nullable(),
  evidence_id: z.string().nullable(),
  campaign: z.string().nullable(),
  text: z.string(),
  /** What the model said of it then. */
  said: z.strictObject({ class: PayloadClass, confidence: z.number() }).nullable(),
});
export type SealedSample = z.infer<typeof SealedSample>;

/** Payload of `label.set`: the whole of what a labeller says of a sample. */
export const LabelSet = SealedSample.extend({
  labeller: z.string(),
  /** Null: flagged for others, without a word of what it is. */
  label: PayloadClass.nullable(),
  flagged: z.boolean(),
  /** Settles a disagreement. */
  resolves: z.boolean(),
  /** Sealed. */
  note: z.string().nullable(),
  /** Epoch milliseconds. */
  at: z.number().int(),
  source: z.enum(["labelling", "add-sample"]),
});
export type LabelSet = z.infer<typeof LabelSet>;

const columns = [
  "sample",
  "kind",
  "place",
  "evidence_id",
  "campaign",
  "text",
  "said_class",
  "said_confidence",
  "labeller",
  "label",
  "flagged",
  "resolves",
  "note",
  "at",
  "source",
] as const;

export const labelTables = `
  CREATE TABLE sample_labels (
    -- The entity's: sample and labeller.
    id TEXT PRIMARY KEY,
    sample TEXT NOT NULL,
    kind TEXT NOT NULL,
    place TEXT,
    evidence_id TEXT,
    campaign TEXT,
    -- Sealed.
    text TEXT NOT NULL,
    said_class TEXT,
    said_confidence REAL,
    labeller TEXT NOT NULL,
    label TEXT,
    flagged INTEGER NOT NULL,
    resolves INTEGER NOT NULL,
    note TEXT,
    at INTEGER NOT NULL,
    source TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX sample_labels_by_sample ON sample_labels (sample);
  CREATE INDEX sample_labels_by_labeller ON sample_labels (labeller, at);
  CREATE INDEX sample_labels_flagged ON sample_labels (at) WHERE flagged = 1;
  CREATE TABLE label_exclusions (
    id TEXT PRIMARY KEY,
    labeller TEXT NOT NULL,
    since INTEGER NOT NULL,
    until INTEGER NOT NULL,
    by TEXT NOT NULL,
    at INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;`;

/** What labellers say. */
export const labelProjection: Projection = {
  name: "sample labels",
  tables: ["sample_labels"],
  kinds: [labelSet, "label.removed"],
  shared: {
    entityType: labelEntity,
    forget: (db) => forgetRow(db, "sample_labels"),
    rows: "SELECT * FROM sample_labels ORDER BY id",
  },
  prepare(db) {
    const set = db.prepare(
      `INSERT OR REPLACE INTO sample_labels (id, ${columns.join(", ")}) VALUES (?, ${columns.map(() => "?").join(", ")})`,
    );
    const remove = db.prepare("DELETE FROM sample_labels WHERE id = ?");
    return (event: EventRow) => {
      if (event.kind !== labelSet) {
        remove.run(event.entity_id);
        return;
      }
      const { said, flagged, resolves, ...own } = LabelSet.parse(event.payload);
      const row: Record<(typeof columns)[number], string | number | null> = {
        ...own,
        said_class: said?.class ?? null,
        said_confidence: said?.confidence ?? null,
        flagged: Number(flagged),
        resolves: Number(resolves),
      };
      set.run(event.entity_id, ...columns.map((name) => row[name]));
    };
  },
};

interface LabelRow extends Omit<LabelSet, "said" | "flagged" | "resolves"> {
  readonly id: string;
  readonly said_class: LabelSet["label"];
  readonly said_confidence: number | null;
  readonly flagged: number;
  readonly resolves: number;
  readonly version: number;
}

/** A label as stored, and the version from which to change it. */
export interface StoredLabel extends LabelSet {
  readonly id: string;
  readonly version: number;
}

function toLabel({ said_class, said_confidence, ...row }: LabelRow): StoredLabel {
  const said =
    said_class === null || said_confidence === null ? null : { class: said_class, confidence: said_confidence };
  return { ...row, said, flagged: row.flagged === 1, resolves: row.resolves === 1 };
}

const select = `SELECT l.*, coalesce(v.version, 0) AS version FROM sample_labels l
  LEFT JOIN entity_versions v ON v.entity_type = '${labelEntity}' AND v.entity_id = l.id`;

/** What one labeller says of one sample; null: nothing. `version` also of one that was taken back. */
export const labelById = defineRead("labels.by_id", (db: Db) => {
  const byId = db.prepare<[string], LabelRow>(`${select} WHERE l.id = ?`);
  const version = db
    .prepare<[string], number>(
      `SELECT version FROM entity_versions WHERE entity_type = '${labelEntity}' AND entity_id = ?`,
    )
    .pluck();
  return (id: string): { label: StoredLabel | null; version: number } => {
    const row = byId.get(id);
    return { label: row === undefined ? null : toLabel(row), version: version.get(id) ?? 0 };
  };
});

/** Everything that was said of some samples by hand, oldest first. */
export const labelsOfSamples = defineRead("labels.of_samples", (db: Db) => {
  const bySample = db.prepare<[string], LabelRow>(
    `${select} WHERE l.sample IN (SELECT value FROM json_each(?)) ORDER BY l.at, l.id`,
  );
  return (samples: readonly string[]): StoredLabel[] => bySample.all(JSON.stringify(samples)).map(toLabel);
});

/** A flag asks others for a word: once somebody says what it is, it is taken down. What was taken out is no word. */
const isFlagged = `l.flagged = 1 AND NOT EXISTS (
  SELECT 1 FROM sample_labels o WHERE o.sample = l.sample AND o.id <> l.id AND o.label IS NOT NULL AND o.at >= l.at AND NOT EXISTS (
    SELECT 1 FROM label_exclusions x WHERE x.labeller = o.labeller AND o.at BETWEEN x.since AND x.until))`;

/** How many samples are flagged for others. */
export const countFlagged = defineRead("labels.count_flagged", (db: Db) => {
  const count = db.prepare<[], number>(`SELECT count(DISTINCT sample) FROM sample_labels l WHERE ${isFlagged}`).pluck();
  return (_args: null): number => count.get() ?? 0;
});

/** Samples that somebody flagged for others, who said nothing of it yet, the last first. */
export const flaggedLabels = defineRead("labels.flagged", (db: Db) => {
  const flagged = db.prepare<[number], LabelRow>(`${select} WHERE ${isFlagged} ORDER BY l.at DESC, l.id LIMIT ?`);
  return (limit: number): StoredLabel[] => flagged.all(limit).map(toLabel);
});
