import { type AlertChange, severities } from "../../../shared/alert.ts";
import { bulkEntityId } from "../store/bulk.ts";
import type { EventDraft } from "../store/store.ts";
import {
  type AlertChanged,
  alertChanged,
  alertEntity,
  type ChangedMember,
  formerValues,
  type Standing,
  type StateChange,
  type StoredNote,
} from "./alert-state.ts";

/** An alert and the version that whoever changes it has seen. */
export interface AlertAt {
  readonly id: string;
  readonly base_version: number;
}

/** What an analyst asked for, as an event stores it. */
export function toStateChange(change: AlertChange): StateChange {
  const { status, reason, assignee, severity, add_tags, remove_tags, snoozed_until, case_id, label } = change;
  return {
    ...(status === undefined ? {} : { status, reason: reason ?? null, severity_seen: 0 }),
    ...(label === undefined ? {} : { label }),
    ...(assignee === undefined ? {} : { assignee }),
    ...(severity === undefined ? {} : { severity: severity === null ? null : severities.indexOf(severity) }),
    ...(add_tags === undefined ? {} : { add_tags }),
    ...(remove_tags === undefined ? {} : { remove_tags }),
    ...(snoozed_until === undefined
      ? {}
      : { snoozed_until: snoozed_until === null ? null : Date.parse(snoozed_until) }),
    ...(case_id === undefined ? {} : { case_id }),
  };
}

interface Changing {
  readonly set?: StateChange;
  readonly note?: StoredNote;
  readonly unnote?: StoredNote;
}

/**
 * The event that changes some alerts, with its inverse. One alert makes an event of its own, several a bulk event.
 * @param standings of `alerts`, in their order
 */
export function draftChange(
  alerts: readonly AlertAt[],
  standings: readonly Standing[],
  { set, note, unnote }: Changing,
): EventDraft {
  const members = alerts.map((alert, i): { after: ChangedMember; before: ChangedMember } => {
    const standing = standings[i]!;
    const own = set === undefined ? undefined : ownChange(set, standing);
    return {
      after: own === undefined ? alert : { ...alert, set: own },
      before: set === undefined ? alert : { ...alert, set: formerValues(standing.state, { ...set, ...own }) },
    };
  });
  const payload = {
    ...(set === undefined ? {} : { set }),
    ...(note === undefined ? {} : { note }),
    ...(unnote === undefined ? {} : { unnote: unnote.id }),
  } satisfies AlertChanged;
  const inverse = {
    ...(note === undefined ? {} : { unnote: note.id }),
    ...(unnote === undefined ? {} : { note: unnote }),
  } satisfies AlertChanged;
  const kind = alertChanged;
  const [first] = members;
  if (first !== undefined && members.length === 1) {
    const { id, base_version, set: own } = first.after;
    const one = own === undefined ? payload : { ...payload, set: { ...payload.set, ...own } };
    const back = first.before.set === undefined ? inverse : { ...inverse, set: first.before.set };
    return {
      entityType: alertEntity,
      entityId: id,
      baseVersion: base_version,
      kind,
      payload: one,
      inverse: { kind, payload: back },
    };
  }
  const base = { entityType: alertEntity, entityId: bulkEntityId, baseVersion: 0, kind };
  return {
    ...base,
    payload: { ...payload, members: members.map(({ after }) => after) },
    inverse: { kind, payload: { ...inverse, ...shareFormer(members.map(({ before }) => before)) } },
  };
}

/** What a change means for one alert beyond what it means for all. */
function ownChange(set: StateChange, { state, severityFound }: Standing): StateChange | undefined {
  // Whoever takes an alert into a case has begun to work on it.
  const begins = set.status === undefined && typeof set.case_id === "string" && state.status === "new";
  // A snooze that a worse session ended would stand as ended for as long as nobody decides anew.
  const settles = set.status !== undefined && state.snooze_seen !== null && state.snooze_seen < severityFound;
  const own: StateChange = {
    ...(begins ? { status: "in_progress", reason: null, severity_seen: 0 } : {}),
    ...(set.status === "closed" && severityFound > 0 ? { severity_seen: severityFound } : {}),
    ...(settles && set.snoozed_until === undefined ? { snoozed_until: null } : {}),
    ...(typeof set.severity === "number" ? { set_seen: severityFound } : {}),
    ...(typeof set.snoozed_until === "number" ? { snooze_seen: severityFound } : {}),
  };
  return Object.keys(own).length === 0 ? undefined : own;
}

/**
 * Most alerts of one action were alike before it: what the first was stands once, and only those that differ say so. Where an action
 * meant more for some of them, each says for itself: what stands once would reach those that it is not true of.
 */
function shareFormer(members: readonly ChangedMember[]): { set?: StateChange; members: ChangedMember[] } {
  const set = members[0]?.set;
  if (set === undefined) return { members: [...members] };
  const names = (each: StateChange | undefined) => Object.keys(each ?? {}).join();
  if (members.some((member) => names(member.set) !== names(set))) return { members: [...members] };
  const common = JSON.stringify(set);
  return {
    set,
    members: members.map(({ id, base_version, set: own }) =>
      JSON.stringify(own) === common ? { id, base_version } : { id, base_version, set: own! },
    ),
  };
}
