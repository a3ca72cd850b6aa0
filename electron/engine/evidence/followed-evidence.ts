import type { EvidenceKind } from "../../../shared/evidence.ts";
import { type Db, defineRead } from "../store/store.ts";

/**
 * Evidence that engines of the fleet judged, as the newest of their messages says: where it lies, and what came of it. Not in the log:
 * the fleet can tell it again. Evidence of which nothing is listed here has a row, too, so that what came before its last judging is known as
 * past in whatever order messages come.
 */
export const followedTables = `
  ALTER TABLE evidence ADD COLUMN at_fleet INTEGER NOT NULL DEFAULT 0;
  CREATE TABLE followed_evidence (
    id TEXT PRIMARY KEY,
    -- Engine whose judging is the newest, and when it was, milliseconds since 1970.
    node_id TEXT NOT NULL,
    at INTEGER NOT NULL,
    kind TEXT NOT NULL,
    size INTEGER NOT NULL,
    requests INTEGER NOT NULL,
    sessions INTEGER NOT NULL,
    simulate INTEGER NOT NULL,
    tag INTEGER NOT NULL,
    benign INTEGER NOT NULL,
    -- JSON: the message that told where its object lies; null: not known.
    announcement TEXT
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX followed_evidence_at ON followed_evidence (at);`;

export interface FollowedEvidence {
  readonly id: string;
  readonly node_id: string;
  /** Epoch milliseconds. */
  readonly at: number;
  readonly kind: EvidenceKind;
  /** Bytes. */
  readonly size: number;
  readonly requests: number;
  readonly sessions: number;
  readonly simulate: number;
  readonly tag: number;
  readonly benign: number;
  /** JSON, null where its object is not known. */
  readonly announcement: string | null;
}

export function prepareFollowedEvidence(db: Db): (id: string) => FollowedEvidence | null {
  const select = db.prepare<[string], FollowedEvidence>("SELECT * FROM followed_evidence WHERE id = ?");
  return (id) => select.get(id) ?? null;
}

/** What the fleet said of a piece of evidence; null: nothing. */
export const followedEvidence = defineRead("evidence.followed", prepareFollowedEvidence);

/** Whether the content of evidence is here. */
export const isContentHere = defineRead("evidence.is_content_here", (db: Db) => {
  const any = db.prepare("SELECT 1 FROM evidence WHERE id = ? AND at_fleet = 0 AND erased_at IS NULL");
  return (id: string): boolean => any.get(id) !== undefined;
});
