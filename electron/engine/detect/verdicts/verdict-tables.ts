import type { EvidenceKind } from "../../../../shared/evidence.ts";
import type { PayloadClass } from "../../../../shared/payload.ts";
import type { AttackOutcome, VerdictKind } from "../../../../shared/verdict.ts";
import { fileNameOf } from "../../evidence/erased-tables.ts";
import { type Db, defineRead, defineWrite, type StoreModule } from "../../store/store.ts";
import { countFlagWays, flagMigration } from "./flag-ways.ts";
import { flaggedPayloads, prepareFlaggedPayloads } from "./flagged-payloads.ts";
import { likenessOf, severityOf, severityRank } from "./likeness.ts";
import { forgetPastVerdicts, pastVerdicts, pastVerdictsOf, prepareKeeping, successorOf } from "./past-verdicts.ts";
import { sessionLots } from "./session-lot.ts";
import { countsMigration, countVerdicts } from "./verdict-counts.ts";
import { conditions, type VerdictQuery } from "./verdict-query.ts";
import type {
  ClientOrigin,
  FindingRecord,
  LottedVerdict,
  VerdictExtent,
  VerdictInputs,
  VerdictRecord,
} from "./verdict-record.ts";
import { evidenceNaming } from "./verdict-search.ts";

const migrations = [
  {
    id: 200,
    sql: `
      CREATE TABLE verdicts (
        n INTEGER PRIMARY KEY AUTOINCREMENT,
        id TEXT NOT NULL UNIQUE,
        evidence_id TEXT NOT NULL,
        evidence_kind TEXT NOT NULL,
        session TEXT NOT NULL,
        verdict TEXT NOT NULL,
        score REAL NOT NULL,
        payload_score REAL NOT NULL,
        behavioral_score REAL NOT NULL,
        class TEXT NOT NULL,
        family TEXT,
        outcome TEXT NOT NULL,
        client TEXT,
        host TEXT,
        request_line TEXT NOT NULL,
        payload TEXT,
        payload_place TEXT,
        requests INTEGER NOT NULL,
        started_at INTEGER,
        ended_at INTEGER,
        decided_at INTEGER NOT NULL,
        features BLOB NOT NULL,
        inputs TEXT NOT NULL
      ) STRICT;
      CREATE INDEX verdicts_evidence ON verdicts (evidence_id, n);
      CREATE INDEX verdicts_verdict ON verdicts (verdict, n);
      CREATE INDEX verdicts_class ON verdicts (class, n);
      CREATE INDEX verdicts_score ON verdicts (score, n);
      CREATE INDEX verdicts_started ON verdicts (started_at, n);
      -- Everything the counters and the timeline read, so that they never touch the rows themselves.
      CREATE INDEX verdicts_counts ON verdicts (evidence_id, verdict, class, started_at, score);
      CREATE TABLE findings (
        verdict_id TEXT NOT NULL REFERENCES verdicts (id) ON DELETE CASCADE,
        n INTEGER NOT NULL,
        request INTEGER NOT NULL,
        finding TEXT NOT NULL,
        PRIMARY KEY (verdict_id, n)
      ) STRICT, WITHOUT ROWID;
      CREATE TABLE worst_predictions (
        evidence_id TEXT NOT NULL,
        request INTEGER NOT NULL,
        class TEXT NOT NULL,
        confidence REAL NOT NULL,
        PRIMARY KEY (evidence_id, request)
      ) STRICT, WITHOUT ROWID;
    `,
  },
  countsMigration,
  // JSON, null where nothing is known.
  { id: 202, sql: "ALTER TABLE verdicts ADD COLUMN origin TEXT" },
  {
    id: 203,
    // Null for a session that was not flagged. `severity` is the place in the list of severities.
    sql: `
      ALTER TABLE verdicts ADD COLUMN severity INTEGER;
      ALTER TABLE verdicts ADD COLUMN alert_id TEXT;
      ALTER TABLE verdicts ADD COLUMN payload_key TEXT;
      ALTER TABLE verdicts ADD COLUMN explanation_key TEXT;
      CREATE INDEX verdicts_alert ON verdicts (alert_id, severity, score) WHERE alert_id IS NOT NULL;`,
  },
  { id: 321, sql: flaggedPayloads },
  { id: 323, sql: pastVerdicts },
  {
    id: 324,
    // A session's findings in one row, in the order of the verdicts: by the verdict's id each would lie on a page of its own.
    sql: `
      CREATE TABLE verdict_findings (
        verdict INTEGER PRIMARY KEY REFERENCES verdicts (n) ON DELETE CASCADE,
        findings TEXT NOT NULL
      ) STRICT;
      INSERT INTO verdict_findings
        SELECT v.n, json_group_array(json(f.finding) ORDER BY f.n) FROM findings f JOIN verdicts v ON v.id = f.verdict_id GROUP BY v.n;
      DROP TABLE findings;`,
  },
  { id: 325, sql: sessionLots },
  flagMigration,
  // Null: this engine. What learns from sessions, or draws among them, leaves the others' out: here are only those that were flagged.
  { id: 681, sql: "ALTER TABLE verdicts ADD COLUMN judged_by TEXT" },
  // JSON, null where it was not counted.
  { id: 710, sql: "ALTER TABLE verdicts ADD COLUMN extent TEXT" },
];

/** What a list shows of a stored verdict, with its place in the list and the name of its file. */
export interface ListedVerdict extends Omit<VerdictRecord, "findings" | "worst" | "features" | "inputs" | "origin"> {
  readonly n: number;
  readonly fileName: string;
  /** Engine of the fleet that judged it; null: this one. */
  readonly judgedBy: string | null;
}

/** A stored verdict without its findings. */
export interface VerdictRow extends ListedVerdict, Pick<VerdictRecord, "features" | "inputs" | "origin"> {}

interface RawListed {
  n: number;
  id: string;
  evidence_id: string;
  evidence_kind: string;
  session: string;
  verdict: string;
  score: number;
  payload_score: number;
  behavioral_score: number;
  class: string;
  family: string | null;
  outcome: string;
  client: string | null;
  host: string | null;
  request_line: string;
  payload: string | null;
  payload_place: string | null;
  requests: number;
  started_at: number | null;
  ended_at: number | null;
  decided_at: number;
  judged_by: string | null;
  extent: string | null;
  file_name: string;
}

interface RawVerdict extends RawListed {
  features: Uint8Array;
  inputs: string;
  origin: string | null;
}

/** Columns of a list: the vector and the inputs of a verdict are more bytes than all the rest of it. */
const listed = `v.n, v.id, v.evidence_id, v.evidence_kind, v.session, v.verdict, v.score, v.payload_score, v.behavioral_score,
  v.class, v.family, v.outcome, v.client, v.host, v.request_line, v.payload, v.payload_place, v.requests, v.started_at,
  v.ended_at, v.decided_at, v.judged_by, v.extent, ${fileNameOf("e")} AS file_name`;

function toListed(raw: RawListed): ListedVerdict {
  return {
    n: raw.n,
    fileName: raw.file_name,
    id: raw.id,
    evidenceId: raw.evidence_id,
    evidenceKind: raw.evidence_kind as EvidenceKind,
    session: raw.session,
    verdict: raw.verdict as VerdictKind,
    score: raw.score,
    payloadScore: raw.payload_score,
    behavioralScore: raw.behavioral_score,
    class: raw.class as PayloadClass,
    family: raw.family,
    outcome: raw.outcome as AttackOutcome,
    client: raw.client,
    host: raw.host,
    requestLine: raw.request_line,
    payload: raw.payload,
    payloadPlace: raw.payload_place,
    requests: raw.requests,
    startedAt: raw.started_at,
    endedAt: raw.ended_at,
    decidedAt: raw.decided_at,
    judgedBy: raw.judged_by,
    extent: raw.extent === null ? null : (JSON.parse(raw.extent) as VerdictExtent),
  };
}

function toVerdictRow(raw: RawVerdict): VerdictRow {
  // The copy aligns the bytes: SQLite hands out buffers at any offset.
  const features = new Float64Array(raw.features.slice().buffer);
  const origin = raw.origin === null ? null : (JSON.parse(raw.origin) as ClientOrigin);
  return { ...toListed(raw), features, inputs: JSON.parse(raw.inputs) as VerdictInputs, origin };
}

/** A page of verdicts, newest first; `below` is the last `n` of the page before. */
export const listVerdictRows = defineRead(
  "verdicts.list",
  (db) =>
    (args: { query: VerdictQuery; below: number | null; limit: number }): ListedVerdict[] => {
      const { sql, args: values } = conditions(args.query);
      const rows = db
        .prepare<unknown[], RawListed>(
          `SELECT ${listed} FROM verdicts v JOIN evidence e ON e.id = v.evidence_id
           WHERE ${sql} ${args.below === null ? "" : "AND v.n < ?"} ORDER BY v.n DESC LIMIT ?`,
        )
        .all(...values, ...(args.below === null ? [] : [args.below]), args.limit);
      return rows.map(toListed);
    },
);

export const findVerdict = defineRead("verdicts.find", (db) => {
  const statement = db.prepare<[string], RawVerdict>(
    `SELECT v.*, ${fileNameOf("e")} AS file_name FROM verdicts v JOIN evidence e ON e.id = v.evidence_id WHERE v.id = ?`,
  );
  return (id: string): VerdictRow | null => {
    const raw = statement.get(id);
    return raw === undefined ? null : toVerdictRow(raw);
  };
});

export const verdictsOfEvidence = defineRead("verdicts.of-evidence", (db) => {
  const statement = db.prepare<[string], RawVerdict>(
    `SELECT v.*, ${fileNameOf("e")} AS file_name FROM verdicts v JOIN evidence e ON e.id = v.evidence_id
     WHERE v.evidence_id = ? ORDER BY v.n`,
  );
  return (evidenceId: string): VerdictRow[] => statement.all(evidenceId).map(toVerdictRow);
});

/** Sessions in view of one alert, worst first. */
export const verdictsOfAlert = defineRead("verdicts.of-alert", (db) => {
  const statement = db.prepare<[string, number], RawListed>(
    `SELECT ${listed} FROM verdicts v JOIN evidence e ON e.id = v.evidence_id AND e.withdrawn = 0
     WHERE v.alert_id = ? ORDER BY v.severity DESC, v.score DESC, v.n LIMIT ?`,
  );
  return (args: { alertId: string; limit: number }): ListedVerdict[] =>
    statement.all(args.alertId, args.limit).map(toListed);
});

/** Reads what was found in the session of a verdict, by the verdict's id, worst first. */
export function prepareFindings(db: Db): (verdictId: string) => FindingRecord[] {
  const statement = db
    .prepare<[string], string>(
      "SELECT f.findings FROM verdicts v JOIN verdict_findings f ON f.verdict = v.n WHERE v.id = ?",
    )
    .pluck();
  return (verdictId) => JSON.parse(statement.get(verdictId) ?? "[]") as FindingRecord[];
}

export const findingsOfVerdict = defineRead("verdicts.findings", prepareFindings);

export const worstOfRequests = defineRead("verdicts.worst", (db) => {
  const statement = db.prepare<[string, number], { class: string; confidence: number }>(
    "SELECT class, confidence FROM worst_predictions WHERE evidence_id = ? AND request = ?",
  );
  return (args: { evidenceId: string; requests: readonly number[] }) =>
    args.requests.map((request) => {
      const row = statement.get(args.evidenceId, request);
      return row === undefined ? null : { class: row.class as PayloadClass, confidence: row.confidence };
    });
});

/** Stores a batch of verdicts; one already stored under the same id is left as it is. @returns how many are new */
export const storeVerdicts = defineWrite("verdicts.store", (db) => {
  const insert = db.prepare(
    `INSERT INTO verdicts (id, evidence_id, evidence_kind, session, verdict, score, payload_score, behavioral_score, class, family,
       outcome, client, host, request_line, payload, payload_place, requests, started_at, ended_at, decided_at, features, inputs, origin,
       severity, alert_id, payload_key, explanation_key, lot, withheld, judged_by, extent)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING`,
  );
  const insertFindings = db.prepare("INSERT INTO verdict_findings (verdict, findings) VALUES (?, ?)");
  const insertWorst = db.prepare("INSERT OR REPLACE INTO worst_predictions VALUES (?, ?, ?, ?)");
  const flagged = prepareFlaggedPayloads(db);
  return (records: readonly LottedVerdict[]): number => {
    let added = 0;
    for (const v of records) {
      const likeness = likenessOf(v);
      const { changes, lastInsertRowid } = insert.run(
        v.id,
        v.evidenceId,
        v.evidenceKind,
        v.session,
        v.verdict,
        v.score,
        v.payloadScore,
        v.behavioralScore,
        v.class,
        v.family,
        v.outcome,
        v.client,
        v.host,
        v.requestLine,
        v.payload,
        v.payloadPlace,
        v.requests,
        v.startedAt === null ? null : Math.round(v.startedAt),
        v.endedAt === null ? null : Math.round(v.endedAt),
        v.decidedAt,
        Buffer.from(v.features.buffer, v.features.byteOffset, v.features.byteLength),
        JSON.stringify(v.inputs),
        v.origin === null ? null : JSON.stringify(v.origin),
        likeness === null ? null : severityRank(severityOf(v)),
        likeness?.alert ?? null,
        likeness?.payload ?? null,
        likeness?.explanation ?? null,
        v.lot,
        v.inputs.withheld?.join() ?? null,
        v.judgedBy ?? null,
        v.extent === null ? null : JSON.stringify(v.extent),
      );
      if (changes === 0) continue;
      added++;
      insertFindings.run(lastInsertRowid, JSON.stringify(v.findings));
      for (const finding of v.findings) flagged.add(v, finding);
      for (const worst of v.worst) insertWorst.run(v.evidenceId, worst.request, worst.class, worst.confidence);
    }
    return added;
  };
});

/**
 * Stores a batch of verdicts in the place of what was decided about the same sessions before, whoever decided it: while evidence is judged
 * again, its sessions and their alerts stay in view.
 */
export const replaceVerdicts = defineWrite("verdicts.replace", (db) => {
  const others = "SELECT id FROM verdicts WHERE evidence_id = ? AND session = ? AND id != ?";
  const [anySame, anyOthers] = [db.prepare("SELECT 1 FROM verdicts WHERE id = ?"), db.prepare(others)];
  const rename = db.prepare("UPDATE verdicts SET id = ? WHERE id = ?");
  const renameFlagged = db.prepare("UPDATE flagged_payloads SET verdict_id = ? WHERE verdict_id = ?");
  const removeOthers = prepareRemoving(db, others);
  const forget = db.prepare("DELETE FROM past_verdicts WHERE id = ?");
  const store = storeVerdicts.prepare(db);
  const former = (id: string) => `${id} before`;
  return (records: readonly LottedVerdict[]): number => {
    const again = records.filter(({ id }) => anySame.get(id) !== undefined);
    for (const { id } of again) {
      rename.run(former(id), id);
      renameFlagged.run(former(id), id);
    }
    const added = store(records);
    // Last: an alert that loses its only session first would lose its place in the queue.
    for (const { id, evidenceId, session } of records) {
      if (anyOthers.get(evidenceId, session, id) !== undefined) removeOthers(evidenceId, session, id);
    }
    // The same decision by the same deciders is no earlier one.
    for (const { id } of again) forget.run(former(id));
    return added;
  };
});

/** Removes some verdicts with their findings, and keeps what was decided; their ids are selected by `some`. */
export function prepareRemoving(db: Db, some: string): (...args: readonly (string | number)[]) => number {
  const ids = db.prepare<unknown[], string>(some).pluck();
  const flagged = prepareFlaggedPayloads(db);
  const keep = prepareKeeping(db, some);
  const verdicts = db.prepare(`DELETE FROM verdicts WHERE id IN (${some})`);
  return (...args) => {
    keep(...args);
    flagged.removeOf(ids.all(...args));
    return verdicts.run(...args).changes;
  };
}

/** Number of the newest verdict, 0 where there is none; later ones have higher numbers. */
export const newestVerdict = defineRead("verdicts.newest", (db) => {
  const newest = db.prepare<[], number>("SELECT coalesce(max(n), 0) FROM verdicts").pluck();
  return (_: null): number => newest.get()!;
});

interface SomeOfEvidence {
  readonly evidenceId: string;
  readonly limit: number;
}

/** Removes up to `limit` verdicts of a piece of evidence with their findings, `upTo` a number where one is named. @returns true once nothing is left */
export const deleteVerdictsOf = defineWrite("verdicts.delete-of-evidence", (db) => {
  const remove = prepareRemoving(db, "SELECT id FROM verdicts WHERE evidence_id = ? AND n <= ? ORDER BY n LIMIT ?");
  return ({ evidenceId, upTo = Number.MAX_SAFE_INTEGER, limit }: SomeOfEvidence & { upTo?: number }): boolean =>
    remove(evidenceId, upTo, limit) === 0;
});

/** Removes up to `limit` of what was said of single requests of a piece of evidence. @returns true once nothing is left */
export const deleteWorstOf = defineWrite("verdicts.delete-worst-of-evidence", (db) => {
  const remove = db.prepare(
    `DELETE FROM worst_predictions WHERE evidence_id = ? AND request IN
       (SELECT request FROM worst_predictions WHERE evidence_id = ? LIMIT ?)`,
  );
  return ({ evidenceId, limit }: SomeOfEvidence): boolean => remove.run(evidenceId, evidenceId, limit).changes === 0;
});

export const verdictTables: StoreModule = {
  name: "verdicts",
  migrations,
  reads: [
    listVerdictRows,
    findVerdict,
    verdictsOfEvidence,
    verdictsOfAlert,
    findingsOfVerdict,
    worstOfRequests,
    countVerdicts,
    countFlagWays,
    evidenceNaming,
    pastVerdictsOf,
    successorOf,
    newestVerdict,
  ],
  writes: [storeVerdicts, replaceVerdicts, deleteVerdictsOf, deleteWorstOf, forgetPastVerdicts],
  projections: [],
};
