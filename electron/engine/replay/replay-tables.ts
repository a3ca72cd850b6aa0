import type { PayloadClass } from "../../../shared/payload.ts";
import {
  type flipDirections,
  type ReplayDecision,
  ReplayQuestion,
  type ReplaySummary,
} from "../../../shared/replay.ts";
import type { VerdictKind } from "../../../shared/verdict.ts";
import { fileNameOf } from "../evidence/erased-tables.ts";
import { defineRead, defineSlowRead, defineWrite, type StoreModule } from "../store/store.ts";
import type { Decided, Flip } from "./comparison.ts";

/** Replays that are kept. */
const keptReplays = 50;
/** Flips that are kept of one replay; counts go on beyond. */
export const mostFlips = 50_000;

export interface ReplayRow {
  readonly id: string;
  readonly question: ReplayQuestion;
  readonly actor: string;
  readonly beganAt: string;
  readonly endedAt: string | null;
  readonly summary: ReplaySummary;
}

interface RawReplay {
  id: string;
  question: string;
  actor: string;
  began_at: string;
  ended_at: string | null;
  summary: string;
}

/** Stores a replay as far as it has come. */
export const saveReplay = defineWrite("replay.save", (db) => {
  const save = db.prepare(
    `INSERT INTO replays (id, question, actor, began_at, ended_at, summary) VALUES (?, ?, ?, ?, ?, ?)
     ON CONFLICT (id) DO UPDATE SET ended_at = excluded.ended_at, summary = excluded.summary`,
  );
  const prune = db.prepare(
    `DELETE FROM replays WHERE id != ? AND id NOT IN (SELECT id FROM replays ORDER BY id DESC LIMIT ${keptReplays})`,
  );
  return (row: ReplayRow): null => {
    save.run(row.id, JSON.stringify(row.question), row.actor, row.beganAt, row.endedAt, JSON.stringify(row.summary));
    prune.run(row.id);
    return null;
  };
});

/** Newest first. */
export const latestReplays = defineRead("replay.latest", (db) => {
  const select = db.prepare<[], RawReplay>("SELECT * FROM replays ORDER BY id DESC");
  return (_args: null): ReplayRow[] =>
    select.all().map((raw) => ({
      id: raw.id,
      // Of an earlier version, it may lack what could not be asked then.
      question: ReplayQuestion.parse(JSON.parse(raw.question)),
      actor: raw.actor,
      beganAt: raw.began_at,
      endedAt: raw.ended_at,
      summary: JSON.parse(raw.summary) as ReplaySummary,
    }));
});

/** Stores flips of one piece of evidence, as far as there is room. */
export const storeFlips = defineWrite("replay.store_flips", (db) => {
  const count = db.prepare<[string], number>("SELECT count(*) FROM replay_flips WHERE replay = ?").pluck();
  const last = db.prepare<[string], number>("SELECT coalesce(max(n), 0) FROM replay_flips WHERE replay = ?").pluck();
  const insert = db.prepare(
    // Analysed anew or erased meanwhile: then there is nothing left to flip.
    "INSERT INTO replay_flips SELECT ?, ?, v.id, ?, ?, ?, ? FROM verdicts v WHERE v.id = ?",
  );
  return ({ replay, flips }: { replay: string; flips: readonly Flip[] }): null => {
    const room = mostFlips - count.get(replay)!;
    let n = last.get(replay)!;
    for (const flip of flips.slice(0, Math.max(0, room))) {
      n++;
      insert.run(replay, n, flip.before, flip.after, flip.score, flip.class, flip.verdictId);
    }
    return null;
  };
});

/** Removes the flips of a piece of evidence: a replay that was broken off in it begins it again. */
export const dropFlips = defineWrite("replay.drop_flips", (db) => {
  const remove = db.prepare(
    "DELETE FROM replay_flips WHERE replay = ? AND verdict_id IN (SELECT id FROM verdicts WHERE evidence_id = ? AND inputs = ?)",
  );
  return ({ replay, of }: { replay: string; of: Replayed }): null => {
    remove.run(replay, of.id, of.inputs);
    return null;
  };
});

/** Sessions that began within, in epoch ms; null: whatever. */
export interface Period {
  readonly from: number | null;
  readonly to: number | null;
}

/** What was decided about an alert, by its status and reason; null: the session belongs to none. */
export function decisionOf(status: string | null, reason: ReplayDecision | null): ReplayDecision {
  if (status === null) return "none";
  return status === "closed" && reason !== null ? reason : "open";
}

/** Verdicts of a piece of evidence that were decided by the same inputs, as they are stored. */
export interface Replayed {
  readonly id: string;
  readonly inputs: string;
  /** How many they are. */
  readonly sessions: number;
}

const within = "(@from IS NULL OR v.started_at >= @from) AND (@to IS NULL OR v.started_at < @to)";

/**
 * Evidence in view with verdicts of a period, oldest first, with what its verdicts were decided by: once for each of the inputs, since
 * a model on trial decides some of the sessions.
 */
export const evidenceToReplay = defineSlowRead("replay.evidence", (db) => {
  const select = db.prepare<Period, Replayed>(
    `SELECT v.evidence_id AS id, v.inputs, count(*) AS sessions FROM verdicts v JOIN evidence e ON e.id = v.evidence_id AND e.withdrawn = 0 AND e.at_fleet = 0
     WHERE ${within} GROUP BY v.evidence_id, v.inputs ORDER BY e.seq, v.inputs`,
  );
  return (period: Period): Replayed[] => select.all(period);
});

/** Stored verdicts of some sessions, those of them that there are within the period. */
export const decidedSessions = defineRead("replay.decided", (db) => {
  const select = db.prepare<
    Period & { evidence: string; inputs: string; sessions: string },
    Omit<Decided, "payloadScore" | "behavioralScore" | "decision"> & {
      payload_score: number;
      behavioral_score: number;
      status: string | null;
      reason: ReplayDecision | null;
    }
  >(
    `SELECT v.id, v.session, v.verdict, v.score, v.payload_score, v.behavioral_score, v.class, a.status, a.reason
     FROM json_each(@sessions) s JOIN verdicts v ON v.evidence_id = @evidence AND v.session = s.value
     LEFT JOIN alerts a ON a.id = v.alert_id WHERE v.inputs = @inputs AND ${within}`,
  );
  return ({ of, sessions, ...period }: Period & { of: Replayed; sessions: readonly string[] }): Decided[] =>
    select
      .all({ ...period, evidence: of.id, inputs: of.inputs, sessions: JSON.stringify(sessions) })
      .map(({ payload_score, behavioral_score, status, reason, ...rest }) => ({
        ...rest,
        payloadScore: payload_score,
        behavioralScore: behavioral_score,
        decision: decisionOf(status, reason),
      }));
});

const ofDirection: Readonly<Record<(typeof flipDirections)[number], string>> = {
  gone: "f.after = 'benign'",
  opened: "f.before = 'benign'",
  other: "f.after != 'benign' AND f.before != 'benign'",
};

export interface FlipRow {
  readonly n: number;
  readonly verdictId: string;
  readonly fileName: string;
  readonly session: string;
  readonly client: string | null;
  readonly requestLine: string;
  readonly payload: string | null;
  readonly status: string | null;
  readonly reason: ReplayDecision | null;
  readonly before: VerdictKind;
  readonly beforeScore: number;
  readonly beforeClass: PayloadClass;
  readonly after: VerdictKind;
  readonly afterScore: number;
  readonly afterClass: PayloadClass;
}

/** A page of flips in the order they were found; of verdicts that are still as they were then. */
export const flipPage = defineRead("replay.flips", (db) => {
  const statement = (direction: keyof typeof ofDirection) =>
    db.prepare<[string, number, number], FlipRow>(
      `SELECT f.n, f.verdict_id AS verdictId, ${fileNameOf("e")} AS fileName, v.session, v.client, v.request_line AS requestLine,
         v.payload, a.status, a.reason, f.before, v.score AS beforeScore, v.class AS beforeClass, f.after, f.score AS afterScore,
         f.class AS afterClass
       FROM replay_flips f JOIN verdicts v ON v.id = f.verdict_id JOIN evidence e ON e.id = v.evidence_id AND e.withdrawn = 0
       LEFT JOIN alerts a ON a.id = v.alert_id
       WHERE f.replay = ? AND f.n > ? AND ${ofDirection[direction]} ORDER BY f.n LIMIT ?`,
    );
  const statements = { gone: statement("gone"), opened: statement("opened"), other: statement("other") };
  return (args: { replay: string; direction: keyof typeof ofDirection; after: number; limit: number }): FlipRow[] =>
    statements[args.direction].all(args.replay, args.after, args.limit);
});

/** What replays came to. Derived: can be asked again, and goes with the verdicts that it is about. */
export const replayModule: StoreModule = {
  name: "replay",
  migrations: [
    {
      id: 470,
      sql: `
        CREATE TABLE replays (
          id TEXT PRIMARY KEY,
          question TEXT NOT NULL,
          actor TEXT NOT NULL,
          began_at TEXT NOT NULL,
          ended_at TEXT,
          summary TEXT NOT NULL
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE replay_flips (
          replay TEXT NOT NULL REFERENCES replays (id) ON DELETE CASCADE,
          n INTEGER NOT NULL,
          verdict_id TEXT NOT NULL REFERENCES verdicts (id) ON DELETE CASCADE,
          before TEXT NOT NULL,
          after TEXT NOT NULL,
          score REAL NOT NULL,
          class TEXT NOT NULL,
          PRIMARY KEY (replay, n)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX replay_flips_by_verdict ON replay_flips (verdict_id);`,
    },
  ],
  reads: [latestReplays, evidenceToReplay, decidedSessions, flipPage],
  writes: [saveReplay, storeFlips, dropFlips],
  projections: [],
};
