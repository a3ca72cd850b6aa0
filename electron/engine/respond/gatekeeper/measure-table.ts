import { type GateMeasure, otherRoutes, otherRules, timeSteps } from "../../../../shared/gate-measure.ts";
import { type Db, defineRead, defineWrite, type StoreModule } from "../../store/store.ts";

const dayMs = 86_400_000;
/** Days that are kept: as long as hits are. */
const keptDays = 90;
/**
 * Rows of one gatekeeper and day that tell routes and rules apart. What comes after them is added to `otherRoutes`, and from so many
 * rules there on to `otherRules`.
 */
const mostRows = 4_000;
const mostOtherRows = 500;

const steps = Array.from({ length: timeSteps.length + 1 }, (_, i): `h${number}` => `h${i}`);
const sums = ["requests", "logged", "tagged", "challenged", "blocked", "timed", "sum_us", ...steps] as const;
const numbers = [...sums, "max_us"];

/** Sums over some requests. Times in microseconds. */
export interface MeasuredSum {
  readonly requests: number;
  readonly logged: number;
  readonly tagged: number;
  readonly challenged: number;
  readonly blocked: number;
  readonly timed: number;
  readonly sumUs: number;
  readonly maxUs: number;
  /** By the steps of `timeSteps`. */
  readonly steps: readonly number[];
}

/** Sums over some days. `rule` null: all requests of the route. */
export interface MeasuredRoute extends MeasuredSum {
  readonly route: string;
  readonly rule: string | null;
}

export interface MeasuredDay extends MeasuredSum {
  /** Epoch milliseconds of its beginning, UTC. */
  readonly day: number;
}

type Numbers = Readonly<Record<(typeof sums)[number] | "max_us", number>>;
type Row = Numbers & { readonly route: string; readonly rule: string };

const selectSums = [
  ...sums.map((name) => `coalesce(sum(${name}), 0) AS ${name}`),
  "coalesce(max(max_us), 0) AS max_us",
];

function toSum(row: Numbers): MeasuredSum {
  const { requests, logged, tagged, challenged, blocked, timed, sum_us, max_us } = row;
  const counted = steps.map((name) => row[name]!);
  return { requests, logged, tagged, challenged, blocked, timed, sumUs: sum_us, maxUs: max_us, steps: counted };
}

function toRow({ requests, deeds, times }: GateMeasure) {
  const counted = Object.fromEntries(steps.map((name, i) => [name, times.steps[i]!]));
  return { requests, ...deeds, timed: times.timed, sum_us: times.sum_us, max_us: times.max_us, ...counted };
}

const added = [...sums.map((name) => `${name} = ${name} + @${name}`), "max_us = max(max_us, @max_us)"].join(", ");
const columns = numbers.map((name) => `${name} ${name.endsWith("_us") ? "REAL" : "INTEGER"} NOT NULL`).join(", ");

/** Adds what a gatekeeper measured, and how far it was taken, in one transaction: what was added is not added again. */
export const addMeasures = defineWrite("measures.add", (db: Db) => {
  const values = numbers.map((name) => `@${name}`).join(", ");
  const where = "gatekeeper = @gatekeeper AND day = @day AND route = @route AND rule = @rule";
  const grow = db.prepare(`UPDATE measures SET ${added} WHERE ${where}`);
  const insert = db.prepare(
    `INSERT INTO measures (gatekeeper, day, route, rule, ${numbers.join(", ")})
     VALUES (@gatekeeper, @day, @route, @rule, ${values})`,
  );
  const addHour = db.prepare(
    `INSERT INTO measured_hours (gatekeeper, hour, ${numbers.join(", ")}) VALUES (@gatekeeper, @hour, ${values})
     ON CONFLICT DO UPDATE SET ${added}`,
  );
  const rows = db
    .prepare<[string, number], number>("SELECT count(*) FROM measures WHERE gatekeeper = ? AND day = ?")
    .pluck();
  const after = db.prepare<[string], number>("SELECT seq FROM measure_cursors WHERE gatekeeper = ?").pluck();
  const move = db.prepare(
    "INSERT INTO measure_cursors (gatekeeper, seq) VALUES (?, ?) ON CONFLICT DO UPDATE SET seq = excluded.seq",
  );
  const forget = db.prepare("DELETE FROM measures WHERE day < ?");
  const forgetHours = db.prepare("DELETE FROM measured_hours WHERE hour < ?");

  return (args: { gatekeeper: string; measures: readonly GateMeasure[]; now: number }): null => {
    const { gatekeeper, now } = args;
    const from = after.get(gatekeeper) ?? 0;
    let last = from;
    for (const measure of args.measures) {
      if (measure.seq <= from) continue;
      last = Math.max(last, measure.seq);
      const hour = Date.parse(measure.hour);
      const row = { ...toRow(measure), gatekeeper, hour, day: hour - (hour % dayMs) };
      if (measure.rule === null) addHour.run(row);
      add({ ...row, route: measure.route, rule: measure.rule ?? "" });
    }
    move.run(gatekeeper, last);
    forget.run(now - keptDays * dayMs);
    forgetHours.run(now - keptDays * dayMs);
    return null;
  };

  /** SECURITY: routes are what visitors ask for: the rows of a day are bounded, whatever a gatekeeper tells. */
  function add(row: { gatekeeper: string; day: number; route: string; rule: string } & Record<string, unknown>): void {
    if (grow.run(row).changes > 0) return;
    const there = rows.get(row.gatekeeper, row.day)!;
    const isOther = row.route === otherRoutes;
    if (
      there < mostRows ||
      (isOther && (there < mostRows + mostOtherRows || row.rule === "" || row.rule === otherRules))
    )
      insert.run(row);
    else add({ ...row, route: otherRoutes, rule: isOther ? otherRules : row.rule });
  }
});

/** How far the measures of a gatekeeper were taken; null: it never said what it measured. */
export const measureCursor = defineRead("measures.cursor", (db: Db) => {
  const select = db.prepare<[string], number>("SELECT seq FROM measure_cursors WHERE gatekeeper = ?").pluck();
  return (gatekeeper: string): number | null => select.get(gatekeeper) ?? null;
});

/** Sums by route and rule over whole days, over all gatekeepers. @param from epoch milliseconds, inclusive; `to` exclusive */
export const measuredRoutes = defineRead("measures.routes", (db: Db) => {
  const select = db.prepare<[number, number], Row>(
    `SELECT route, rule, ${selectSums.join(", ")} FROM measures WHERE day >= ? AND day < ? GROUP BY route, rule`,
  );
  return ({ from, to }: { from: number; to: number }): MeasuredRoute[] =>
    select.all(from, to).map((row) => ({ ...toSum(row), route: row.route, rule: row.rule === "" ? null : row.rule }));
});

/** Sums over the hours that began in a stretch of time, over all gatekeepers. */
export const measuredTotal = defineRead("measures.total", (db: Db) => {
  const select = db.prepare<[number, number], Row>(
    `SELECT ${selectSums.join(", ")} FROM measured_hours WHERE hour >= ? AND hour < ?`,
  );
  return ({ from, to }: { from: number; to: number }): MeasuredSum => toSum(select.get(from, to)!);
});

/** The same day by day, days of nothing left out. */
export const measuredDays = defineRead("measures.days", (db: Db) => {
  const select = db.prepare<[number, number], Row & { readonly day: number }>(
    `SELECT hour - hour % ${dayMs} AS day, ${selectSums.join(", ")} FROM measured_hours
     WHERE hour >= ? AND hour < ? GROUP BY 1 ORDER BY 1`,
  );
  return ({ from, to }: { from: number; to: number }): MeasuredDay[] =>
    select.all(from, to).map((row) => ({ ...toSum(row), day: row.day }));
});

/** Gatekeepers that measure, and the beginnings of the first and last hour in which requests came, epoch milliseconds. */
export const measuringGatekeepers = defineRead("measures.gatekeepers", (db: Db) => {
  const select = db.prepare<[], Measuring>(
    `SELECT c.gatekeeper, min(h.hour) AS since, max(h.hour) AS until FROM measure_cursors c
     LEFT JOIN measured_hours h ON h.gatekeeper = c.gatekeeper GROUP BY c.gatekeeper`,
  );
  return (_args: null): Measuring[] => select.all();
});

export interface Measuring {
  readonly gatekeeper: string;
  readonly since: number | null;
  readonly until: number | null;
}

/** A request that was stopped, and what somebody said of it. Several rules may have stopped the same one. */
export interface JudgedStop {
  readonly rule: string;
  readonly gatekeeper: string;
  readonly at: number;
  readonly path: string;
  readonly client: string | null;
  readonly verdict: "false_positive" | "attack";
}

/** Blocked requests of a stretch of time that somebody judged, where they were measured too. */
export const judgedStops = defineRead("measures.judged_stops", (db: Db) => {
  const select = db.prepare<[number, number], JudgedStop>(
    `SELECT e.rule, e.gatekeeper, e.at, e.path, e.client, j.verdict FROM rule_hit_examples e
     JOIN rule_hit_judgements j ON j.id = e.id
     WHERE e.deed = 'blocked' AND e.at >= ? AND e.at < ?
       AND EXISTS (SELECT 1 FROM measured_hours h WHERE h.gatekeeper = e.gatekeeper AND h.hour = e.at - e.at % 3600000)`,
  );
  return ({ from, to }: { from: number; to: number }): JudgedStop[] => select.all(from, to);
});

/** Routes that are kept, in the order of their names. @param after the last one seen; empty: from the beginning */
export const keptRoutes = defineRead("measures.kept_routes", (db: Db) => {
  const select = db
    .prepare<[string, number], string>("SELECT DISTINCT route FROM measures WHERE route > ? ORDER BY route LIMIT ?")
    .pluck();
  return ({ after, limit }: { after: string; limit: number }): string[] => select.all(after, limit);
});

/** Takes the names of routes away; what was counted there goes to `otherRoutes`. */
export const forgetRoutes = defineWrite("measures.forget_routes", (db: Db) => {
  const move = db.prepare(
    `INSERT INTO measures (gatekeeper, day, route, rule, ${numbers.join(", ")})
     SELECT gatekeeper, day, '${otherRoutes}', rule, ${numbers.join(", ")} FROM measures WHERE route = ?
     ON CONFLICT DO UPDATE SET ${numbers.map((name) => (name === "max_us" ? "max_us = max(max_us, excluded.max_us)" : `${name} = ${name} + excluded.${name}`)).join(", ")}`,
  );
  const remove = db.prepare("DELETE FROM measures WHERE route = ?");
  return (routes: readonly string[]): null => {
    for (const route of routes) {
      if (route === otherRoutes) continue;
      move.run(route);
      remove.run(route);
    }
    return null;
  };
});

export const measureModule: StoreModule = {
  name: "measures",
  migrations: [
    {
      id: 660,
      // An empty rule: all requests of the route.
      sql: `
        CREATE TABLE measures (
          gatekeeper TEXT NOT NULL, day INTEGER NOT NULL, route TEXT NOT NULL, rule TEXT NOT NULL, ${columns},
          PRIMARY KEY (gatekeeper, day, route, rule)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX measures_by_day ON measures (day);
        CREATE TABLE measured_hours (
          gatekeeper TEXT NOT NULL, hour INTEGER NOT NULL, ${columns}, PRIMARY KEY (gatekeeper, hour)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX measured_hours_by_hour ON measured_hours (hour);
        CREATE TABLE measure_cursors (gatekeeper TEXT PRIMARY KEY, seq INTEGER NOT NULL) STRICT, WITHOUT ROWID;`,
    },
  ],
  reads: [measureCursor, measuredRoutes, measuredTotal, measuredDays, measuringGatekeepers, judgedStops, keptRoutes],
  writes: [addMeasures, forgetRoutes],
  projections: [],
};
