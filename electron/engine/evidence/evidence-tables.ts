import { z } from "zod";
import { CustodyManifest, Evidence, EvidenceKind, EvidenceProblem, PassedOver } from "../../../shared/evidence.ts";
import { passedOverWords } from "../../../shared/passed-over-words.ts";
import { Sha256 } from "../../../shared/units.ts";
import { type Db, defineRead, type Projection, type StoreModule } from "../store/store.ts";
import { analysisReads, analysisTables, analysisWrites, overlapTables, queryColumn } from "./analysis-tables.ts";
import { arrivalTable, broughtAgain, custodyRemarks, EvidenceBroughtAgain } from "./arrivals.ts";
import { readingChecks } from "./custody.ts";
import {
  erasedTables,
  erasureOf,
  erasuresToDo,
  fileNameOf,
  forgetAnalysis,
  nameEvidence,
  unnamedEvidence,
} from "./erased-tables.ts";
import { followedEvidence, followedTables, isContentHere } from "./followed-evidence.ts";
import { searchIndexes } from "./request-text.ts";

/** Payloads of the events that evidence goes through. */
export const EvidenceAdded = z.object({
  kind: EvidenceKind,
  gzip: z.boolean(),
  sha256: Sha256,
  custody: CustodyManifest,
  /** What a package says of itself, sealed; absent: nothing. */
  metadata: z.string().optional(),
});
export type EvidenceAdded = z.infer<typeof EvidenceAdded>;

export const EvidenceAnalysed = z.object({
  extractor_version: z.string(),
  requests: z.number().int().min(0),
  sessions: z.number().int().min(0),
  overlapping: z.number().int().min(0),
  /** How many sessions got which verdict, and SHA-256 over all of them: the verdict rows themselves are not in the log. */
  verdicts: z.object({
    simulate: z.number().int().min(0),
    tag: z.number().int().min(0),
    benign: z.number().int().min(0),
    digest: Sha256,
  }),
  problems: z.array(EvidenceProblem).max(200),
  problem_count: z.number().int().min(0),
  clock_offset_ms: z.number().nullable(),
  recorded_by: z.string().nullable(),
  /** Absent: none, or it is an event of before they were counted. */
  passed_over: PassedOver.optional(),
});
export type EvidenceAnalysed = z.infer<typeof EvidenceAnalysed>;

/** Evidence that an engine of the fleet judged: its content is not here. */
export const EvidenceFollowed = EvidenceAdded.omit({ gzip: true, metadata: true });
export type EvidenceFollowed = z.infer<typeof EvidenceFollowed>;

const EvidenceFailed = z.object({ problem: EvidenceProblem });

export const evidenceEntity = "evidence";
const evidenceKindsOfEvent = [
  "evidence.added",
  "evidence.followed",
  // The content of what was followed came, too.
  "evidence.received",
  "evidence.analysed",
  "evidence.failed",
  "evidence.withdrawn",
  "evidence.restored",
  "evidence.pinned",
  "evidence.unpinned",
  "evidence.erased",
  broughtAgain,
] as const;

/** Why evidence was erased for good. */
export const EvidenceErased = z.object({ because: z.enum(["asked", "retention", "person", "restore"]) });
export type EvidenceErased = z.infer<typeof EvidenceErased>;

const migration = `
  CREATE TABLE evidence (
    -- Sequence number of the event that added it: stable through a rebuild, and short as a key of the derived tables.
    seq INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    gzip INTEGER NOT NULL,
    sha256 TEXT NOT NULL,
    file_name TEXT NOT NULL,
    size_bytes INTEGER NOT NULL,
    added_at TEXT NOT NULL,
    custody TEXT NOT NULL,
    outcome TEXT NOT NULL DEFAULT 'stored' CHECK (outcome IN ('stored', 'analysed', 'failed')),
    withdrawn INTEGER NOT NULL DEFAULT 0,
    requests INTEGER NOT NULL DEFAULT 0,
    sessions INTEGER NOT NULL DEFAULT 0,
    overlapping INTEGER NOT NULL DEFAULT 0,
    problems TEXT NOT NULL DEFAULT '[]',
    problem_count INTEGER NOT NULL DEFAULT 0,
    extractor_version TEXT
  ) STRICT;`;

const projection: Projection = {
  name: "evidence",
  tables: ["evidence", "evidence_arrivals"],
  kinds: evidenceKindsOfEvent,
  prepare(db) {
    const add = db.prepare(
      `INSERT INTO evidence (seq, id, kind, gzip, sha256, file_name, size_bytes, added_at, custody, metadata)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    );
    const follow = db.prepare(
      `INSERT INTO evidence (seq, id, kind, gzip, sha256, file_name, size_bytes, added_at, custody, at_fleet)
       VALUES (?, ?, ?, 0, ?, ?, ?, ?, ?, 1)`,
    );
    const receive = db.prepare(
      `UPDATE evidence SET kind = ?, gzip = ?, file_name = ?, size_bytes = ?, custody = ?, metadata = ?, at_fleet = 0, outcome = 'stored'
       WHERE id = ?`,
    );
    const analysed = db.prepare(
      `UPDATE evidence SET outcome = 'analysed', requests = ?, sessions = ?, overlapping = ?, problems = ?,
         problem_count = ?, extractor_version = ?,
         custody = json_patch(json_remove(
           json_set(custody, '$.clock_offset_ms', ?, '$.recorded_by', ?), '$.passed_over'), ?) WHERE id = ?`,
    );
    const failed = db.prepare(
      `UPDATE evidence SET outcome = 'failed', requests = 0, sessions = 0, overlapping = 0, problems = ?, problem_count = 1,
         extractor_version = NULL WHERE id = ?`,
    );
    const withdraw = db.prepare("UPDATE evidence SET withdrawn = ? WHERE id = ?");
    const pin = db.prepare("UPDATE evidence SET pinned = ? WHERE id = ?");
    // The row stays, so that the same content is known as erased when it is brought again.
    const erase = db.prepare(
      `UPDATE evidence SET withdrawn = 1, pinned = 0, erased_at = ?, file_name = '', custody = '{}', metadata = NULL, problems = '[]', problem_count = 0,
         requests = 0, sessions = 0, overlapping = 0, extractor_version = NULL WHERE id = ?`,
    );
    const arrive = db.prepare("INSERT INTO evidence_arrivals VALUES (?, ?, ?, ?, ?, ?)");
    const forgetArrivals = db.prepare("DELETE FROM evidence_arrivals WHERE evidence = ?");
    const unname = db.prepare("DELETE FROM evidence_names WHERE evidence = ?");
    return (event) => {
      const id = event.entity_id;
      if (event.kind === "evidence.added") {
        const { kind, gzip, sha256, custody, metadata = null } = EvidenceAdded.parse(event.payload);
        const { file_name, size_bytes, brought_at } = custody;
        const named = [file_name, size_bytes, brought_at, JSON.stringify(custody), metadata];
        add.run(event.seq, id, kind, gzip ? 1 : 0, sha256, ...named);
      } else if (event.kind === "evidence.followed") {
        const { kind, sha256, custody } = EvidenceFollowed.parse(event.payload);
        const { file_name, size_bytes, brought_at } = custody;
        follow.run(event.seq, id, kind, sha256, file_name, size_bytes, brought_at, JSON.stringify(custody));
      } else if (event.kind === "evidence.received") {
        const { kind, gzip, custody, metadata = null } = EvidenceAdded.parse(event.payload);
        receive.run(kind, gzip ? 1 : 0, custody.file_name, custody.size_bytes, JSON.stringify(custody), metadata, id);
      } else if (event.kind === broughtAgain) {
        const { evidence_id, brought_by, channel, file_name } = EvidenceBroughtAgain.parse(event.payload);
        arrive.run(event.seq, evidence_id, brought_by, event.at, channel, file_name);
      } else if (event.kind === "evidence.analysed") {
        const p = EvidenceAnalysed.parse(event.payload);
        const counts = [p.requests, p.sessions, p.overlapping, JSON.stringify(p.problems), p.problem_count];
        const passedOver = JSON.stringify({ passed_over: p.passed_over });
        analysed.run(...counts, p.extractor_version, p.clock_offset_ms, p.recorded_by, passedOver, id);
      } else if (event.kind === "evidence.failed") {
        failed.run(JSON.stringify([EvidenceFailed.parse(event.payload).problem]), id);
      } else if (event.kind === "evidence.pinned" || event.kind === "evidence.unpinned") {
        pin.run(event.kind === "evidence.pinned" ? 1 : 0, id);
      } else if (event.kind === "evidence.erased") {
        erase.run(event.at, id);
        unname.run(id);
        forgetArrivals.run(id);
      } else {
        withdraw.run(event.kind === "evidence.withdrawn" ? 1 : 0, id);
      }
    };
  },
};

/** One piece of evidence with what only the engine needs. */
export interface StoredEvidence {
  readonly evidence: Evidence;
  readonly seq: number;
  readonly sha256: string;
  readonly gzip: boolean;
  /** Whether only its verdicts are here, told by the fleet. */
  readonly atFleet: boolean;
  /** Version of the extractor whose results are stored; null before. */
  readonly extractorVersion: string | null;
}

const Row = z.object({
  seq: z.number().int(),
  id: z.string(),
  kind: EvidenceKind,
  gzip: z.number(),
  sha256: Sha256,
  file_name: z.string(),
  size_bytes: z.number(),
  added_at: z.string(),
  custody: z.string(),
  recorded_by: z.string().nullable(),
  pinned: z.number(),
  at_fleet: z.number(),
  outcome: z.enum(["stored", "analysed", "failed"]),
  status: z.string(),
  requests: z.number(),
  sessions: z.number(),
  overlapping: z.number(),
  problems: z.string(),
  problem_count: z.number(),
  extractor_version: z.string().nullable(),
  version: z.number().int(),
});

const select = `
  SELECT e.seq, e.id, e.kind, e.gzip, e.sha256, ${fileNameOf("e")} AS file_name, e.size_bytes, e.added_at, e.custody, e.outcome,
    coalesce(f.requests, e.requests) AS requests, coalesce(f.sessions, e.sessions) AS sessions, e.pinned, e.at_fleet,
    COALESCE((SELECT n.recorded_by FROM evidence_names n WHERE n.evidence = e.id), json_extract(e.custody, '$.recorded_by'))
      AS recorded_by,
    COALESCE((SELECT a.overlapping FROM analyses a WHERE a.evidence = e.seq AND a.state = 'done'), e.overlapping) AS overlapping,
    e.problems, e.problem_count, e.extractor_version,
    COALESCE((SELECT version FROM entity_versions v WHERE v.entity_type = 'evidence' AND v.entity_id = e.id), 0) AS version,
    CASE WHEN e.withdrawn = 1 THEN 'withdrawn'
      WHEN e.at_fleet = 1 THEN 'at_fleet'
      WHEN EXISTS (SELECT 1 FROM analyses a WHERE a.evidence = e.seq AND a.state = 'running') THEN 'analysing'
      ELSE e.outcome END AS status
  FROM evidence e LEFT JOIN followed_evidence f ON f.id = e.id AND e.at_fleet = 1`;

function parseRow(raw: unknown): StoredEvidence {
  const row = Row.parse(raw);
  const { seq, gzip, sha256, extractor_version, outcome, pinned, at_fleet, recorded_by, ...rest } = row;
  const problems = EvidenceProblem.array().parse(JSON.parse(row.problems));
  const brought = CustodyManifest.parse(JSON.parse(row.custody));
  const { requests, problem_count: problemCount } = row;
  const read = readingChecks({
    state: outcome,
    requests,
    problems,
    problemCount,
    clockOffsetMs: brought.clock_offset_ms,
    passedOver: passedOverWords(brought),
  });
  const custody = { ...brought, file_name: row.file_name, recorded_by, checks: [...brought.checks, ...read] };
  const evidence = Evidence.parse({ ...rest, pinned: pinned === 1, custody, problems });
  return { evidence, seq, sha256, gzip: gzip === 1, atFleet: at_fleet === 1, extractorVersion: extractor_version };
}

/** One piece of evidence, or null. */
export const evidenceById = defineRead("evidence.by_id", (db: Db) => {
  const byId = db.prepare(`${select} WHERE e.id = ? AND e.erased_at IS NULL`);
  return (id: string): StoredEvidence | null => {
    const row = byId.get(id);
    return row === undefined ? null : parseRow(row);
  };
});

/** Newest first; `before` is the cursor of the page before. */
export const evidencePage = defineRead("evidence.page", (db: Db) => {
  const page = db.prepare(`${select} WHERE e.seq < ? AND e.erased_at IS NULL ORDER BY e.seq DESC LIMIT ?`);
  return (args: { limit: number; before: number | null }): { items: Evidence[]; next: string | null } => {
    const rows = page.all(args.before ?? Number.MAX_SAFE_INTEGER, args.limit + 1).map(parseRow);
    const items = rows.slice(0, args.limit);
    return {
      items: items.map((row) => row.evidence),
      next: rows.length > args.limit ? String(items.at(-1)!.seq) : null,
    };
  };
});

/** Evidence that was stored but neither analysed by this extractor nor given up: what a restart has to take up again. */
export const evidenceToAnalyse = defineRead("evidence.to_analyse", (db: Db) => {
  const pending = db.prepare(
    `${select} WHERE e.withdrawn = 0 AND e.at_fleet = 0 AND e.outcome != 'failed' AND e.extractor_version IS NOT ? ORDER BY e.seq LIMIT ?`,
  );
  return (args: { extractorVersion: string; limit: number }): StoredEvidence[] =>
    pending.all(args.extractorVersion, args.limit).map(parseRow);
});

/** Evidence in view that nothing has become of yet, neither an analysis nor a failure, after a place in the log. */
export const evidenceWithoutOutcome = defineRead("evidence.without_outcome", (db: Db) => {
  const waiting = db.prepare(
    `${select} WHERE e.withdrawn = 0 AND e.at_fleet = 0 AND e.outcome = 'stored' AND e.seq > ? ORDER BY e.seq LIMIT ?`,
  );
  return (args: { after: number; limit: number }): StoredEvidence[] =>
    waiting.all(args.after, args.limit).map(parseRow);
});

/** All evidence in view that was analysed, newest first. */
export const evidenceInView = defineRead("evidence.in_view", (db: Db) => {
  const all = db.prepare(`${select} WHERE e.withdrawn = 0 AND e.outcome = 'analysed' ORDER BY e.seq DESC`);
  return (_args: null): StoredEvidence[] => all.all().map(parseRow);
});

/** Whether evidence that is not erased has this content. */
export const evidenceWithContent = defineRead("evidence.with_content", (db: Db) => {
  const any = db.prepare("SELECT 1 FROM evidence WHERE sha256 = ? AND erased_at IS NULL AND at_fleet = 0 LIMIT 1");
  return (sha256: string): boolean => any.get(sha256) !== undefined;
});

/** What is stored of the evidence that an event up to a place in the log added. */
export const evidenceContents = defineRead("evidence.contents", (db: Db) => {
  const select = db.prepare(
    "SELECT sha256, size_bytes AS bytes FROM evidence WHERE seq <= ? AND erased_at IS NULL AND at_fleet = 0 ORDER BY seq",
  );
  return (upTo: number): { sha256: string; bytes: number }[] =>
    z.array(z.object({ sha256: Sha256, bytes: z.number() })).parse(select.all(upTo));
});

/** Evidence, and what was derived from it. */
export const evidenceModule: StoreModule = {
  name: "evidence",
  migrations: [
    { id: 100, sql: migration },
    { id: 101, sql: analysisTables },
    { id: 103, sql: overlapTables },
    { id: 104, sql: queryColumn },
    { id: 320, sql: searchIndexes },
    { id: 331, sql: erasedTables },
    { id: 680, sql: followedTables },
    { id: 711, sql: arrivalTable },
  ],
  reads: [
    evidenceById,
    custodyRemarks,
    evidencePage,
    evidenceToAnalyse,
    evidenceWithoutOutcome,
    evidenceInView,
    evidenceContents,
    evidenceWithContent,
    unnamedEvidence,
    erasureOf,
    erasuresToDo,
    followedEvidence,
    isContentHere,
    ...analysisReads,
  ],
  writes: [...analysisWrites, nameEvidence, forgetAnalysis],
  projections: [projection],
};
