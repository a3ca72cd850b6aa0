import type { AlertStatus, CloseReason } from "../../../shared/alert.ts";
import type { PayloadClass } from "../../../shared/payload.ts";
import type { EnforcedRule } from "../detect/waf/compile-rule.ts";
import { openEventSelect } from "../store/event-table.ts";
import { type Db, defineSlowRead, type StoreModule } from "../store/store.ts";
import { alertChanged, alertEntity, changesOf } from "./alert-state.ts";
import { type ClosedAlert, openRuleTally, type RuleFare } from "./shift-rules.ts";

export interface ArrivalCounts {
  readonly alerts: number;
  readonly byClass: Readonly<Record<string, number>>;
  /** In the order of the list of severities. */
  readonly bySeverity: readonly number[];
  readonly sources: readonly { readonly client: string | null; readonly alerts: number; readonly sessions: number }[];
  /** By place of the stretch of time. */
  readonly byStretch: readonly number[];
}

interface Span {
  /** ISO 8601, as evidence and events have it. */
  readonly from: string;
  readonly to: string;
  /** Milliseconds of one stretch of the timeline. */
  readonly widthMs: number;
}

const mostSources = 20;

function stretchOf({ from, widthMs }: Span, at: number): number {
  return Math.floor((at - Date.parse(from)) / widthMs);
}

/** How many stretches a span has. */
export function stretchesOf({ from, to, widthMs }: Span): number {
  return Math.max(1, Math.ceil((Date.parse(to) - Date.parse(from)) / widthMs));
}

/** Some alerts whose evidence was first brought at one moment, epoch milliseconds; severity as its place in the list of severities. */
interface Arrivals {
  readonly brought: number;
  readonly class: PayloadClass;
  readonly severity: number;
  readonly alerts: number;
}

/** Alerts whose first evidence was brought in a span; read from the index `alerts_brought` alone, in its order. */
export const countArrivals = defineSlowRead("shift.arrivals", (db) => {
  const cameIn = "FROM alerts INDEXED BY alerts_brought WHERE brought >= ? AND brought < ?";
  const select = db.prepare<[number, number], Arrivals>(
    `SELECT brought, class, severity, count(*) AS alerts ${cameIn} GROUP BY brought, class, severity`,
  );
  const loudest = db.prepare<[number, number], ArrivalCounts["sources"][number]>(
    `SELECT client, sum(alerts) AS alerts, sum(sessions) AS sessions FROM (
       SELECT client, count(*) AS alerts, sum(sessions) AS sessions ${cameIn} GROUP BY brought, class, severity, client)
     GROUP BY client ORDER BY alerts DESC, sessions DESC, client LIMIT ${mostSources}`,
  );
  return (span: Span): ArrivalCounts => {
    const ends = [Date.parse(span.from), Date.parse(span.to)] as const;
    const byClass: Record<string, number> = {};
    const bySeverity = [0, 0, 0, 0];
    const byStretch = new Array<number>(stretchesOf(span)).fill(0);
    let all = 0;
    for (const { brought, class: kind, severity, alerts } of select.iterate(...ends)) {
      all += alerts;
      byClass[kind] = (byClass[kind] ?? 0) + alerts;
      bySeverity[severity]! += alerts;
      const stretch = stretchOf(span, brought);
      if (byStretch[stretch] !== undefined) byStretch[stretch] += alerts;
    }
    return { alerts: all, byClass, bySeverity, byStretch, sources: loudest.all(...ends) };
  };
});

/** What became of an alert in a span: the last decision about its status. */
interface Decision {
  /** What it was before the span; null where that is not told. */
  readonly former: AlertStatus | null;
  readonly status: AlertStatus;
  readonly reason: CloseReason | null;
  readonly by: string;
  readonly at: number;
}

/** Sequence number of the first event at or after a moment; the log is in the order of time. */
function firstSeqFrom(db: Db, from: string): number {
  const at = db.prepare<[number], string>("SELECT at FROM events WHERE seq = ?").pluck();
  const last = Number(db.prepare("SELECT coalesce(max(seq), 0) FROM events").pluck().get());
  let [low, high] = [1, last + 1];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if ((at.get(middle) ?? "") < from) low = middle + 1;
    else high = middle;
  }
  return low;
}

const eventsAtOnce = 200;

/** The last decision about the status of each alert for which one was made in a span. */
function decisionsIn(db: Db, { from, to }: Span): Map<string, Decision> {
  const select = openEventSelect(
    db,
    `seq >= ? AND entity_type = '${alertEntity}' AND kind = '${alertChanged}' AND at < ? ORDER BY seq LIMIT ${eventsAtOnce}`,
  );
  const decisions = new Map<string, Decision>();
  for (let seq = firstSeqFrom(db, from); ; ) {
    const events = select(seq, to);
    for (const event of events) {
      const formers = new Map(event.inverse === null ? [] : changesOf(event.entity_id, event.inverse.payload));
      for (const [id, { status, reason = null }] of changesOf(event.entity_id, event.payload)) {
        if (status === undefined) continue;
        const former = decisions.has(id) ? decisions.get(id)!.former : (formers.get(id)?.status ?? null);
        decisions.set(id, { former, status, reason, by: event.actor, at: Date.parse(event.at) });
      }
    }
    if (events.length < eventsAtOnce) return decisions;
    seq = events.at(-1)!.seq + 1;
  }
}

export interface DecisionCounts {
  readonly closed: number;
  readonly reopened: number;
  readonly byReason: Readonly<Record<string, number>>;
  readonly byActor: readonly { readonly name: string; readonly alerts: number }[];
  readonly meanMs: number | null;
  readonly medianMs: number | null;
  readonly quality: readonly {
    readonly class: PayloadClass;
    readonly family: string | null;
    readonly closed: number;
    readonly false_positives: number;
  }[];
  /** Alerts that `byRule` was counted of. */
  readonly tried: number;
  readonly byRule: readonly RuleFare[];
  readonly byStretch: readonly number[];
}

interface RulesNow {
  readonly rules: readonly EnforcedRule[];
  /** Epoch milliseconds by which exclusions expire. */
  readonly now: number;
}

const mostActors = 20;
const mostQualities = 50;

function median(sorted: readonly number[]): number | null {
  if (sorted.length === 0) return null;
  const half = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2;
}

/** What was decided in a span, and how the detection fared by it. */
export const countDecisions = defineSlowRead("shift.decisions", (db) => {
  const find = db.prepare<
    [string],
    { class: PayloadClass; family: string | null; verdict_id: string; brought: number | null }
  >("SELECT class, family, verdict_id, brought FROM alerts WHERE id = ?");
  const tallyRules = openRuleTally(db);
  return ({ rules, now, ...span }: Span & RulesNow): DecisionCounts => {
    const byReason: Record<string, number> = {};
    const byActor = new Map<string, number>();
    const kinds = new Map<string, DecisionCounts["quality"][number]>();
    const byStretch = new Array<number>(stretchesOf(span)).fill(0);
    const times: number[] = [];
    const told: ClosedAlert[] = [];
    let [closed, reopened] = [0, 0];
    for (const [id, { former, status, reason, by, at }] of decisionsIn(db, span)) {
      if (status !== "closed" && former === "closed") reopened++;
      if (status !== "closed" || reason === null) continue;
      closed++;
      byReason[reason] = (byReason[reason] ?? 0) + 1;
      byActor.set(by, (byActor.get(by) ?? 0) + 1);
      const stretch = stretchOf(span, at);
      if (byStretch[stretch] !== undefined) byStretch[stretch]++;
      const alert = find.get(id);
      if (alert === undefined) continue;
      if (alert.brought !== null) times.push(Math.max(0, at - alert.brought));
      if (reason === "duplicate") continue;
      const key = `${alert.class} ${alert.family ?? ""}`;
      const before = kinds.get(key) ?? { class: alert.class, family: alert.family, closed: 0, false_positives: 0 };
      const isFalse = reason === "false_positive";
      told.push({ class: alert.class, verdictId: alert.verdict_id, isFalse });
      kinds.set(key, {
        ...before,
        closed: before.closed + 1,
        false_positives: before.false_positives + (isFalse ? 1 : 0),
      });
    }
    times.sort((a, b) => a - b);
    const held = tallyRules(rules, told, now);
    return {
      closed,
      reopened,
      byReason,
      byActor: [...byActor]
        .map(([name, alerts]) => ({ name, alerts }))
        .sort((a, b) => b.alerts - a.alerts)
        .slice(0, mostActors),
      meanMs: times.length === 0 ? null : times.reduce((sum, ms) => sum + ms, 0) / times.length,
      medianMs: median(times),
      quality: [...kinds.values()].sort((a, b) => b.closed - a.closed).slice(0, mostQualities),
      tried: held.tried,
      byRule: held.rules.toSorted((a, b) => b.closed - a.closed).slice(0, mostQualities),
      byStretch,
    };
  };
});

export const shiftModule: StoreModule = {
  name: "shift",
  migrations: [],
  reads: [countArrivals, countDecisions],
  writes: [],
  projections: [],
};
