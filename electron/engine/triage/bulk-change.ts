import type { AlertChange } from "../../../shared/alert.ts";
import { SentinelError } from "../../../shared/errors.ts";
import type { Principal } from "../base/principals.ts";
import { bulkMembers } from "../store/bulk.ts";
import { eventById, eventsOfBatch } from "../store/event-table.ts";
import type { JobContext, JobKind, Jobs } from "../store/jobs.ts";
import type { EventDraft, EventRow, Store } from "../store/store.ts";
import { draftChange, toStateChange } from "./alert-changes.ts";
import { countAlerts, matchingAlerts } from "./alert-list.ts";
import { alertStandings, type StoredNote } from "./alert-state.ts";
import type { AlertConditions, QueryContext } from "./query-sql.ts";

/** Alerts that one event of a long action changes: as many as travel in one message of a fleet. */
const defaultAlertsAtOnce = 5000;
/** Tries for a stretch in which somebody else changed an alert at the same moment. */
const tries = 3;

export interface ChangeMatchingArgs {
  readonly q: string;
  readonly change: AlertChange | null;
  /** Sealed; goes to each alert. */
  readonly note: StoredNote | null;
  /** When it was asked, epoch milliseconds: what "the last hour" means. */
  readonly now: number;
}

/** Alerts that one event changes. */
interface Stretch {
  readonly ids: readonly string[];
  /** Place of the last one. */
  readonly below: number;
  /** The event, from how they stood when they were read. */
  readonly planned: Planned;
}

interface Planned {
  /** Null: none of the alerts is left. */
  readonly draft: EventDraft | null;
  readonly changed: number;
}

interface Reached {
  /** Place of the last alert that is done. */
  readonly below: number;
  readonly done: number;
  readonly total: number;
}

/**
 * Changes everything that matches a query when it begins, newest first, a stretch an event. The events share the job's id as their
 * batch. What came or changed meanwhile and no longer matches stays as it is.
 */
export function changeMatchingJob(
  store: Store,
  conditionsOf: (q: string, context: QueryContext) => Promise<AlertConditions>,
  /** Refuses a case that takes no alerts (any more). */
  mustTakeAlerts: (caseId: string) => Promise<void>,
  alertsAtOnce = defaultAlertsAtOnce,
): JobKind<ChangeMatchingArgs, Reached> {
  async function plan(ids: readonly string[], { change, note }: ChangeMatchingArgs): Promise<Planned> {
    const now = (await store.read(alertStandings, ids)).filter((standing) => standing !== null);
    if (now.length === 0) return { draft: null, changed: 0 };
    const alerts = now.map(({ id, version }) => ({ id, base_version: version }));
    const draft = draftChange(alerts, now, {
      ...(change === null ? {} : { set: toStateChange(change) }),
      ...(note === null ? {} : { note }),
    });
    return { draft, changed: now.length };
  }

  async function readStretch(where: AlertConditions, below: number, args: ChangeMatchingArgs): Promise<Stretch> {
    const found = await store.read(matchingAlerts, { where, below, limit: alertsAtOnce });
    // In the order of the trees that hold them by id: each page of those is come to once.
    const ids = found.map(({ id }) => id).sort();
    return { ids, below: found.at(-1)?.n ?? 0, planned: await plan(ids, args) };
  }

  async function changeStretch({ ids, planned }: Stretch, args: ChangeMatchingArgs, context: JobContext<Reached>) {
    for (let attempt = 1; ; attempt++) {
      // What was read ahead serves the first try: whoever was quicker makes it a conflict.
      const { draft, changed } = attempt === 1 ? planned : await plan(ids, args);
      if (draft === null) return 0;
      try {
        await store.append([{ ...draft, batchId: context.id }], context.by);
        return changed;
      } catch (error) {
        if (!(error instanceof SentinelError) || error.code !== "CONFLICT" || attempt === tries) throw error;
      }
    }
  }

  return {
    kind: "change-alerts",
    resumable: true,
    resumeAtStart: true,
    light: true,
    beforeResume: (jobs, id) => requireNotTakenBack(jobs, id),
    async run(args, context) {
      const where = await conditionsOf(args.q, { now: args.now, by: context.by.actor });
      let reached = context.resumeFrom;
      if (reached === null) {
        const { total } = await store.read(countAlerts, where);
        const [top] = await store.read(matchingAlerts, { where, below: Number.MAX_SAFE_INTEGER, limit: 1 });
        reached = { below: (top?.n ?? 0) + 1, done: 0, total };
      }
      context.progress({ step: "changing alerts", done: reached.done, total: reached.total, unit: "alerts" });
      let stretch = await readStretch(where, reached.below, args);
      let saved = Promise.resolve();
      try {
        while (stretch.ids.length > 0) {
          context.signal.throwIfAborted();
          if (typeof args.change?.case_id === "string") await mustTakeAlerts(args.change.case_id);
          // The next stretch is read, and how far the last one got is saved, while this one is written.
          const [changed, next] = await Promise.all([
            changeStretch(stretch, args, context),
            readStretch(where, stretch.below, args),
            saved,
          ]);
          reached = { ...reached, below: stretch.below, done: reached.done + changed };
          context.progress({ done: reached.done });
          saved = context.checkpoint(reached);
          // Told where it is waited for; a rejection that nobody waits for yet would end the engine.
          saved.catch(() => undefined);
          stretch = next;
        }
      } finally {
        await saved;
      }
      return { changed: reached.done, batch_id: context.id };
    },
  };
}

const isTakenBack = (jobs: Pick<Jobs, "active">, batchId: string) =>
  jobs.active("undo-batch").some((args) => (args as UndoBatchArgs).batch_id === batchId);

/** @throws SentinelError BUSY where what the job did until it was stopped is being taken back */
function requireNotTakenBack(jobs: Pick<Jobs, "active">, jobId: string): void {
  if (isTakenBack(jobs, jobId)) {
    throw new SentinelError("BUSY", "This is being taken back. Wait until that is done, or cancel it; then go on.");
  }
}

/**
 * Whether nothing goes on that makes a batch or takes it back: two at once would each take what the other does for somebody else's change.
 * At once: whoever starts a job right after it is the only one.
 * @throws SentinelError BUSY saying what goes on and what to do
 */
export function requireBatchAtRest(jobs: Pick<Jobs, "active" | "goesOn">, batchId: string): void {
  if (isTakenBack(jobs, batchId)) {
    throw new SentinelError(
      "BUSY",
      "This is being taken back already. Wait until that is done, or cancel it; then undo again for what you did before.",
    );
  }
  // Whatever did several things at once need not have been a job.
  if (jobs.goesOn(batchId)) {
    throw new SentinelError(
      "BUSY",
      "What you did last still goes on. Cancel it, or wait until it is done; then undo it.",
    );
  }
}

interface UndoBatchArgs {
  readonly batch_id: string;
}

/** Throws where somebody may not take an event back. */
export type UndoCheck = (event: EventRow, by: Principal) => Promise<void>;

/**
 * Takes a batch back, newest event first. An alert that was changed since stays as it is, and is counted.
 * @param check throws where somebody may not take an event back
 */
export function undoBatchJob(
  store: Store,
  check: UndoCheck,
): JobKind<UndoBatchArgs, { done: number; changed: number; left: number }> {
  /** @returns how many alerts the event changed that were not taken back before, and how many of them were now */
  async function undoEvent(id: string, { by, id: batchId }: JobContext<unknown>) {
    const event = await store.read(eventById, id);
    if (event === null) throw new SentinelError("NOT_FOUND", `There is no event ${id}.`);
    // SECURITY: several at once are asked for as each of them is by itself.
    await check(event, by);
    const total = bulkMembers(event.entity_id, event.payload)?.length ?? 1;
    try {
      const { entity_id, payload, undone } = await store.undo(id, by, { partial: true, batchId });
      return { total: total - undone, changed: bulkMembers(entity_id, payload)?.length ?? 1 };
    } catch (error) {
      if (error instanceof SentinelError && error.code === "CONFLICT") {
        return { total: total - Number(error.details?.undone ?? 0), changed: 0 };
      }
      throw error;
    }
  }

  return {
    kind: "undo-batch",
    resumable: true,
    resumeAtStart: true,
    light: true,
    beforeResume(jobs, id, { batch_id }) {
      requireNotTakenBack(jobs, id);
      requireBatchAtRest(jobs, batch_id);
    },
    async run({ batch_id }, context) {
      const events = await store.read(eventsOfBatch, batch_id);
      let reached = context.resumeFrom ?? { done: 0, changed: 0, left: 0 };
      context.progress({ step: "taking back", done: reached.done, total: events.length, unit: "stretches" });
      for (const id of events.slice(reached.done)) {
        context.signal.throwIfAborted();
        const { total, changed } = await undoEvent(id, context);
        reached = {
          done: reached.done + 1,
          changed: reached.changed + changed,
          left: reached.left + total - changed,
        };
        context.progress({ done: reached.done });
        await context.checkpoint(reached);
      }
      return { changed: reached.changed, left: reached.left, batch_id: context.id };
    },
  };
}
