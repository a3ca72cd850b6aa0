import { createHmac } from "node:crypto";

/** Name, in the key space `engine`, of the fleet's key for pseudonyms. */
export const pseudonymKeyName = "pseudonyms";

/**
 * A user's keyed pseudonym: `u_` and 128 bits of HMAC-SHA256. With the same key, on every node of a fleet, the same user has the
 * same one; without it, nobody can try out names.
 */
export function pseudonymOf(key: Uint8Array, userId: string): string {
  return `u_${createHmac("sha256", key).update("user\0").update(userId).digest("hex").slice(0, 32)}`;
}
