import { defineRead, defineSlowRead } from "../store/store.ts";
import { type AlertRow, listedAlert } from "./alert-list.ts";
import { mergedCases } from "./case-state.ts";

/** What the alerts and tasks of a case come to, with those of the cases that were merged into it. */
export interface CaseTally {
  readonly alerts: number;
  readonly open_alerts: number;
  readonly sessions: number;
  /** Of its worst alert, as its place in the list of severities; null without any. */
  readonly severity: number | null;
  /** Epoch milliseconds. */
  readonly first_seen: number | null;
  readonly last_seen: number | null;
  readonly tasks: number;
  readonly open_tasks: number;
}

export const tallyCases = defineRead("cases.tally", (db) => {
  const alerts = db.prepare<[string], Omit<CaseTally, "tasks" | "open_tasks">>(
    `SELECT count(*) AS alerts, coalesce(sum(a.is_open), 0) AS open_alerts, coalesce(sum(a.sessions), 0) AS sessions,
       max(a.severity) AS severity, min(a.first_seen) AS first_seen, max(a.last_seen) AS last_seen
     FROM alerts a WHERE a.case_id IN (${mergedCases})`,
  );
  const tasks = db.prepare<[string], Pick<CaseTally, "tasks" | "open_tasks">>(
    `SELECT count(*) AS tasks, coalesce(sum(1 - done), 0) AS open_tasks FROM case_items
     WHERE kind = 'task' AND case_id IN (${mergedCases})`,
  );
  return (ids: readonly string[]): CaseTally[] => ids.map((id) => ({ ...alerts.get(id)!, ...tasks.get(id)! }));
});

/** Alerts of a case, the worst first. */
export const alertsOfCase = defineSlowRead("cases.alerts", (db) => {
  const select = db.prepare<[string, number], AlertRow>(
    `SELECT ${listedAlert} FROM alerts a WHERE a.case_id IN (${mergedCases}) ORDER BY a.severity DESC, a.score DESC, a.n LIMIT ?`,
  );
  return (args: { caseId: string; limit: number }): AlertRow[] => select.all(args.caseId, args.limit);
});

/** Ids of the evidence that the alerts of a case come from. */
export const evidenceOfCase = defineRead("cases.evidence", (db) => {
  const select = db
    .prepare<[string], string>(
      `SELECT DISTINCT v.evidence_id FROM alerts a JOIN verdicts v ON v.alert_id = a.id
       WHERE a.case_id IN (${mergedCases}) AND v.evidence_id NOT IN (SELECT id FROM evidence WHERE withdrawn = 1)
       ORDER BY v.evidence_id`,
    )
    .pluck();
  return (caseId: string): string[] => select.all(caseId);
});

/** Ids of the open alerts of a case. */
export const openAlertsOfCase = defineRead("cases.open_alerts", (db) => {
  const select = db
    .prepare<[string, number], string>(
      `SELECT a.id FROM alerts a WHERE a.is_open = 1 AND a.case_id IN (${mergedCases}) ORDER BY a.n LIMIT ?`,
    )
    .pluck();
  return (args: { caseId: string; limit: number }): string[] => select.all(args.caseId, args.limit);
});

/** Columns of an alert that others can be asked for. */
export const sharedColumns = ["client", "host", "path", "payload"] as const;
export type SharedColumn = (typeof sharedColumns)[number];

export interface SharedValue {
  readonly column: SharedColumn;
  readonly value: string;
  /** Alerts of the case that have it. */
  readonly alerts: number;
}

/** Values of the alerts of a case, the most frequent first. */
export const valuesOfCase = defineRead("cases.values", (db) => {
  const select = sharedColumns.map((column) =>
    db.prepare<[string, number], SharedValue>(
      `SELECT '${column}' AS "column", a.${column} AS value, count(*) AS alerts FROM alerts a
       WHERE a.case_id IN (${mergedCases}) AND a.${column} IS NOT NULL GROUP BY a.${column} ORDER BY alerts DESC, value LIMIT ?`,
    ),
  );
  return (args: { caseId: string; limit: number }): SharedValue[] =>
    select.flatMap((statement) => statement.all(args.caseId, args.limit));
});
