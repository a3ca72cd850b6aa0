import { type AlertHistoryEntry, type Alert as AlertOnWire, severities } from "../../shared/alert.ts";
import { SentinelError } from "../../shared/errors.ts";
import { type AlertViews, instantOrNull } from "./alert-views.ts";
import type { Clock } from "./base/clock.ts";
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
  alertIdOfVerdict,
  alertPage,
  alertsByIds,
  countAlerts,
  countAssignees,
  matchingAlerts,
  type PageEnd,
  similarAlerts,
} from "./triage/alert-list.ts";
import { AlertChanged, alertEntity, StateChange } from "./triage/alert-state.ts";
import { createAlerts, sealNote } from "./triage/alerts.ts";
import { likestOf } from "./triage/alike.ts";
import { type ChangeMatchingArgs, changeMatchingJob } from "./triage/bulk-change.ts";
import type { CaseRoom } from "./triage/cases.ts";
import { nameDeed } from "./triage/name-deed.ts";
import type { NamedQueries } from "./triage/named-queries.ts";
import type { QueryContext } from "./triage/query-sql.ts";
import type { Undoing } from "./undoing.ts";
import { toSummary } from "./verdict-views.ts";

const mostExported = 5_000_000;
const exportedAtOnce = 500;
const shownSessions = 100;
const shownHistory = 100;
const shownSimilar = 20;

export interface TriageOptions {
  readonly store: Store;
  readonly sealer: Sealer;
  readonly clock: Clock;
  readonly jobs: Jobs;
  readonly named: NamedQueries;
  readonly views: AlertViews;
  readonly cases: Pick<CaseRoom, "mustTakeAlerts" | "titleOf">;
  readonly undoBatch: Undoing["batch"];
}

/** Alerts as screens ask of them and decide about them, in wire shapes. */
export function createTriage(options: TriageOptions): Engine["alerts"] {
  const { store, sealer, clock, jobs, named, views, cases } = options;
  const alerts = createAlerts(options);
  const contextOf = (by: Principal): QueryContext => ({ now: clock.now(), by: by.actor });
  const conditions = async (q: string, by: Principal) => views.compile(q, contextOf(by), await views.inForce());
  const compile = async (q: string, context: QueryContext) => views.compile(q, context, await views.inForce());
  jobs.register(changeMatchingJob(store, compile, cases.mustTakeAlerts));

  async function* pagesOf(ids: readonly string[]): AsyncGenerator<AlertOnWire[]> {
    const inForce = await views.inForce();
    for (let from = 0; from < ids.length; from += exportedAtOnce) {
      yield await views.toAlerts(await store.read(alertsByIds, ids.slice(from, from + exportedAtOnce)), inForce);
    }
  }

  async function history(id: string): Promise<AlertHistoryEntry[]> {
    const events = await store.read(eventsOfEntity, { entityType: alertEntity, entityId: id, limit: shownHistory });
    // What an earlier page of the history did stays in force whatever comes after it.
    const last = changesInForce(id, events.toReversed()).at(-1);
    return events.map((event) => toHistory(event, id, event === events[0] || event === last));
  }

  return {
    async list({ q, order, limit, cursor }, by) {
      const inForce = await views.inForce();
      const where = views.compile(q, contextOf(by), inForce);
      const after = cursor === undefined ? null : readCursor(cursor);
      const rows = await store.read(alertPage, { where, order, after, limit: limit + 1 });
      const items = rows.slice(0, limit);
      return {
        items: await views.toAlerts(items, inForce),
        next: rows.length > limit ? toCursor(items.at(-1)!) : null,
      };
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
        store.read(similarAlerts, { row, limit: shownSimilar }).then((rows) => likestOf(row, rows, shownSimilar)),
        views.inForce(),
      ]);
      const [alert, ...others] = await views.toAlerts([row, ...alike], inForce);
      return {
        alert: alert!,
        case_title: alert!.case_id === null ? null : await cases.titleOf(alert!.case_id),
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
    async change(input, by) {
      if (typeof input.change?.case_id === "string") await cases.mustTakeAlerts(input.change.case_id);
      return { event_id: await alerts.change(input.alerts, input.change ?? null, input.note ?? null, by) };
    },
    async changeMatching({ q, change = null, note }, by) {
      // Refused now, not when the job begins.
      await conditions(q, by);
      if (typeof change?.case_id === "string") await cases.mustTakeAlerts(change.case_id);
      const args = {
        q,
        change,
        note: note === undefined ? null : await sealNote(note, { sealer, clock, by }),
        now: clock.now(),
      } satisfies ChangeMatchingArgs;
      const subject = `${q === "" ? "all alerts" : q} (${nameDeed(change, note !== undefined)})`;
      const job = await jobs.start("change-alerts", args, subject, by);
      return { job_id: job.id };
    },
    undoBatch: async ({ batch_id }, by) => ({ job_id: await options.undoBatch(batch_id, by) }),
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
      const entityId = uuidv7(clock);
      const payload = { format, alerts: ids.length, sealed_q: await sealer.seal(`export ${entityId}`, q) };
      const draft = { entityType: "export", entityId, baseVersion: 0, kind: "alerts.exported", payload };
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

const toCursor = ({ n, severity }: PageEnd) => `${severity}.${n}`;

function readCursor(cursor: string): PageEnd {
  const [, severity, n] = /^([0-3])\.(\d{1,15})$/.exec(cursor) ?? [];
  if (n === undefined) throw new SentinelError("INPUT_INVALID", "cursor: it is no cursor of this list.");
  return { severity: Number(severity), n: Number(n) };
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

function toChange({
  severity_seen: _,
  set_seen: _set,
  snooze_seen: _snooze,
  ...change
}: StateChange): AlertHistoryEntry["change"] {
  const { severity, snoozed_until, ...rest } = change;
  return {
    ...rest,
    ...(severity === undefined ? {} : { severity: severity === null ? null : severities[severity]! }),
    ...(snoozed_until === undefined ? {} : { snoozed_until: instantOrNull(snoozed_until) }),
  };
}
