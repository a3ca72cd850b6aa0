import { SentinelError } from "../../../shared/errors.ts";
import { contentId } from "../base/ids.ts";
import type { Principal } from "../base/principals.ts";
import { type Db, defineSlowRead, type EventDraft, type Store } from "../store/store.ts";
import { alertChanged, alertEntity, type StateChange } from "./alert-state.ts";
import { caseEntity, caseItemEntity, type SavedCase, type SavedItem } from "./case-state.ts";

/** What analysts wrote in clear on an alert, a case or a task. */
export interface Labelled {
  readonly type: typeof alertEntity | typeof caseEntity | typeof caseItemEntity;
  readonly id: string;
  readonly version: number;
  readonly assignee: string | null;
  readonly tags: readonly string[];
  /** Of a case or a task what is saved with them, as the log has it; of an alert null. */
  readonly saved: Record<string, unknown> | null;
}

interface LabelledRow extends Omit<Labelled, "tags" | "saved"> {
  readonly tags: string;
  readonly saved: string | null;
}

const kinds = { [alertEntity]: alertChanged, [caseEntity]: "case.saved", [caseItemEntity]: "case_item.saved" } as const;

/** What a tag or an assignee is called where it must not be named: the row of a job. */
export const labelId = (label: string) => contentId("label", label);

const versionOf = (type: string, id: string) =>
  `coalesce((SELECT version FROM entity_versions v WHERE v.entity_type = '${type}' AND v.entity_id = ${id}), 0)`;

/** Alerts, cases and tasks with tags or an assignee, a page at a time. */
export const labelledAfter = defineSlowRead("triage.labelled", (db: Db) => {
  const select = db.prepare<{ type: string; id: string; limit: number }, LabelledRow>(
    `SELECT * FROM (
       SELECT '${alertEntity}' AS type, alert_id AS id, ${versionOf(alertEntity, "alert_id")} AS version, assignee, tags, NULL AS saved
       FROM alert_states WHERE tags != '[]' OR assignee IS NOT NULL
       UNION ALL
       SELECT '${caseEntity}', id, ${versionOf(caseEntity, "c.id")}, assignee, tags,
         json_object('text', text, 'status', status, 'outcome', outcome, 'severity', severity, 'merged_into', merged_into,
           'opened_by', opened_by, 'opened_at', opened_at, 'closed_at', closed_at)
       FROM cases c WHERE tags != '[]' OR assignee IS NOT NULL
       UNION ALL
       SELECT '${caseItemEntity}', case_id || '/' || id, ${versionOf(caseItemEntity, "i.case_id || '/' || i.id")}, assignee, '[]',
         json_object('kind', kind, 'text', text, 'done', done, 'at', at, 'by', written_by, 'written_at', written_at)
       FROM case_items i WHERE assignee IS NOT NULL)
     WHERE (type, id) > (@type, @id) ORDER BY type, id LIMIT @limit`,
  );
  return (args: { type: string; id: string; limit: number }): Labelled[] =>
    select.all(args).map(({ tags, saved, ...row }) => ({
      ...row,
      tags: JSON.parse(tags) as string[],
      saved: saved === null ? null : (JSON.parse(saved) as Record<string, unknown>),
    }));
});

const atOnce = 1000;
const tries = 3;

async function* pages(store: Pick<Store, "read">, signal: AbortSignal): AsyncGenerator<Labelled[]> {
  for (let after = { type: "", id: "" }; ; ) {
    signal.throwIfAborted();
    const page = await store.read(labelledAfter, { ...after, limit: atOnce });
    yield page;
    if (page.length < atOnce) return;
    const { type, id } = page.at(-1)!;
    after = { type, id };
  }
}

const labelsOf = ({ assignee, tags }: Labelled) => [...tags, ...(assignee === null ? [] : [assignee])];

/** Tags and assignees that name somebody, and on how many alerts, cases and tasks they stand. @returns `labels` by `labelId` */
export async function findLabels(
  store: Pick<Store, "read">,
  names: (text: string) => boolean,
  signal: AbortSignal,
): Promise<{ labels: string[]; labelled: number }> {
  const labels = new Set<string>();
  let labelled = 0;
  for await (const page of pages(store, signal)) {
    for (const one of page) {
      const naming = labelsOf(one).filter(names);
      if (naming.length > 0) labelled++;
      for (const label of naming) labels.add(labelId(label));
    }
  }
  return { labels: [...labels], labelled };
}

/** The change that takes labels off. It has no inverse, which would name them again. */
function without(one: Labelled, labels: ReadonlySet<string>): EventDraft | null {
  if (!labelsOf(one).some((label) => labels.has(labelId(label)))) return null;
  const isKept = (label: string) => !labels.has(labelId(label));
  const tags = one.tags.filter(isKept);
  const assignee = one.assignee !== null && isKept(one.assignee) ? one.assignee : null;
  const entity = { entityType: one.type, entityId: one.id, baseVersion: one.version, kind: kinds[one.type] };
  return { ...entity, payload: payloadOf(one, tags, assignee), inverse: null };
}

function payloadOf({ type, saved }: Labelled, tags: string[], assignee: string | null): unknown {
  if (type === alertEntity) return { set: { tags, assignee } satisfies StateChange };
  if (type === caseEntity) return { ...(saved as Omit<SavedCase, "tags" | "assignee">), tags, assignee };
  const item = saved as Omit<SavedItem, "done" | "assignee"> & { done: number | null };
  return { ...item, done: item.done === null ? null : item.done === 1, assignee } satisfies SavedItem;
}

/**
 * Takes labels off whatever they stand on, for good. That they stood there stays in the log.
 * @param labels by `labelId`
 * @throws SentinelError CONFLICT when others go on changing the same
 */
export async function eraseLabels(
  store: Pick<Store, "read" | "append">,
  labels: readonly string[],
  by: Principal,
  signal: AbortSignal,
): Promise<void> {
  if (labels.length === 0) return;
  const known = new Set(labels);
  for (let attempt = 1; ; attempt++) {
    try {
      for await (const page of pages(store, signal)) {
        const drafts = page.map((one) => without(one, known)).filter((draft) => draft !== null);
        if (drafts.length > 0) await store.append(drafts, by);
      }
      return;
    } catch (error) {
      // Somebody changed one of them meanwhile: they are read again.
      if (!(error instanceof SentinelError && error.code === "CONFLICT") || attempt === tries) throw error;
    }
  }
}
