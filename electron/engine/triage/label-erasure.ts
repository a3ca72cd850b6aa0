import { createHmac } from "node:crypto";
import { SentinelError } from "../../../shared/errors.ts";
import type { Principal } from "../base/principals.ts";
import { bulkEntityId } from "../store/bulk.ts";
import type { EventDraft, Store } from "../store/store.ts";
import { alertChanged, alertEntity, type ChangedMember } from "./alert-state.ts";
import { caseEntity, type SavedCase, type SavedItem } from "./case-state.ts";
import {
  type Labelled,
  type LabelledType,
  type Labels,
  type LoggedLabels,
  labelledAfter,
  labelledByIds,
  labelledTypes,
  labelsInLog,
} from "./label-reads.ts";

/** What a tag or an assignee is called where it must not be named: the row of a job, the list of what was erased. */
export type LabelIds = (label: string) => string;

/**
 * SECURITY: with a key, since a name can be guessed and its plain hash compared.
 * @param key of the data directory; its backups have the same
 */
export function createLabelIds(key: Uint8Array): LabelIds {
  return (label) => createHmac("sha256", key).update(`label\0${label}`).digest("hex").slice(0, 32);
}

/** Alerts, cases or tasks of one page, and of one bulk event. */
const atOnce = 1000;
/** Entries of the log that are looked at together: each may be over thousands. */
const entriesAtOnce = 100;
const tries = 3;

type Reading = Pick<Store, "read">;

async function* standing(store: Reading, type: LabelledType, signal: AbortSignal): AsyncGenerator<Labels> {
  for (let after = ""; ; ) {
    signal.throwIfAborted();
    const page = await store.read(labelledAfter, { type, after, limit: atOnce });
    yield* page;
    if (page.length < atOnce) return;
    after = page.at(-1)!.id;
  }
}

async function* logged(store: Reading, signal: AbortSignal): AsyncGenerator<LoggedLabels> {
  for (let after: number | null = 0; after !== null; ) {
    signal.throwIfAborted();
    const page: { logged: LoggedLabels[]; next: number | null } = await store.read(labelsInLog, {
      after,
      limit: entriesAtOnce,
    });
    yield* page.logged;
    after = page.next;
  }
}

const labelsOf = ({ assignee, tags }: Omit<Labels, "id">) => [...tags, ...(assignee === null ? [] : [assignee])];

/** What some labels stand on, or undo would put them on again. */
interface Meant {
  readonly type: LabelledType;
  readonly id: string;
  readonly labels: Set<string>;
  /** Whether one stands there now. */
  stands: boolean;
  /** An event behind the last one that names them, which no undo gets past. */
  barrier: string | null;
}

/** @param isMeant of a tag or an assignee */
async function findMeant(
  store: Reading,
  isMeant: (label: string) => boolean,
  signal: AbortSignal,
): Promise<readonly Meant[]> {
  const found = new Map<string, Meant>();
  const answers = new Map<string, boolean>();
  const meantOf = (labels: readonly string[]) =>
    labels.filter((label) => {
      const known = answers.get(label) ?? isMeant(label);
      answers.set(label, known);
      return known;
    });
  const note = (type: LabelledType, id: string, labels: readonly string[], stands: boolean) => {
    const known = found.get(`${type} ${id}`) ?? { type, id, labels: new Set(), stands, barrier: null };
    for (const label of labels) known.labels.add(label);
    found.set(`${type} ${id}`, Object.assign(known, { stands, barrier: null }));
  };
  for await (const { event, type, members, undoable, rejects } of logged(store, signal)) {
    for (const { id, labels } of members) {
      const known = found.get(`${type} ${id}`);
      const meant = meantOf(labels);
      if (meant.length > 0) note(type, id, meant, false);
      else if (known === undefined || undoable) continue;
      else if (rejects.length === 0) known.barrier = event;
      else if (known.barrier !== null && rejects.includes(known.barrier)) known.barrier = null;
    }
  }
  for (const type of labelledTypes) {
    for await (const one of standing(store, type, signal)) {
      const meant = meantOf(labelsOf(one));
      if (meant.length > 0) note(type, one.id, meant, true);
    }
  }
  return [...found.values()].filter(({ barrier }) => barrier === null);
}

/**
 * Tags and assignees that name somebody: those that stand on something, and those that somebody took off and undo would put on again.
 * @returns `labels` by their ids; `labelled`: on how many alerts, cases and tasks they stand
 */
export async function findLabels(
  store: Reading,
  names: (text: string) => boolean,
  idOf: LabelIds,
  signal: AbortSignal,
): Promise<{ labels: string[]; labelled: number }> {
  const meant = await findMeant(store, names, signal);
  const labels = new Set(meant.flatMap((one) => [...one.labels]));
  return { labels: [...labels].map(idOf), labelled: meant.filter(({ stands }) => stands).length };
}

/**
 * Takes labels off whatever they stand on, for good, and sees to it that no undo puts them on again. That they stood there stays in the
 * log. In a fleet each alert, case and task is judged by itself: what somebody changed at the same moment costs no other its erasure.
 * @param labels by their ids
 * @returns how many alerts, cases and tasks they were taken off
 * @throws SentinelError CONFLICT when others go on changing the same
 */
export async function eraseLabels(
  store: Pick<Store, "read" | "append">,
  labels: readonly string[],
  idOf: LabelIds,
  by: Principal,
  signal: AbortSignal,
): Promise<number> {
  if (labels.length === 0) return 0;
  const known = new Set(labels);
  const isGone = (label: string) => known.has(idOf(label));
  const meant = Map.groupBy(await findMeant(store, isGone, signal), ({ type }) => type);
  let taken = 0;
  for (const [type, all] of meant) {
    // Only alerts have bulk events; others are few.
    const step = type === alertEntity ? atOnce : 1;
    for (let from = 0; from < all.length; from += step) {
      signal.throwIfAborted();
      const ids = all.slice(from, from + step).map(({ id }) => id);
      taken += await takeOff(store, type, ids, isGone, by);
    }
  }
  return taken;
}

async function takeOff(
  store: Pick<Store, "read" | "append">,
  type: LabelledType,
  ids: readonly string[],
  isGone: (label: string) => boolean,
  by: Principal,
): Promise<number> {
  for (let attempt = 1; ; attempt++) {
    const found = await store.read(labelledByIds, { type, ids });
    try {
      await store.append([without(type, found, isGone)], by);
      return found.filter((one) => labelsOf(one).some(isGone)).length;
    } catch (error) {
      // Somebody changed one of them meanwhile: they are read again.
      if (!(error instanceof SentinelError && error.code === "CONFLICT") || attempt === tries) throw error;
    }
  }
}

/** The change that takes labels off. It has no inverse, which would name them again, and undo of what came before does not get past it. */
function without(type: LabelledType, found: readonly Labelled[], isGone: (label: string) => boolean): EventDraft {
  const kept = ({ tags, assignee }: Labelled) => ({
    tags: tags.filter((tag) => !isGone(tag)),
    assignee: assignee !== null && isGone(assignee) ? null : assignee,
  });
  if (type === alertEntity) {
    const members = found.map(
      (one) => ({ id: one.id, base_version: one.version, set: kept(one) }) satisfies ChangedMember,
    );
    return {
      ...{ entityType: type, entityId: bulkEntityId, baseVersion: 0, kind: alertChanged },
      ...{ payload: { members }, inverse: null },
    };
  }
  const one = found[0]!;
  const draft = { entityType: type, entityId: one.id, baseVersion: one.version, inverse: null };
  // What is removed already comes back by undo alone.
  if (one.saved === null) return { ...draft, kind: `${type}.removed`, payload: {} };
  return { ...draft, kind: `${type}.saved`, payload: savedWith(one, kept(one)) };
}

function savedWith({ type, saved }: Labelled, labels: { tags: string[]; assignee: string | null }): unknown {
  if (type === caseEntity) return { ...(saved as Omit<SavedCase, "tags" | "assignee">), ...labels };
  const item = saved as Omit<SavedItem, "done" | "assignee"> & { done: number | null };
  const done = item.done === null ? null : item.done === 1;
  return { ...item, done, assignee: labels.assignee } satisfies SavedItem;
}
