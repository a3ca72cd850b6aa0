import { z } from "zod";
import { SentinelError } from "../../../shared/errors.ts";

/**
 * Entity id of a bulk action: one event over many entities of one type. Its payload lists them with the version that the actor
 * saw; each is checked and moves on by one. The event's own `base_version` is always 0.
 */
export const bulkEntityId = "*";

/** One member; further fields are the kind's own (an inverse keeps each member's former value there). */
const Member = z.looseObject({ id: z.string().min(1).max(400), base_version: z.number().int().min(0) });
const Payload = z.looseObject({ members: z.array(Member).min(1).max(1_000_000) });
export type BulkPayload = z.infer<typeof Payload>;

/**
 * @returns the members of a bulk event, or null for an event of a single entity
 * @throws SentinelError INPUT_INVALID when a bulk payload names no members or one twice
 */
export function bulkMembers(entityId: string, payload: unknown): BulkPayload["members"] | null {
  if (entityId !== bulkEntityId) return null;
  const parsed = Payload.safeParse(payload);
  if (!parsed.success) throw new SentinelError("INPUT_INVALID", "A bulk event needs a list of members.");
  const { members } = parsed.data;
  if (new Set(members.map((member) => member.id)).size !== members.length) {
    throw new SentinelError("INPUT_INVALID", "A bulk event names a member twice.");
  }
  return members;
}
