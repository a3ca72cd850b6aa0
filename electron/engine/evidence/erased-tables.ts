import { defineRead, defineWrite } from "../store/store.ts";

/**
 * What names a piece of evidence in clear, beside the log, where it is sealed: erased with the evidence. Empty until the sealed text is
 * opened where tables were built again from the log.
 */
export const erasedTables = `
  ALTER TABLE evidence ADD COLUMN erased_at TEXT;
  ALTER TABLE evidence ADD COLUMN pinned INTEGER NOT NULL DEFAULT 0;
  CREATE TABLE evidence_names (
    evidence TEXT PRIMARY KEY,
    file_name TEXT,
    recorded_by TEXT
  ) STRICT, WITHOUT ROWID;`;

/** SQL of a file's name in clear; `row` is a row of `evidence`. Evidence that came before names were sealed has it in its row. */
export const fileNameOf = (row: string) =>
  `COALESCE((SELECT n.file_name FROM evidence_names n WHERE n.evidence = ${row}.id), ${row}.file_name)`;

export interface EvidenceNames {
  readonly evidence: string;
  readonly fileName?: string;
  readonly recordedBy?: string | null;
}

/** Keeps names in clear; what is not given stays. */
export const nameEvidence = defineWrite("evidence.name", (db) => {
  const insert = db.prepare("INSERT OR IGNORE INTO evidence_names (evidence) VALUES (?)");
  const file = db.prepare("UPDATE evidence_names SET file_name = ? WHERE evidence = ?");
  const recorder = db.prepare("UPDATE evidence_names SET recorded_by = ? WHERE evidence = ?");
  return ({ evidence, fileName, recordedBy }: EvidenceNames): null => {
    insert.run(evidence);
    if (fileName !== undefined) file.run(fileName, evidence);
    if (recordedBy !== undefined) recorder.run(recordedBy, evidence);
    return null;
  };
});

/** Evidence whose names stand sealed only, as after a rebuild from the log. */
export const unnamedEvidence = defineRead("evidence.unnamed", (db) => {
  const select = db.prepare<[], { id: string; file_name: string; recorded_by: string | null }>(
    `SELECT e.id, e.file_name, json_extract(e.custody, '$.recorded_by') AS recorded_by FROM evidence e
     WHERE e.erased_at IS NULL AND e.file_name LIKE 'sealed:%'
       AND NOT EXISTS (SELECT 1 FROM evidence_names n WHERE n.evidence = e.id AND n.file_name IS NOT NULL)`,
  );
  return (_args: null) => select.all();
});

/** When a piece of evidence was erased; null: it was not. */
export const erasureOf = defineRead("evidence.erasure", (db) => {
  const select = db.prepare<[string], string | null>("SELECT erased_at FROM evidence WHERE id = ?").pluck();
  return (id: string): string | null => (select.get(id) as string | null | undefined) ?? null;
});

/** Of some pieces of evidence those that the log knows and that are not, or not wholly, erased. */
export const erasuresToDo = defineRead("evidence.erasures_to_do", (db) => {
  const select = db.prepare<[string], { id: string; seq: number; erased: number }>(
    `SELECT e.id, e.seq, e.erased_at IS NOT NULL AS erased FROM evidence e WHERE e.id = ? AND (e.erased_at IS NULL
       OR EXISTS (SELECT 1 FROM requests r WHERE r.evidence = e.seq)
       OR EXISTS (SELECT 1 FROM sessions s WHERE s.evidence = e.seq)
       OR EXISTS (SELECT 1 FROM analyses a WHERE a.evidence = e.seq))`,
  );
  return (ids: readonly string[]): { id: string; seq: number; erased: boolean }[] =>
    ids.flatMap((id) => {
      const row = select.get(id);
      return row === undefined ? [] : [{ ...row, erased: row.erased === 1 }];
    });
});

/** Forgets that evidence was analysed, once its rows are gone. */
export const forgetAnalysis = defineWrite("evidence.forget_analysis", (db) => {
  const remove = db.prepare("DELETE FROM analyses WHERE evidence = ?");
  return (seq: number): null => {
    remove.run(seq);
    return null;
  };
});
