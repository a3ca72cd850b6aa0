import type { VerdictKind } from "../../../shared/verdict.ts";
import type { LottedVerdict } from "../detect/verdicts/verdict-record.ts";
import { prepareRemoving, storeVerdicts } from "../detect/verdicts/verdict-tables.ts";
import { type FollowedEvidence, prepareFollowedEvidence } from "../evidence/followed-evidence.ts";
import { type Db, defineRead, defineWrite } from "../store/store.ts";

/**
 * Verdicts as engines of the fleet told them: what a session's page shows of them, and what a verdict of this engine is held against.
 * Those that lists show stand in `verdicts`, too, where everything else finds them.
 *
 * Messages come again, and those of two topics in any order. What is listed depends on none of that: of each piece of evidence, the
 * verdicts that were told at its newest judging that is known to be complete, or since.
 */
export const followedVerdictTables = `
  CREATE TABLE followed_verdicts (
    id TEXT PRIMARY KEY,
    evidence_id TEXT NOT NULL,
    session TEXT NOT NULL,
    node_id TEXT NOT NULL,
    at INTEGER NOT NULL,
    -- JSON.
    message TEXT NOT NULL,
    -- Whether the message told what lists show.
    is_whole INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX followed_verdicts_by_session ON followed_verdicts (evidence_id, session);
  -- One row: what is older was told before this desktop was there.
  CREATE TABLE followed_since (only_row INTEGER PRIMARY KEY CHECK (only_row = 0), at INTEGER NOT NULL) STRICT;`;

/** A verdict as it was told. */
export interface FollowedVerdict {
  readonly id: string;
  readonly evidence_id: string;
  readonly session: string;
  readonly node_id: string;
  /** Epoch milliseconds: those of one judging have the same. */
  readonly at: number;
  /** JSON. */
  readonly message: string;
  readonly is_whole: 0 | 1;
}

/** When, and by whom, evidence was judged. */
type Judging = Pick<FollowedVerdict, "at" | "node_id">;

/** Two at the same moment are put in an order, too: every desktop's is the same. */
const isBefore = (a: Judging, b: Judging) => a.at < b.at || (a.at === b.at && a.node_id < b.node_id);

export const followedVerdict = defineRead("fleet.followed_verdict", (db: Db) => {
  const select = db.prepare<[string], FollowedVerdict>("SELECT * FROM followed_verdicts WHERE id = ?");
  return (id: string): FollowedVerdict | null => select.get(id) ?? null;
});

/** The last that was told of a session. */
export const followedOfSession = defineRead("fleet.followed_of_session", (db: Db) => {
  const select = db.prepare<[string, string], FollowedVerdict>(
    "SELECT * FROM followed_verdicts WHERE evidence_id = ? AND session = ? ORDER BY at DESC, node_id DESC LIMIT 1",
  );
  return (args: { evidenceId: string; session: string }): FollowedVerdict | null =>
    select.get(args.evidenceId, args.session) ?? null;
});

const unlisted = `SELECT f.* FROM followed_verdicts f
  WHERE f.evidence_id = ? AND NOT EXISTS (SELECT 1 FROM verdicts v WHERE v.id = f.id)`;

/** Verdicts of a piece of evidence that were told and stand in no list. */
export const unlistedVerdicts = defineRead("fleet.unlisted_verdicts", (db: Db) => {
  const select = db.prepare<[string], FollowedVerdict>(unlisted);
  return (evidenceId: string): FollowedVerdict[] => select.all(evidenceId);
});

/** Everything that the fleet told of a piece of evidence, as text. */
export const toldTexts = defineRead("fleet.told_texts", (db: Db) => {
  const select = db
    .prepare<{ id: string }, string>(
      `SELECT message FROM followed_verdicts WHERE evidence_id = @id
       UNION ALL SELECT announcement FROM followed_evidence WHERE id = @id AND announcement IS NOT NULL`,
    )
    .pluck();
  return (id: string): string[] => select.all({ id });
});

/** What became of a message. */
export type Followed =
  /** It stands in the lists. */
  | "listed"
  /** Its evidence is here: it is only held against what this engine says. */
  | "compared"
  /** It stands in the lists once its evidence is told of: an earlier engine's message says too little. */
  | "waiting"
  | "repeated"
  /** The evidence was judged again since. */
  | "past"
  /** The evidence was erased here, for good. */
  | "erased";

function prepareStanding(db: Db) {
  const select = db.prepare<[string], { erased: number; at_fleet: number }>(
    "SELECT erased_at IS NOT NULL AS erased, at_fleet FROM evidence WHERE id = ?",
  );
  return (id: string): "unknown" | "erased" | "here" | "at_fleet" => {
    const row = select.get(id);
    if (row === undefined) return "unknown";
    return row.erased === 1 ? "erased" : row.at_fleet === 1 ? "at_fleet" : "here";
  };
}

/** Keeps a verdict that was told, and lists it. @param args `record` null: what lists show is not known yet */
export const takeFollowedVerdict = defineWrite("fleet.take_followed_verdict", (db: Db) => {
  const standing = prepareStanding(db);
  const newest = prepareFollowedEvidence(db);
  const find = db.prepare<[string], FollowedVerdict>("SELECT * FROM followed_verdicts WHERE id = ?");
  const keep = db.prepare(
    `INSERT INTO followed_verdicts (id, evidence_id, session, node_id, at, message, is_whole)
     VALUES (@id, @evidence_id, @session, @node_id, @at, @message, @is_whole)
     ON CONFLICT DO UPDATE SET node_id = excluded.node_id, at = excluded.at, message = excluded.message, is_whole = excluded.is_whole`,
  );
  const list = storeVerdicts.prepare(db);
  const unlist = prepareRemoving(db, "SELECT id FROM verdicts WHERE id = ? AND judged_by IS NOT NULL");
  const moved = db.prepare(
    "UPDATE verdicts SET judged_by = ?, decided_at = coalesce(?, decided_at) WHERE id = ? AND judged_by IS NOT NULL",
  );

  return ({ told, record }: { told: FollowedVerdict; record: LottedVerdict | null }): Followed => {
    const evidence = standing(told.evidence_id);
    if (evidence === "erased") return "erased";
    const last = newest(told.evidence_id);
    if (last !== null && isBefore(told, last)) return "past";
    const known = find.get(told.id);
    const isLater = known === undefined || isBefore(known, told);
    const isNews = isLater || known.is_whole < told.is_whole;
    // The last judging, and of its words and earlier ones those that say more, whichever came first.
    const { node_id, at } = isLater ? told : known;
    const words = known !== undefined && known.is_whole > told.is_whole ? known : told;
    if (isNews) keep.run({ ...words, node_id, at });
    if (evidence === "here") return isNews ? "compared" : "repeated";
    if (record === null) return isNews ? "waiting" : "repeated";
    if (isNews && known !== undefined && known.is_whole < told.is_whole) unlist(told.id);
    const isListed = list([record]) === 1;
    if (isNews) moved.run(node_id, words === told ? record.decidedAt : null, told.id);
    return isListed ? "listed" : "repeated";
  };
});

/**
 * Keeps what was told of evidence that was judged whole: verdicts of earlier judgings leave the lists.
 * @returns whether the evidence is in this desktop's lists, and how many verdicts left them
 */
export const takeFollowedEvidence = defineWrite("fleet.take_followed_evidence", (db: Db) => {
  const standing = prepareStanding(db);
  const newest = prepareFollowedEvidence(db);
  const keep = db.prepare(
    `INSERT INTO followed_evidence VALUES
       (@id, @node_id, @at, @kind, @size, @requests, @sessions, @simulate, @tag, @benign, @announcement)
     ON CONFLICT DO UPDATE SET node_id = excluded.node_id, at = excluded.at, kind = excluded.kind, size = excluded.size,
       requests = excluded.requests, sessions = excluded.sessions, simulate = excluded.simulate, tag = excluded.tag,
       benign = excluded.benign, announcement = coalesce(excluded.announcement, announcement)`,
  );
  const complete = db.prepare("UPDATE followed_evidence SET announcement = coalesce(announcement, ?) WHERE id = ?");
  const before = "FROM followed_verdicts WHERE evidence_id = ? AND (at, node_id) < (?, ?)";
  const unlist = prepareRemoving(
    db,
    `SELECT id FROM verdicts WHERE judged_by IS NOT NULL AND id IN (SELECT id ${before})`,
  );
  const forget = db.prepare(`DELETE ${before}`);

  return (told: FollowedEvidence): { isKnown: boolean; unlisted: number } => {
    const evidence = standing(told.id);
    if (evidence === "erased") return { isKnown: false, unlisted: 0 };
    const isKnown = evidence !== "unknown";
    // A name of an object may name a person: it is kept where somebody can erase it.
    const announcement = isKnown || told.simulate + told.tag > 0 ? told.announcement : null;
    const known = newest(told.id);
    if (known !== null && !isBefore(known, told)) {
      complete.run(announcement, told.id);
      return { isKnown: false, unlisted: 0 };
    }
    keep.run({ ...told, announcement });
    const earlier = [told.id, told.at, told.node_id] as const;
    const unlisted = evidence === "at_fleet" ? unlist(...earlier) : 0;
    forget.run(...earlier);
    return { isKnown, unlisted };
  };
});

/** Forgets what was told before a moment of evidence of which nothing is shown. @returns true once nothing is left */
export const pruneFollowed = defineWrite("fleet.prune_followed", (db: Db) => {
  const remove = db.prepare(
    `DELETE FROM followed_evidence WHERE id IN (SELECT f.id FROM followed_evidence f
       WHERE f.at < ? AND NOT EXISTS (SELECT 1 FROM evidence e WHERE e.id = f.id) ORDER BY f.at LIMIT ?)`,
  );
  const waiting = db.prepare(
    `DELETE FROM followed_verdicts WHERE id IN (SELECT f.id FROM followed_verdicts f
       WHERE f.at < ? AND NOT EXISTS (SELECT 1 FROM evidence e WHERE e.id = f.evidence_id) LIMIT ?)`,
  );
  return ({ before, limit }: { before: number; limit: number }): boolean =>
    Math.max(remove.run(before, limit).changes, waiting.run(before, limit).changes) < limit;
});

/** From when on this desktop follows: as it was first asked. Epoch milliseconds. */
export const beginFollowing = defineWrite("fleet.begin_following", (db: Db) => {
  const begin = db.prepare("INSERT OR IGNORE INTO followed_since VALUES (0, ?)");
  const select = db.prepare<[], number>("SELECT at FROM followed_since").pluck();
  return (at: number): number => {
    begin.run(at);
    return select.get()!;
  };
});

/** Forgets what the fleet said of a piece of evidence, and the message that told of it. */
export const forgetFollowed = defineWrite("fleet.forget_followed", (db: Db) => {
  const verdicts = db.prepare("DELETE FROM followed_verdicts WHERE evidence_id = ?");
  const evidence = db.prepare("DELETE FROM followed_evidence WHERE id = ?");
  const message = db.prepare(
    "UPDATE fleet_arrivals SET message = NULL WHERE sha256 = (SELECT sha256 FROM evidence WHERE id = ?)",
  );
  return (evidenceId: string): null => {
    verdicts.run(evidenceId);
    evidence.run(evidenceId);
    message.run(evidenceId);
    return null;
  };
});

/** Mildest first. */
const mildest: readonly VerdictKind[] = ["benign", "tag", "simulate"];

/** Whether a verdict is at least as bad as another. */
export const isAtLeast = (verdict: VerdictKind, least: VerdictKind) =>
  mildest.indexOf(verdict) >= mildest.indexOf(least);
