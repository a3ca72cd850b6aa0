import { z } from "zod";
import { type CloseReason, severities } from "../../../shared/alert.ts";
import { type CaseChange, type CaseItemDraft, ObservableType } from "../../../shared/case.ts";
import { SentinelError } from "../../../shared/errors.ts";
import { type Clock, toInstant } from "../base/clock.ts";
import { uuidv7 } from "../base/ids.ts";
import type { Principal } from "../base/principals.ts";
import type { Sealer } from "../store/seal.ts";
import type { EventDraft, Store } from "../store/store.ts";
import { type AlertAt, draftChange } from "./alert-changes.ts";
import { alertStandings, type StateChange } from "./alert-state.ts";
import { openAlertsOfCase, tallyCases } from "./case-alerts.ts";
import {
  caseEntity,
  caseFamily,
  caseItemEntity,
  itemsOfCase,
  type SavedCase,
  type SavedItem,
  type StoredCase,
  type StoredItem,
} from "./case-state.ts";

/** Most alerts that are closed with their case: one event. */
const mostClosed = 5000;

export interface NewCase {
  readonly title: string;
  readonly summary: string;
  /** Place in the list of severities; null: as its alerts make it. */
  readonly severity: number | null;
  readonly assignee: string | null;
  readonly tags: readonly string[];
  readonly alerts: readonly AlertAt[];
}

export interface CloseOptions {
  /** Closes the open alerts of the case with it. */
  readonly alerts?: CloseReason | undefined;
  readonly despiteOpenTasks: boolean;
}

/** What an item says; null once its key was erased. */
export const ItemText = z.object({ text: z.string(), type: ObservableType.optional(), value: z.string().optional() });
export const CaseText = z.object({ title: z.string(), summary: z.string() });

/** What an action is taken back by: its one event, or else the batch of its events. */
export interface Done {
  readonly eventId: string | null;
  readonly batchId: string;
}

/** The room where alerts are worked on together. Everything is an event that can be undone. */
export interface CaseRoom {
  /** @throws SentinelError NOT_FOUND for an alert that is none, CONFLICT when one was changed since */
  open(given: NewCase, by: Principal): Promise<Done & { id: string }>;
  /**
   * @throws SentinelError NOT_FOUND; CONFLICT when it was changed since, is merged, or is to be closed with open tasks;
   *   INPUT_TOO_LARGE when more alerts than an event holds are to be closed with it
   */
  change(id: string, baseVersion: number, change: CaseChange, close: CloseOptions, by: Principal): Promise<Done>;
  /** @throws SentinelError NOT_FOUND; CONFLICT for a case that is in the other already, or changed since */
  merge(into: string, cases: readonly AlertAt[], by: Principal): Promise<Done>;
  /** @throws SentinelError NOT_FOUND, CONFLICT */
  saveItem(caseId: string, item: ItemAt, draft: CaseItemDraft, by: Principal): Promise<{ id: string; eventId: string }>;
  /** @throws SentinelError NOT_FOUND, CONFLICT */
  removeItem(caseId: string, item: Required<ItemAt>, by: Principal): Promise<string>;
  /** @throws SentinelError NOT_FOUND; CONFLICT for a case that is closed or merged */
  mustTakeAlerts(id: string): Promise<void>;
  /** Null once its text was erased. @throws SentinelError NOT_FOUND */
  titleOf(id: string): Promise<string | null>;
}

export interface ItemAt {
  /** Absent: a new one. */
  readonly id?: string | undefined;
  readonly baseVersion: number;
}

export function createCases({ store, sealer, clock }: { store: Store; sealer: Sealer; clock: Clock }): CaseRoom {
  const seal = (id: string, text: z.infer<typeof CaseText>) => sealer.seal(subjectOf(id), JSON.stringify(text));

  async function find(id: string): Promise<StoredCase> {
    const [found] = await store.read(caseFamily, id);
    if (found === undefined) throw new SentinelError("NOT_FOUND", "There is no such case.");
    return found;
  }

  async function findItem(caseId: string, id: string): Promise<StoredItem> {
    const items = await store.read(itemsOfCase, caseId);
    const found = items.find((item) => item.id === id && item.case_id === caseId);
    if (found === undefined) throw new SentinelError("NOT_FOUND", "There is no such task, note, entry or observable.");
    return found;
  }

  async function changeAlerts(alerts: readonly AlertAt[], set: StateChange): Promise<EventDraft[]> {
    if (alerts.length === 0) return [];
    const ids = alerts.map(({ id }) => id);
    const standings = (await store.read(alertStandings, ids)).map((standing, i) => {
      if (standing === null) throw new SentinelError("NOT_FOUND", `There is no alert ${ids[i]}.`);
      return standing;
    });
    return [draftChange(alerts, standings, { set })];
  }

  async function closeAlerts(id: string, reason: CloseReason): Promise<EventDraft[]> {
    const ids = await store.read(openAlertsOfCase, { caseId: id, limit: mostClosed + 1 });
    if (ids.length > mostClosed) {
      throw new SentinelError(
        "INPUT_TOO_LARGE",
        `The case has more than ${mostClosed} open alerts: close them in the queue first.`,
      );
    }
    const standings = (await store.read(alertStandings, ids)).filter((standing) => standing !== null);
    const alerts = standings.map((standing) => ({ id: standing.id, base_version: standing.version }));
    return await changeAlerts(alerts, { status: "closed", reason, severity_seen: 0 });
  }

  /** The whole of a case after a change. */
  async function changed(before: StoredCase, change: CaseChange): Promise<SavedCase> {
    const { id, version: _, ...saved } = before;
    const { title, summary, status, outcome, severity, assignee, add_tags = [], remove_tags = [] } = change;
    const tags = new Set([...saved.tags, ...add_tags]);
    for (const tag of remove_tags) tags.delete(tag);
    let { text } = saved;
    if (title !== undefined || summary !== undefined) {
      const former = await sealer.unseal(text);
      const written = former === null ? { title: "", summary: "" } : CaseText.parse(JSON.parse(former));
      text = await seal(id, { title: title ?? written.title, summary: summary ?? written.summary });
    }
    return {
      ...saved,
      text,
      ...(status === undefined
        ? {}
        : { status, outcome: outcome ?? null, closed_at: status === "closed" ? toInstant(clock.now()) : null }),
      ...(severity === undefined ? {} : { severity: severity === null ? null : severities.indexOf(severity) }),
      ...(assignee === undefined ? {} : { assignee }),
      ...(change.merged_into === undefined ? {} : { merged_into: null }),
      tags: [...tags].sort(),
    };
  }

  async function append(drafts: readonly EventDraft[], by: Principal): Promise<Done> {
    const batchId = uuidv7(clock);
    const [event] = await store.append(
      drafts.map((draft) => ({ ...draft, batchId })),
      by,
    );
    return { eventId: drafts.length === 1 ? event!.id : null, batchId };
  }

  return {
    async open(given, by) {
      const id = uuidv7(clock);
      const payload: SavedCase = {
        text: await seal(id, { title: given.title, summary: given.summary }),
        status: "open",
        outcome: null,
        severity: given.severity,
        assignee: given.assignee,
        tags: [...new Set(given.tags)].sort(),
        merged_into: null,
        opened_by: by.actor,
        opened_at: toInstant(clock.now()),
        closed_at: null,
      };
      const inverse = { kind: "case.removed", payload: {} };
      const drafts = [
        { entityType: caseEntity, entityId: id, baseVersion: 0, kind: "case.saved", payload, inverse },
        ...(await changeAlerts(given.alerts, { case_id: id })),
      ];
      return { id, ...(await append(drafts, by)) };
    },

    async change(id, baseVersion, change, close, by) {
      const before = await find(id);
      if (before.merged_into !== null && change.merged_into === undefined) {
        throw new SentinelError("CONFLICT", "The case was merged into another: change that one, or take it out first.");
      }
      if (change.merged_into === null && before.merged_into === null) {
        throw new SentinelError("CONFLICT", "The case is merged into no other.");
      }
      const closing = change.status === "closed";
      if (closing && !close.despiteOpenTasks) {
        const [{ open_tasks: open } = { open_tasks: 0 }] = await store.read(tallyCases, [id]);
        if (open > 0) {
          const tasks = open === 1 ? "One task is" : `${open} tasks are`;
          throw new SentinelError("CONFLICT", `${tasks} still open: close the case despite that, or do them first.`);
        }
      }
      const drafts = [
        draftCase(before, baseVersion, await changed(before, change)),
        ...(closing && close.alerts !== undefined ? await closeAlerts(id, close.alerts) : []),
      ];
      return await append(drafts, by);
    },

    async merge(into, cases, by) {
      const target = await find(into);
      if (target.merged_into !== null) {
        throw new SentinelError("CONFLICT", "The case was itself merged into another: merge into that one.");
      }
      if (target.status === "closed") {
        throw new SentinelError("CONFLICT", "The case is closed: open it again first.");
      }
      const drafts: EventDraft[] = [];
      for (const [i, { id, base_version }] of cases.entries()) {
        if (id === into) throw new SentinelError("INPUT_INVALID", "cases: a case cannot be merged into itself.");
        const before = await find(id);
        if (before.merged_into !== null) throw new SentinelError("CONFLICT", `The case ${id} was merged before.`);
        const { id: _, version: _version, ...saved } = before;
        drafts.push(draftCase(before, base_version, { ...saved, merged_into: into }));
        // The other one moves on as well: what it was opened by, or an opposite merge, cannot be done behind its back.
        const { id: _into, version, ...same } = target;
        drafts.push(draftCase(target, version + i, { ...same, took: id }));
      }
      return await append(drafts, by);
    },

    async saveItem(caseId, { id: given, baseVersion }, draft, by) {
      await find(caseId);
      const id = given ?? uuidv7(clock);
      const before = given === undefined ? null : await findItem(caseId, given);
      if (before !== null && before.kind !== draft.kind) {
        throw new SentinelError("INPUT_INVALID", `item.kind: it is of the kind ${before.kind}, and stays so.`);
      }
      const { text } = draft;
      const said = draft.kind === "observable" ? { text, type: draft.type, value: draft.value } : { text };
      const payload: SavedItem = {
        kind: draft.kind,
        text: await sealer.seal(subjectOf(caseId), JSON.stringify(said satisfies z.infer<typeof ItemText>)),
        done: draft.kind === "task" ? draft.done : null,
        assignee: draft.kind === "task" ? draft.assignee : null,
        at: draft.kind === "entry" ? draft.at : null,
        by: before?.by ?? by.actor,
        written_at: before?.written_at ?? toInstant(clock.now()),
      };
      const inverse =
        before === null
          ? { kind: "case_item.removed", payload: {} }
          : { kind: "case_item.saved", payload: toSavedItem(before) };
      const [event] = await store.append(
        [{ ...itemAt(caseId, id), baseVersion, kind: "case_item.saved", payload, inverse }],
        by,
      );
      return { id, eventId: event!.id };
    },

    async removeItem(caseId, { id, baseVersion }, by) {
      const before = await findItem(caseId, id ?? "");
      const inverse = { kind: "case_item.saved", payload: toSavedItem(before) };
      const draft = { ...itemAt(caseId, before.id), baseVersion, kind: "case_item.removed", payload: {}, inverse };
      const [event] = await store.append([draft], by);
      return event!.id;
    },

    async titleOf(id) {
      const text = await sealer.unseal((await find(id)).text);
      return text === null ? null : CaseText.parse(JSON.parse(text)).title;
    },

    async mustTakeAlerts(id) {
      const found = await find(id);
      if (found.merged_into !== null) {
        throw new SentinelError("CONFLICT", "The case was merged into another: put the alerts into that one.");
      }
      if (found.status === "closed") {
        throw new SentinelError("CONFLICT", "The case is closed: open it again first.");
      }
    },
  };
}

/** Whose key seals what is written into a case. */
const subjectOf = (id: string) => `case ${id}`;

const itemAt = (caseId: string, id: string) => ({ entityType: caseItemEntity, entityId: `${caseId}/${id}` });

function toSavedItem({ id: _, case_id: _case, version: _version, ...saved }: StoredItem): SavedItem {
  return saved;
}

function draftCase(before: StoredCase, baseVersion: number, payload: SavedCase): EventDraft {
  const { id, version: _, ...former } = before;
  const inverse = { kind: "case.saved", payload: former };
  return { entityType: caseEntity, entityId: id, baseVersion, kind: "case.saved", payload, inverse };
}
