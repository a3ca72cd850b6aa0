import { z } from "zod";
import { CanaryPercent, CanaryShare, canaryModes } from "../../../../shared/canary.ts";
import {
  type Db,
  defineRead,
  defineWrite,
  type EventRow,
  type Projection,
  type StoreModule,
} from "../../store/store.ts";
import type { TrialState } from "./trial.ts";

export const canaryEntity = "canary";
const entity = { entityType: canaryEntity, entityId: "payload" } as const;
const moved = "canary.moved";

/** A model on trial, by its hash, against the one that decided when the trial began. */
export const OnTrial = z.object({
  challenger: z.string(),
  champion: z.string(),
  /** How the setting `payload_model` named the champion: a roll-back after the promotion brings it back. */
  champion_choice: z.string(),
  percent: CanaryPercent,
  mode: z.enum(canaryModes),
  /** Where it stays until somebody decides. Null: nowhere, as in every trial before there were such. */
  share: CanaryShare.nullable().default(null),
  /** Who put it on trial. Null: it was before that was kept. */
  begun_by: z.string().nullable().default(null),
});
export type OnTrial = z.infer<typeof OnTrial>;

/** Payload of `canary.moved` and of its inverse. */
const Moved = z.object({
  /** Null: nothing is on trial any more. */
  to: OnTrial.nullable(),
  because: z.enum(["asked", "passed", "failed", "superseded"]),
  /** Sessions that the step before was judged by. */
  sessions: z.number().int(),
  /** What decided before a promotion: a later roll-back brings it back. A choice of the setting `payload_model`. */
  replaced: z.string().nullable(),
  /** The choice that a promotion made in its place. Null: none did, or it was before that was kept. */
  promoted: z.string().nullable().default(null),
});
export type CanaryMoved = z.infer<typeof Moved>;

/** The last promotion, by choices of the setting `payload_model`. */
export type LastPromotion = Pick<CanaryMoved, "replaced" | "promoted">;

export interface CanaryState extends LastPromotion {
  readonly onTrial: OnTrial | null;
  readonly version: number;
}

const projection: Projection = {
  name: "canary",
  tables: ["canary"],
  kinds: [moved],
  prepare(db) {
    const set = db.prepare(
      `INSERT INTO canary (one, on_trial, replaced, promoted) VALUES (1, ?, ?, ?)
       ON CONFLICT DO UPDATE SET on_trial = excluded.on_trial, replaced = excluded.replaced, promoted = excluded.promoted`,
    );
    return (event: EventRow) => {
      const { to, replaced, promoted } = Moved.parse(event.payload);
      set.run(to === null ? null : JSON.stringify(to), replaced, promoted);
    };
  },
};

export const canaryState = defineRead("canary.state", (db: Db) => {
  const select = db.prepare<[], { on_trial: string | null; replaced: string | null; promoted: string | null }>(
    "SELECT on_trial, replaced, promoted FROM canary",
  );
  const version = db.prepare("SELECT version FROM entity_versions WHERE entity_type = ? AND entity_id = ?").pluck();
  return (_args: null): CanaryState => {
    const row = select.get();
    return {
      onTrial: row === undefined || row.on_trial === null ? null : OnTrial.parse(JSON.parse(row.on_trial)),
      replaced: row?.replaced ?? null,
      promoted: row?.promoted ?? null,
      version: Number(version.get(entity.entityType, entity.entityId) ?? 0),
    };
  };
});

/**
 * The change; undoing it brings back what was on trial before, by hand from then on: whoever takes a step back decides about the next one,
 * and what was seen so far does not take it again.
 *
 * @param batchId of its own: what is appended with it, such as the approval that it uses up, is not taken back with it
 */
export function moveCanary(next: CanaryMoved, before: CanaryState, batchId: string) {
  const to: OnTrial | null = before.onTrial === null ? null : { ...before.onTrial, mode: "by_hand" };
  const { replaced, promoted } = before;
  const former: CanaryMoved = { to, because: "asked", sessions: 0, replaced, promoted };
  return {
    ...entity,
    baseVersion: before.version,
    kind: moved,
    payload: next,
    inverse: { kind: moved, payload: former },
    batchId,
  };
}

export interface MoveRow {
  readonly at: string;
  readonly actor: string;
  readonly moved: CanaryMoved;
}

/** The latest changes, newest first. */
export const canaryMoves = defineRead("canary.moves", (db: Db) => {
  const select = db.prepare<[string, number], { at: string; actor: string; payload: string }>(
    "SELECT at, actor, payload FROM events WHERE entity_type = ? ORDER BY seq DESC LIMIT ?",
  );
  return (limit: number): MoveRow[] =>
    select
      .all(entity.entityType, limit)
      .map(({ at, actor, payload }) => ({ at, actor, moved: Moved.parse(JSON.parse(payload)) }));
});

/** What was seen of a challenger in a step: kept beside the log, so that a restart goes on from there. */
export const saveTrial = defineWrite("canary.save_trial", (db: Db) => {
  const save = db.prepare(
    "INSERT INTO canary_trial (step, state) VALUES (?, ?) ON CONFLICT DO UPDATE SET state = excluded.state",
  );
  const prune = db.prepare("DELETE FROM canary_trial WHERE step != ?");
  return ({ step, state }: { step: string; state: TrialState }): null => {
    save.run(step, JSON.stringify(state));
    prune.run(step);
    return null;
  };
});

/** A trial that ended leaves nothing to the next one, also of the same model. */
export const forgetTrial = defineWrite("canary.forget_trial", (db: Db) => {
  const forget = db.prepare("DELETE FROM canary_trial");
  return (_args: null): null => {
    forget.run();
    return null;
  };
});

/** Null: nothing was seen in this step. */
export const savedTrial = defineRead("canary.trial", (db: Db) => {
  const select = db.prepare<[string], string>("SELECT state FROM canary_trial WHERE step = ?").pluck();
  return (step: string): TrialState | null => {
    const state = select.get(step);
    return state === undefined ? null : (JSON.parse(state) as TrialState);
  };
});

export const canaryModule: StoreModule = {
  name: "canary",
  migrations: [
    {
      id: 440,
      sql: `
        CREATE TABLE canary (one INTEGER PRIMARY KEY CHECK (one = 1), on_trial TEXT, replaced TEXT) STRICT;
        CREATE TABLE canary_trial (step TEXT PRIMARY KEY, state TEXT NOT NULL) STRICT, WITHOUT ROWID;`,
    },
    { id: 755, sql: "ALTER TABLE canary ADD COLUMN promoted TEXT;" },
  ],
  reads: [canaryState, canaryMoves, savedTrial],
  writes: [saveTrial, forgetTrial],
  projections: [projection],
};
