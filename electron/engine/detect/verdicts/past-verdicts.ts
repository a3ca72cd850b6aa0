import type { PayloadClass } from "../../../../shared/payload.ts";
import type { VerdictKind } from "../../../../shared/verdict.ts";
import { type Db, defineRead, defineWrite } from "../../store/store.ts";

/** Earlier decisions about sessions, kept when evidence is analysed again: what was decided, when and by what. */
export const pastVerdicts = `
  CREATE TABLE past_verdicts (
    id TEXT PRIMARY KEY,
    evidence_id TEXT NOT NULL,
    session TEXT NOT NULL,
    requests INTEGER NOT NULL,
    started_at INTEGER,
    verdict TEXT NOT NULL,
    score REAL NOT NULL,
    payload_score REAL NOT NULL,
    behavioral_score REAL NOT NULL,
    class TEXT NOT NULL,
    decided_at INTEGER NOT NULL,
    -- JSON.
    inputs TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX past_verdicts_by_session ON past_verdicts (evidence_id, session);`;

const columns =
  "id, evidence_id, session, requests, started_at, verdict, score, payload_score, behavioral_score, class, decided_at, inputs";

/** Keeps the decisions about some verdicts that are about to be removed; the ids are selected by `some`. */
export function prepareKeeping(db: Db, some: string): (...args: readonly (string | number)[]) => void {
  const keep = db.prepare(
    `INSERT INTO past_verdicts (${columns}) SELECT ${columns} FROM verdicts WHERE id IN (${some})
     ON CONFLICT (id) DO UPDATE SET decided_at = excluded.decided_at`,
  );
  return (...args) => void keep.run(...args);
}

/** Forgets the earlier decisions about a piece of evidence for good. */
export const forgetPastVerdicts = defineWrite("verdicts.forget_past", (db) => {
  const remove = db.prepare("DELETE FROM past_verdicts WHERE evidence_id = ?");
  return (evidenceId: string): null => {
    remove.run(evidenceId);
    return null;
  };
});

/** A decision about a session; time as epoch milliseconds. */
export interface PastVerdict {
  readonly id: string;
  readonly verdict: VerdictKind;
  readonly score: number;
  readonly payload_score: number;
  readonly behavioral_score: number;
  readonly class: PayloadClass;
  readonly decided_at: number;
  readonly inputs: string;
}

/** Earlier decisions about exactly the same session as a verdict's, newest first: as many requests, begun at the same moment. */
export const pastVerdictsOf = defineRead("verdicts.past", (db) => {
  const statement = db.prepare<[string, number], PastVerdict>(
    `SELECT p.id, p.verdict, p.score, p.payload_score, p.behavioral_score, p.class, p.decided_at, p.inputs
     FROM verdicts v JOIN past_verdicts p ON p.evidence_id = v.evidence_id AND p.session = v.session
       AND p.requests = v.requests AND p.started_at IS v.started_at AND p.id != v.id
     WHERE v.id = ? ORDER BY p.decided_at DESC LIMIT ?`,
  );
  return (args: { id: string; limit: number }): PastVerdict[] => statement.all(args.id, args.limit);
});

/** What took the place of an earlier decision; `verdictId` null: its session is not among those of the evidence any more. */
export interface Successor {
  readonly evidenceId: string;
  readonly verdictId: string | null;
}

/** What is in force of exactly the session that an earlier decision was about; null: there is no such earlier decision. */
export const successorOf = defineRead("verdicts.successor", (db) => {
  const statement = db.prepare<[string], Successor>(
    `SELECT p.evidence_id AS evidenceId, v.id AS verdictId
     FROM past_verdicts p LEFT JOIN verdicts v ON v.evidence_id = p.evidence_id AND v.session = p.session
       AND v.requests = p.requests AND v.started_at IS p.started_at
     WHERE p.id = ?`,
  );
  return (id: string): Successor | null => statement.get(id) ?? null;
});
