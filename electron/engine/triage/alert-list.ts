import {
  type AlertOrder,
  type AlertStatus,
  alertStatuses,
  type CloseReason,
  type Severity,
  severities,
} from "../../../shared/alert.ts";
import { type PayloadClass, payloadClasses } from "../../../shared/payload.ts";
import type { AttackOutcome } from "../../../shared/verdict.ts";
import { type Db, defineRead, defineSlowRead } from "../store/store.ts";
import { alertEntity } from "./alert-state.ts";
import { readFacet } from "./alert-tables.ts";
import type { AlertConditions, Conditions } from "./query-sql.ts";

/** A row of the queue; severities as places in their list, times as epoch milliseconds. */
export interface AlertRow {
  readonly n: number;
  readonly id: string;
  readonly version: number;
  readonly status: AlertStatus;
  readonly reason: CloseReason | null;
  readonly reopened: number;
  readonly severity: number;
  readonly severity_set: number | null;
  readonly class: PayloadClass;
  readonly family: string | null;
  readonly outcome: AttackOutcome;
  readonly score: number;
  readonly verdict_id: string;
  readonly judged_by: string | null;
  readonly client: string | null;
  readonly host: string | null;
  readonly request_line: string;
  readonly payload: string | null;
  readonly payload_place: string | null;
  readonly payload_key: string;
  readonly explanation_key: string;
  readonly sessions: number;
  readonly first_seen: number | null;
  readonly last_seen: number | null;
  readonly assignee: string | null;
  /** JSON. */
  readonly tags: string;
  readonly snoozed_until: number | null;
  readonly notes: number;
  readonly case_id: string | null;
}

/** Columns of a row of the queue, of `alerts a`. */
export const listedAlert = `a.n, a.id, coalesce((SELECT version FROM entity_versions v WHERE v.entity_type = '${alertEntity}' AND v.entity_id = a.id), 0)
  AS version, a.status, a.reason, a.reopened, a.severity, a.severity_set, a.class, a.family, a.outcome, a.score, a.verdict_id,
  (SELECT v.judged_by FROM verdicts v WHERE v.id = a.verdict_id) AS judged_by, a.client,
  a.host, a.request_line, a.payload, a.payload_place, a.payload_key, a.explanation_key, a.sessions, a.first_seen, a.last_seen,
  a.assignee, a.tags, a.snoozed_until, a.notes, a.case_id`;

/** Where a page ended: the place of its last row, and for the order "worst" its severity. */
export interface PageEnd {
  readonly n: number;
  readonly severity: number;
}

/** Most matches that are put in order here; more lie dense enough to be met soon by reading along the order. */
const fewMatches = 4000;

interface Selected {
  /** What follows `SELECT … FROM`, up to the last condition. */
  readonly from: string;
  /** Column of the place in the queue. */
  readonly place: string;
  readonly args: readonly (string | number)[];
}

type Searched = Pick<Conditions, "sql" | "args" | "match">;

/** Where matching alerts are looked for: by the index of substrings where it can answer, else in `table`. */
function selectFrom({ sql, args, match }: Searched, table = "alerts a"): Selected {
  if (match === null) return { from: `${table} WHERE ${sql}`, place: "a.n", args };
  return {
    from: `alert_text t JOIN alerts a ON a.n = t.rowid WHERE t.alert_text MATCH ? AND ${sql}`,
    place: "t.rowid",
    args: [match, ...args],
  };
}

/** The same without the index of substrings where what else is said holds of a few alone: many may have the text. */
function narrow(db: Db, where: Conditions): Searched {
  if (where.beside === null) return where;
  const { sql, args } = where.beside;
  const found = db
    .prepare<unknown[], number>(`SELECT count(*) FROM (SELECT 1 FROM alerts a WHERE ${sql} LIMIT ${fewMatches + 1})`)
    .pluck();
  return Number(found.get(...args)) > fewMatches ? where : { ...where, match: null };
}

/** Something of matching alerts in any order, by whatever index finds them; null: there are more than a few. */
function findFew<T>(db: Db, where: Searched, columns: string): T[] | null {
  const { from, args } = selectFrom(where);
  const found = db.prepare<unknown[], T>(`SELECT ${columns} FROM ${from} LIMIT ${fewMatches + 1}`).all(...args);
  return found.length > fewMatches ? null : found;
}

const comparisons: Record<AlertOrder, (a: PageEnd, b: PageEnd) => number> = {
  newest: (a, b) => b.n - a.n,
  worst: (a, b) => b.severity - a.severity || b.n - a.n,
};

/** Places in the list of severities, worst first. */
const worstFirst = severities.map((_, rank) => rank).reverse();

const dayMs = 86_400_000;
/** Days that are looked through for the newest place of what is older than a moment; evidence can claim any time. */
const mostDays = 2000;

/**
 * The highest place of the alerts last seen before a moment, above it where they are of too many days. What was seen long ago stands far
 * down in the queue: reading along it begins there.
 */
function prepareHighestBefore(db: Db): (moment: number) => number {
  const day = `last_seen / ${dayMs}`;
  const sameDay = db
    .prepare<[number, number], number | null>("SELECT max(n) FROM alerts WHERE last_seen >= ? AND last_seen < ?")
    .pluck();
  const dayBefore = db.prepare<[number], number | null>(`SELECT max(${day}) FROM alerts WHERE ${day} < ?`).pluck();
  const ofDay = db.prepare<[number], number>(`SELECT max(n) FROM alerts WHERE ${day} = ?`).pluck();
  return (moment) => {
    // Rounds towards zero, as SQLite does.
    let at = Math.trunc(moment / dayMs);
    let highest = sameDay.get(Math.min(at * dayMs, moment), moment) ?? 0;
    for (let days = 0; days < mostDays; days++) {
      const before = dayBefore.get(at) ?? null;
      if (before === null) return highest;
      at = before;
      highest = Math.max(highest, ofDay.get(at) ?? 0);
    }
    return Number.MAX_SAFE_INTEGER;
  };
}

/** A page of the queue. */
export const alertPage = defineRead("alerts.page", (db) => {
  const highestBefore = prepareHighestBefore(db);
  const byPlace = db.prepare<[number], AlertRow>(`SELECT ${listedAlert} FROM alerts a WHERE a.n = ?`);

  function readAlong(where: AlertConditions, below: number, severity: number | null, limit: number) {
    // Along the severities the index of substrings is of no use; along the queue it gives its matches in order.
    const { from, place, args } = selectFrom({
      ...where,
      sql: where.along,
      match: severity === null ? where.match : null,
    });
    const stretch = severity === null ? "" : `AND a.severity = ${severity}`;
    return db
      .prepare<unknown[], AlertRow>(
        `SELECT ${listedAlert} FROM ${from} ${stretch} AND ${place} < ? ORDER BY ${place} DESC LIMIT ?`,
      )
      .all(...args, below, limit);
  }

  /** A page of the newest that have a text, where it is filled by those; else fewer. */
  function readFirst({ match, sql, args }: AlertConditions, below: number, limit: number): AlertRow[] {
    if (match === null) return [];
    return db
      .prepare<unknown[], AlertRow>(
        `SELECT ${listedAlert} FROM (SELECT rowid AS n FROM alert_text WHERE alert_text MATCH ? AND rowid < ?
           ORDER BY rowid DESC LIMIT ${2 * fewMatches}) t JOIN alerts a ON a.n = t.n WHERE ${sql} ORDER BY a.n DESC LIMIT ?`,
      )
      .all(match, below, ...args, limit);
  }

  return (query: { where: AlertConditions; order: AlertOrder; after: PageEnd | null; limit: number }): AlertRow[] => {
    const { where, order, after, limit } = query;
    const first = order === "newest" ? readFirst(where, after?.n ?? Number.MAX_SAFE_INTEGER, limit) : [];
    if (first.length === limit) return first;
    const searched = narrow(db, where);
    // The index of substrings gives its matches in the order of the queue: a page of them is read without looking at all.
    const inOrder = searched.match !== null && order === "newest";
    const few = inOrder ? null : findFew<PageEnd>(db, searched, "a.n, a.severity");
    if (few !== null) {
      const compare = comparisons[order];
      const rest = after === null ? few : few.filter((place) => compare(place, after) > 0);
      return rest
        .sort(compare)
        .slice(0, limit)
        .map(({ n }) => byPlace.get(n)!);
    }
    const top = where.before === null ? Number.MAX_SAFE_INTEGER : highestBefore(where.before) + 1;
    if (order === "newest") return readAlong(where, Math.min(after?.n ?? top, top), null, limit);
    const rows: AlertRow[] = [];
    for (const severity of worstFirst) {
      if (rows.length >= limit) break;
      if (after !== null && severity > after.severity) continue;
      const below = severity === after?.severity ? Math.min(after.n, top) : top;
      rows.push(...readAlong(where, below, severity, limit - rows.length));
    }
    return rows;
  };
});

export interface AlertCounts {
  readonly total: number;
  readonly byStatus: Record<AlertStatus, number>;
  readonly bySeverity: Record<Severity, number>;
  readonly byClass: Record<PayloadClass, number>;
}

const none = <K extends string>(names: readonly K[]) =>
  Object.fromEntries(names.map((name) => [name, 0])) as Record<K, number>;

/** Where matching alerts are counted. */
const countedFrom = (where: Conditions) =>
  selectFrom(where, where.covered ? "alerts a INDEXED BY alerts_facts" : "alerts a");

/** How many of the matching alerts have each facet: of a few by whatever index finds them. */
function countFacets(db: Db, where: Conditions): { facet: number; n: number }[] {
  const few = findFew<{ facet: number }>(db, narrow(db, where), "a.facet");
  if (few !== null) return few.map(({ facet }) => ({ facet, n: 1 }));
  const { from, args } = countedFrom(where);
  return db
    .prepare<unknown[], { facet: number; n: number }>(`SELECT a.facet, count(*) AS n FROM ${from} GROUP BY a.facet`)
    .all(...args);
}

/** How many alerts match, by what an analyst chooses them by. */
export const countAlerts = defineSlowRead("alerts.counts", (db) => (where: AlertConditions): AlertCounts => {
  const counts = { byStatus: none(alertStatuses), bySeverity: none(severities), byClass: none(payloadClasses) };
  let total = 0;
  const add = (groups: readonly { facet: number; n: number }[], sign: 1 | -1) => {
    for (const { facet, n } of groups) {
      const of = readFacet(facet);
      total += sign * n;
      counts.byStatus[of.status] += sign * n;
      counts.bySeverity[of.severity] += sign * n;
      counts.byClass[of.class] += sign * n;
    }
  };
  const { difference } = where;
  if (difference === null) add(countFacets(db, where), 1);
  else {
    add(countFacets(db, difference.all), 1);
    add(countFacets(db, difference.hidden), -1);
  }
  return { total, ...counts };
});

/** How many alerts match, counted up to `most`. */
export const countAlertsUpTo = defineRead("alerts.count_up_to", (db) => {
  return ({ where, most }: { where: AlertConditions; most: number }): number => {
    const { from, args } = selectFrom(where);
    return Number(
      db
        .prepare(`SELECT count(*) FROM (SELECT 1 FROM ${from} LIMIT ?)`)
        .pluck()
        .get(...args, most),
    );
  };
});

const mostAssignees = 50;
/** Assigned alerts up to which their own index is quicker than the facts of all. */
const fewAssigned = 20_000;

/** Who has how many of the matching alerts, the busiest first. */
export const countAssignees = defineSlowRead("alerts.assignees", (db) => {
  const countAssigned = db
    .prepare<[], number>(
      `SELECT count(*) FROM (SELECT 1 FROM alerts WHERE assignee IS NOT NULL LIMIT ${fewAssigned + 1})`,
    )
    .pluck();
  return (where: AlertConditions): { name: string; alerts: number }[] => {
    const few = where.match === null && countAssigned.get()! <= fewAssigned;
    const { from, args } = few ? selectFrom(where, "alerts a INDEXED BY alerts_assignee") : countedFrom(where);
    return db
      .prepare<unknown[], { name: string; alerts: number }>(
        `SELECT a.assignee AS name, count(*) AS alerts FROM ${from} AND a.assignee IS NOT NULL
         GROUP BY a.assignee ORDER BY alerts DESC, name LIMIT ${mostAssignees}`,
      )
      .all(...args);
  };
});

/** Ids of matching alerts whose place is below `below`, newest first. */
export const matchingAlerts = defineRead("alerts.matching", (db) => {
  return (query: { where: AlertConditions; below: number; limit: number }): { id: string; n: number }[] => {
    const { from, place, args } = selectFrom(query.where);
    return db
      .prepare<unknown[], { id: string; n: number }>(
        `SELECT a.id, a.n FROM ${from} AND ${place} < ? ORDER BY ${place} DESC LIMIT ?`,
      )
      .all(...args, query.below, query.limit);
  };
});

/** For each condition, which of the given rows meet it. */
export const alertMarks = defineRead("alerts.marks", (db) => {
  return ({ rows, conditions }: { rows: readonly number[]; conditions: readonly AlertConditions[] }): number[][] =>
    conditions.map(
      ({ sql, args }) =>
        db
          .prepare(`SELECT a.n FROM alerts a WHERE a.n IN (SELECT value FROM json_each(?)) AND ${sql}`)
          .pluck()
          .all(JSON.stringify(rows), ...args) as number[],
    );
});

/** Alerts by their ids, in that order; those that are gone meanwhile are left out. */
export const alertsByIds = defineRead("alerts.by_ids", (db) => {
  const select = db.prepare<[string], AlertRow>(`SELECT ${listedAlert} FROM alerts a WHERE a.id = ?`);
  return (ids: readonly string[]): AlertRow[] => ids.flatMap((id) => select.get(id) ?? []);
});

/** Id of the alert that a session belongs to. */
export const alertIdOfVerdict = defineRead("alerts.of_verdict", (db) => {
  const select = db
    .prepare<[string], string>("SELECT a.id FROM verdicts v JOIN alerts a ON a.id = v.alert_id WHERE v.id = ?")
    .pluck();
  return (verdictId: string): string | null => select.get(verdictId) ?? null;
});

/**
 * Other alerts with the same payload shape or the same explanation, the newest of each and the newest closed of each, so that many
 * open ones do not hide how such alerts were closed; those that are several of these come several times.
 */
export const similarAlerts = defineRead("alerts.similar", (db) => {
  const by = (column: "payload_key" | "explanation_key", more = "") =>
    db.prepare<[string, string, number], AlertRow>(
      `SELECT ${listedAlert} FROM alerts a WHERE a.${column} = ? AND a.id != ? ${more} ORDER BY a.n DESC LIMIT ?`,
    );
  const closed = "AND a.status = 'closed'";
  const byPayload = [by("payload_key"), by("payload_key", closed)];
  const byExplanation = [by("explanation_key"), by("explanation_key", closed)];
  return (args: { row: Pick<AlertRow, "id" | "payload_key" | "explanation_key">; limit: number }): AlertRow[] => {
    const { id, payload_key, explanation_key } = args.row;
    return [
      ...byPayload.flatMap((select) => select.all(payload_key, id, args.limit)),
      ...byExplanation.flatMap((select) => select.all(explanation_key, id, args.limit)),
    ];
  };
});
