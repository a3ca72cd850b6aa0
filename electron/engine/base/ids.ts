import { createHash, randomBytes } from "node:crypto";
import type { Clock } from "./clock.ts";

/** Lower-case hexadecimal SHA-256 of text (as UTF-8) or bytes. */
export function sha256(content: string | Uint8Array): string {
  return createHash("sha256").update(content).digest("hex");
}

/**
 * Identifier of what a machine made: SHA-256 over the parts, each preceded by its length so that no two part lists collide,
 * cut to 128 bits (32 hexadecimal digits).
 */
export function contentId(...parts: (string | number)[]): string {
  const hash = createHash("sha256");
  for (const part of parts) {
    const bytes = Buffer.from(String(part));
    hash.update(`${bytes.length}:`).update(bytes);
  }
  return hash.digest("hex").slice(0, 32);
}

/** The last identifier of each clock: when, and its place among those of that millisecond. */
const lastOf = new WeakMap<Clock, { readonly now: number; readonly count: number }>();

/**
 * Identifier of what a person did: UUIDv7 (RFC 9562 section 5.7), sortable by time. Those of one millisecond are sorted as they were made,
 * 2,048 of them at least: twelve bits count (section 6.2, method 1), from a random start in their lower half.
 */
export function uuidv7(clock: Clock): string {
  const bytes = randomBytes(16);
  const now = clock.now();
  const last = lastOf.get(clock);
  const start = bytes.readUInt16BE(6) & 0x07ff;
  const count = last?.now === now && last.count < 0x0fff ? last.count + 1 : start;
  lastOf.set(clock, { now, count });
  bytes.writeUIntBE(now, 0, 6);
  bytes.writeUInt16BE(0x7000 | count, 6);
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  const hex = bytes.toString("hex");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
