import { z } from "zod";
import { roles } from "../../../shared/route.ts";
import { contentId } from "../base/ids.ts";
import { bulkEntityId, restrictBulk } from "./bulk.ts";
import type { Entry } from "./event-log.ts";
import type { EventRow } from "./store.ts";

const Change = z.strictObject({ kind: z.string().min(1).max(400), payload: z.unknown() });

/** An event of one entity; of a bulk one the part that is about it. */
const SharedEvent = z.strictObject({
  id: z.string().min(1).max(100),
  node_id: z.string().min(1).max(200),
  ...Change.shape,
  inverse: Change.nullable(),
  batch_id: z.string().max(100).nullable(),
  actor: z.string().min(1).max(400),
  role: z.enum(roles),
  at: z.string().max(40),
  is_bulk: z.boolean(),
});
type SharedEvent = z.infer<typeof SharedEvent>;

/** Everything that was accepted of one entity, oldest first, and by what the next decision must name it. */
export const SharedEntity = z.strictObject({
  entity_type: z.string().min(1).max(400),
  entity_id: z.string().min(1).max(400),
  version: z.number().int().min(1),
  event: z.string().min(1).max(100),
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
  const member = new Map([[entityId, 0]]);
  const back = inverse === null ? null : { kind: inverse.kind, payload: restrictBulk(inverse.payload, member) };
  return { ...own, payload: restrictBulk(payload, member), inverse: back, is_bulk: true };
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
  const member = new Map([[entity_id, version]]);
  const back = inverse === null ? null : { kind: inverse.kind, payload: restrictBulk(inverse.payload, member) };
  return {
    ...common,
    // One bulk event becomes as many entries as it has members; they stay one action.
    id: contentId("member", id, entity_id),
    batch_id: event.batch_id ?? id,
    entity_id: bulkEntityId,
    base_version: 0,
    version: 1,
    payload: restrictBulk(payload, member),
    inverse: back,
  };
}
