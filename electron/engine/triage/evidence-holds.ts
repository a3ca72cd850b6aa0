import type { EvidenceHold } from "../../../shared/erasure.ts";
import { fileNameOf } from "../evidence/erased-tables.ts";
import { defineSlowRead } from "../store/store.ts";
import { openCases } from "./case-state.ts";

/**
 * Why retention leaves a piece of evidence alone, as SQL over a row `e` of `evidence`: the one place that says so. Whatever else needs
 * evidence to stay is a further line here.
 */
const hold = `CASE
  WHEN e.pinned = 1 THEN 'pinned'
  WHEN EXISTS (SELECT 1 FROM verdicts v JOIN alerts a ON a.id = v.alert_id WHERE v.evidence_id = e.id AND a.is_open = 1)
    THEN 'open_alert'
  WHEN EXISTS (SELECT 1 FROM verdicts v JOIN alerts a ON a.id = v.alert_id WHERE v.evidence_id = e.id AND a.case_id IN (${openCases}))
    THEN 'open_case'
  END`;

/** What an erasure of one piece of evidence would take with it. */
export interface ErasureFacts {
  readonly id: string;
  readonly file_name: string;
  readonly added_at: string;
  readonly size_bytes: number;
  readonly requests: number;
  readonly sessions: number;
  readonly alerts: number;
  readonly alerts_lost: number;
  readonly hold: EvidenceHold | null;
}

const facts = `SELECT e.id, ${fileNameOf("e")} AS file_name, e.added_at, e.size_bytes, e.requests, e.sessions, ${hold} AS hold,
  (SELECT count(DISTINCT v.alert_id) FROM verdicts v WHERE v.evidence_id = e.id) AS alerts,
  (SELECT count(DISTINCT v.alert_id) FROM verdicts v WHERE v.evidence_id = e.id AND v.alert_id IS NOT NULL
    AND NOT EXISTS (SELECT 1 FROM verdicts o WHERE o.alert_id = v.alert_id AND o.evidence_id != e.id)) AS alerts_lost
  FROM evidence e`;

/** Facts of some pieces of evidence; those that there are not are left out. */
export const erasureFacts = defineSlowRead("evidence.erasure_facts", (db) => {
  const select = db.prepare<[string], ErasureFacts>(`${facts} WHERE e.id = ? AND e.erased_at IS NULL`);
  return (ids: readonly string[]): ErasureFacts[] =>
    ids.flatMap((id) => {
      const row = select.get(id);
      return row === undefined ? [] : [row];
    });
});

/** Evidence that came before a moment, oldest first: how much of it is free to go, how much is held, and the first of the former. */
export const evidenceBefore = defineSlowRead("evidence.before", (db) => {
  const old = `FROM (SELECT e.id, e.seq, ${hold} AS hold FROM evidence e WHERE e.added_at < ? AND e.erased_at IS NULL)`;
  const count = db.prepare<[string], { free: number; held: number }>(
    `SELECT count(*) FILTER (WHERE hold IS NULL) AS free, count(hold) AS held ${old}`,
  );
  const free = db.prepare<[string, number], string>(`SELECT id ${old} WHERE hold IS NULL ORDER BY seq LIMIT ?`).pluck();
  return ({ before, limit }: { before: string; limit: number }) => {
    const counts = count.get(before) ?? { free: 0, held: 0 };
    return { ...counts, ids: free.all(before, limit) };
  };
});
