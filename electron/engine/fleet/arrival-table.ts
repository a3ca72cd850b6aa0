import { type Db, defineRead, defineWrite, type StoreModule } from "../store/store.ts";
import {
  beginFollowing,
  followedOfSession,
  followedVerdict,
  followedVerdictTables,
  forgetFollowed,
  pruneFollowed,
  takeFollowedEvidence,
  takeFollowedVerdict,
  toldTexts,
  unlistedVerdicts,
} from "./followed-verdicts.ts";

/** Evidence that a message told of: whose name it has there. */
export interface EvidenceArrival {
  /** Of the object. */
  readonly sha256: string;
  /** The producer's name for it; the first one, where several told of the same content. */
  readonly evidence_id: string;
  /** Epoch milliseconds. */
  readonly at: number;
  /** 1: its content is stored here. 0: it was about to be. */
  readonly stored: 0 | 1;
  /** The message, as it came, for those who follow: JSON. Null: it is not kept. */
  readonly message: string | null;
}

export const arrivalByContent = defineRead("fleet.arrival", (db: Db) => {
  const select = db.prepare<[string], EvidenceArrival>("SELECT * FROM fleet_arrivals WHERE sha256 = ?");
  return (sha256: string): EvidenceArrival | null => select.get(sha256) ?? null;
});

/** Place of the object that was stored last, of those whose message is kept; null: none is known. Reads the whole table. */
export const lastTaken = defineRead("fleet.last_taken", (db: Db) => {
  const select = db
    .prepare<[], string>(
      "SELECT message ->> '$.uri' FROM fleet_arrivals WHERE stored = 1 AND message IS NOT NULL ORDER BY at DESC LIMIT 1",
    )
    .pluck();
  return (): string | null => select.get() ?? null;
});

export const noteArrival = defineWrite("fleet.note_arrival", (db: Db) => {
  const known = db.prepare<[string], EvidenceArrival>("SELECT * FROM fleet_arrivals WHERE sha256 = ?");
  const other = db.prepare("INSERT OR IGNORE INTO fleet_other_names (sha256, evidence_id) VALUES (?, ?)");
  // Until its content is here, whoever tried last is the one whose place is told: an earlier one may have named a place with nothing in it.
  const insert = db.prepare(
    `INSERT INTO fleet_arrivals (sha256, evidence_id, at, stored, message) VALUES (@sha256, @evidence_id, @at, @stored, @message)
     ON CONFLICT DO UPDATE SET stored = max(stored, excluded.stored),
       evidence_id = CASE WHEN stored = 1 THEN evidence_id ELSE excluded.evidence_id END,
       message = CASE WHEN stored = 1 THEN coalesce(message, excluded.message) ELSE excluded.message END`,
  );
  return (arrival: EvidenceArrival): null => {
    const before = known.get(arrival.sha256);
    if (before !== undefined && before.evidence_id !== arrival.evidence_id) {
      other.run(arrival.sha256, before.stored === 1 ? arrival.evidence_id : before.evidence_id);
    }
    insert.run(arrival);
    return null;
  };
});

/** Further names of content that several producers, or one of them twice, told of: each is answered. At most a hundred. */
export const otherNames = defineRead("fleet.other_names", (db: Db) => {
  const select = db
    .prepare<[string], string>(
      `SELECT o.evidence_id FROM fleet_other_names o WHERE o.sha256 = ? AND NOT EXISTS
         (SELECT 1 FROM fleet_arrivals a WHERE a.sha256 = o.sha256 AND a.evidence_id = o.evidence_id)
       ORDER BY o.evidence_id LIMIT 100`,
    )
    .pluck();
  return (sha256: string): string[] => select.all(sha256);
});

export const noteOtherName = defineWrite("fleet.note_other_name", (db: Db) => {
  const insert = db.prepare(
    "INSERT OR IGNORE INTO fleet_other_names (sha256, evidence_id) VALUES (@sha256, @evidence_id)",
  );
  return (name: Pick<EvidenceArrival, "sha256" | "evidence_id">): null => {
    insert.run(name);
    return null;
  };
});

export const fleetModule: StoreModule = {
  name: "fleet",
  migrations: [
    {
      id: 630,
      sql: `
        CREATE TABLE fleet_arrivals (
          sha256 TEXT PRIMARY KEY,
          evidence_id TEXT NOT NULL,
          at INTEGER NOT NULL,
          stored INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;`,
    },
    { id: 682, sql: "ALTER TABLE fleet_arrivals ADD COLUMN message TEXT" },
    { id: 683, sql: followedVerdictTables },
    {
      id: 715,
      sql: `
        CREATE TABLE fleet_other_names (
          sha256 TEXT NOT NULL,
          evidence_id TEXT NOT NULL,
          PRIMARY KEY (sha256, evidence_id)
        ) STRICT, WITHOUT ROWID;`,
    },
  ],
  reads: [arrivalByContent, lastTaken, otherNames, followedVerdict, followedOfSession, toldTexts, unlistedVerdicts],
  writes: [
    noteArrival,
    noteOtherName,
    takeFollowedVerdict,
    takeFollowedEvidence,
    pruneFollowed,
    beginFollowing,
    forgetFollowed,
  ],
  projections: [],
};
