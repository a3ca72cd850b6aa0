import { z } from "zod";
import { DatasetFormat } from "../../../shared/dataset.ts";
import type { PayloadClass } from "../../../shared/payload.ts";
import { type Db, defineRead, defineWrite, type EventRow, type Projection } from "../store/store.ts";
import type { Judged } from "./statement.ts";

export const importEntity = "dataset_import";
export const datasetImported = "dataset.imported";

const LineProblem = z.strictObject({ line: z.number().int(), problem: z.string() });
export type LineProblem = z.infer<typeof LineProblem>;

/** Payload of `dataset.imported`. The rows are in the file, which is kept encrypted under its hash. */
export const DatasetImported = z.strictObject({
  sha256: z.string(),
  format: DatasetFormat,
  /** Sealed. */
  name: z.string(),
  bytes: z.number().int(),
  rows: z.number().int(),
  refused: z.number().int(),
  /** The first of them; by line, without their text. */
  problems: z.array(LineProblem).max(200),
  by: z.string(),
  /** Epoch milliseconds. */
  at: z.number().int(),
});
export type DatasetImported = z.infer<typeof DatasetImported>;

export const importTables = `
  CREATE TABLE dataset_imports (
    id TEXT PRIMARY KEY,
    sha256 TEXT NOT NULL,
    format TEXT NOT NULL,
    name TEXT NOT NULL,
    bytes INTEGER NOT NULL,
    rows INTEGER NOT NULL,
    refused INTEGER NOT NULL,
    problems TEXT NOT NULL,
    by TEXT NOT NULL,
    at INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX dataset_imports_by_file ON dataset_imports (sha256);
  -- Derived from the imported file; rows of an import that is not in force count for nothing.
  CREATE TABLE import_rows (
    import TEXT NOT NULL,
    sample TEXT NOT NULL,
    line INTEGER NOT NULL,
    label TEXT NOT NULL,
    said_class TEXT,
    said_confidence REAL,
    PRIMARY KEY (import, sample)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX import_rows_by_sample ON import_rows (sample);`;

export const importProjection: Projection = {
  name: "dataset imports",
  tables: ["dataset_imports"],
  kinds: [datasetImported, "dataset.import_withdrawn"],
  prepare(db) {
    const add = db.prepare(
      `INSERT OR REPLACE INTO dataset_imports (id, sha256, format, name, bytes, rows, refused, problems, by, at)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    );
    const remove = db.prepare("DELETE FROM dataset_imports WHERE id = ?");
    return (event: EventRow) => {
      if (event.kind !== datasetImported) {
        remove.run(event.entity_id);
        return;
      }
      const { sha256, format, name, bytes, rows, refused, problems, by, at } = DatasetImported.parse(event.payload);
      const list = JSON.stringify(problems);
      add.run(event.entity_id, sha256, format, name, bytes, rows, refused, list, by, at);
    };
  },
};

export interface StoredImport extends DatasetImported {
  readonly id: string;
  readonly version: number;
}

/** Imports in force, the last first. */
export const importsInForce = defineRead("imports.all", (db: Db) => {
  const select = db.prepare<[], Omit<StoredImport, "problems"> & { problems: string }>(
    `SELECT i.*, v.version FROM dataset_imports i
     JOIN entity_versions v ON v.entity_type = '${importEntity}' AND v.entity_id = i.id ORDER BY i.at DESC, i.id`,
  );
  return (_args: null): StoredImport[] =>
    select.all().map((row) => ({ ...row, problems: z.array(LineProblem).parse(JSON.parse(row.problems)) }));
});

export interface ImportedRow {
  readonly sample: string;
  readonly line: number;
  readonly label: PayloadClass;
  readonly said: Judged | null;
}

/** Keeps rows of a file; they count once its import is in the log. A sample that the file has had before stays as it was. */
export const storeImportRows = defineWrite("imports.store_rows", (db: Db) => {
  const insert = db.prepare("INSERT OR IGNORE INTO import_rows VALUES (?, ?, ?, ?, ?, ?)");
  return (args: { importId: string; rows: readonly ImportedRow[] }): null => {
    for (const { sample, line, label, said } of args.rows) {
      insert.run(args.importId, sample, line, label, said?.class ?? null, said?.confidence ?? null);
    }
    return null;
  };
});

/** Forgets up to `limit` rows of an import. @returns true once there are none left */
export const forgetImportRows = defineWrite("imports.forget_rows", (db: Db) => {
  const remove = db.prepare(
    "DELETE FROM import_rows WHERE import = ? AND sample IN (SELECT sample FROM import_rows WHERE import = ? LIMIT ?)",
  );
  return ({ importId, limit }: { importId: string; limit: number }): boolean =>
    remove.run(importId, importId, limit).changes < limit;
});

/** How many imports of a file stand in the log, whether in force or not: an undo brings those back that were taken out. */
export const importsOfFile = defineRead("imports.of_file", (db: Db) => {
  const count = db
    .prepare<[string], number>(
      `SELECT count(*) FROM events WHERE entity_type = '${importEntity}' AND kind = '${datasetImported}'
         AND payload ->> '$.sha256' = ?`,
    )
    .pluck();
  return (sha256: string): number => count.get(sha256) ?? 0;
});

/** Files of all imports, whether in force or not: what a backup takes along. */
export const importedFiles = defineRead("imports.files", (db: Db) => {
  const select = db.prepare<[number], { sha256: string; bytes: number }>(
    `SELECT DISTINCT payload ->> '$.sha256' AS sha256, payload ->> '$.bytes' AS bytes FROM events
     WHERE entity_type = '${importEntity}' AND kind = '${datasetImported}' AND seq <= ?`,
  );
  return (upTo: number): { sha256: string; bytes: number }[] => select.all(upTo);
});
