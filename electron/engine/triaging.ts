import { type AlertHistoryEntry, type Alert as AlertOnWire, severities } from "../../shared/alert.ts";
import { SentinelError } from "../../shared/errors.ts";
import type { Score } from "../../shared/units.ts";
import { type Clock, toInstant } from "./base/clock.ts";
import { uuidv7 } from "./base/ids.ts";
import type { Principal } from "./base/principals.ts";
import { verdictsOfAlert } from "./detect/verdicts/verdict-tables.ts";
import type { Engine } from "./engine-interface.ts";
import { writeAlerts } from "./report/alert-export.ts";
import { bulkMembers } from "./store/bulk.ts";
import { eventsOfEntity } from "./store/event-table.ts";
import type { Jobs } from "./store/jobs.ts";
import type { Sealer } from "./store/seal.ts";
import type { EventRow, Store } from "./store/store.ts";
import { inForce as changesInForce } from "./store/undo-chain.ts";
import {
  type AlertRow,
  alertIdOfVerdict,
  alertMarks,
  alertPage,
  alertsByIds,
  countAlerts,
  countAssignees,
  matchingAlerts,
  type PageEnd,
  similarAlerts,
} from "./triage/alert-list.ts";
import { AlertChanged, alertEntity, StateChange } from "./triage/alert-state.ts";
import { createAlerts } from "./triage/alerts.ts";
import { changeMatchingJob, undoBatchJob } from "./triage/bulk-change.ts";
import { createNamedQueries, type QueriesInForce } from "./triage/named-queries.ts";
import { type AlertConditions, alertConditions, type QueryContext } from "./triage/query-sql.ts";
import { toSummary } from "./verdict-views.ts";

const mostExported = 5_000_000;
const exportedAtOnce = 500;
const shownSessions = 100;
const shownHistory = 100;
const shownSimilar = 20;

/** Alerts as screens ask of them and decide about them, in wire shapes. */
export function createTriage(options: { store: Store; sealer: Sealer; clock: Clock; jobs: Jobs }): Engine["alerts"] {
  const { store, sealer, clock, jobs } = options;
  const alerts = createAlerts(options);
  const named = createNamedQueries(options);
  jobs.register(changeMatchingJob(store, conditionsOf));
  jobs.register(undoBatchJob(store));

  /** A query as it is meant while some others are in force. */
  function compile(q: string, context: QueryContext, { suppressions, watches }: QueriesInForce): AlertConditions {
    return alertConditions(q, { ...context, suppressions, watches: watches.map(({ where }) => where) });
  }
  async function conditionsOf(q: string, context: QueryContext): Promise<AlertConditions> {
    return compile(q, context, await named.inForce());
  }
  const contextOf = (by: Principal): QueryContext => ({ now: clock.now(), by: by.actor });
  const conditions = (q: string, by: Principal) => conditionsOf(q, contextOf(by));

  async function toAlerts(rows: readonly AlertRow[], { watches }: QueriesInForce): Promise<AlertOnWire[]> {
    const marked =
      watches.length === 0 || rows.length === 0
        ? []
        : await store.read(alertMarks, { rows: rows.map(({ n }) => n), conditions: watches.map(({ where }) => where) });
    const marks = marked.map((found) => new Set(found));
    return rows.map((row) =>
      toAlert(
        row,
        watches.flatMap(({ name }, i) => (marks[i]?.has(row.n) ? [name] : [])),
      ),
    );
  }

  async function* pagesOf(ids: readonly string[]): AsyncGenerator<AlertOnWire[]> {
    const inForce = await named.inForce();
    for (let from = 0; from < ids.length; from += exportedAtOnce) {
      yield await toAlerts(await store.read(alertsByIds, ids.slice(from, from + exportedAtOnce)), inForce);
    }
  }

  async function history(id: string): Promise<AlertHistoryEntry[]> {
    const events = await store.read(eventsOfEntity, { entityType: alertEntity, entityId: id, limit: shownHistory });
    // What an earlier page of the history did stays in force whatever comes after it.
    const last = changesInForce(id, events.toReversed()).at(-1);
    return events.map((event) => toHistory(event, id, event === events[0] || event === last));
  }

  /** The alerts most like one, the likest first. */
  async function similarTo(row: AlertRow): Promise<AlertRow[]> {
    const rows = await store.read(similarAlerts, { row, limit: shownSimilar });
    return [...new Map(rows.map((other) => [other.id, other])).values()]
      .sort((a, b) => likeness(row, b) - likeness(row, a) || b.n - a.n)
      .slice(0, shownSimilar);
  }

  return {
    async list({ q, order, limit, cursor }, by) {
      const inForce = await named.inForce();
      const where = compile(q, contextOf(by), inForce);
      const after = cursor === undefined ? null : readCursor(cursor);
      const rows = await store.read(alertPage, { where, order, after, limit: limit + 1 });
      const items = rows.slice(0, limit);
      return { items: await toAlerts(items, inForce), next: rows.length > limit ? toCursor(items.at(-1)!) : null };
    },
    async counts({ q }, by) {
      const where = await conditions(q, by);
      // Two readers at once.
      const [{ total, byStatus, bySeverity, byClass }, assignees] = await Promise.all([
        store.read(countAlerts, where),
        store.read(countAssignees, where),
      ]);
      const assigned = assignees.reduce((sum, { alerts: n }) => sum + n, 0);
      return {
        total,
        by_status: byStatus,
        by_severity: bySeverity,
        by_class: byClass,
        by_assignee: [{ name: null, alerts: total - assigned }, ...assignees],
      };
    },
    async get({ id }) {
      const [row] = await store.read(alertsByIds, [id]);
      if (row === undefined) throw new SentinelError("NOT_FOUND", "There is no such alert.");
      const [sessions, notes, past, alike, inForce] = await Promise.all([
        store.read(verdictsOfAlert, { alertId: id, limit: shownSessions }),
        alerts.notes(id),
        history(id),
        similarTo(row),
        named.inForce(),
      ]);
      const [alert, ...others] = await toAlerts([row, ...alike], inForce);
      return {
        alert: alert!,
        sessions: sessions.map(toSummary),
        notes,
        history: past,
        similar: alike.map((other, i) => ({
          alert: others[i]!,
          same_payload: other.payload_key === row.payload_key,
          same_explanation: other.explanation_key === row.explanation_key,
        })),
      };
    },
    ofVerdict: async ({ id }) => ({ alert_id: await store.read(alertIdOfVerdict, id) }),
    change: async (input, by) => ({
      event_id: await alerts.change(input.alerts, input.change, input.note ?? null, by),
    }),
    async changeMatching({ q, change }, by) {
      // Refused now, not when the job begins.
      await conditions(q, by);
      const job = await jobs.start("change-alerts", { q, change, now: clock.now() }, q === "" ? "all alerts" : q, by);
      return { job_id: job.id };
    },
    async undoBatch({ batch_id }, by) {
      return { job_id: (await jobs.start("undo-batch", { batch_id }, "a bulk change", by)).id };
    },
    async addNote({ id, text }, by) {
      const { eventId, noteId } = await alerts.addNote(id, text, by);
      return { event_id: eventId, note_id: noteId };
    },
    async export({ q, format }, by) {
      const where = await conditions(q, by);
      // All at once, so that the file holds what matched at one moment, however long it is read.
      const found = await store.read(matchingAlerts, { where, below: Number.MAX_SAFE_INTEGER, limit: mostExported });
      const ids = found.map(({ id }) => id);
      // SECURITY: first the log, then the file.
      const payload = { format, alerts: ids.length, sealed_q: await sealer.seal("export", q) };
      const draft = { entityType: "export", entityId: uuidv7(clock), baseVersion: 0, kind: "alerts.exported", payload };
      await store.append([{ ...draft, inverse: null }], by);
      return writeAlerts(format, pagesOf(ids));
    },
    queries: () => named.all(),
    async saveQuery({ id, base_version, query }, by) {
      const saved = await named.save(id, base_version, query, by);
      return { id: saved.id, event_id: saved.eventId };
    },
    removeQuery: async ({ id, base_version }, by) => ({ event_id: await named.remove(id, base_version, by) }),
    removeNote: async ({ id, note_id }, by) => ({ event_id: await alerts.removeNote(id, note_id, by) }),
  };
}

const likeness = (a: AlertRow, b: AlertRow) =>
  (a.payload_key === b.payload_key ? 1 : 0) + (a.explanation_key === b.explanation_key ? 1 : 0);

const toCursor = ({ n, severity }: PageEnd) => `${severity}.${n}`;

function readCursor(cursor: string): PageEnd {
  const [, severity, n] = /^([0-3])\.(\d{1,15})$/.exec(cursor) ?? [];
  if (n === undefined) throw new SentinelError("INPUT_INVALID", "cursor: it is no cursor of this list.");
  return { severity: Number(severity), n: Number(n) };
}

const instant = (ms: number | null) => (ms === null ? null : toInstant(ms));

function toAlert(row: AlertRow, watched: string[]): AlertOnWire {
  const { n: _, payload_key: _payload, explanation_key: _explanation, ...rest } = row;
  return {
    ...rest,
    reopened: row.reopened === 1,
    severity: severities[row.severity]!,
    severity_set: row.severity_set !== null,
    score: row.score as Score,
    first_seen: instant(row.first_seen),
    last_seen: instant(row.last_seen),
    tags: JSON.parse(row.tags) as string[],
    snoozed_until: instant(row.snoozed_until),
    watched,
  };
}

function toHistory(event: EventRow, alertId: string, isLast: boolean): AlertHistoryEntry {
  const { set, note, unnote } = AlertChanged.parse(event.payload);
  const members = bulkMembers(event.entity_id, event.payload);
  const member = members?.find(({ id }) => id === alertId) as { set?: unknown } | undefined;
  const own = member?.set === undefined ? {} : StateChange.parse(member.set);
  const changed = { ...set, ...own };
  return {
    event_id: event.id,
    at: event.at,
    by: event.actor,
    undoable: event.inverse !== null && isLast,
    change: set === undefined && member?.set === undefined ? null : toChange(changed),
    noted: note !== undefined,
    note_removed: unnote !== undefined,
    alerts: members?.length ?? 1,
  };
}

function toChange({ severity_seen: _, ...change }: StateChange): AlertHistoryEntry["change"] {
  const { severity, snoozed_until, ...rest } = change;
  return {
    ...rest,
    ...(severity === undefined ? {} : { severity: severity === null ? null : severities[severity]! }),
    ...(snoozed_until === undefined ? {} : { snoozed_until: instant(snoozed_until) }),
  };
}
