import { z } from "zod";
import { type Db, defineRead, defineWrite } from "../store/store.ts";
import { prepareRequestTexts } from "./request-text.ts";
import type { Session } from "./sessions.ts";

/**
 * What one analysis of a piece of evidence derived: its requests and sessions. Not in the log, because it can be derived again
 * from the evidence; keyed by the evidence and marked with the extractor's version.
 */
export const analysisTables = `
  CREATE TABLE analyses (
    evidence INTEGER PRIMARY KEY,
    extractor_version TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('running', 'done'))
  ) STRICT;
  CREATE TABLE requests (
    evidence INTEGER NOT NULL,
    idx INTEGER NOT NULL,
    session INTEGER NOT NULL,
    byte_offset INTEGER NOT NULL,
    byte_length INTEGER NOT NULL,
    fingerprint BLOB NOT NULL,
    started_at INTEGER,
    duration_ms REAL,
    method TEXT NOT NULL,
    host TEXT,
    path TEXT NOT NULL,
    status INTEGER,
    response_size INTEGER,
    overlaps INTEGER,
    PRIMARY KEY (evidence, idx)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX requests_by_session ON requests (evidence, session, started_at, idx);
  CREATE INDEX requests_by_fingerprint ON requests (fingerprint, evidence);
  CREATE TABLE sessions (
    evidence INTEGER NOT NULL,
    number INTEGER NOT NULL,
    first_index INTEGER NOT NULL,
    last_index INTEGER NOT NULL,
    started_at INTEGER,
    ended_at INTEGER,
    client TEXT,
    user_agent TEXT,
    requests INTEGER NOT NULL,
    PRIMARY KEY (evidence, number)
  ) STRICT, WITHOUT ROWID;`;

/**
 * How many requests of an analysed piece of evidence earlier evidence has too. Evidence that came later may be analysed first: the
 * count follows when the earlier one is there, so that it depends on what was brought when, never on which analysis was quicker.
 */
export const overlapTables = `
  ALTER TABLE analyses ADD COLUMN overlapping INTEGER;
  CREATE INDEX requests_by_overlap ON requests (overlaps, evidence) WHERE overlaps IS NOT NULL;`;

/** Queries of requests, as lists show them. Null for what was analysed before they were kept. */
export const queryColumn = "ALTER TABLE requests ADD COLUMN query TEXT;";

/** One request as its table holds it. */
export interface RequestRow {
  readonly index: number;
  readonly session: number;
  readonly offset: number;
  readonly length: number;
  /** 32 hexadecimal digits. */
  readonly fingerprint: string;
  readonly startedAt: number | null;
  readonly durationMs: number | null;
  readonly method: string;
  readonly host: string | null;
  /** Without its query, secrets masked. */
  readonly path: string;
  /** From its question mark on, secrets masked, possibly cut; empty: none; null: not known. */
  readonly query: string | null;
  readonly status: number | null;
  readonly responseSize: number | null;
}

/** A request as it is read: with the id of the earlier evidence that has it too. */
export interface KnownRequest extends Omit<RequestRow, "fingerprint"> {
  readonly overlaps: string | null;
}

/**
 * Begins the analysis of a piece of evidence, or says that this extractor has done it. What an earlier or broken-off analysis
 * left has to be removed first: call `clearAnalysis` until it returns true.
 */
export const beginAnalysis = defineWrite("evidence.begin_analysis", (db: Db) => {
  const find = db.prepare("SELECT extractor_version, state FROM analyses WHERE evidence = ?");
  const begin = db.prepare(
    `INSERT INTO analyses (evidence, extractor_version, state) VALUES (?, ?, 'running') ON CONFLICT DO UPDATE SET
       extractor_version = excluded.extractor_version, state = 'running'`,
  );
  return (args: { evidence: number; extractorVersion: string; again?: boolean }): "done" | "begun" => {
    const row = find.get(args.evidence) as { extractor_version: string; state: string } | undefined;
    if (row?.state === "done" && row.extractor_version === args.extractorVersion && args.again !== true) return "done";
    begin.run(args.evidence, args.extractorVersion);
    return "begun";
  };
});

/** Removes up to `limit` derived rows. @returns true once nothing is left */
export const clearAnalysis = defineWrite("evidence.clear_analysis", (db: Db) => {
  const last = db
    .prepare<[number, number], number>(
      "SELECT max(idx) FROM (SELECT idx FROM requests WHERE evidence = ? ORDER BY idx LIMIT ?)",
    )
    .pluck();
  const requests = db.prepare("DELETE FROM requests WHERE evidence = ? AND idx < ?");
  const texts = prepareRequestTexts(db);
  const sessions = db.prepare(
    "DELETE FROM sessions WHERE evidence = ? AND number IN (SELECT number FROM sessions WHERE evidence = ? LIMIT ?)",
  );
  return ({ evidence, limit }: { evidence: number; limit: number }): boolean => {
    const below = (last.get(evidence, limit) ?? -1) + 1;
    if (below > 0) texts.removeBelow(evidence, below);
    return requests.run(evidence, below).changes + sessions.run(evidence, evidence, limit).changes === 0;
  };
});

/**
 * Ends an analysis: `done` when all rows are stored, else it is forgotten and its evidence no longer reads "analysing".
 * @returns ids of later evidence whose count of known requests is another one now
 */
export const endAnalysis = defineWrite("evidence.end_analysis", (db: Db) => {
  const done = db.prepare("UPDATE analyses SET state = 'done' WHERE evidence = ?");
  const forget = db.prepare("DELETE FROM analyses WHERE evidence = ? AND state = 'running'");
  const claimed = db
    .prepare<[number], number>("SELECT DISTINCT evidence FROM requests WHERE overlaps = ? AND evidence != overlaps")
    .pluck();
  // What it does not have after all, other evidence may.
  const release = db.prepare(
    `UPDATE requests SET overlaps = (
       SELECT MIN(o.evidence) FROM requests o JOIN evidence e ON e.seq = o.evidence
       WHERE o.fingerprint = requests.fingerprint AND o.evidence < requests.evidence AND e.withdrawn = 0)
     WHERE overlaps = ?`,
  );
  const count = db.prepare(
    `UPDATE analyses SET overlapping = (SELECT COUNT(overlaps) FROM requests r WHERE r.evidence = analyses.evidence)
     WHERE evidence = ? AND state = 'done'`,
  );
  const known = db.prepare<[number], { id: string; overlapping: number | null }>(
    "SELECT e.id, a.overlapping FROM analyses a JOIN evidence e ON e.seq = a.evidence WHERE a.evidence = ?",
  );
  return (args: { evidence: number; done: boolean }): string[] => {
    const later = claimed.all(args.evidence);
    (args.done ? done : forget).run(args.evidence);
    if (args.done) count.run(args.evidence);
    else if (later.length > 0) release.run(args.evidence);
    return later.flatMap((evidence) => {
      const before = known.get(evidence);
      count.run(evidence);
      return before !== undefined && known.get(evidence)!.overlapping !== before.overlapping ? [before.id] : [];
    });
  };
});

/**
 * Stores a batch of requests and closed sessions; storing the same rows again changes nothing. The same request in evidence that
 * came later, but was read first, is from now on known from this one.
 * @returns how many of the requests earlier evidence, not withdrawn, has too
 */
export const storeRequests = defineWrite("evidence.store_requests", (db: Db) => {
  const earlier = db
    .prepare(
      `SELECT r.evidence FROM requests r JOIN evidence e ON e.seq = r.evidence
       WHERE r.fingerprint = unhex(?) AND r.evidence < ? AND e.withdrawn = 0 ORDER BY r.evidence LIMIT 1`,
    )
    .pluck();
  const isFollowed = db
    .prepare(
      `SELECT 1 FROM evidence WHERE seq = ? AND withdrawn = 0 AND EXISTS (SELECT 1 FROM analyses a WHERE a.evidence > seq)`,
    )
    .pluck();
  const claim = db.prepare(
    `UPDATE requests SET overlaps = @evidence
     WHERE fingerprint = unhex(@fingerprint) AND evidence > @evidence AND (overlaps IS NULL OR overlaps > @evidence)`,
  );
  const request = db.prepare(
    "INSERT OR REPLACE INTO requests VALUES (?, ?, ?, ?, ?, unhex(?), ?, ?, ?, ?, ?, ?, ?, ?, ?)",
  );
  const session = db.prepare("INSERT OR REPLACE INTO sessions VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)");
  const texts = prepareRequestTexts(db);
  return (args: { evidence: number; requests: readonly RequestRow[]; sessions: readonly Session[] }): number => {
    let overlapping = 0;
    const { evidence } = args;
    const claims = isFollowed.get(evidence) !== undefined;
    const integer = (value: number | null) => (value === null ? null : BigInt(Math.round(value)));
    for (const r of args.requests) {
      const overlaps = earlier.get(r.fingerprint, args.evidence) ?? null;
      if (overlaps !== null) overlapping++;
      if (claims) claim.run({ evidence, fingerprint: r.fingerprint });
      const place = [args.evidence, r.index, r.session, r.offset, r.length, r.fingerprint];
      const [host, path] = [r.host?.slice(0, 300) ?? null, r.path.slice(0, 2000)];
      const what = [r.method.slice(0, 40), host, path];
      request.run(
        ...place,
        integer(r.startedAt),
        r.durationMs,
        ...what,
        r.status,
        integer(r.responseSize),
        overlaps,
        r.query,
      );
      texts.add(evidence, r.index, `${host ?? ""}${path}${r.query ?? ""}`);
    }
    for (const s of args.sessions) {
      const times = [integer(s.startedAt), integer(s.endedAt)];
      session.run(args.evidence, s.number, s.firstIndex, s.lastIndex, ...times, s.client, s.userAgent, s.requests);
    }
    return overlapping;
  };
});

const Known = z.object({
  index: z.number().int(),
  session: z.number().int(),
  offset: z.number().int(),
  length: z.number().int(),
  startedAt: z.number().nullable(),
  durationMs: z.number().nullable(),
  method: z.string(),
  host: z.string().nullable(),
  path: z.string(),
  query: z.string().nullable(),
  status: z.number().nullable(),
  responseSize: z.number().nullable(),
  overlaps: z.string().nullable(),
});

const requestColumns = `r.idx AS "index", r.session, r.byte_offset AS "offset", r.byte_length AS length, r.started_at AS startedAt,
  r.duration_ms AS durationMs, r.method, r.host, r.path, r.query, r.status, r.response_size AS responseSize,
  (SELECT id FROM evidence o WHERE o.seq = r.overlaps) AS overlaps`;

/** The requests of one session in time order, one page, and how many there are in all. */
export const requestsOfSession = defineRead("evidence.requests_of_session", (db: Db) => {
  const page = db.prepare(
    `SELECT ${requestColumns} FROM requests r WHERE r.evidence = ? AND r.session = ?
     ORDER BY r.started_at, r.idx LIMIT ? OFFSET ?`,
  );
  const count = db.prepare("SELECT COUNT(*) FROM requests WHERE evidence = ? AND session = ?").pluck();
  return (args: { evidence: number; session: number; limit: number; offset: number }) => ({
    items: page
      .all(args.evidence, args.session, args.limit, args.offset)
      .map((row) => Known.parse(row)) as KnownRequest[],
    total: Number(count.get(args.evidence, args.session)),
  });
});

/** One request by its index, or null. */
export const requestByIndex = defineRead("evidence.request_by_index", (db: Db) => {
  const get = db.prepare(`SELECT ${requestColumns} FROM requests r WHERE r.evidence = ? AND r.idx = ?`);
  return (args: { evidence: number; index: number }): KnownRequest | null => {
    const row = get.get(args.evidence, args.index);
    return row === undefined ? null : Known.parse(row);
  };
});

const SessionRow = z.object({
  number: z.number().int(),
  firstIndex: z.number().int(),
  lastIndex: z.number().int(),
  startedAt: z.number().nullable(),
  endedAt: z.number().nullable(),
  client: z.string().nullable(),
  userAgent: z.string().nullable(),
  requests: z.number().int(),
});

/** Sessions of a piece of evidence by number, after a number. */
export const sessionsOfEvidence = defineRead("evidence.sessions", (db: Db) => {
  const page = db.prepare(
    `SELECT number, first_index AS firstIndex, last_index AS lastIndex, started_at AS startedAt, ended_at AS endedAt, client,
       user_agent AS userAgent, requests FROM sessions WHERE evidence = ? AND number > ? ORDER BY number LIMIT ?`,
  );
  return (args: { evidence: number; after: number; limit: number }): Session[] =>
    page.all(args.evidence, args.after, args.limit).map((row) => {
      const session = SessionRow.parse(row);
      return { ...session, name: `s${session.number}` };
    });
});

/** How many requests, sessions and overlapping requests are stored for a piece of evidence. */
export const analysisCounts = defineRead("evidence.analysis_counts", (db: Db) => {
  const requests = db.prepare("SELECT COUNT(*) AS n, COUNT(overlaps) AS overlapping FROM requests WHERE evidence = ?");
  const sessions = db.prepare("SELECT COUNT(*) FROM sessions WHERE evidence = ?").pluck();
  return (evidence: number): { requests: number; sessions: number; overlapping: number } => {
    const row = z.object({ n: z.number(), overlapping: z.number() }).parse(requests.get(evidence));
    return { requests: row.n, sessions: Number(sessions.get(evidence)), overlapping: row.overlapping };
  };
});

export const analysisReads = [requestsOfSession, requestByIndex, sessionsOfEvidence, analysisCounts];
export const analysisWrites = [beginAnalysis, clearAnalysis, endAnalysis, storeRequests];
