import { type Alert, severities } from "../../shared/alert.ts";
import { parseAlertQuery } from "../../shared/alert-query.ts";
import type { Case, CaseHistoryEntry, CaseItem, CaseMoment, Observable, ObservableType } from "../../shared/case.ts";
import { SentinelError } from "../../shared/errors.ts";
import { formatTerm } from "../../shared/query-complete.ts";
import { mostExportedOfCase } from "../../shared/report.ts";
import { type AlertViews, instantOrNull } from "./alert-views.ts";
import type { Clock } from "./base/clock.ts";
import type { Principal } from "./base/principals.ts";
import type { Engine } from "./engine-interface.ts";
import { nameAttack } from "./explain/phrases.ts";
import { eventsOfEntity } from "./store/event-table.ts";
import type { Sealer } from "./store/seal.ts";
import type { EventRow, ReadableStore } from "./store/store.ts";
import { inForce as changesInForce } from "./store/undo-chain.ts";
import { countAlertsUpTo } from "./triage/alert-list.ts";
import {
  alertsOfCase,
  type CaseTally,
  type SharedColumn,
  sharedColumns,
  tallyCases,
  valuesOfCase,
} from "./triage/case-alerts.ts";
import { describeCaseEvent, describeItemEvent, turnOf } from "./triage/case-history.ts";
import {
  caseEntity,
  caseFamily,
  casePage,
  countCases,
  eventsOfCaseItems,
  itemsOfCase,
  type StoredCase,
  type StoredItem,
} from "./triage/case-state.ts";
import { type CaseRoom, CaseText, type Done, ItemText } from "./triage/cases.ts";
import type { QueriesInForce } from "./triage/named-queries.ts";

const shownAlerts = 200;
/** Values of one sort that are looked for elsewhere. */
const shownValues = 25;
const mostElsewhere = 1000;
const shownMoments = 500;
const shownHistory = 200;
/** Cases whose titles are read at once while one is looked for. */
const searchedAtOnce = 200;

export interface CaseworkOptions {
  readonly store: ReadableStore;
  readonly sealer: Sealer;
  readonly clock: Clock;
  readonly views: AlertViews;
  readonly cases: CaseRoom;
}

export type Casework = Engine["cases"] & {
  /** All its alerts, the worst first. @throws SentinelError NOT_FOUND */
  alertsOf(id: string): Promise<Alert[]>;
};

/** Cases as screens ask of them and work on them, in wire shapes. */
export function createCasework(options: CaseworkOptions): Casework {
  const { store, sealer, clock, views, cases } = options;

  async function toCases(stored: readonly StoredCase[]): Promise<Case[]> {
    const tallies = await store.read(
      tallyCases,
      stored.map(({ id }) => id),
    );
    return await Promise.all(
      stored.map(async ({ text, severity, ...rest }, i) => {
        const clear = await sealer.unseal(text);
        const written = clear === null ? { title: null, summary: null } : CaseText.parse(JSON.parse(clear));
        return { ...rest, ...written, severity_set: severity !== null, ...toTally(tallies[i]!, severity) };
      }),
    );
  }

  async function toItem({ text, kind, ...stored }: StoredItem): Promise<CaseItem> {
    const clear = await sealer.unseal(text);
    const said = clear === null ? null : ItemText.parse(JSON.parse(clear));
    const { id, version, case_id, by, written_at } = stored;
    const item = { id, version, case_id, by, written_at, text: said?.text ?? null };
    switch (kind) {
      case "task":
        return { ...item, kind, done: stored.done === true, assignee: stored.assignee };
      case "note":
        return { ...item, kind };
      case "entry":
        return { ...item, kind, at: stored.at ?? written_at };
      case "observable":
        return { ...item, kind, type: said?.type ?? "other", value: said?.value ?? null };
    }
  }

  /** Values of its alerts and those that were written into it, with how many other alerts have them. */
  async function observables(
    id: string,
    items: readonly CaseItem[],
    by: Principal,
    inForce: QueriesInForce,
  ): Promise<Observable[]> {
    const found = await store.read(valuesOfCase, { caseId: id, limit: shownValues });
    const named = items.flatMap((item) => (item.kind === "observable" && item.value !== null ? [item] : []));
    const all: Omit<Observable, "elsewhere">[] = [
      ...found.map(({ column, value, alerts }) => {
        const item = named.find((each) => each.type === typeOf[column] && each.value === value);
        const q = termOf(column, value);
        return { type: typeOf[column], value, alerts, q, item_id: item?.id ?? null, text: item?.text ?? null };
      }),
      ...named
        .filter((item) => !found.some(({ column, value }) => typeOf[column] === item.type && value === item.value))
        .map(({ id: itemId, type, value, text }) => {
          const column = columnOf(type);
          const q = column === null ? null : termOf(column, value!);
          return { type, value: value!, alerts: 0, q, item_id: itemId, text };
        }),
    ];
    return await Promise.all(
      all.map(async (each) => {
        if (each.q === null) return { ...each, elsewhere: null };
        const { q } = each;
        // A value of many quotes is longer than a query may be.
        if (parseAlertQuery(`${q} -case:${id}`, clock.now()).problems.length > 0)
          return { ...each, q: null, elsewhere: null };
        const where = views.compile(`${q} -case:${id}`, { now: clock.now(), by: by.actor }, inForce);
        return { ...each, elsewhere: await store.read(countAlertsUpTo, { where, most: mostElsewhere }) };
      }),
    );
  }

  /** What was done with a case and with those that were merged into it, the last first. */
  async function eventsOf(family: readonly Case[]) {
    const events: { event: EventRow; undoable: boolean; did: string; turn: CaseMoment["kind"] | null }[] = [];
    for (const { id, title } of family) {
      const where = id === family[0]?.id ? "" : `"${title ?? id}": `;
      const own = await store.read(eventsOfEntity, { entityType: caseEntity, entityId: id, limit: shownHistory });
      const last = changesInForce(id, own.toReversed()).at(-1);
      for (const event of own) {
        const undoable = event.inverse !== null && (event === own[0] || event === last);
        events.push({ event, undoable, did: where + describeCaseEvent(event), turn: turnOf(event) });
      }
      const written = await store.read(eventsOfCaseItems, { caseId: id, limit: shownHistory });
      const newest = new Map(written.toReversed().map((event) => [event.entity_id, event]));
      for (const event of written) {
        const undoable = newest.get(event.entity_id) === event;
        events.push({ event, undoable, did: where + describeItemEvent(event), turn: null });
      }
    }
    return events.sort((a, b) => b.event.seq - a.event.seq).slice(0, shownHistory);
  }

  async function get(id: string, by: Principal) {
    const family = await store.read(caseFamily, id);
    if (family.length === 0) throw noCase();
    const inForce = await views.inForce();
    const shown = await toCases(family);
    const [own, ...merged] = shown;
    const [rows, stored, events] = await Promise.all([
      store.read(alertsOfCase, { caseId: id, limit: shownAlerts }),
      store.read(itemsOfCase, id),
      eventsOf(shown),
    ]);
    const [alerts, items] = await Promise.all([views.toAlerts(rows, inForce), Promise.all(stored.map(toItem))]);
    const history: CaseHistoryEntry[] = events.map(({ event, undoable, did }) => ({
      event_id: event.id,
      at: event.at,
      by: event.actor,
      undoable,
      did,
    }));
    const turns = events.flatMap(({ event, turn, did }): CaseMoment[] =>
      turn === null ? [] : [{ at: event.at, kind: turn, text: did, by: event.actor, alert_id: null, item_id: null }],
    );
    return {
      case: own!,
      merged,
      alerts,
      items,
      observables: await observables(id, items, by, inForce),
      timeline: joinMoments(alerts, items, turns),
      history,
    };
  }

  return {
    async list({ status, text, limit, cursor }) {
      const wanted = text.toLowerCase();
      const matches = ({ id, title, tags }: Case) =>
        id.startsWith(wanted) || [title ?? "", ...tags].some((each) => each.toLowerCase().includes(wanted));
      const found: Case[] = [];
      let before = cursor ?? null;
      for (;;) {
        const size = wanted === "" ? limit + 1 : searchedAtOnce;
        const page = await store.read(casePage, { status: status ?? null, before, limit: size });
        const shown = await toCases(page);
        found.push(...(wanted === "" ? shown : shown.filter(matches)));
        before = page.at(-1)?.id ?? null;
        if (found.length > limit || page.length < size) break;
      }
      const items = found.slice(0, limit);
      return {
        items,
        next: found.length > limit ? items.at(-1)!.id : null,
        ...(await store.read(countCases, null)),
      };
    },
    get: ({ id }, by) => get(id, by),
    async alertsOf(id) {
      if ((await store.read(caseFamily, id)).length === 0) throw noCase();
      const rows = await store.read(alertsOfCase, { caseId: id, limit: mostExportedOfCase });
      return await views.toAlerts(rows, await views.inForce());
    },
    async open({ severity, ...given }, by) {
      const rank = severity === null ? null : severities.indexOf(severity);
      const { id, ...done } = await cases.open({ ...given, severity: rank }, by);
      return { id, ...toDone(done) };
    },
    async change({ id, base_version, change, close_alerts, despite_open_tasks }, by) {
      const close = { alerts: close_alerts, despiteOpenTasks: despite_open_tasks };
      return toDone(await cases.change(id, base_version, change, close, by));
    },
    merge: async ({ id, cases: others }, by) => toDone(await cases.merge(id, others, by)),
    async saveItem({ id, item_id, base_version, item }, by) {
      const saved = await cases.saveItem(id, { id: item_id, baseVersion: base_version }, item, by);
      return { item_id: saved.id, event_id: saved.eventId };
    },
    removeItem: async ({ id, item_id, base_version }, by) => ({
      event_id: await cases.removeItem(id, { id: item_id, baseVersion: base_version }, by),
    }),
  };
}

const noCase = () => new SentinelError("NOT_FOUND", "There is no such case.");

const toDone = ({ eventId, batchId }: Done) => ({ event_id: eventId, batch_id: batchId });

const typeOf: Record<SharedColumn, ObservableType> = {
  client: "address",
  host: "host",
  path: "path",
  payload: "payload",
};

/** The term that finds a value; null where its star would stand for any rest. */
const termOf = (column: SharedColumn, value: string): string | null =>
  column !== "payload" && value.endsWith("*") ? null : formatTerm(column, value);

const columnOf = (type: ObservableType): SharedColumn | null =>
  sharedColumns.find((column) => typeOf[column] === type) ?? null;

function toTally({ first_seen, last_seen, severity: worst, ...counts }: CaseTally, set: number | null) {
  const times = { first_seen: instantOrNull(first_seen), last_seen: instantOrNull(last_seen) };
  return { ...counts, ...times, severity: severities[set ?? worst ?? 0]! };
}

const byTime = (a: CaseMoment, b: CaseMoment) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0);

/** What happened in the traffic, as it was written down, and what was done, oldest first. */
function joinMoments(alerts: readonly Alert[], items: readonly CaseItem[], turns: readonly CaseMoment[]): CaseMoment[] {
  const seen = alerts.flatMap((alert): CaseMoment[] => {
    if (alert.first_seen === null) return [];
    const text = `${alert.request_line} · ${alert.class === "benign" ? "unusual behaviour" : nameAttack(alert.class, alert.family)}`;
    return [{ at: alert.first_seen, kind: "alert", text, by: null, alert_id: alert.id, item_id: null }];
  });
  const entries = items.flatMap((item): CaseMoment[] =>
    item.kind === "entry"
      ? [{ at: item.at, kind: "entry", text: item.text, by: item.by, alert_id: null, item_id: item.id }]
      : [],
  );
  const told = [...entries, ...turns];
  // Where there is too much, the alerts that came last are left to their list.
  const first = seen.sort(byTime).slice(0, Math.max(0, shownMoments - told.length));
  return [...first, ...told].sort(byTime).slice(-shownMoments);
}
