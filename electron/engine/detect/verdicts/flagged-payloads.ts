import type { Db } from "../../store/store.ts";
import type { FindingRecord } from "./verdict-record.ts";

/**
 * Findings that are attacks, as they are searched: by family, by name of their place, and by substrings of what they say, as it
 * was sent and decoded; masked like the findings themselves. Also what finds a request's class, and a session's verdict.
 */
export const flaggedPayloads = `
  CREATE TABLE flagged_payloads (
    n INTEGER PRIMARY KEY,
    verdict_id TEXT NOT NULL,
    evidence_id TEXT NOT NULL,
    request INTEGER NOT NULL,
    family TEXT,
    name TEXT NOT NULL,
    text TEXT NOT NULL
  ) STRICT;
  CREATE INDEX flagged_by_verdict ON flagged_payloads (verdict_id);
  CREATE INDEX flagged_by_request ON flagged_payloads (evidence_id, request);
  CREATE INDEX flagged_by_family ON flagged_payloads (family, evidence_id, request) WHERE family IS NOT NULL;
  CREATE INDEX flagged_by_name ON flagged_payloads (name, evidence_id, request);
  CREATE VIRTUAL TABLE flagged_text USING fts5 (text, content = '', contentless_delete = 1, detail = 'none', tokenize = 'trigram');
  INSERT INTO flagged_payloads (verdict_id, evidence_id, request, family, name, text)
    SELECT f.verdict_id, v.evidence_id, f.request, f.finding ->> 'family', f.finding ->> 'name',
      CASE WHEN f.finding ->> 'text' = f.finding ->> 'canonical' THEN f.finding ->> 'text'
        ELSE (f.finding ->> 'text') || char(10) || (f.finding ->> 'canonical') END
    FROM findings f JOIN verdicts v ON v.id = f.verdict_id WHERE f.finding ->> 'class' != 'benign';
  INSERT INTO flagged_text (rowid, text) SELECT n, text FROM flagged_payloads;
  CREATE INDEX worst_by_class ON worst_predictions (class, evidence_id, request);
  CREATE INDEX verdicts_by_session ON verdicts (evidence_id, session);`;

/** Keeps them in step with the findings of verdicts. */
export function prepareFlaggedPayloads(db: Db) {
  const insert = db.prepare(
    "INSERT INTO flagged_payloads (verdict_id, evidence_id, request, family, name, text) VALUES (?, ?, ?, ?, ?, ?)",
  );
  const index = db.prepare("INSERT INTO flagged_text (rowid, text) VALUES (?, ?)");
  const unindex = db.prepare(
    "DELETE FROM flagged_text WHERE rowid IN (SELECT n FROM flagged_payloads WHERE verdict_id IN (SELECT value FROM json_each(?)))",
  );
  const remove = db.prepare("DELETE FROM flagged_payloads WHERE verdict_id IN (SELECT value FROM json_each(?))");
  return {
    add(verdict: { readonly id: string; readonly evidenceId: string }, finding: FindingRecord): void {
      if (finding.class === "benign") return;
      const text = finding.text === finding.canonical ? finding.text : `${finding.text}\n${finding.canonical}`;
      for (const { request } of [finding, ...(finding.repeats ?? [])]) {
        const place = [verdict.id, verdict.evidenceId, request];
        const { lastInsertRowid } = insert.run(...place, finding.family, finding.name, text);
        index.run(lastInsertRowid, text);
      }
    },
    removeOf(verdictIds: readonly string[]): void {
      const ids = JSON.stringify(verdictIds);
      unindex.run(ids);
      remove.run(ids);
    },
  };
}
