import { z } from "zod";
import { AlertStatus, CloseReason } from "../../../shared/alert.ts";
import { AttackClass } from "../../../shared/payload.ts";
import { bulkMembers } from "../store/bulk.ts";
import { type Db, defineRead, type EventRow, forgetRow, type Projection } from "../store/store.ts";

export const alertEntity = "alert";
export const alertChanged = "alert.changed";

/** What was decided about an alert. Severities are places in the list of severities, times epoch milliseconds. */
export interface AlertState {
  readonly status: AlertStatus;
  readonly reason: CloseReason | null;
  /** Severity that its sessions had when it was closed; 0 while it is not. */
  readonly severity_seen: number;
  readonly assignee: string | null;
  /** Sorted. */
  readonly tags: readonly string[];
  readonly severity: number | null;
  /** Severity that its sessions had when `severity` was set; null where nobody set it. */
  readonly set_seen: number | null;
  readonly snoozed_until: number | null;
  /** Severity that its sessions had when it was snoozed; null while it is not. */
  readonly snooze_seen: number | null;
  readonly case_id: string | null;
  /** What a true positive was, where whoever closed it named another class than the verdict. */
  readonly label: AttackClass | null;
}

/** Of an alert that nobody has touched; it has no row. */
export const untouched: AlertState = {
  status: "new",
  reason: null,
  severity_seen: 0,
  assignee: null,
  tags: [],
  severity: null,
  set_seen: null,
  snoozed_until: null,
  snooze_seen: null,
  case_id: null,
  label: null,
};

/** Values that an event sets; what is absent stays. */
export const StateChange = z.strictObject({
  status: AlertStatus.optional(),
  reason: CloseReason.nullable().optional(),
  severity_seen: z.number().int().optional(),
  assignee: z.string().nullable().optional(),
  tags: z.array(z.string()).optional(),
  add_tags: z.array(z.string()).optional(),
  remove_tags: z.array(z.string()).optional(),
  severity: z.number().int().nullable().optional(),
  set_seen: z.number().int().nullable().optional(),
  snoozed_until: z.number().int().nullable().optional(),
  snooze_seen: z.number().int().nullable().optional(),
  case_id: z.string().nullable().optional(),
  label: AttackClass.optional(),
});
export type StateChange = z.infer<typeof StateChange>;

export const StoredNote = z.strictObject({ id: z.string(), text: z.string(), by: z.string(), at: z.string() });
export type StoredNote = z.infer<typeof StoredNote>;

/** Payload of `alert.changed`. In a bulk event each member may set values of its own after those that all share. */
export const AlertChanged = z.object({
  set: StateChange.optional(),
  note: StoredNote.optional(),
  /** Id of the note that is taken off. */
  unnote: z.string().optional(),
});
export type AlertChanged = z.infer<typeof AlertChanged>;

export interface ChangedMember {
  readonly id: string;
  readonly base_version: number;
  readonly set?: StateChange;
}

/** What the payload of an event sets, by alert. */
export function changesOf(entityId: string, payload: unknown): [id: string, set: StateChange][] {
  const { set = {} } = AlertChanged.parse(payload);
  const members: readonly ChangedMember[] = bulkMembers(entityId, payload) ?? [{ id: entityId, base_version: 0 }];
  return members.map(({ id, set: own }) => [id, own === undefined ? set : { ...set, ...StateChange.parse(own) }]);
}

/** The state after a change. */
export function changeState(state: AlertState, change: StateChange): AlertState {
  const { add_tags = [], remove_tags = [], ...values } = change;
  const tags = new Set(values.tags ?? state.tags);
  for (const tag of add_tags) tags.add(tag);
  for (const tag of remove_tags) tags.delete(tag);
  const given = Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
  // The class that was named belongs to the closing that named it.
  const label = change.status === undefined ? state.label : null;
  // What was seen belongs to what was decided upon it.
  const set_seen = change.severity === undefined ? state.set_seen : null;
  const snooze_seen = change.snoozed_until === undefined ? state.snooze_seen : null;
  return { ...state, label, set_seen, snooze_seen, ...given, tags: [...tags].sort() };
}

/** The values that take a state back from what a change makes of it. */
export function formerValues(state: AlertState, change: StateChange): StateChange {
  const {
    status,
    reason,
    severity_seen,
    assignee,
    tags,
    severity,
    set_seen,
    snoozed_until,
    snooze_seen,
    case_id,
    label,
  } = state;
  return {
    ...(change.status === undefined ? {} : { status, reason, severity_seen, ...(label === null ? {} : { label }) }),
    ...(change.assignee === undefined ? {} : { assignee }),
    ...((change.tags ?? change.add_tags ?? change.remove_tags) === undefined ? {} : { tags: [...tags] }),
    ...(change.severity === undefined ? {} : { severity, set_seen }),
    ...(change.snoozed_until === undefined ? {} : { snoozed_until, snooze_seen }),
    ...(change.case_id === undefined ? {} : { case_id }),
  };
}

interface StateRow extends Omit<AlertState, "tags"> {
  readonly tags: string;
}

export function openStateRows(db: Db): (alertId: string) => AlertState {
  const select = db.prepare<[string], StateRow>(
    "SELECT status, reason, severity_seen, assignee, tags, severity, set_seen, snoozed_until, snooze_seen, case_id, label FROM alert_states WHERE alert_id = ?",
  );
  return (alertId) => {
    const row = select.get(alertId);
    return row === undefined ? untouched : { ...row, tags: JSON.parse(row.tags) as string[] };
  };
}

function isUntouched(state: AlertState): boolean {
  const { tags, ...rest } = state;
  return (
    tags.length === 0 && Object.entries(rest).every(([name, value]) => value === untouched[name as keyof AlertState])
  );
}

export const alertProjection: Projection = {
  name: "alert states",
  tables: ["alert_states", "alert_notes"],
  kinds: [alertChanged],
  shared: {
    entityType: alertEntity,
    isBulk: true,
    forget(db) {
      const state = forgetRow(db, "alert_states", "alert_id");
      const notes = forgetRow(db, "alert_notes", "alert_id");
      return (id) => {
        state(id);
        notes(id);
      };
    },
    rows: `SELECT s.*, n.* FROM alert_states s FULL JOIN alert_notes n ON n.alert_id = s.alert_id
      ORDER BY coalesce(s.alert_id, n.alert_id), n.id`,
  },
  prepare(db) {
    const read = openStateRows(db);
    const write = db.prepare(
      `INSERT INTO alert_states (alert_id, status, reason, severity_seen, assignee, tags, severity, set_seen, snoozed_until, snooze_seen,
         case_id, label) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET status = excluded.status, reason = excluded.reason, severity_seen = excluded.severity_seen,
         assignee = excluded.assignee, tags = excluded.tags, severity = excluded.severity, set_seen = excluded.set_seen,
         snoozed_until = excluded.snoozed_until, snooze_seen = excluded.snooze_seen, case_id = excluded.case_id, label = excluded.label`,
    );
    const remove = db.prepare("DELETE FROM alert_states WHERE alert_id = ?");
    const note = db.prepare(
      "INSERT INTO alert_notes (id, alert_id, text, written_by, written_at) VALUES (?, ?, ?, ?, ?)",
    );
    const unnote = db.prepare("DELETE FROM alert_notes WHERE id = ? AND alert_id = ?");

    function set(id: string, changes: readonly StateChange[]): void {
      const now = changes.reduce(changeState, read(id));
      if (isUntouched(now)) remove.run(id);
      else {
        const {
          status,
          reason,
          severity_seen,
          assignee,
          severity,
          set_seen,
          snoozed_until,
          snooze_seen,
          case_id,
          label,
        } = now;
        const decided = [status, reason, severity_seen, assignee, JSON.stringify(now.tags), severity];
        write.run(id, ...decided, set_seen, snoozed_until, snooze_seen, case_id, label);
      }
    }

    return (event: EventRow) => {
      const payload = AlertChanged.parse(event.payload);
      const members: readonly ChangedMember[] = bulkMembers(event.entity_id, event.payload) ?? [
        { id: event.entity_id, base_version: event.base_version },
      ];
      for (const member of members) {
        const own = member.set === undefined ? undefined : StateChange.parse(member.set);
        const changes = [payload.set, own].filter((change) => change !== undefined);
        if (changes.length > 0) set(member.id, changes);
        if (payload.unnote !== undefined) unnote.run(payload.unnote, member.id);
        const written = payload.note;
        if (written !== undefined) note.run(written.id, member.id, written.text, written.by, written.at);
      }
    };
  },
};

/** What is decided of some alerts, what their sessions come to, and from which version to change them. */
export interface Standing {
  readonly id: string;
  readonly version: number;
  readonly severityFound: number;
  readonly state: AlertState;
}

/** Null for an alert that there is none of, or whose evidence was withdrawn. */
export const alertStandings = defineRead("alerts.standings", (db) => {
  const found = db.prepare("SELECT severity_found FROM alerts WHERE id = ?").pluck();
  const version = db
    .prepare(`SELECT version FROM entity_versions WHERE entity_type = '${alertEntity}' AND entity_id = ?`)
    .pluck();
  const read = openStateRows(db);
  return (ids: readonly string[]): (Standing | null)[] =>
    ids.map((id) => {
      const severityFound = found.get(id);
      if (severityFound === undefined) return null;
      return { id, version: Number(version.get(id) ?? 0), severityFound: Number(severityFound), state: read(id) };
    });
});

/** A note as stored: its text is sealed. */
export const notesOfAlert = defineRead("alerts.notes", (db) => {
  const select = db.prepare<[string], { id: string; text: string; by: string; at: string }>(
    "SELECT id, text, written_by AS by, written_at AS at FROM alert_notes WHERE alert_id = ? ORDER BY written_at, id",
  );
  return (alertId: string): StoredNote[] => select.all(alertId);
});
