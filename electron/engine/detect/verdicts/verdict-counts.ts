import { type PayloadClass, payloadClasses } from "../../../../shared/payload.ts";
import type { VerdictKind } from "../../../../shared/verdict.ts";
import { type Db, defineSlowRead } from "../../store/store.ts";
import { conditions, type VerdictQuery } from "./verdict-query.ts";

const minuteMs = 60_000;

/** Stands for "no clock" where a minute is wanted: no session starts this long ago. */
const noClock = -(2 ** 53);

/** A moment's minute since 1970, rounded down also before it: SQLite's division rounds towards zero. */
const minuteOf = (at: string) => `(${at} - ((${at} % ${minuteMs} + ${minuteMs}) % ${minuteMs})) / ${minuteMs}`;

/**
 * How many verdicts each piece of evidence has of each kind in each minute, kept by triggers in the transaction that stores or
 * removes them: the counters and the timeline of 100,000 verdicts read some thousand rows of this instead. A stored verdict is
 * never changed, only removed and stored again.
 */
export const countsMigration = {
  id: 201,
  sql: `
    CREATE TABLE verdict_counts (
      evidence_id TEXT NOT NULL,
      minute INTEGER NOT NULL,
      verdict TEXT NOT NULL,
      class TEXT NOT NULL,
      n INTEGER NOT NULL,
      PRIMARY KEY (evidence_id, minute, verdict, class)
    ) STRICT, WITHOUT ROWID;
    INSERT INTO verdict_counts
      SELECT evidence_id, coalesce(${minuteOf("started_at")}, ${noClock}) AS minute, verdict, class, count(*)
      FROM verdicts GROUP BY evidence_id, minute, verdict, class;
    CREATE TRIGGER verdict_stored AFTER INSERT ON verdicts BEGIN
      INSERT INTO verdict_counts
        VALUES (new.evidence_id, coalesce(${minuteOf("new.started_at")}, ${noClock}), new.verdict, new.class, 1)
        ON CONFLICT (evidence_id, minute, verdict, class) DO UPDATE SET n = n + 1;
    END;
    CREATE TRIGGER verdict_removed AFTER DELETE ON verdicts BEGIN
      UPDATE verdict_counts SET n = n - 1
        WHERE evidence_id = old.evidence_id AND minute = coalesce(${minuteOf("old.started_at")}, ${noClock})
          AND verdict = old.verdict AND class = old.class;
      DELETE FROM verdict_counts
        WHERE evidence_id = old.evidence_id AND minute = coalesce(${minuteOf("old.started_at")}, ${noClock})
          AND verdict = old.verdict AND class = old.class AND n = 0;
    END;
  `,
};

export interface VerdictCounts {
  readonly total: number;
  readonly byVerdict: Record<VerdictKind, number>;
  readonly byClass: Record<PayloadClass, number>;
  readonly timeline: readonly { startMs: number; widthMs: number; counts: Record<VerdictKind, number> }[];
}

/** Widths a timeline bar may have, in milliseconds: from a second to thirty days. */
const bucketWidths = [1, 5, 15, 60, 300, 900, 3600, 3 * 3600, 6 * 3600, 86_400, 7 * 86_400, 30 * 86_400].map(
  (seconds) => seconds * 1000,
);
const maxBuckets = 60;

/** Bars narrower than the minute that is kept: such a range is short, and its verdicts are counted one by one. */
const isNarrow = (width: number) => width < minuteMs;

/** What counts come from: verdicts one by one, or those counted together. Both name the same columns. */
interface Source {
  readonly from: string;
  readonly args: readonly (string | number)[];
  /** How many verdicts a row stands for. */
  readonly n: string;
  /** When they started, milliseconds; null without a clock. */
  readonly at: string;
}

function stored(query: VerdictQuery): Source {
  const { sql, args } = conditions(query);
  return { from: `verdicts v WHERE ${sql}`, args, n: "count(*)", at: "v.started_at" };
}

/** The kept counts, where they can answer: text and scores are not in them, and moments only by the minute. */
function kept(query: VerdictQuery): Source | null {
  const { after, before, minScore, text, ...rest } = query;
  const onMinute = (at: number | undefined) => at === undefined || at % minuteMs === 0;
  if (minScore > 0 || (text !== undefined && text !== "") || !onMinute(after) || !onMinute(before)) return null;
  const { sql, args } = conditions({ ...rest, minScore: 0 });
  const bounds: [string, number][] = [];
  if (after !== undefined) bounds.push(["v.minute >= ?", after / minuteMs]);
  if (before !== undefined) bounds.push(["v.minute < ?", before / minuteMs]);
  if (bounds.length > 0) bounds.push(["v.minute > ?", noClock]);
  return {
    from: `verdict_counts v WHERE ${[sql, ...bounds.map(([bound]) => bound)].join(" AND ")}`,
    args: [...args, ...bounds.map(([, value]) => value)],
    n: "sum(v.n)",
    at: `nullif(v.minute, ${noClock}) * ${minuteMs}`,
  };
}

const noVerdicts = (): Record<VerdictKind, number> => ({ simulate: 0, tag: 0, benign: 0 });

interface Group {
  readonly verdict: VerdictKind;
  readonly class: PayloadClass;
  readonly n: number;
  readonly lo: number | null;
  readonly hi: number | null;
}

function countGroups(db: Db, { from, args, n, at }: Source): Group[] {
  return db
    .prepare<unknown[], Group>(
      `SELECT v.verdict, v.class, ${n} AS n, min(${at}) AS lo, max(${at}) AS hi FROM ${from} GROUP BY v.verdict, v.class`,
    )
    .all(...args);
}

function countBuckets(db: Db, { from, args, n, at }: Source, start: number, width: number) {
  return db
    .prepare<unknown[], { bucket: number; verdict: VerdictKind; n: number }>(
      // Counted from the first bar, so that nothing is below zero.
      `SELECT (${at} - (${start})) / ${width} AS bucket, v.verdict, ${n} AS n
       FROM ${from} AND ${at} IS NOT NULL GROUP BY bucket, v.verdict`,
    )
    .all(...args);
}

/** First and last start, as exactly as the groups know them; null where nothing has a clock. */
function extent(groups: readonly Group[]): { lo: number; hi: number } | null {
  const lo = Math.min(...groups.map((group) => group.lo ?? Number.POSITIVE_INFINITY));
  const hi = Math.max(...groups.map((group) => group.hi ?? Number.NEGATIVE_INFINITY));
  return lo > hi ? null : { lo, hi };
}

function chooseWidth({ lo, hi }: { lo: number; hi: number }): number {
  // By the minute, so that the bars are the same whatever they are counted from.
  const minutes = Math.floor(hi / minuteMs) - Math.floor(lo / minuteMs);
  const range = minutes * minuteMs;
  return bucketWidths.find((w) => range / w < maxBuckets - 1) ?? Math.ceil((range + minuteMs) / maxBuckets);
}

function countTimeline(db: Db, source: Source, { lo, hi }: { lo: number; hi: number }, width: number) {
  const first = Math.floor(lo / width);
  const timeline = Array.from({ length: Math.floor(hi / width) - first + 1 }, (_, i) => ({
    startMs: (first + i) * width,
    widthMs: width,
    counts: noVerdicts(),
  }));
  for (const { bucket, verdict, n } of countBuckets(db, source, first * width, width)) {
    const bar = timeline[bucket];
    if (bar !== undefined) bar.counts[verdict] = n;
  }
  return timeline;
}

export const countVerdicts = defineSlowRead("verdicts.counts", (db) => (query: VerdictQuery): VerdictCounts => {
  const quick = kept(query);
  let source = quick ?? stored(query);
  const groups = countGroups(db, source);
  const byVerdict = noVerdicts();
  const byClass = Object.fromEntries(payloadClasses.map((name) => [name, 0])) as Record<PayloadClass, number>;
  let total = 0;
  for (const group of groups) {
    byVerdict[group.verdict] += group.n;
    byClass[group.class] += group.n;
    total += group.n;
  }
  let range = extent(groups);
  if (range === null) return { total, byVerdict, byClass, timeline: [] };
  const width = chooseWidth(range);
  if (quick !== null && isNarrow(width)) {
    source = stored(query);
    range = extent(countGroups(db, source)) ?? range;
  }
  return { total, byVerdict, byClass, timeline: countTimeline(db, source, range, width) };
});
