import { type Alert, severities } from "../../shared/alert.ts";
import type { Score } from "../../shared/units.ts";
import { toInstant } from "./base/clock.ts";
import type { ReadableStore } from "./store/store.ts";
import { type AlertRow, alertMarks } from "./triage/alert-list.ts";
import { topCases } from "./triage/case-state.ts";
import type { NamedQueries, QueriesInForce } from "./triage/named-queries.ts";
import { type AlertConditions, alertConditions, type QueryContext } from "./triage/query-sql.ts";

/** Queries of alerts and their rows, as what is suppressed, watched and merged makes them. */
export interface AlertViews {
  inForce(): Promise<QueriesInForce>;
  /** A query as it is meant while some others are in force. @throws SentinelError INPUT_INVALID */
  compile(q: string, context: QueryContext, inForce: QueriesInForce): AlertConditions;
  /** Rows in wire shapes, in their order. */
  toAlerts(rows: readonly AlertRow[], inForce: QueriesInForce): Promise<Alert[]>;
}

export function createAlertViews({ store, named }: { store: ReadableStore; named: NamedQueries }): AlertViews {
  return {
    inForce: named.inForce,
    compile: (q, context, { suppressions, watches }) =>
      alertConditions(q, { ...context, suppressions, watches: watches.map(({ where }) => where) }),
    async toAlerts(rows, { watches }) {
      const conditions = watches.map(({ where }) => where);
      const inCases = [...new Set(rows.flatMap(({ case_id }) => case_id ?? []))];
      const [marked, tops] = await Promise.all([
        watches.length === 0 || rows.length === 0
          ? []
          : store.read(alertMarks, { rows: rows.map(({ n }) => n), conditions }),
        inCases.length === 0 ? new Map<string, string>() : store.read(topCases, inCases),
      ]);
      const marks = marked.map((found) => new Set(found));
      return rows.map((row) => {
        const watched = watches.flatMap(({ name }, i) => (marks[i]?.has(row.n) ? [name] : []));
        return toAlert(row, watched, tops.get(row.case_id ?? "") ?? null);
      });
    },
  };
}

export const instantOrNull = (ms: number | null) => (ms === null ? null : toInstant(ms));

function toAlert(row: AlertRow, watched: string[], caseId: string | null): Alert {
  const { n: _, payload_key: _payload, explanation_key: _explanation, ...rest } = row;
  return {
    ...rest,
    reopened: row.reopened === 1,
    severity: severities[row.severity]!,
    severity_set: row.severity_set !== null,
    score: row.score as Score,
    first_seen: instantOrNull(row.first_seen),
    last_seen: instantOrNull(row.last_seen),
    tags: JSON.parse(row.tags) as string[],
    snoozed_until: instantOrNull(row.snoozed_until),
    case_id: caseId,
    watched,
  };
}
