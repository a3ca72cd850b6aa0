import { canonicalJson } from "../base/canonical-json.ts";
import { type BulkMember, bulkEntityId } from "./bulk.ts";
import type { EventRow } from "./store.ts";

/** Kind of the entry by which events of an entity are taken back that the other engines of a fleet did not accept. */
export const decisionRejected = "decision.rejected";

/** Payload of `decision.rejected`, beside the members of a bulk one. */
export interface Rejection {
  /** Ids of the events that have no effect any more on the entities that are named. */
  readonly events: readonly string[];
  /** What was decided before them elsewhere; null: they came too late, or stood on what did. */
  readonly because: { readonly node_id: string; readonly actor: string; readonly at: string } | null;
}

/** Whether an entry says that an event was not accepted. */
export function rejects({ kind, payload }: EventRow, eventId: string): boolean {
  return kind === decisionRejected && (payload as Rejection).events.includes(eventId);
}

type Change = { readonly kind: string; readonly payload: unknown };

/** What a change does to one entity, as comparable text; versions are no part of it. */
function effectOn(entityId: string, bulk: boolean, { kind, payload }: Change): string {
  if (!bulk) return canonicalJson({ kind, payload });
  const { members, ...shared } = payload as { members: readonly BulkMember[] };
  const member = members.find(({ id }) => id === entityId);
  if (member === undefined) return "";
  const { id: _, base_version: _version, ...own } = member;
  return canonicalJson({ kind, payload: { ...shared, own } });
}

/** What an event does to one entity, and what takes that back. */
interface Effect {
  readonly event: EventRow;
  readonly forth: string;
  /** Null: nothing takes it back. */
  readonly back: string | null;
}

function effectOf(entityId: string, event: EventRow): Effect {
  const isBulk = event.entity_id === bulkEntityId;
  const { inverse } = event;
  return {
    event,
    forth: effectOn(entityId, isBulk, event),
    back: inverse === null ? null : effectOn(entityId, isBulk, inverse),
  };
}

/** Whether `later` did to the entity exactly the reverse of what `earlier` did: it undid it, or did it again. */
const takesBack = (later: Effect, earlier: Effect) => later.forth === earlier.back && later.back === earlier.forth;

/**
 * The events that are in force for an entity: those that nothing after them took back. The last one can be undone, and once it is,
 * the one before it. What set something to what it was already is not among them: two of those would look as if each took the other back.
 * @param events of the entity, oldest first
 */
export function inForce(entityId: string, events: readonly EventRow[]): EventRow[] {
  const standing: Effect[] = [];
  for (const event of events) {
    if (event.kind === decisionRejected) {
      for (let i = standing.length - 1; i >= 0; i--) if (rejects(event, standing[i]!.event.id)) standing.splice(i, 1);
      continue;
    }
    const effect = effectOf(entityId, event);
    if (effect.forth === effect.back) continue;
    const last = standing.at(-1);
    if (last !== undefined && takesBack(effect, last)) standing.pop();
    else standing.push(effect);
  }
  return standing.map(({ event }) => event);
}
