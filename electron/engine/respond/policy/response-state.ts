import { z } from "zod";
import { toInstant } from "../../base/clock.ts";
import {
  type Db,
  defineRead,
  type EventDraft,
  type EventRow,
  type Projection,
  type StoreModule,
} from "../../store/store.ts";

export const responseEntity = "response";
const responseId = "response";
/** Of earlier versions: a panic that could not end the sandboxes. */
export const responseHeld = "response.held";
export const responseRearmed = "response.rearmed";

/** Held from a panic on until an admin re-arms. */
export interface ResponseState {
  /** Of the panic; null: nothing is held. */
  readonly heldAt: string | null;
  readonly version: number;
}

const projection: Projection = {
  name: "response state",
  tables: ["response_state"],
  // SECURITY: the panic's own event holds the response, so that there is no panic in the log that does not.
  kinds: ["panic.pulled", responseHeld, responseRearmed],
  prepare(db) {
    const set = db.prepare("INSERT OR REPLACE INTO response_state (id, held_at) VALUES (1, ?)");
    const held = db.prepare<[], string | null>("SELECT held_at FROM response_state WHERE id = 1").pluck();
    return (event: EventRow) => {
      if (event.kind !== responseRearmed) set.run(event.at);
      // SECURITY: a panic that came into the log after whoever re-armed looked holds. Earlier versions did not say what they saw.
      else if (sawLast(event.payload, held.get() ?? null)) set.run(null);
    };
  },
};

const Seen = z.object({ held_at: z.string().nullable().optional() });

function sawLast(payload: unknown, heldAt: string | null): boolean {
  const { held_at: seen } = Seen.parse(payload);
  return seen === undefined || seen === heldAt;
}

export const responseState = defineRead("response.state", (db: Db) => {
  const held = db.prepare<[], string | null>("SELECT held_at FROM response_state WHERE id = 1").pluck();
  const version = db
    .prepare<[], number>(
      `SELECT version FROM entity_versions WHERE entity_type = '${responseEntity}' AND entity_id = '${responseId}'`,
    )
    .pluck();
  return (_args: null): ResponseState => ({ heldAt: held.get() ?? null, version: version.get() ?? 0 });
});

/** The event that lets rules be applied again. Without an inverse: who wants them held pulls panic. @param reason sealed */
export function rearm({ heldAt, version }: ResponseState, reason: string, at: number): EventDraft {
  const payload = { reason, at: toInstant(at), held_at: heldAt };
  const entity = { entityType: responseEntity, entityId: responseId, baseVersion: version };
  return { ...entity, kind: responseRearmed, payload, inverse: null };
}

export const responseModule: StoreModule = {
  name: "response",
  migrations: [
    {
      id: 511,
      sql: `CREATE TABLE response_state (
        id INTEGER PRIMARY KEY,
        held_at TEXT
      ) STRICT;`,
    },
  ],
  reads: [responseState],
  writes: [],
  projections: [projection],
};
