import { eventsAfter } from "../engine/store/event-table.ts";
import type { EventRow, Store } from "../engine/store/store.ts";

/** Events of one kind, the oldest first. */
export async function auditOf(store: Store, kind: string): Promise<EventRow[]> {
  return (await store.read(eventsAfter, { after: 0, limit: 1000 })).filter((event) => event.kind === kind);
}
