import { z } from "zod";
import { SentinelError } from "../../../shared/errors.ts";
import { roles } from "../../../shared/route.ts";
import { Instant } from "../../../shared/units.ts";
import type { Place } from "./shared-tables.ts";

/** SECURITY: text as the log itself takes it: what UTF-8 cannot hold would be stored as something else than was hashed. */
const Name = z
  .string()
  .min(1)
  .max(400)
  .refine((text) => text.isWellFormed() && !text.includes("\0"));

/**
 * What this engine knows how to decide. Whoever shares another entity, gives one another kind, or changes a payload so that an earlier engine
 * could not apply it, counts this up: the earlier one then stops before it, instead of passing it over and coming to something else. A field
 * that changes nothing for who does not know it may be added without: it is left. 2: rules are given another end, and approvals are asked for it.
 * 3: approvals are asked for a step of a model on trial.
 */
export const decisionsVersion = 3;

/** What an engine knew of an entity when it decided: how often it was changed by accepted events, and the last of them. */
export const Seen = z.object({
  id: Name,
  base_version: z.number().int().min(0),
  /** Null: none yet. */
  event: z.string().max(100).nullable(),
});
export type Seen = z.infer<typeof Seen>;

const Change = z.object({ kind: Name, payload: z.unknown() });

/** An event as the other engines hear of it. */
export const DecisionEvent = z.object({
  id: Name.max(100),
  entity_type: Name,
  entity_id: Name,
  ...Change.shape,
  inverse: Change.nullable(),
  batch_id: Name.max(100).nullable(),
  actor: Name,
  role: z.enum(roles),
  at: Instant,
  /** Of each entity: one, or the members of a bulk event. */
  seen: z.array(Seen).min(1).max(5000),
});
export type DecisionEvent = z.infer<typeof DecisionEvent>;

/** Name of an engine. */
export const NodeId = Name.max(200);

/** What was decided at once: events of single entities, all or none of which are accepted; or one part of a bulk event, each of whose members is judged alone. */
export const Decision = z.object({
  node_id: NodeId,
  /** `decisionsVersion` of who decided; absent: 1. */
  version: z.number().int().min(1).optional(),
  events: z.array(DecisionEvent).min(1).max(100),
});
export type Decision = z.infer<typeof Decision>;

/** One message of the topic. */
export interface Heard {
  readonly offset: number;
  /** Null: nothing that could be read; it is passed over. */
  readonly decision: Decision | null;
  /** Hash of the message as it came: by it the topic is known again. */
  readonly hash?: string;
  /** Its engine knows more than this one: what cannot be read of it is waited for, not passed over. */
  readonly isNewer?: boolean;
  /** It was tried before, and cannot be applied. */
  readonly isUnreadable?: boolean;
}

/** @throws SentinelError UNAVAILABLE: whoever reads on would come to something else than the others */
export function refuseNewer(): never {
  throw new SentinelError(
    "UNAVAILABLE",
    "An engine of a newer version decided something that this one cannot read. Nothing more is decided together here until it is updated.",
  );
}

/**
 * Half of a message was written when it proved to be none: the transaction is given up, and begun again with `isUnreadable`. A savepoint
 * instead would take time with the square of a bulk decision's members.
 */
export class UnreadableDecision extends Error {
  readonly offset: number;
  constructor(offset: number, cause: unknown) {
    super(`The decision at offset ${offset} cannot be applied.`, { cause });
    this.offset = offset;
  }
}

export interface Waiting {
  /** Its last event in this engine's log. */
  readonly place: Place;
  readonly decision: Decision;
}

/** What became of a message. `partly`: of some members of a bulk event. */
export interface Judgement {
  readonly offset: number;
  readonly outcome: "accepted" | "partly" | "rejected" | "unreadable" | "known";
}

/** Two engines that have read as far, and have nothing waiting, have the same hash. */
export interface SharedState {
  /** Of the last message that was judged; -1: none. */
  readonly offset: number;
  /** Own decisions that were not judged yet. */
  readonly waiting: number;
  /** SHA-256 over everything that is shared; null: it was not asked for. */
  readonly hash: string | null;
}
