import { z } from "zod";
import { defineRead, type EventRow, forgetRow, type Projection } from "../store/store.ts";
import { SealedSample } from "./label-state.ts";

export const falsePositiveEntity = "false_positive";
export const falsePositiveReported = "false_positive.reported";

/** Payload of `false_positive.reported`. */
export const FalsePositiveReported = z.strictObject({
  /** Null: a payload was reported by itself. */
  verdict_id: z.string().nullable(),
  /** Sealed. */
  reason: z.string().nullable(),
  by: z.string(),
  /** Epoch milliseconds. */
  at: z.number().int(),
  samples: z.array(SealedSample).min(1),
});
export type FalsePositiveReported = z.infer<typeof FalsePositiveReported>;

export const falsePositiveTables = `
  CREATE TABLE false_positives (
    id TEXT PRIMARY KEY,
    verdict_id TEXT,
    reason TEXT,
    by TEXT NOT NULL,
    at INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX false_positives_by_time ON false_positives (at, id);
  CREATE TABLE false_positive_samples (
    report TEXT NOT NULL,
    sample TEXT NOT NULL,
    kind TEXT NOT NULL,
    place TEXT,
    evidence_id TEXT,
    campaign TEXT,
    text TEXT NOT NULL,
    said_class TEXT,
    said_confidence REAL,
    PRIMARY KEY (report, sample)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX false_positive_samples_by_sample ON false_positive_samples (sample);
  -- Which versions hold a sample as a false positive; derived from the versions' files.
  CREATE TABLE false_positive_versions (
    sample TEXT NOT NULL,
    version TEXT NOT NULL,
    PRIMARY KEY (sample, version)
  ) STRICT, WITHOUT ROWID;`;

export const falsePositiveProjection: Projection = {
  name: "false positives",
  tables: ["false_positives", "false_positive_samples"],
  kinds: [falsePositiveReported, "false_positive.removed"],
  shared: {
    entityType: falsePositiveEntity,
    forget(db) {
      const report = forgetRow(db, "false_positives");
      const samples = forgetRow(db, "false_positive_samples", "report");
      return (id) => {
        report(id);
        samples(id);
      };
    },
    rows: "SELECT f.*, s.* FROM false_positives f JOIN false_positive_samples s ON s.report = f.id ORDER BY f.id, s.sample",
  },
  prepare(db) {
    const report = db.prepare(
      "INSERT OR REPLACE INTO false_positives (id, verdict_id, reason, by, at) VALUES (?, ?, ?, ?, ?)",
    );
    const sample = db.prepare(
      `INSERT OR REPLACE INTO false_positive_samples
         (report, sample, kind, place, evidence_id, campaign, text, said_class, said_confidence)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    );
    const remove = [
      db.prepare("DELETE FROM false_positives WHERE id = ?"),
      db.prepare("DELETE FROM false_positive_samples WHERE report = ?"),
    ];
    return (event: EventRow) => {
      const id = event.entity_id;
      if (event.kind === "false_positive.removed") {
        for (const statement of remove) statement.run(id);
        return;
      }
      const { verdict_id, reason, by, at, samples } = FalsePositiveReported.parse(event.payload);
      report.run(id, verdict_id, reason, by, at);
      for (const { sample: of, kind, place, evidence_id, campaign, text, said } of samples) {
        sample.run(id, of, kind, place, evidence_id, campaign, text, said?.class ?? null, said?.confidence ?? null);
      }
    };
  },
};

/** A reported payload, from the report to the version that holds it and the model that no longer takes it for an attack. */
export interface TrackedFalsePositive {
  readonly report: string;
  readonly sample: string;
  readonly by: string;
  readonly at: number;
  readonly reason: string | null;
  readonly verdict_id: string | null;
  /** Of a session its request line. Null once its text was erased. */
  readonly text: string | null;
  readonly place: string | null;
  readonly said_class: string | null;
  /** The first version, of those that there are, that holds it. */
  readonly dataset_version: string | null;
  readonly model_id: string | null;
}

/** Where to look for how far false positives have got. */
export interface TrackQuestion {
  readonly limit: number;
  /** Hash of the payload model that decides. */
  readonly champion: string;
}

/**
 * SQL of the models that count for what is fixed: the one that decides, and those that it goes on from, which decided before. What a
 * model does that decides nothing helps nobody; a model of another line may flag it again.
 */
export const lineage = `WITH RECURSIVE lineage (id, back) AS (
  SELECT @champion, 0
  UNION ALL SELECT m.registered ->> '$.metadata.parent', l.back + 1 FROM lineage l JOIN payload_models m ON m.id = l.id
    WHERE m.registered ->> '$.metadata.parent' IS NOT NULL AND l.back < 1000)`;

/** SQL of where a reported sample has got to: the first version that holds it, the first model of the lineage that does not flag it. */
export const trackColumns = (sample: string) => `
  (SELECT d.id FROM false_positive_versions v JOIN dataset_versions d ON d.id = v.version
   WHERE v.sample = ${sample} ORDER BY d.at, d.id LIMIT 1) AS dataset_version,
  (SELECT l.id FROM lineage l JOIN false_positive_fixes x ON x.model = l.id
   WHERE x.sample = ${sample} ORDER BY l.back DESC LIMIT 1) AS model_id`;

/** Reported payloads, the last reported first. */
export const trackedFalsePositives = defineRead("false_positives.tracked", (db) => {
  const select = db.prepare<TrackQuestion, TrackedFalsePositive>(
    `${lineage} SELECT f.id AS report, s.sample, f.by, f.at, f.reason, f.verdict_id,
       CASE s.kind WHEN 'session' THEN coalesce(k.text ->> '$.request_line', k.text) ELSE k.text END AS text, s.place, s.said_class,
       ${trackColumns("s.sample")}
     FROM false_positives f JOIN false_positive_samples s ON s.report = f.id LEFT JOIN samples k ON k.id = s.sample
     ORDER BY f.at DESC, f.id DESC, s.sample LIMIT @limit`,
  );
  return (question: TrackQuestion): TrackedFalsePositive[] => select.all(question);
});
