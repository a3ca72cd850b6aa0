import { type CloseReason, closeReasons, type Severity, severities } from "../../shared/alert.ts";
import { SentinelError } from "../../shared/errors.ts";
import { type PayloadClass, payloadClasses } from "../../shared/payload.ts";
import type { Shift } from "../../shared/shift.ts";
import type { AlertViews } from "./alert-views.ts";
import { type Clock, toInstant } from "./base/clock.ts";
import type { Principal } from "./base/principals.ts";
import type { Engine } from "./engine-interface.ts";
import type { Impacts } from "./impact.ts";
import { allRules, bareExclusion } from "./respond/rules/rule-state.ts";
import { hasEnded } from "./respond/rules/rule-steps.ts";
import type { ReadableStore } from "./store/store.ts";
import { countAlerts, countAssignees } from "./triage/alert-list.ts";
import { countCases } from "./triage/case-state.ts";
import type { Handover } from "./triage/handover.ts";
import { countArrivals, countDecisions } from "./triage/shift-reads.ts";

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const longestMs = 31 * dayMs;

export interface ShiftOptions {
  readonly store: ReadableStore;
  readonly clock: Clock;
  readonly views: AlertViews;
  readonly handover: Handover;
  readonly impact: Pick<Impacts, "between">;
}

/** What a shift did and what it leaves to the next, in wire shapes. */
export function createShift({ store, clock, views, handover, impact }: ShiftOptions): Engine["shift"] {
  async function left(by: Principal): Promise<Shift["left"]> {
    const where = views.compile("is:open", { now: clock.now(), by: by.actor }, await views.inForce());
    const [counts, assignees, cases] = await Promise.all([
      store.read(countAlerts, where),
      store.read(countAssignees, where),
      store.read(countCases, null),
    ]);
    const assigned = assignees.reduce((sum, { alerts }) => sum + alerts, 0);
    return {
      open: counts.total,
      unassigned: counts.total - assigned,
      by_severity: counts.bySeverity,
      open_cases: cases.open,
    };
  }

  /** Rules that gatekeepers are told of and that look at requests: gatekeepers pass over those that have ended. */
  async function rulesInForce() {
    const now = clock.now();
    const rules = await store.read(allRules, null);
    return rules.filter(
      ({ record: { stage, definition } }) =>
        stage !== "off" && stage !== "proposed" && !hasEnded(definition.expires_at, now),
    );
  }

  return {
    async summary({ from, to }, by) {
      const lengthMs = Date.parse(to) - Date.parse(from);
      if (lengthMs <= 0) throw new SentinelError("INPUT_INVALID", "to: it is not after from.");
      if (lengthMs > longestMs) throw new SentinelError("INPUT_TOO_LARGE", "A shift is at most 31 days.");
      const widthMs = lengthMs <= 2 * dayMs ? hourMs : dayMs;
      const span = { from, to, widthMs };
      const rules = await rulesInForce();
      const enforced = rules.map(({ id, record: { definition, exclusions } }) => {
        return { id, definition, exclusions: exclusions.map(bareExclusion) };
      });
      const [arrivals, decisions, rest] = await Promise.all([
        store.read(countArrivals, span),
        store.read(countDecisions, { ...span, rules: enforced, now: clock.now() }),
        left(by),
      ]);
      const start = Date.parse(from);
      return {
        from,
        to,
        came_in: {
          alerts: arrivals.alerts,
          by_class: fill<PayloadClass>(payloadClasses, arrivals.byClass),
          by_severity: Object.fromEntries(
            severities.map((severity, rank) => [severity, arrivals.bySeverity[rank] ?? 0]),
          ) as Record<Severity, number>,
        },
        closed: {
          alerts: decisions.closed,
          by_reason: fill<CloseReason>(closeReasons, decisions.byReason),
          by_actor: [...decisions.byActor],
          triage_mean_ms: decisions.meanMs,
          triage_median_ms: decisions.medianMs,
        },
        reopened: decisions.reopened,
        quality: [...decisions.quality],
        rule_quality: {
          alerts: decisions.tried,
          rules: rules.length,
          matching: decisions.byRule.map(({ rule: id, ...fared }) => {
            const { number, record } = rules.find((rule) => rule.id === id)!;
            return { rule: { id, number, name: record.name }, ...fared };
          }),
        },
        sources: [...arrivals.sources],
        timeline: arrivals.byStretch.map((cameIn, i) => ({
          start: toInstant(start + i * widthMs),
          width_ms: widthMs,
          came_in: cameIn,
          closed: decisions.byStretch[i] ?? 0,
        })),
        left: rest,
        impact: await impact.between(start, Date.parse(to)),
      };
    },
    notes: () => handover.notes(),
    async writeNote({ text }, by) {
      const { id, eventId } = await handover.write(text, by);
      return { id, event_id: eventId };
    },
    removeNote: async ({ id, base_version }, by) => ({ event_id: await handover.remove(id, base_version, by) }),
  };
}

function fill<K extends string>(names: readonly K[], counts: Readonly<Record<string, number>>): Record<K, number> {
  return Object.fromEntries(names.map((name) => [name, counts[name] ?? 0])) as Record<K, number>;
}
