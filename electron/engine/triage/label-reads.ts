import { z } from "zod";
import { bulkEntityId } from "../store/bulk.ts";
import { type Db, defineRead, defineSlowRead } from "../store/store.ts";
import { decisionRejected } from "../store/undo-chain.ts";
import { alertEntity } from "./alert-state.ts";
import { caseEntity, caseItemEntity } from "./case-state.ts";

/** What analysts write tags and assignees on, in clear. */
export const labelledTypes = [alertEntity, caseEntity, caseItemEntity] as const;
export type LabelledType = (typeof labelledTypes)[number];

/** What stands on an alert, a case or a task. */
export interface Labels {
  readonly id: string;
  readonly assignee: string | null;
  readonly tags: readonly string[];
}

/** The same with what changing it takes. */
export interface Labelled extends Labels {
  readonly type: LabelledType;
  readonly version: number;
  /** Of a case or a task what is saved with them, as the log has it. Null: of an alert, and of what is removed. */
  readonly saved: Record<string, unknown> | null;
}

interface LabelsRow extends Omit<Labels, "tags"> {
  readonly tags: string;
}

const parse = <R extends LabelsRow>({ tags, ...row }: R) => ({ ...row, tags: JSON.parse(tags) as string[] });

/** By its key, so that each page begins where the last one ended instead of going through all before it. */
export const labelledPages: Readonly<Record<LabelledType, string>> = {
  [alertEntity]: `SELECT alert_id AS id, assignee, tags FROM alert_states
    WHERE alert_id > @after AND (tags != '[]' OR assignee IS NOT NULL) ORDER BY alert_id LIMIT @limit`,
  [caseEntity]: `SELECT id, assignee, tags FROM cases
    WHERE id > @after AND (tags != '[]' OR assignee IS NOT NULL) ORDER BY id LIMIT @limit`,
  [caseItemEntity]: `SELECT case_id || '/' || id AS id, assignee, '[]' AS tags FROM case_items
    WHERE (case_id, id) > (@after, @item) AND assignee IS NOT NULL ORDER BY case_id, id LIMIT @limit`,
};

/** Alerts, cases or tasks with tags or an assignee, a page at a time, by id. */
export const labelledAfter = defineSlowRead("triage.labelled_after", (db: Db) => {
  const select = (type: LabelledType) =>
    db.prepare<{ after: string; item?: string; limit: number }, LabelsRow>(labelledPages[type]);
  const [alerts, cases, items] = [select(alertEntity), select(caseEntity), select(caseItemEntity)];
  return ({ type, after, limit }: { type: LabelledType; after: string; limit: number }): Labels[] => {
    if (type !== caseItemEntity) return (type === alertEntity ? alerts : cases).all({ after, limit }).map(parse);
    const [caseId = "", item = ""] = keyOf(type, after);
    return items.all({ after: caseId, item, limit }).map(parse);
  };
});

const keyOf = (type: LabelledType, id: string) => (type === caseItemEntity ? id.split("/") : [id]);

/** Some alerts, cases or tasks as they stand now; those that are not there any more, too. */
export const labelledByIds = defineRead("triage.labelled_by_ids", (db: Db) => {
  type Row = Omit<LabelsRow, "id"> & { readonly saved: string | null };
  const select: Readonly<Record<LabelledType, { get(...key: string[]): Row | undefined }>> = {
    [alertEntity]: db.prepare("SELECT assignee, tags, NULL AS saved FROM alert_states WHERE alert_id = ?"),
    [caseEntity]: db.prepare(
      `SELECT assignee, tags, json_object('text', text, 'status', status, 'outcome', outcome, 'severity', severity,
         'merged_into', merged_into, 'opened_by', opened_by, 'opened_at', opened_at, 'closed_at', closed_at) AS saved
       FROM cases WHERE id = ?`,
    ),
    [caseItemEntity]: db.prepare(
      `SELECT assignee, '[]' AS tags, json_object('kind', kind, 'text', text, 'done', done, 'at', at, 'by', written_by,
         'written_at', written_at) AS saved
       FROM case_items WHERE case_id = ? AND id = ?`,
    ),
  };
  const version = db
    .prepare<[string, string], number>("SELECT version FROM entity_versions WHERE entity_type = ? AND entity_id = ?")
    .pluck();
  return ({ type, ids }: { type: LabelledType; ids: readonly string[] }): Labelled[] =>
    ids.map((id) => {
      const { assignee = null, tags = "[]", saved = null } = select[type].get(...keyOf(type, id)) ?? {};
      return {
        ...{ type, id, version: version.get(type, id) ?? 0, assignee },
        tags: JSON.parse(tags) as string[],
        saved: saved === null ? null : (JSON.parse(saved) as Record<string, unknown>),
      };
    });
});

const Strings = z.array(z.string()).catch([]);
/** Whatever another engine may have written there instead names nobody. */
const NamedLabels = z.object({ tags: Strings, add_tags: Strings, assignee: z.string().nullable().catch(null) });
const none: z.infer<typeof NamedLabels> = { tags: [], add_tags: [], assignee: null };
const AlertChange = z.object({
  set: NamedLabels.catch(none),
  members: z.array(z.object({ id: z.string(), set: NamedLabels.catch(none) })).catch([]),
});
const Members = z.object({ members: z.array(z.object({ id: z.string() })).catch([]) }).catch({ members: [] });
const Rejected = z.object({ events: Strings }).catch({ events: [] });

const labelsIn = ({ tags, add_tags, assignee }: z.infer<typeof NamedLabels>) => [
  ...tags,
  ...add_tags,
  ...(assignee === null ? [] : [assignee]),
];

/** What an event of the log means for undoing what tags and assignees there were. */
export interface LoggedLabels {
  readonly event: string;
  readonly type: LabelledType;
  /** Alerts, cases or tasks that it is about, with what taking it back puts on again. */
  readonly members: readonly { readonly id: string; readonly labels: readonly string[] }[];
  readonly undoable: boolean;
  /** Events that have no effect on those any more. */
  readonly rejects: readonly string[];
}

interface LoggedRow {
  readonly seq: number;
  readonly event: string;
  readonly type: LabelledType;
  readonly id: string;
  readonly kind: string;
  readonly undoable: number;
  readonly change: string;
}

function readLogged({ event, type, id, kind, undoable, change }: LoggedRow): LoggedLabels {
  const payload: unknown = JSON.parse(change);
  const isBulk = id === bulkEntityId;
  if (undoable === 0) {
    const members = isBulk ? Members.parse(payload).members : [{ id }];
    const rejects = kind === decisionRejected ? Rejected.parse(payload).events : [];
    return { event, type, members: members.map((one) => ({ id: one.id, labels: [] })), undoable: false, rejects };
  }
  const { set, members } =
    type === alertEntity
      ? AlertChange.catch({ set: none, members: [] }).parse(payload)
      : { set: NamedLabels.catch(none).parse(payload), members: [] };
  const common = labelsIn(set);
  const each = isBulk ? members.map((one) => ({ id: one.id, labels: [...common, ...labelsIn(one.set)] })) : [];
  const all = isBulk ? each : [{ id, labels: common }];
  return { event, type, members: all.filter(({ labels }) => labels.length > 0), undoable: true, rejects: [] };
}

/** Events about alerts, cases and tasks that taking back puts labels on again, or that have no inverse; oldest first. `next`: null at the end. */
export const labelsInLog = defineSlowRead("triage.labels_in_log", (db: Db) => {
  const select = db.prepare<{ after: number; limit: number }, LoggedRow>(
    `SELECT seq, id AS event, entity_type AS type, entity_id AS id, kind, inverse IS NOT NULL AS undoable,
       CASE WHEN inverse IS NULL THEN payload ELSE inverse -> '$.payload' END AS change
     FROM events WHERE seq > @after AND entity_type IN (${labelledTypes.map((type) => `'${type}'`).join(", ")})
     ORDER BY seq LIMIT @limit`,
  );
  return (args: { after: number; limit: number }): { logged: LoggedLabels[]; next: number | null } => {
    const rows = select.all(args);
    const logged = rows.map(readLogged).filter(({ members }) => members.length > 0);
    return { logged, next: rows.length < args.limit ? null : rows.at(-1)!.seq };
  };
});
