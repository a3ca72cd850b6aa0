import type { PayloadClass } from "../../../shared/payload.ts";
import type { VerdictKind } from "../../../shared/verdict.ts";
import { fileNameOf } from "../evidence/erased-tables.ts";
import { type Db, defineSlowRead } from "../store/store.ts";
import type { SearchConditions } from "./search-conditions.ts";

/** A request as a search lists it; times as epoch milliseconds. */
export interface FoundRow {
  readonly evidence: number;
  readonly request: number;
  readonly evidenceId: string;
  readonly fileName: string;
  readonly session: number;
  readonly verdictId: string | null;
  readonly verdict: VerdictKind | null;
  readonly score: number | null;
  readonly startedAt: number | null;
  readonly client: string | null;
  readonly method: string;
  readonly host: string | null;
  readonly path: string;
  readonly query: string | null;
  readonly status: number | null;
  readonly worst: PayloadClass | null;
  readonly confidence: number | null;
  readonly family: string | null;
}

/** Where a search has got to: what is before it, in the order of the list, is done. */
export interface SearchPlace {
  readonly evidence: number;
  readonly request: number;
}

export interface FoundPage {
  readonly rows: readonly FoundRow[];
  /** Null: everything has been looked through. */
  readonly next: SearchPlace | null;
}

/** Requests that one of the query's terms finds by an index are put in order here if they are so few, and compared one by one. */
const few = 4000;
/** A reader gives an answer after so long, however much is left to look through: whoever asked can go on, or has gone. */
const longestMs = 700;
/** Requests compared between two looks at the clock. */
const stretch = 2048;

const from = `requests r JOIN evidence e ON e.seq = r.evidence
  LEFT JOIN sessions s ON s.evidence = r.evidence AND s.number = r.session`;

/** A request that was looked at. */
interface Looked extends SearchPlace {
  readonly ok: boolean;
  readonly isFlagged: boolean;
  readonly session: number;
  readonly startedAt: number | null;
}

/** 0: it does not match; 1: it does; 2: it does, and is flagged. */
type Mark = 0 | 1 | 2;

/** Requests in the order of the list, those that match marked, from behind a place on. */
function* walk(db: Db, where: SearchConditions, after: SearchPlace | null): Generator<Looked> {
  const mark = `CASE WHEN ${where.sql} THEN
    1 + EXISTS (SELECT 1 FROM worst_predictions w WHERE w.evidence_id = e.id AND w.request = r.idx) ELSE 0 END`;
  type Raw = [request: number, mark: Mark, session: number, startedAt: number | null];
  const toLooked = (evidence: number, [request, marked, session, startedAt]: Raw): Looked => {
    return { evidence, request, session, startedAt, ok: marked > 0, isFlagged: marked === 2 };
  };

  const found = findFew(db, where);
  if (found !== null) {
    const one = db
      .prepare<unknown[], Raw>(
        `SELECT r.idx, ${mark}, r.session, r.started_at FROM ${from} WHERE r.evidence = ? AND r.idx = ? AND e.withdrawn = 0`,
      )
      .raw();
    for (const place of found) {
      if (after !== null && !isBehind(place, after)) continue;
      const raw = one.get(...where.args, place.evidence, place.request);
      if (raw !== undefined) yield toLooked(place.evidence, raw);
    }
    return;
  }
  const along = db
    .prepare<unknown[], Raw>(
      `SELECT r.idx, ${mark}, r.session, r.started_at FROM ${from} WHERE r.evidence = ? AND r.idx < ? ORDER BY r.idx DESC`,
    )
    .raw();
  for (const evidence of seqsOf(db, where.evidence)) {
    if (after !== null && evidence > after.evidence) continue;
    const below = evidence === after?.evidence ? after.request : Number.MAX_SAFE_INTEGER;
    for (const raw of along.iterate(...where.args, evidence, below)) yield toLooked(evidence, raw);
  }
}

/** Evidence in view, newest first. @param ids null: all of it */
function seqsOf(db: Db, ids: readonly string[] | null): number[] {
  return db
    .prepare<unknown[], number>(
      `SELECT seq FROM evidence WHERE withdrawn = 0 ${ids === null ? "" : "AND id IN (SELECT value FROM json_each(?))"}
       ORDER BY seq DESC`,
    )
    .pluck()
    .all(...(ids === null ? [] : [JSON.stringify(ids)]));
}

const isBehind = (place: SearchPlace, after: SearchPlace) =>
  place.evidence < after.evidence || (place.evidence === after.evidence && place.request < after.request);

/** Everything that can match, where an index tells that it is few, in the order of the list; null: read along. */
function findFew(db: Db, { sources, evidence }: SearchConditions): SearchPlace[] | null {
  let fewest: number[] | null = null;
  for (const { sql, args } of sources) {
    const most = fewest?.length ?? few;
    const keys: number[] = db
      .prepare<unknown[], number>(`${sql} LIMIT ${most + 1}`)
      .pluck()
      .all(...args);
    if (keys.length <= most) fewest = keys;
  }
  if (fewest === null) return null;
  const named = evidence === null ? null : new Set(seqsOf(db, evidence));
  return [...new Set(fewest)]
    .sort((a, b) => b - a)
    .map((key) => ({ evidence: Math.floor(key / 2 ** 32), request: key % 2 ** 32 }))
    .filter((place) => named === null || named.has(place.evidence));
}

/** A page of requests that match: newest evidence first, its last request first. */
export const foundPage = defineSlowRead("search.page", (db) => {
  const whole = db.prepare<unknown[], FoundRow>(
    `SELECT r.evidence, r.idx AS request, e.id AS evidenceId, ${fileNameOf("e")} AS fileName, r.session, v.id AS verdictId, v.verdict, v.score,
       r.started_at AS startedAt, s.client, r.method, r.host, r.path, r.query, r.status, w.class AS worst, w.confidence,
       (SELECT f.family FROM flagged_payloads f WHERE f.evidence_id = e.id AND f.request = r.idx ORDER BY f.n LIMIT 1) AS family
     FROM ${from}
     LEFT JOIN verdicts v ON v.n = (
       SELECT max(n) FROM verdicts o WHERE o.evidence_id = e.id AND o.session = 's' || r.session)
     LEFT JOIN worst_predictions w ON w.evidence_id = e.id AND w.request = r.idx
     WHERE r.evidence = ? AND r.idx = ?`,
  );
  return (args: { where: SearchConditions; after: SearchPlace | null; limit: number }): FoundPage => {
    const rows: FoundRow[] = [];
    const until = performance.now() + longestMs;
    let looked = 0;
    for (const { ok, evidence, request } of walk(db, args.where, args.after)) {
      const next = { evidence, request };
      if (ok) {
        const row = whole.get(evidence, request);
        if (row !== undefined) rows.push(row);
        if (rows.length === args.limit) return { rows, next };
      }
      if (++looked % stretch === 0 && performance.now() > until) return { rows, next };
    }
    return { rows, next: null };
  };
});

export interface FoundCounts {
  readonly requests: number;
  readonly flagged: number;
  readonly sessions: number;
  readonly firstSeen: number | null;
  readonly lastSeen: number | null;
  readonly exact: boolean;
}

/** Most requests that are counted. */
const mostCounted = 100_000;

export const countFound = defineSlowRead("search.counts", (db) => {
  return (where: SearchConditions): FoundCounts => {
    const sessions = new Set<string>();
    let [requests, flagged, looked] = [0, 0, 0];
    let [firstSeen, lastSeen]: [number | null, number | null] = [null, null];
    const until = performance.now() + longestMs;
    const counts = (exact: boolean) => ({
      requests,
      flagged,
      sessions: sessions.size,
      firstSeen,
      lastSeen,
      exact,
    });
    for (const { ok, evidence, session, startedAt: at, isFlagged } of walk(db, where, null)) {
      if (ok) {
        if (requests === mostCounted) return counts(false);
        requests++;
        if (isFlagged) flagged++;
        sessions.add(`${evidence} ${session}`);
        if (at !== null) {
          firstSeen = Math.min(firstSeen ?? at, at);
          lastSeen = Math.max(lastSeen ?? at, at);
        }
      }
      if (++looked % stretch === 0 && performance.now() > until) return counts(false);
    }
    return counts(true);
  };
});
