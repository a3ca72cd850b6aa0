import type { AuditEntry } from "../../../shared/audit.ts";
import { AuditEntry as AuditEntrySchema } from "../../../shared/audit.ts";
import { canonicalJson } from "../base/canonical-json.ts";
import { sha256 } from "../base/ids.ts";
import type { EventRow } from "./store.ts";

/** What the first event's `prev_hash` says. */
export const genesisHash = "0".repeat(64);

/** Everything the hash covers: all fields of the event but the hash itself. */
export type UnhashedEvent = Omit<EventRow, "hash">;

/** SHA-256 over the canonical JSON (RFC 8785) of every field, `prev_hash` among them: one changed byte breaks the chain. */
export function hashEvent(event: UnhashedEvent): string {
  const { seq, id, entity_type, entity_id, base_version, version, kind, payload, inverse, batch_id } = event;
  const { actor, role, node_id, origin, state, at, prev_hash } = event;
  return sha256(
    canonicalJson({
      seq,
      id,
      entity_type,
      entity_id,
      base_version,
      version,
      kind,
      payload,
      inverse,
      batch_id,
      actor,
      role,
      node_id,
      origin,
      state,
      at,
      prev_hash,
    }),
  );
}

/**
 * The same hash, for an event whose payload and inverse are canonical JSON already: a bulk action's list is long, and its text is
 * written once. The names below stand in canonical order.
 */
export function hashEventText(event: UnhashedEvent, payload: string, inverse: string | null): string {
  const { actor, at, base_version, batch_id, entity_id, entity_type, id } = event;
  const { kind, node_id, origin, prev_hash, role, seq, state, version } = event;
  const before = canonicalJson({ actor, at, base_version, batch_id, entity_id, entity_type, id }).slice(0, -1);
  const between = canonicalJson({ kind, node_id, origin }).slice(1, -1);
  const after = canonicalJson({ prev_hash, role, seq, state, version }).slice(1);
  return sha256(`${before},"inverse":${inverse ?? "null"},${between},"payload":${payload},${after}`);
}

const shape = AuditEntrySchema.omit({ undoable: true, payload: true, fate: true, members: true }).shape;
const roles = new Set<unknown>(shape.role.options);
const states = new Set<unknown>(shape.state.options);
const texts = ["id", "entity_type", "entity_id", "kind", "actor", "node_id", "at", "prev_hash", "hash"] as const;

/**
 * An event out of the database or a line of the export, whose JSON columns are parsed already; null when a field is missing or
 * of the wrong type. Written by hand because a verification parses every event of the log.
 */
export function parseEvent(value: unknown): EventRow | null {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return null;
  const event = value as Record<string, unknown>;
  if (texts.some((name) => typeof event[name] !== "string")) return null;
  if (![event.seq, event.base_version, event.version].every(Number.isSafeInteger)) return null;
  if (!roles.has(event.role) || !states.has(event.state)) return null;
  if (!isTextOrNull(event.batch_id) || !isTextOrNull(event.origin)) return null;
  if (event.payload === undefined || !isInverse(event.inverse)) return null;
  return event as unknown as EventRow;
}

function isTextOrNull(value: unknown): boolean {
  return value === null || typeof value === "string";
}

function isInverse(value: unknown): boolean {
  if (value === null) return true;
  return typeof value === "object" && "kind" in value && typeof value.kind === "string" && "payload" in value;
}

/** A row of the table `events`. @returns null when a JSON column or a field cannot be read */
export function parseEventRow(row: unknown): EventRow | null {
  if (typeof row !== "object" || row === null || !("payload" in row) || !("inverse" in row)) return null;
  try {
    const payload: unknown = JSON.parse(String(row.payload));
    const inverse: unknown = row.inverse === null ? null : JSON.parse(String(row.inverse));
    return parseEvent({ ...row, payload, inverse });
  } catch {
    return null;
  }
}

/** Members of a list in a payload that a screen shows. */
const shownMembers = 20;

/** The event with the lists of its payload cut: an action may name a hundred thousand entities. */
export function shorten(event: EventRow): EventRow {
  const { payload } = event;
  if (typeof payload !== "object" || payload === null || !("members" in payload)) return event;
  const { members } = payload;
  if (!Array.isArray(members) || members.length <= shownMembers) return event;
  return { ...event, payload: { ...payload, members: members.slice(0, shownMembers), member_count: members.length } };
}

/** The event as routes show it: the inverse stays inside, only whether there is one is told. */
export function toAuditEntry(event: EventRow): AuditEntry {
  const { inverse, ...entry } = event;
  return { ...entry, undoable: inverse !== null };
}
