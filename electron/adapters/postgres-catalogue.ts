import { z } from "zod";
import { SentinelError } from "../../shared/errors.ts";
import { ModelEvaluation } from "../../shared/model-figures.ts";
import type { CatalogueEntry, ModelCatalogue } from "../engine/learn/registry/model-catalogue.ts";
import { Registered } from "../engine/learn/registry/model-state.ts";
import type { Postgres, PostgresClient } from "./postgres.ts";

const Row = z.object({
  registered: z.string(),
  node_id: z.string(),
  registered_at: z.date(),
  withdrawn: z.boolean(),
  version: z.number(),
  evaluations: z.array(z.object({ node_id: z.string(), evaluation: z.string() })),
});
const AliasRow = z.object({ model_id: z.string().nullable(), node_id: z.string().nullable(), at: z.date().nullable() });

const select = `SELECT m.registered::text, m.node_id, m.registered_at, m.withdrawn, m.version,
    coalesce((SELECT json_agg(json_build_object('node_id', e.node_id, 'evaluation', e.evaluation::text) ORDER BY e.at)
      FROM sentinel.model_evaluations e WHERE e.model_id = m.id), '[]') AS evaluations
  FROM sentinel.models m`;

/** Null: another version wrote it. */
function toEntry(row: unknown): CatalogueEntry | null {
  const { registered, node_id: nodeId, registered_at, withdrawn, version, evaluations } = Row.parse(row);
  const model = Registered.safeParse(JSON.parse(registered));
  if (!model.success) return null;
  return {
    ...model.data,
    ...{ nodeId, registeredAt: registered_at.toISOString(), withdrawn, version },
    evaluations: evaluations.flatMap((one) => {
      const evaluation = ModelEvaluation.safeParse(JSON.parse(one.evaluation));
      return evaluation.success ? [{ nodeId: one.node_id, evaluation: evaluation.data }] : [];
    }),
  };
}

/** The catalogue that engines share. Each change locks the row of its model, or of its alias, until it ends. */
export function createPostgresCatalogue(postgres: Postgres, nodeId: string): ModelCatalogue<"champion" | "challenger"> {
  async function note(
    client: PostgresClient,
    actor: string,
    kind: string,
    about: { id: string | null; alias?: string },
  ) {
    const { rows } = await client.query<{ id: string }>(
      "INSERT INTO sentinel.model_changes (node_id, actor, kind, model_id, alias) VALUES ($1, $2, $3, $4, $5) RETURNING id",
      [nodeId, actor, kind, about.id, about.alias ?? null],
    );
    return rows[0]!.id;
  }

  /** Locks a model. @throws SentinelError NOT_FOUND */
  async function require(client: PostgresClient, id: string, how: "UPDATE" | "SHARE"): Promise<number> {
    const { rows } = await client.query<{ version: number }>(
      `SELECT version FROM sentinel.models WHERE id = $1 AND NOT withdrawn FOR ${how}`,
      [id],
    );
    if (rows[0] !== undefined) return rows[0].version;
    throw new SentinelError("NOT_FOUND", `There is no model ${id} in the catalogue.`);
  }

  return {
    register: (registered, { actor }) =>
      postgres.inTransaction(async (client) => {
        const { id } = registered.metadata;
        const { rowCount } = await client.query(
          `INSERT INTO sentinel.models AS m (id, registered, node_id) VALUES ($1, $2, $3)
           ON CONFLICT (id) DO UPDATE SET registered = excluded.registered, node_id = excluded.node_id, registered_at = now(),
             withdrawn = false, version = m.version + 1 WHERE m.withdrawn`,
          [id, JSON.stringify(registered), nodeId],
        );
        return rowCount === 0 ? null : await note(client, actor, "registered", { id });
      }),
    find: (id) =>
      postgres.inTransaction(async (client) => {
        const { rows } = await client.query(`${select} WHERE m.id = $1`, [id]);
        if (rows[0] === undefined) return null;
        const found = toEntry(rows[0]);
        if (found !== null) return found;
        throw new SentinelError(
          "DATA_NEWER",
          `The catalogue has the model ${id.slice(0, 12)} in another version's form.`,
        );
      }),
    list: (limit) =>
      postgres.inTransaction(async (client) => {
        const order = "WHERE NOT m.withdrawn ORDER BY m.registered_at DESC, m.id LIMIT $1";
        const { rows } = await client.query(`${select} ${order}`, [limit]);
        const models = rows.map(toEntry).filter((one) => one !== null);
        return { models, unreadable: rows.length - models.length };
      }),
    evaluate: (id, evaluation, { actor }) =>
      postgres.inTransaction(async (client) => {
        await require(client, id, "UPDATE");
        await client.query("UPDATE sentinel.models SET version = version + 1 WHERE id = $1", [id]);
        await client.query(
          `INSERT INTO sentinel.model_evaluations (model_id, node_id, evaluation) VALUES ($1, $2, $3)
           ON CONFLICT (model_id, node_id) DO UPDATE SET evaluation = excluded.evaluation, at = now()`,
          [id, nodeId, JSON.stringify(evaluation)],
        );
        return await note(client, actor, "evaluated", { id });
      }),
    withdraw: (id, baseVersion, { actor }) =>
      postgres.inTransaction(async (client) => {
        if ((await require(client, id, "UPDATE")) !== baseVersion) {
          throw new SentinelError("CONFLICT", `The model ${id.slice(0, 12)} was changed in the catalogue meanwhile.`);
        }
        const { rows } = await client.query<{ alias: string }>(
          "SELECT alias FROM sentinel.model_aliases WHERE model_id = $1",
          [id],
        );
        if (rows[0] !== undefined) {
          const why = `The model ${id.slice(0, 12)} is the ${rows[0].alias}: give that to another one first.`;
          throw new SentinelError("CONFLICT", why);
        }
        await client.query("UPDATE sentinel.models SET withdrawn = true, version = version + 1 WHERE id = $1", [id]);
        return await note(client, actor, "withdrawn", { id });
      }),
    alias: (alias) =>
      postgres.inTransaction(async (client) => {
        const { rows } = await client.query(
          "SELECT model_id, node_id, at FROM sentinel.model_aliases WHERE alias = $1",
          [alias],
        );
        const { model_id: modelId, node_id, at } = AliasRow.parse(rows[0]);
        return { modelId, set: node_id === null || at === null ? null : { nodeId: node_id, at: at.toISOString() } };
      }),
    setAlias: (alias, { from, to }, { actor }) =>
      postgres.inTransaction(async (client) => {
        // Shared: several may point at a model at once, but nobody withdraws it meanwhile.
        if (to !== null) await require(client, to, "SHARE");
        // Who comes second waits here for who came first, and then finds another model than it expected.
        const { rowCount } = await client.query(
          `UPDATE sentinel.model_aliases SET model_id = $3, node_id = $4, at = now()
           WHERE alias = $1 AND model_id IS NOT DISTINCT FROM $2`,
          [alias, from, to, nodeId],
        );
        if (rowCount === 0) throw new SentinelError("CONFLICT", `Another model is the ${alias} by now.`);
        return await note(client, actor, "alias_set", { id: to, alias });
      }),
  };
}
