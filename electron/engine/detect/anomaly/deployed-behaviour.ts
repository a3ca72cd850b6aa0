import { z } from "zod";
import { Sha256 } from "../../../../shared/units.ts";
import { type Db, defineRead, type EventDraft, type Projection, type StoreModule } from "../../store/store.ts";
import { countReferenceSessions, referenceSessions } from "./reference-sessions.ts";

/** Payload of `model.fitted`, and of its inverse `model.restored`: from then on this model decides. */
export const BehaviourDeployed = z.object({
  hash: Sha256,
  /** The shipped model that it stands for: a version of the product that ships another one starts from that. */
  shipped: Sha256,
  /** Sessions of this machine that it was fitted to; 0: the shipped model. */
  sessions: z.number().int().min(0),
  extractor_version: z.string(),
});
export type BehaviourDeployed = z.infer<typeof BehaviourDeployed>;

const entity = { entityType: "model", entityId: "behaviour" } as const;

/** What decides about behaviour, and what the last fit was, also when it was taken back. */
export interface DeployedBehaviour extends BehaviourDeployed {
  readonly at: string;
  readonly fitted: BehaviourDeployed | null;
}

const projection: Projection = {
  name: "deployed_behaviour",
  tables: ["deployed_behaviour"],
  kinds: ["model.fitted", "model.restored"],
  prepare(db) {
    const set = db.prepare(
      `INSERT INTO deployed_behaviour (one, deployed, at, fitted) VALUES (1, @deployed, @at, @fitted)
       ON CONFLICT DO UPDATE SET deployed = excluded.deployed, at = excluded.at, fitted = COALESCE(excluded.fitted, fitted)`,
    );
    return (event) => {
      const deployed = BehaviourDeployed.parse(event.payload);
      // What is taken back stays the last fit: it is not tried again before there is more to fit to.
      const fitted = event.kind === "model.fitted" ? JSON.stringify(deployed) : null;
      set.run({ deployed: JSON.stringify(deployed), at: event.at, fitted });
    };
  },
};

/** The deployment in force and its version in the log; null: the shipped model, as ever. */
export const deployedBehaviour = defineRead("behaviour.deployed", (db: Db) => {
  const select = db.prepare<[], { deployed: string; at: string; fitted: string | null }>(
    "SELECT deployed, at, fitted FROM deployed_behaviour",
  );
  const version = db.prepare("SELECT version FROM entity_versions WHERE entity_type = ? AND entity_id = ?").pluck();
  return (_args: null): { deployed: DeployedBehaviour | null; version: number } => {
    const row = select.get();
    const fitted = row === undefined || row.fitted === null ? null : BehaviourDeployed.parse(JSON.parse(row.fitted));
    return {
      deployed: row === undefined ? null : { ...BehaviourDeployed.parse(JSON.parse(row.deployed)), at: row.at, fitted },
      version: Number(version.get(entity.entityType, entity.entityId) ?? 0),
    };
  };
});

/** The change that deploys a model; undoing it brings back the one before. */
export function deployBehaviour(next: BehaviourDeployed, before: BehaviourDeployed, baseVersion: number): EventDraft {
  return {
    ...entity,
    baseVersion,
    kind: "model.fitted",
    payload: next,
    inverse: { kind: "model.restored", payload: before },
  };
}

export const behaviourModule: StoreModule = {
  name: "behaviour",
  migrations: [
    {
      id: 210,
      sql: `CREATE TABLE deployed_behaviour (
        one INTEGER PRIMARY KEY CHECK (one = 1),
        deployed TEXT NOT NULL,
        at TEXT NOT NULL,
        fitted TEXT
      ) STRICT;`,
    },
  ],
  reads: [deployedBehaviour, countReferenceSessions, referenceSessions],
  writes: [],
  projections: [projection],
};
