import { SentinelError } from "../../../shared/errors.ts";
import type { EventRow } from "./store.ts";

/**
 * Entity id of a bulk action: one event over many entities of one type. Its payload lists them with the version that the actor
 * saw; each is checked and moves on by one. The event's own `base_version` is always 0.
 */
export const bulkEntityId = "*";

/** One member; further fields are the kind's own (an inverse keeps each member's former value there). */
export interface BulkMember {
  readonly id: string;
  readonly base_version: number;
}

export interface BulkPayload {
  readonly members: readonly BulkMember[];
}

/** Most entities of one action. */
const maxMembers = 1_000_000;

/**
 * Checked by hand: a bulk action may name a hundred thousand entities, and is read several times.
 *
 * @returns the members of a bulk event, or null for an event of a single entity
 * @throws SentinelError INPUT_INVALID when a bulk payload names no members or one twice
 */
export function bulkMembers(entityId: string, payload: unknown): readonly BulkMember[] | null {
  if (entityId !== bulkEntityId) return null;
  const members = typeof payload === "object" && payload !== null && "members" in payload ? payload.members : null;
  if (!Array.isArray(members) || members.length === 0 || members.length > maxMembers || !members.every(isMember)) {
    throw new SentinelError("INPUT_INVALID", "A bulk event needs a list of members with id and base_version.");
  }
  if (new Set(members.map((member) => member.id)).size !== members.length) {
    throw new SentinelError("INPUT_INVALID", "A bulk event names a member twice.");
  }
  return members;
}

function isMember(value: unknown): value is BulkMember {
  if (typeof value !== "object" || value === null || !("id" in value) || !("base_version" in value)) return false;
  const { id, base_version } = value;
  if (typeof id !== "string" || id.length === 0 || id.length > 400) return false;
  return Number.isSafeInteger(base_version) && Number(base_version) >= 0;
}

/** A bulk payload over the given members alone, from the versions at which they stand. */
export function restrictBulk(payload: unknown, versions: ReadonlyMap<string, number>): BulkPayload {
  const bulk = payload as BulkPayload;
  const members = bulk.members.flatMap((member) => {
    const version = versions.get(member.id);
    return version === undefined ? [] : [{ ...member, base_version: version }];
  });
  if (members.length !== versions.size) throw new Error("An event and its inverse name other members.");
  return { ...bulk, members };
}

/** The same for a change and what takes it back. */
export function restrictChange(
  { payload, inverse }: Pick<EventRow, "payload" | "inverse">,
  versions: ReadonlyMap<string, number>,
): Pick<EventRow, "payload" | "inverse"> {
  return {
    payload: restrictBulk(payload, versions),
    inverse: inverse === null ? null : { kind: inverse.kind, payload: restrictBulk(inverse.payload, versions) },
  };
}
