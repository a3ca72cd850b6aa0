import { z } from "zod";
import { DatasetCounts, Quality, type Split } from "../../../shared/dataset.ts";
import { type Db, defineRead, defineWrite, type EventRow, type Projection } from "../store/store.ts";

export const datasetEntity = "dataset_version";
export const versionMade = "dataset.version_made";

/** Payload of `dataset.version_made`. The rows lie in a file that is kept encrypted under its hash. */
export const VersionMade = z.strictObject({
  parent: z.string().nullable(),
  file: z.string(),
  bytes: z.number().int(),
  counts: DatasetCounts,
  quality: Quality,
  by: z.string(),
  /** Epoch milliseconds. */
  at: z.number().int(),
  /** Why; sealed. */
  why: z.string().nullable(),
});
export type VersionMade = z.infer<typeof VersionMade>;

export const versionTables = `
  CREATE TABLE dataset_versions (
    id TEXT PRIMARY KEY,
    parent TEXT,
    file TEXT NOT NULL,
    bytes INTEGER NOT NULL,
    counts TEXT NOT NULL,
    quality TEXT NOT NULL,
    by TEXT NOT NULL,
    at INTEGER NOT NULL,
    why TEXT
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX dataset_versions_by_time ON dataset_versions (at, id);
  -- The split that a sample has in the versions that hold it: it keeps it, unless it goes to train. Derived from the versions' files.
  CREATE TABLE sample_splits (
    sample TEXT PRIMARY KEY,
    split TEXT NOT NULL,
    grp TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;`;

export const heldRowTables = `
  -- What a version holds that is not in the log yet.
  CREATE TABLE version_rows_to_be (
    version TEXT NOT NULL,
    sample TEXT NOT NULL,
    split TEXT NOT NULL,
    grp TEXT NOT NULL,
    is_false_positive INTEGER NOT NULL,
    PRIMARY KEY (version, sample)
  ) STRICT, WITHOUT ROWID;`;

export const versionProjection: Projection = {
  name: "dataset versions",
  tables: ["dataset_versions"],
  kinds: [versionMade, "dataset.version_removed"],
  prepare(db) {
    const add = db.prepare(
      `INSERT OR REPLACE INTO dataset_versions (id, parent, file, bytes, counts, quality, by, at, why)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    );
    const remove = db.prepare("DELETE FROM dataset_versions WHERE id = ?");
    return (event: EventRow) => {
      if (event.kind !== versionMade) {
        remove.run(event.entity_id);
        return;
      }
      const { parent, file, bytes, counts, quality, by, at, why } = VersionMade.parse(event.payload);
      add.run(event.entity_id, parent, file, bytes, JSON.stringify(counts), JSON.stringify(quality), by, at, why);
    };
  },
};

export interface StoredVersion extends VersionMade {
  readonly id: string;
  /** Version of the entity in the log. */
  readonly version: number;
}

interface RawVersion extends Omit<StoredVersion, "counts" | "quality"> {
  readonly counts: string;
  readonly quality: string;
}

const select = `SELECT d.*, v.version FROM dataset_versions d
  JOIN entity_versions v ON v.entity_type = '${datasetEntity}' AND v.entity_id = d.id`;

function toVersion(row: RawVersion): StoredVersion {
  return {
    ...row,
    counts: DatasetCounts.parse(JSON.parse(row.counts)),
    quality: Quality.parse(JSON.parse(row.quality)),
  };
}

/** Versions, the last made first. */
export const storedVersions = defineRead("datasets.versions", (db: Db) => {
  const page = db.prepare<[number], RawVersion>(`${select} ORDER BY d.at DESC, d.id LIMIT ?`);
  return (limit: number): StoredVersion[] => page.all(limit).map(toVersion);
});

export const versionById = defineRead("datasets.version", (db: Db) => {
  const byId = db.prepare<[string], RawVersion>(`${select} WHERE d.id = ?`);
  return (id: string): StoredVersion | null => {
    const row = byId.get(id);
    return row === undefined ? null : toVersion(row);
  };
});

/** One row as later versions need to know it. */
export interface HeldRow {
  readonly sample: string;
  readonly split: Split;
  readonly group: string;
  readonly isFalsePositive: boolean;
}

/** Puts down what a version holds that is about to be made: it counts for nothing until `settleHeldRows`. */
export const noteHeldRows = defineWrite("datasets.note_held", (db: Db) => {
  const note = db.prepare(
    "INSERT OR REPLACE INTO version_rows_to_be (version, sample, split, grp, is_false_positive) VALUES (?, ?, ?, ?, ?)",
  );
  return ({ version, rows }: { version: string; rows: readonly HeldRow[] }): null => {
    for (const row of rows) note.run(version, row.sample, row.split, row.group, Number(row.isFalsePositive));
    return null;
  };
});

/**
 * What was put down for a version counts from now on: the split of samples that are new or go to train, and its false positives. In the
 * transaction of its event, so that there is never one without the other.
 */
export const settleHeldRows = defineWrite("datasets.settle_held", (db: Db) => {
  const splits = db.prepare(
    `INSERT INTO sample_splits (sample, split, grp)
       SELECT sample, split, grp FROM version_rows_to_be WHERE version = ?
     ON CONFLICT (sample) DO UPDATE SET split = excluded.split, grp = excluded.grp
       WHERE excluded.split = 'train' AND sample_splits.split != 'train'`,
  );
  const falsePositives = db.prepare(
    `INSERT OR IGNORE INTO false_positive_versions (sample, version)
       SELECT sample, version FROM version_rows_to_be WHERE version = ? AND is_false_positive = 1`,
  );
  const forget = db.prepare("DELETE FROM version_rows_to_be WHERE version = ?");
  return (version: string): null => {
    splits.run(version);
    falsePositives.run(version);
    forget.run(version);
    return null;
  };
});

/** Forgets what was put down for versions that came to nothing. @param version null: for all of them */
export const forgetHeldRows = defineWrite("datasets.forget_held", (db: Db) => {
  const one = db.prepare("DELETE FROM version_rows_to_be WHERE version = ?");
  const all = db.prepare("DELETE FROM version_rows_to_be");
  return (version: string | null): null => {
    if (version === null) all.run();
    else one.run(version);
    return null;
  };
});

/** The split and group that samples have kept. */
export const keptSplits = defineRead("datasets.kept_splits", (db: Db) => {
  const all = db.prepare<[string], { sample: string; split: Split; grp: string }>(
    "SELECT sample, split, grp FROM sample_splits WHERE sample IN (SELECT value FROM json_each(?))",
  );
  return (samples: readonly string[]): { sample: string; split: Split; grp: string }[] =>
    all.all(JSON.stringify(samples));
});

/** Files of all versions that were ever made: what a backup takes along. */
export const versionFiles = defineRead("datasets.files", (db: Db) => {
  const files = db.prepare<[number], { sha256: string; bytes: number }>(
    `SELECT DISTINCT payload ->> '$.file' AS sha256, payload ->> '$.bytes' AS bytes FROM events
     WHERE entity_type = '${datasetEntity}' AND kind = '${versionMade}' AND seq <= ?`,
  );
  return (upTo: number): { sha256: string; bytes: number }[] => files.all(upTo);
});
