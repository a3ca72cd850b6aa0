import type {
  BacktestQuestion,
  BacktestSummary,
  HitKind,
  RequestKind,
  RuleFlips,
} from "../../../../shared/backtest.ts";
import { hitKinds } from "../../../../shared/backtest.ts";
import type { Place } from "../../../../shared/payload.ts";
import { type Db, defineRead, defineWrite, type StoreModule } from "../../store/store.ts";
import { confirmedValues, knownAttacks, requestStates, requestTotals } from "./backtest-evidence.ts";

/** Back-tests that are kept of one rule. */
const keptOfRule = 20;
/** Requests that are listed of one piece of evidence, and of either side of a comparison; counts go on beyond. */
export const mostHits = 5000;

/** A back-test as far as it has come. */
export interface BacktestRow {
  readonly id: string;
  readonly ruleId: string;
  readonly version: number;
  readonly definitionHash: string;
  readonly question: BacktestQuestion;
  readonly actor: string;
  readonly beganAt: string;
  readonly endedAt: string | null;
  readonly summary: BacktestSummary;
}

interface RawBacktest {
  id: string;
  rule_id: string;
  version: number;
  definition_hash: string;
  question: string;
  actor: string;
  began_at: string;
  ended_at: string | null;
  summary: string;
}

const toBacktest = (raw: RawBacktest): BacktestRow => ({
  id: raw.id,
  ruleId: raw.rule_id,
  version: raw.version,
  definitionHash: raw.definition_hash,
  question: JSON.parse(raw.question) as BacktestQuestion,
  actor: raw.actor,
  beganAt: raw.began_at,
  endedAt: raw.ended_at,
  summary: withAllKinds(JSON.parse(raw.summary) as BacktestSummary),
});

/** One that was stored before there was a kind has none of it, and none was compared before versions could be. */
function withAllKinds(summary: BacktestSummary): BacktestSummary {
  const none = Object.fromEntries(hitKinds.map((kind) => [kind, { hits: 0, groups: 0 }]));
  return { ...summary, kinds: { ...none, ...summary.kinds }, flips: summary.flips ?? null };
}

export const saveBacktest = defineWrite("backtests.save", (db: Db) => {
  const save = db.prepare(
    `INSERT INTO backtests (id, rule_id, version, definition_hash, question, actor, began_at, ended_at, summary)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (id) DO UPDATE SET ended_at = excluded.ended_at, summary = excluded.summary`,
  );
  const prune = db.prepare(
    `DELETE FROM backtests WHERE rule_id = @rule AND id != @id
       AND id NOT IN (SELECT id FROM backtests WHERE rule_id = @rule ORDER BY id DESC LIMIT ${keptOfRule})`,
  );
  return (row: BacktestRow): null => {
    const { id, ruleId, version, definitionHash, question, actor, beganAt, endedAt, summary } = row;
    const texts = [JSON.stringify(question), actor, beganAt, endedAt, JSON.stringify(summary)];
    save.run(id, ruleId, version, definitionHash, ...texts);
    prune.run({ rule: ruleId, id });
    return null;
  };
});

export const backtestById = defineRead("backtests.by_id", (db: Db) => {
  const get = db.prepare<[string], RawBacktest>("SELECT * FROM backtests WHERE id = ?");
  return (id: string): BacktestRow | null => {
    const raw = get.get(id);
    return raw === undefined ? null : toBacktest(raw);
  };
});

/** Newest first. */
export const backtestsOfRule = defineRead("backtests.of_rule", (db: Db) => {
  const all = db.prepare<[string], RawBacktest>("SELECT * FROM backtests WHERE rule_id = ? ORDER BY id DESC");
  return (rule: string): BacktestRow[] => all.all(rule).map(toBacktest);
});

/** Hits that are near-duplicates, as one piece of evidence has them. */
export interface StoredGroup {
  readonly key: string;
  readonly kind: HitKind;
  readonly path: string;
  readonly place: Place;
  readonly name: string;
  readonly hits: number;
  /** Index of the first such request, and the value that stood there, masked. */
  readonly request: number;
  readonly text: string;
}

export interface StoredHit {
  readonly request: number;
  readonly kind: HitKind;
}

/** A request that only one of two versions of a rule hits. */
export interface StoredFlip {
  readonly request: number;
  readonly side: keyof RuleFlips["only"];
  readonly kind: RequestKind;
}

/** Stores what a back-test found in one piece of evidence, in the place of what a broken-off run left of it. */
export const storeFound = defineWrite("backtests.store", (db: Db) => {
  const drop = [
    db.prepare("DELETE FROM backtest_groups WHERE backtest = ? AND evidence = ?"),
    db.prepare("DELETE FROM backtest_hits WHERE backtest = ? AND evidence = ?"),
    db.prepare("DELETE FROM backtest_flips WHERE backtest = ? AND evidence = ?"),
  ];
  // The back-test may be gone meanwhile, with its rule's older ones, and the evidence, erased.
  const stands = db
    .prepare<[string, number], number>(
      "SELECT 1 FROM backtests b, evidence e WHERE b.id = ? AND e.seq = ? AND e.erased_at IS NULL",
    )
    .pluck();
  const group = db.prepare("INSERT INTO backtest_groups VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
  const hit = db.prepare("INSERT OR IGNORE INTO backtest_hits VALUES (?, ?, ?, ?)");
  const flip = db.prepare("INSERT OR IGNORE INTO backtest_flips VALUES (?, ?, ?, ?, ?)");
  return (found: {
    backtest: string;
    evidence: number;
    groups: readonly StoredGroup[];
    hits: readonly StoredHit[];
    flips: readonly StoredFlip[];
  }): null => {
    const { backtest, evidence } = found;
    for (const statement of drop) statement.run(backtest, evidence);
    if (stands.get(backtest, evidence) === undefined) return null;
    for (const { key, kind, path, place, name, hits, request, text } of found.groups) {
      group.run(backtest, evidence, kind, key, path, place, name, hits, request, text);
    }
    for (const { request, kind } of found.hits) hit.run(backtest, evidence, request, kind);
    for (const { request, side, kind } of found.flips) flip.run(backtest, side, evidence, request, kind);
    return null;
  };
});

/** What a back-test derived from a piece of evidence goes with it. */
export const forgetFoundOf = defineWrite("backtests.forget_evidence", (db: Db) => {
  const drop = [
    db.prepare("DELETE FROM backtest_groups WHERE evidence = ?"),
    db.prepare("DELETE FROM backtest_hits WHERE evidence = ?"),
    db.prepare("DELETE FROM backtest_flips WHERE evidence = ?"),
  ];
  return (evidence: number): null => {
    for (const statement of drop) statement.run(evidence);
    return null;
  };
});

/** How many groups of each kind there are over all evidence. */
export const countGroups = defineRead("backtests.count_groups", (db: Db) => {
  const count = db.prepare<[string], { kind: HitKind; n: number }>(
    "SELECT kind, count(DISTINCT key) AS n FROM backtest_groups WHERE backtest = ? GROUP BY kind",
  );
  return (backtest: string): Record<HitKind, number> => {
    const none = Object.fromEntries(hitKinds.map((kind) => [kind, 0])) as Record<HitKind, number>;
    return { ...none, ...Object.fromEntries(count.all(backtest).map(({ kind, n }) => [kind, n])) };
  };
});

export interface FoundGroup extends StoredGroup {
  readonly evidenceId: string;
  readonly verdictId: string | null;
}

const inView = "JOIN evidence e ON e.seq = g.evidence AND e.withdrawn = 0 AND e.erased_at IS NULL";
const verdictOf = (row: string) =>
  `LEFT JOIN requests r ON r.evidence = ${row}.evidence AND r.idx = ${row}.request
   LEFT JOIN verdicts v ON v.evidence_id = e.id AND v.session = 's' || r.session`;

/** Groups of one kind with their first example, the most frequent first. */
export const groupsOfKind = defineRead("backtests.groups", (db: Db) => {
  const select = db.prepare<[string, HitKind, number], FoundGroup>(
    `SELECT g.key, g.kind, g.path, g.place, g.name, g.total AS hits, g.request, g.text, e.id AS evidenceId, v.id AS verdictId
     FROM (SELECT *, sum(hits) OVER (PARTITION BY key) AS total, row_number() OVER (PARTITION BY key ORDER BY evidence) AS nth
       FROM backtest_groups WHERE backtest = ? AND kind = ?) g
     ${inView} ${verdictOf("g")} WHERE g.nth = 1 ORDER BY g.total DESC, g.key LIMIT ?`,
  );
  return ({ backtest, kind, limit }: { backtest: string; kind: HitKind; limit: number }): FoundGroup[] =>
    select.all(backtest, kind, limit);
});

export interface FoundHit {
  readonly n: number;
  readonly kind: HitKind;
  readonly evidenceId: string;
  readonly request: number;
  readonly at: number | null;
  readonly method: string;
  readonly path: string;
  readonly status: number | null;
  readonly verdictId: string | null;
}

/** Requests that the rule would have acted on, after the place of the last one. */
export const hitsOf = defineRead("backtests.hits", (db: Db) => {
  const select = db.prepare<[string, number, number], FoundHit>(
    `SELECT (g.evidence << 32 | g.request) AS n, g.kind, e.id AS evidenceId, g.request, r.started_at AS at, r.method, r.path, r.status,
       v.id AS verdictId
     FROM backtest_hits g ${inView} ${verdictOf("g")}
     WHERE g.backtest = ? AND (g.evidence << 32 | g.request) > ? AND r.idx IS NOT NULL
     ORDER BY g.evidence, g.request LIMIT ?`,
  );
  return ({ backtest, after, limit }: { backtest: string; after: number; limit: number }): FoundHit[] =>
    select.all(backtest, after, limit);
});

export type FoundFlip = Omit<FoundHit, "kind" | "status"> & { readonly kind: RequestKind };

/** Requests that only one of the two versions would have acted on, in the order of their evidence. */
export const flipsOf = defineRead("backtests.flips", (db: Db) => {
  const select = db.prepare<[string, string, number], FoundFlip>(
    `SELECT (g.evidence << 32 | g.request) AS n, g.kind, e.id AS evidenceId, g.request, r.started_at AS at, r.method, r.path, v.id AS verdictId
     FROM backtest_flips g ${inView} ${verdictOf("g")}
     WHERE g.backtest = ? AND g.side = ? AND r.idx IS NOT NULL ORDER BY g.evidence, g.request LIMIT ?`,
  );
  return ({ backtest, side, limit }: { backtest: string; side: StoredFlip["side"]; limit: number }): FoundFlip[] =>
    select.all(backtest, side, limit);
});

/** What rules came to on stored requests. Derived: can be asked again, and goes with the evidence that it is about. */
export const backtestModule: StoreModule = {
  name: "backtests",
  migrations: [
    {
      id: 512,
      sql: `
        CREATE TABLE backtests (
          id TEXT PRIMARY KEY,
          rule_id TEXT NOT NULL,
          version INTEGER NOT NULL,
          definition_hash TEXT NOT NULL,
          question TEXT NOT NULL,
          actor TEXT NOT NULL,
          began_at TEXT NOT NULL,
          ended_at TEXT,
          summary TEXT NOT NULL
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX backtests_by_rule ON backtests (rule_id, id);
        CREATE TABLE backtest_groups (
          backtest TEXT NOT NULL REFERENCES backtests (id) ON DELETE CASCADE,
          evidence INTEGER NOT NULL,
          kind TEXT NOT NULL,
          key TEXT NOT NULL,
          path TEXT NOT NULL,
          place TEXT NOT NULL,
          name TEXT NOT NULL,
          hits INTEGER NOT NULL,
          request INTEGER NOT NULL,
          -- Masked.
          text TEXT NOT NULL,
          PRIMARY KEY (backtest, kind, key, evidence)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX backtest_groups_by_evidence ON backtest_groups (evidence);
        CREATE TABLE backtest_hits (
          backtest TEXT NOT NULL REFERENCES backtests (id) ON DELETE CASCADE,
          evidence INTEGER NOT NULL,
          request INTEGER NOT NULL,
          kind TEXT NOT NULL,
          PRIMARY KEY (backtest, evidence, request, kind)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX backtest_hits_by_evidence ON backtest_hits (evidence);`,
    },
    {
      id: 730,
      sql: `
        CREATE TABLE backtest_flips (
          backtest TEXT NOT NULL REFERENCES backtests (id) ON DELETE CASCADE,
          side TEXT NOT NULL,
          evidence INTEGER NOT NULL,
          request INTEGER NOT NULL,
          kind TEXT NOT NULL,
          PRIMARY KEY (backtest, side, evidence, request)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX backtest_flips_by_evidence ON backtest_flips (evidence);`,
    },
  ],
  reads: [
    backtestById,
    backtestsOfRule,
    countGroups,
    groupsOfKind,
    hitsOf,
    flipsOf,
    requestStates,
    requestTotals,
    knownAttacks,
    confirmedValues,
  ],
  writes: [saveBacktest, storeFound, forgetFoundOf],
  projections: [],
};
