import type { undoLast } from "../../shared/audit.ts";
import { SentinelError } from "../../shared/errors.ts";
import type { Input, Output } from "../../shared/route.ts";
import type { Principal } from "./base/principals.ts";
import { bulkMembers } from "./store/bulk.ts";
import {
  eventById,
  eventsOfBatch,
  eventsOfEntityAfter,
  singleEventsOfBatch,
  undoableEventsOf,
} from "./store/event-table.ts";
import type { Jobs } from "./store/jobs.ts";
import type { EventRow, Store } from "./store/store.ts";
import { inForce } from "./store/undo-chain.ts";
import { requireBatchAtRest, type UndoCheck } from "./triage/bulk-change.ts";

const page = 100;
/** Entities of one event of which it is asked whether it is in force. */
const mostLookedAt = 20;
/** What has no inverse, and what an analyst may take for the last thing that was done: told, rather than passed over silently. */
const inTheWay = ["evidence.added", "evidence.received", "evidence.erased"];

export interface Undoing {
  /** Takes back one event. @throws SentinelError NOT_FOUND, NOT_UNDOABLE, CONFLICT, BUSY, FORBIDDEN, GATES_FAILED */
  one(id: string, by: Principal): Promise<EventRow>;
  /**
   * Takes back the last thing that somebody did and that is still in force; nothing where they did something since that cannot be
   * undone and have not been told.
   * @throws SentinelError NOT_FOUND, BUSY while what it is still goes on or is being taken back
   */
  last(input: Input<typeof undoLast>, by: Principal): Promise<Output<typeof undoLast>>;
  /**
   * Takes back all that one action of several steps did, as a job.
   * @returns its id
   * @throws SentinelError as `one` does, before anything is taken back
   */
  batch(batchId: string, by: Principal): Promise<string>;
}

export function createUndoing({ store, jobs, check }: { store: Store; jobs: Jobs; check: UndoCheck }): Undoing {
  /**
   * Tells whether an event is in force for some entity and can be taken back: neither was it, nor does it take back another one, nor was
   * something done since that has no inverse. Reads each entity once.
   */
  function standing(): (event: EventRow) => Promise<boolean> {
    const known = new Map<string, Promise<ReadonlySet<string>>>();
    const read = async (entityType: string, entityId: string) => {
      const events = await store.read(eventsOfEntityAfter, { entityType, entityId, after: 0 });
      const standing = inForce(entityId, events);
      const sealed = standing.findLastIndex(({ inverse }) => inverse === null);
      return new Set(standing.slice(sealed + 1).map(({ id }) => id));
    };
    return async (event) => {
      const members = bulkMembers(event.entity_id, event.payload) ?? [{ id: event.entity_id }];
      // Of some it may have been taken back one by one.
      for (const { id } of members.slice(0, mostLookedAt)) {
        const name = `${event.entity_type} ${id}`;
        const found = known.get(name) ?? read(event.entity_type, id);
        known.set(name, found);
        if ((await found).has(event.id)) return true;
      }
      return false;
    };
  }

  /** @param told place in the log up to which somebody knows what cannot be undone */
  async function lastOf(by: Principal, told: number): Promise<EventRow> {
    const stands = standing();
    let before = Number.MAX_SAFE_INTEGER;
    for (;;) {
      const events = await store.read(undoableEventsOf, { before, actor: by.actor, also: inTheWay, limit: page });
      for (const event of events) {
        if (event.inverse === null ? event.seq > told : await stands(event)) return event;
      }
      if (events.length < page) break;
      before = events.at(-1)!.seq;
    }
    throw new SentinelError("NOT_FOUND", "There is nothing left that you did and that can be undone.");
  }

  async function undo(event: EventRow, by: Principal): Promise<EventRow> {
    await check(event, by);
    if (event.batch_id !== null) requireBatchAtRest(jobs, event.batch_id);
    return await store.undo(event.id, by);
  }

  async function startBatch(batch_id: string, by: Principal): Promise<string> {
    // SECURITY: refused before it begins, rather than when half of it is taken back.
    for (const event of await store.read(singleEventsOfBatch, batch_id)) await check(event, by);
    requireBatchAtRest(jobs, batch_id);
    return (await jobs.start("undo-batch", { batch_id }, "a bulk change", by)).id;
  }

  let turn: Promise<unknown> = Promise.resolve();
  /** One after the other: whoever presses twice means the thing before, and not the same again. */
  function inTurn<R>(act: () => Promise<R>): Promise<R> {
    const mine = turn.then(act);
    turn = mine.catch(() => undefined);
    return mine;
  }

  async function one(id: string, by: Principal): Promise<EventRow> {
    const event = await store.read(eventById, id);
    if (event === null) throw new SentinelError("NOT_FOUND", `There is no event ${id}.`);
    return await undo(event, by);
  }

  async function last({ told }: Input<typeof undoLast>, by: Principal): Promise<Output<typeof undoLast>> {
    const seen = told === undefined ? null : await store.read(eventById, told);
    const event = await lastOf(by, seen?.seq ?? 0);
    const { kind, entity_type, at, batch_id } = event;
    if (event.inverse === null)
      return { undone: null, in_the_way: { event_id: event.id, kind, at }, event_id: null, job_id: null };
    const entities = bulkMembers(event.entity_id, event.payload)?.length ?? 1;
    const undone = { kind, entity_type, at, entities };
    const batch = batch_id === null ? [] : await store.read(eventsOfBatch, batch_id);
    if (batch_id !== null && batch.length > 1)
      return { undone, in_the_way: null, event_id: null, job_id: await startBatch(batch_id, by) };
    return { undone, in_the_way: null, event_id: (await undo(event, by)).id, job_id: null };
  }

  return {
    one: (id, by) => inTurn(() => one(id, by)),
    last: (input, by) => inTurn(() => last(input, by)),
    batch: (batchId, by) => inTurn(() => startBatch(batchId, by)),
  };
}
