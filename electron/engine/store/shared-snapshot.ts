import { z } from "zod";
import { contentId } from "../base/ids.ts";
import { bulkEntityId, restrictChange } from "./bulk.ts";
import type { Entry } from "./event-log.ts";
import { DecisionEvent, NodeId } from "./shared-decision.ts";
import type { EventRow } from "./store.ts";

/** An event of one entity; of a bulk one the part that is about it. */
const SharedEvent = DecisionEvent.omit({ entity_type: true, entity_id: true, seen: true }).extend({
  node_id: NodeId,
  is_bulk: z.boolean(),
});
type SharedEvent = z.infer<typeof SharedEvent>;

/** Everything that was accepted of one entity, oldest first, and by what the next decision must name it. */
export const SharedEntity = z.object({
  entity_type: DecisionEvent.shape.entity_type,
  entity_id: DecisionEvent.shape.entity_id,
  version: z.number().int().min(1),
  event: DecisionEvent.shape.id,
  events: z.array(SharedEvent).max(100_000),
});
export type SharedEntity = z.infer<typeof SharedEntity>;

/** What the topic came to up to one message: a new engine begins with it instead of with the first message. */
export interface SharedSnapshot {
  readonly offset: number;
  /** Of that message: by it the topic is known again. */
  readonly hash: string;
  readonly entities: readonly SharedEntity[];
}

/** An entity's event as a snapshot has it. */
export function toSharedEvent(event: EventRow, entityId: string): SharedEvent {
  const { id, node_id, kind, payload, inverse, batch_id, actor, role, at } = event;
  const own = { id, node_id, kind, batch_id, actor, role, at };
  if (event.entity_id !== bulkEntityId) return { ...own, payload, inverse, is_bulk: false };
  // Versions of one engine's log say nothing to another.
  return { ...own, ...restrictChange(event, new Map([[entityId, 0]])), is_bulk: true };
}

/** The same as an entry of this engine's log. @param version that the entity has here */
export function fromSharedEvent(
  { id, is_bulk, inverse, payload, ...event }: SharedEvent,
  { entity_type, entity_id }: SharedEntity,
  version: number,
  offset: number,
): Entry {
  const common = { ...event, entity_type, origin: String(offset), state: "confirmed" as const };
  if (!is_bulk) return { ...common, id, entity_id, base_version: version, version: version + 1, payload, inverse };
  return {
    ...common,
    // One bulk event becomes as many entries as it has members; they stay one action.
    id: contentId("member", id, entity_id),
    batch_id: event.batch_id ?? id,
    entity_id: bulkEntityId,
    base_version: 0,
    version: 1,
    ...restrictChange({ payload, inverse }, new Map([[entity_id, version]])),
  };
}
