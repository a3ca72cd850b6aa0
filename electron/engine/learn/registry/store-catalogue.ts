import { SentinelError } from "../../../../shared/errors.ts";
import type { Principal } from "../../base/principals.ts";
import type { EventDraft, Store } from "../../store/store.ts";
import type { CatalogueEntry, ModelCatalogue } from "./model-catalogue.ts";
import {
  AliasSet,
  aliasEntity,
  listedModels,
  modelById,
  modelEntity,
  modelOfAlias,
  type StoredModel,
} from "./model-state.ts";

interface StoreCatalogueOptions {
  readonly store: Store;
  readonly nodeId: string;
  /** Models that need no registration. */
  readonly shipped: readonly string[];
}

/** An engine's own catalogue: events of its log, and what is projected from them. Who decides is a setting, and no alias of it. */
export function createStoreCatalogue({ store, nodeId, shipped }: StoreCatalogueOptions): ModelCatalogue<"challenger"> {
  async function append(draft: EventDraft, by: Principal): Promise<string> {
    return (await store.append([draft], by))[0]!.id;
  }

  async function stored(id: string): Promise<StoredModel> {
    const found = await store.read(modelById, id);
    if (found === null || found.withdrawn)
      throw new SentinelError("NOT_FOUND", `There is no model ${id} in the registry.`);
    return found;
  }

  const toEntry = ({
    metadata,
    signature,
    registeredAt,
    evaluation,
    withdrawn,
    version,
  }: StoredModel): CatalogueEntry => ({
    ...{ metadata, signature, nodeId, registeredAt, withdrawn, version },
    evaluations: evaluation === null ? [] : [{ nodeId, evaluation }],
  });

  return {
    async register(registered, by) {
      const { id } = registered.metadata;
      const before = await store.read(modelById, id);
      if (before !== null && !before.withdrawn) return null;
      const inverse = { kind: "payload_model.withdrawn", payload: {} };
      try {
        return await append(draftFor(id, before?.version ?? 0, "registered", registered, inverse), by);
      } catch (error) {
        // Somebody registered the same at the same moment.
        const now = await store.read(modelById, id);
        if (error instanceof SentinelError && error.code === "CONFLICT" && now?.withdrawn === false) return null;
        throw error;
      }
    },
    async find(id) {
      const found = await store.read(modelById, id);
      return found === null ? null : toEntry(found);
    },
    list: async (limit) => ({ models: (await store.read(listedModels, limit)).map(toEntry), unreadable: 0 }),
    async evaluate(id, evaluation, by) {
      const { version, evaluation: before } = await stored(id);
      const inverse = { kind: "payload_model.evaluated", payload: { evaluation: before } };
      return await append(draftFor(id, version, "evaluated", { evaluation }, inverse), by);
    },
    async withdraw(id, baseVersion, by) {
      const { metadata, signature } = await stored(id);
      if ((await store.read(modelOfAlias, "challenger")).modelId === id) {
        throw new SentinelError(
          "CONFLICT",
          `The model ${id.slice(0, 12)} is the challenger: give that to another one first.`,
        );
      }
      const inverse = { kind: "payload_model.registered", payload: { metadata, signature } };
      return await append(draftFor(id, baseVersion, "withdrawn", {}, inverse), by);
    },
    async alias(alias) {
      const { modelId } = await store.read(modelOfAlias, alias);
      return { modelId, set: null };
    },
    async setAlias(alias, { from, to }, by) {
      const { modelId, version } = await store.read(modelOfAlias, alias);
      if (modelId !== from) throw new SentinelError("CONFLICT", `Another model is the ${alias} by now.`);
      if (to !== null && !shipped.includes(to)) await stored(to);
      const payload = (model_id: string | null) => AliasSet.parse({ model_id });
      const kind = "payload_model_alias.set";
      return await append(
        {
          ...{ entityType: aliasEntity, entityId: alias, baseVersion: version, kind },
          payload: payload(to),
          inverse: { kind, payload: payload(from) },
        },
        by,
      );
    },
  };
}

/** SECURITY: who registered, judged or let pass which model is in the log: it may decide verdicts. */
export function draftFor(
  id: string,
  baseVersion: number,
  kind: string,
  payload: unknown,
  inverse: EventDraft["inverse"],
): EventDraft {
  return { entityType: modelEntity, entityId: id, baseVersion, kind: `payload_model.${kind}`, payload, inverse };
}
