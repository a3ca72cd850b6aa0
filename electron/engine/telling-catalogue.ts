import { z } from "zod";
import { SentinelError } from "../../shared/errors.ts";
import type { ComponentHealth } from "../../shared/health.ts";
import type { listModelsElsewhere } from "../../shared/model-sharing.ts";
import type { Output } from "../../shared/route.ts";
import type { Logger } from "./base/logging.ts";
import type { Principal } from "./base/principals.ts";
import type { SharedCatalogue } from "./learn/registry/model-catalogue.ts";
import { isSigned } from "./learn/registry/model-signature.ts";
import { AliasSet, aliasEntity, modelById, mostListed } from "./learn/registry/model-state.ts";
import { registeredPrefix } from "./model-operations.ts";
import { createLogFollower } from "./store/log-follower.ts";
import type { EventRow, StoreHost } from "./store/store.ts";

const aliases = ["champion", "challenger"] as const;
type Alias = (typeof aliases)[number];

/** A change of settings that names another model that decides. */
const ChoiceChanged = z.looseObject({ changes: z.looseObject({ payload_model: z.string().nullable() }) });

interface AliasMove {
  readonly from: string | null;
  readonly to: string | null;
  readonly by: Principal;
}

export interface CatalogueOptions {
  readonly catalogue: SharedCatalogue;
  readonly store: StoreHost;
  readonly nodeId: string;
  readonly log: Logger;
  readonly onChange: () => void;
}

/**
 * Tells the shared catalogue what became of this engine's models, from its log, and what other engines told it. Nothing is decided by it:
 * an engine's own registry is what it works with.
 */
export function createCatalogueTelling({ catalogue, store, nodeId, log, onChange }: CatalogueOptions) {
  /** Of each alias: that another engine's choice stands there, in words. */
  const conflicts = new Map<Alias, string>();
  const follower = createLogFollower({
    store,
    log,
    what: "Models are told",
    target: async () => catalogue.address,
    onChange,
    open: async () => ({ take, close() {} }),
  });

  async function take(events: readonly EventRow[]): Promise<void> {
    const moves = new Map<Alias, AliasMove>();
    for (const event of events) {
      const by: Principal = { actor: event.actor, role: event.role, caller: "ui" };
      if (event.kind.startsWith("payload_model.")) await tell(event, by);
      const move = aliasMove(event);
      // Of several moves only where it began and where it ended: one that came before is not seen again when this is tried again.
      if (move !== null) moves.set(move.alias, { from: moves.get(move.alias)?.from ?? move.from, to: move.to, by });
    }
    for (const [alias, move] of moves) await give(alias, move);
  }

  async function tell({ kind, entity_id: id }: EventRow, by: Principal): Promise<void> {
    const own = await store.read(modelById, id);
    if (own === null) return;
    if (kind === "payload_model.registered") {
      if (!own.withdrawn) await catalogue.register({ metadata: own.metadata, signature: own.signature }, by);
      return;
    }
    const there = await catalogue.find(id);
    if (there === null || there.withdrawn) return;
    if (kind === "payload_model.evaluated" && own.evaluation !== null) await catalogue.evaluate(id, own.evaluation, by);
    // What another engine told of first is that one's to withdraw.
    if (kind === "payload_model.withdrawn" && own.withdrawn && there.nodeId === nodeId) {
      await catalogue.withdraw(id, there.version, by).catch((error: unknown) => {
        // It has an alias there: then it stays, for those who go by that.
        if (!(error instanceof SentinelError) || error.code !== "CONFLICT") throw error;
        log.warn({ model: id, reason: error.message }, "A withdrawn model stays in the catalogue.");
      });
    }
  }

  async function give(alias: Alias, { from, to, by }: AliasMove): Promise<void> {
    // What the catalogue does not have, the shipped model among it, is told as none.
    const known = to === null ? null : await catalogue.find(to);
    const next = known === null || known.withdrawn ? null : to;
    const now = await catalogue.alias(alias);
    try {
      if (now.modelId !== next) {
        if (now.modelId !== null && now.modelId !== from)
          throw new SentinelError("CONFLICT", "Another engine was first.");
        await catalogue.setAlias(alias, { from: now.modelId, to: next }, by);
      }
      if (conflicts.delete(alias)) onChange();
    } catch (error) {
      if (!(error instanceof SentinelError) || error.code !== "CONFLICT") throw error;
      const { modelId, set } = await catalogue.alias(alias);
      const other = `engine ${set?.nodeId ?? "unknown"} made ${modelId?.slice(0, 12) ?? "none"} the ${alias}`;
      conflicts.set(
        alias,
        `Another engine was first: ${other}; here it is ${to?.slice(0, 12) ?? "the shipped model"}.`,
      );
      onChange();
    }
  }

  return {
    follow: () => follower.follow(),
    async list(): Promise<NonNullable<Output<typeof listModelsElsewhere>["catalogue"]>> {
      const conflict = conflicts.size === 0 ? null : [...conflicts.values()].join(" ");
      try {
        const [{ models, unreadable }, named] = await Promise.all([
          catalogue.list(mostListed),
          Promise.all(aliases.map(async (alias) => ({ alias, ...(await catalogue.alias(alias)) }))),
        ]);
        // SECURITY: whoever may write to the database may not make up models: each row is signed by the engine that made it.
        const genuine = models.filter(({ signature, metadata }) => isSigned(signature, "sentinel-model", metadata));
        return {
          address: catalogue.address,
          models: genuine.map((one) => ({
            metadata: one.metadata,
            signed_with: one.signature.key,
            node_id: one.nodeId,
            registered_at: one.registeredAt,
            evaluations: one.evaluations.map(({ nodeId: node_id, evaluation: { at, passed, dataset_version } }) => ({
              ...{ node_id, at, passed, dataset_version },
            })),
          })),
          aliases: named.flatMap(({ alias, modelId, set }) =>
            set === null ? [] : [{ alias, model_id: modelId, node_id: set.nodeId, at: set.at }],
          ),
          refused: models.length - genuine.length + unreadable,
          ...{ problem: null, conflict },
        };
      } catch (error) {
        if (!(error instanceof SentinelError)) throw error;
        const nothing = { address: catalogue.address, models: [], aliases: [], refused: 0 };
        return { ...nothing, problem: error.message, conflict };
      }
    },
    health(): ComponentHealth | null {
      const health = follower.health();
      if (health?.status !== "healthy" || conflicts.size === 0) return health;
      return { status: "degraded", detail: [...conflicts.values()].join(" ") };
    },
    close: () => follower.close(),
  };
}

/** Null: it moves none. */
function aliasMove({
  kind,
  entity_type,
  entity_id,
  payload,
  inverse,
}: EventRow): (Omit<AliasMove, "by"> & { alias: Alias }) | null {
  const before = (inverse as { payload?: unknown } | null)?.payload;
  if (entity_type === aliasEntity && kind === "payload_model_alias.set" && entity_id === "challenger") {
    const from = AliasSet.safeParse(before);
    return { alias: "challenger", from: from.data?.model_id ?? null, to: AliasSet.parse(payload).model_id };
  }
  const chosen = entity_type === "settings" ? ChoiceChanged.safeParse(payload) : null;
  if (chosen?.success !== true) return null;
  const from = ChoiceChanged.safeParse(before);
  return {
    alias: "champion",
    from: from.success ? idOf(from.data.changes.payload_model) : null,
    to: idOf(chosen.data.changes.payload_model),
  };
}

/** @param choice null: the default. @returns null: the shipped one, or a folder */
const idOf = (choice: string | null) =>
  choice?.startsWith(registeredPrefix) ? choice.slice(registeredPrefix.length) : null;
