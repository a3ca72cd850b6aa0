import { z } from "zod";
import { ModelMetadata } from "../../../../shared/model.ts";
import { ModelEvaluation } from "../../../../shared/model-figures.ts";
import { Sha256 } from "../../../../shared/units.ts";
import { type Db, defineRead, forgetRow, type Projection, type StoreModule } from "../../store/store.ts";

export const modelEntity = "payload_model";
export const aliasEntity = "payload_model_alias";

/** Payload of `payload_model.registered`. */
export const Registered = z.object({
  metadata: ModelMetadata,
  signature: z.object({ key: z.string(), value: z.string() }),
});
export type Registered = z.infer<typeof Registered>;

/** Payload of `payload_model.evaluated`; null: it was never judged. A former override is of the former judgement, and ends with it. */
export const Evaluated = z.object({ evaluation: ModelEvaluation.nullable() });

/** Payload of `payload_model.gates_overridden`: the reason is sealed. */
export const Overridden = z.object({ reason: z.string(), evaluated_at: z.string() });

/** Payload of `payload_model_alias.set`; null: no model has it. */
export const AliasSet = z.object({ model_id: Sha256.nullable() });

const modelKinds = [
  "payload_model.registered",
  "payload_model.withdrawn",
  "payload_model.evaluated",
  "payload_model.gates_overridden",
  "payload_model.override_removed",
];

const projection: Projection = {
  name: "payload models",
  tables: ["payload_models", "payload_model_aliases", "false_positive_fixes"],
  kinds: [...modelKinds, "payload_model_alias.set"],
  shared: {
    entityType: modelEntity,
    // Aliases are of an engine's own trials.
    kinds: modelKinds,
    approverKinds: ["payload_model.gates_overridden"],
    forget(db) {
      const models = forgetRow(db, "payload_models");
      const fixes = forgetRow(db, "false_positive_fixes", "model");
      return (id) => {
        models(id);
        fixes(id);
      };
    },
    rows: "SELECT * FROM payload_models ORDER BY id",
  },
  prepare(db) {
    const register = db.prepare(
      `INSERT INTO payload_models (id, registered, registered_at) VALUES (?, ?, ?)
       ON CONFLICT DO UPDATE SET registered = excluded.registered, withdrawn = 0`,
    );
    const withdraw = db.prepare("UPDATE payload_models SET withdrawn = 1 WHERE id = ?");
    const evaluate = db.prepare("UPDATE payload_models SET evaluation = ?, override = NULL WHERE id = ?");
    const fix = db.prepare(
      "INSERT OR IGNORE INTO false_positive_fixes (sample, model) SELECT value, ? FROM json_each(?)",
    );
    const override = db.prepare("UPDATE payload_models SET override = ? WHERE id = ?");
    const setAlias = db.prepare("INSERT OR REPLACE INTO payload_model_aliases (alias, model_id) VALUES (?, ?)");
    return (event) => {
      const { kind, entity_id: id, payload } = event;
      if (kind === "payload_model.registered") {
        register.run(id, JSON.stringify(Registered.parse(payload)), event.at);
      } else if (kind === "payload_model.withdrawn") withdraw.run(id);
      else if (kind === "payload_model.evaluated") {
        const { evaluation } = Evaluated.parse(payload);
        evaluate.run(evaluation === null ? null : JSON.stringify(evaluation), id);
        // A judgement asks about the reports of its own time alone: what an earlier one found stays found.
        if (evaluation !== null) fix.run(id, JSON.stringify(evaluation.fixed));
      } else if (kind === "payload_model.gates_overridden") {
        const { reason } = Overridden.parse(payload);
        override.run(JSON.stringify({ by: event.actor, at: event.at, reason }), id);
      } else if (kind === "payload_model.override_removed") override.run(null, id);
      else setAlias.run(id, AliasSet.parse(payload).model_id);
    };
  },
};

/** A model as it is stored. */
export interface StoredModel extends Registered {
  readonly id: string;
  readonly registeredAt: string;
  readonly evaluation: ModelEvaluation | null;
  /** The reason is sealed. */
  readonly override: { readonly by: string; readonly at: string; readonly reason: string } | null;
  readonly withdrawn: boolean;
  readonly version: number;
}

interface Row {
  readonly id: string;
  readonly registered: string;
  readonly registered_at: string;
  readonly evaluation: string | null;
  readonly override: string | null;
  readonly withdrawn: number;
  readonly version: number;
}

const Override = z.object({ by: z.string(), at: z.string(), reason: z.string() });

function toStored(row: Row): StoredModel {
  return {
    ...Registered.parse(JSON.parse(row.registered)),
    id: row.id,
    registeredAt: row.registered_at,
    evaluation: row.evaluation === null ? null : ModelEvaluation.parse(JSON.parse(row.evaluation)),
    override: row.override === null ? null : Override.parse(JSON.parse(row.override)),
    withdrawn: row.withdrawn === 1,
    version: row.version,
  };
}

const select = `SELECT m.*, v.version FROM payload_models m
  JOIN entity_versions v ON v.entity_type = '${modelEntity}' AND v.entity_id = m.id`;

/** Models that are listed at most; older ones can still be asked for. */
export const mostListed = 200;

/** The newest models that were not withdrawn, newest first. */
export const listedModels = defineRead("payload_models.listed", (db: Db) => {
  const rows = db.prepare<[number], Row>(`${select} WHERE m.withdrawn = 0 ORDER BY m.registered_at DESC, m.id LIMIT ?`);
  return (limit: number): StoredModel[] => rows.all(limit).map(toStored);
});

/** A model, also one that was withdrawn; null: there never was one. */
export const modelById = defineRead("payload_models.by_id", (db: Db) => {
  const row = db.prepare<[string], Row>(`${select} WHERE m.id = ?`);
  return (id: string): StoredModel | null => {
    const found = row.get(id);
    return found === undefined ? null : toStored(found);
  };
});

/** The model of an alias and the alias' version. */
export const modelOfAlias = defineRead("payload_models.of_alias", (db: Db) => {
  const model = db
    .prepare<[string], string | null>("SELECT model_id FROM payload_model_aliases WHERE alias = ?")
    .pluck();
  const version = db.prepare("SELECT version FROM entity_versions WHERE entity_type = ? AND entity_id = ?").pluck();
  return (alias: string): { modelId: string | null; version: number } => ({
    modelId: model.get(alias) ?? null,
    version: Number(version.get(aliasEntity, alias) ?? 0),
  });
});

export const modelModule: StoreModule = {
  name: "payload models",
  migrations: [
    {
      id: 420,
      sql: `
        CREATE TABLE payload_models (
          id TEXT PRIMARY KEY,
          registered TEXT NOT NULL,
          registered_at TEXT NOT NULL,
          evaluation TEXT,
          override TEXT,
          withdrawn INTEGER NOT NULL DEFAULT 0
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE payload_model_aliases (
          alias TEXT PRIMARY KEY,
          model_id TEXT
        ) STRICT, WITHOUT ROWID;`,
    },
    {
      id: 684,
      sql: `
        -- Reported false positives that a model did not flag when it was judged.
        CREATE TABLE false_positive_fixes (
          sample TEXT NOT NULL,
          model TEXT NOT NULL,
          PRIMARY KEY (sample, model)
        ) STRICT, WITHOUT ROWID;
        INSERT OR IGNORE INTO false_positive_fixes (sample, model)
          SELECT j.value, e.entity_id FROM events e, json_each(e.payload, '$.evaluation.fixed') j
          WHERE e.entity_type = 'payload_model' AND e.kind = 'payload_model.evaluated';`,
    },
  ],
  reads: [listedModels, modelById, modelOfAlias],
  writes: [],
  projections: [projection],
};
