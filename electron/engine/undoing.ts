import type { undoLast } from "../../shared/audit.ts";
import { SentinelError } from "../../shared/errors.ts";
import type { Output } from "../../shared/route.ts";
import type { Principal } from "./base/principals.ts";
import { bulkMembers } from "./store/bulk.ts";
import { eventById, eventsOfBatch, eventsOfEntityAfter, undoableEventsOf } from "./store/event-table.ts";
import type { Jobs } from "./store/jobs.ts";
import type { EventRow, Store } from "./store/store.ts";
import { inForce } from "./store/undo-chain.ts";

const page = 20;
/** How far back the last thing that is still in force is looked for, in events of the same person. */
const farthest = 400;

export interface Undoing {
  /** Takes back one event. @throws SentinelError NOT_FOUND, NOT_UNDOABLE, CONFLICT, FORBIDDEN, GATES_FAILED */
  one(id: string, by: Principal): Promise<EventRow>;
  /** Takes back the last thing that somebody did and that is still in force. @throws SentinelError NOT_FOUND */
  last(by: Principal): Promise<Output<typeof undoLast>>;
}

/** @param check throws where somebody may not take an event back */
export function createUndoing({
  store,
  jobs,
  check,
}: {
  store: Store;
  jobs: Jobs;
  check: (event: EventRow, by: Principal) => Promise<void>;
}): Undoing {
  /** Whether an event is in force: neither was it taken back, nor does it take back another one. */
  async function stands(event: EventRow): Promise<boolean> {
    const [member] = bulkMembers(event.entity_id, event.payload) ?? [];
    const entityId = member?.id ?? event.entity_id;
    const events = await store.read(eventsOfEntityAfter, { entityType: event.entity_type, entityId, after: 0 });
    return inForce(entityId, events).some(({ id }) => id === event.id);
  }

  async function lastOf(by: Principal): Promise<EventRow> {
    let before = Number.MAX_SAFE_INTEGER;
    for (let seen = 0; seen < farthest; seen += page) {
      const events = await store.read(undoableEventsOf, { before, actor: by.actor, limit: page });
      for (const event of events) if (await stands(event)) return event;
      if (events.length < page) break;
      before = events.at(-1)!.seq;
    }
    throw new SentinelError("NOT_FOUND", "There is nothing left that you did and that can be undone.");
  }

  async function undo(event: EventRow, by: Principal): Promise<EventRow> {
    await check(event, by);
    return await store.undo(event.id, by);
  }

  return {
    async one(id, by) {
      const event = await store.read(eventById, id);
      if (event === null) throw new SentinelError("NOT_FOUND", `There is no event ${id}.`);
      return await undo(event, by);
    },
    async last(by) {
      const event = await lastOf(by);
      const { kind, entity_type, at, batch_id } = event;
      const entities = bulkMembers(event.entity_id, event.payload)?.length ?? 1;
      const undone = { kind, entity_type, at, entities };
      const batch = batch_id === null ? [] : await store.read(eventsOfBatch, batch_id);
      if (batch_id !== null && batch.length > 1) {
        const job = await jobs.start("undo-batch", { batch_id }, "a bulk change", by);
        return { undone, event_id: null, job_id: job.id };
      }
      return { undone, event_id: (await undo(event, by)).id, job_id: null };
    },
  };
}
