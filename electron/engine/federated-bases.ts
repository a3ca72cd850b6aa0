import { readFile } from "node:fs/promises";
import { setImmediate } from "node:timers/promises";
import { SentinelError } from "../../shared/errors.ts";
import type { DeployedPayload } from "./detect/serving/deployed-payload.ts";
import { refused } from "./learn/federated/update-file.ts";
import { type FittedRows, fittedTextIn, noFittedRows, readFittedRows, unknownFittedRows } from "./learn/fitted-rows.ts";
import type { ModelFiles } from "./learn/registry/model-files.ts";
import { modelById } from "./learn/registry/model-state.ts";
import type { ReadableStore } from "./store/store.ts";

/** A model that updates are of. */
export interface Base {
  readonly id: string;
  readonly path: string;
  /** Of an update of it. */
  readonly round: number;
  /**
   * Whether it may hold this engine's own rows without noise: it was trained here, or goes back to one that was, or nobody wrote down all
   * that it was fitted to. What the noise of an update hides would stand in its base. Updates of other engines may be of it all the same.
   */
  readonly isOfOwnRows: boolean;
}

export type FederatedBases = ReturnType<typeof createFederatedBases>;

/** Models whose linear part is known here. */
export function createFederatedBases(options: {
  readonly store: ReadableStore;
  readonly files: Pick<ModelFiles, "pathOf" | "fittedPathOf">;
  readonly nodeId: string;
  /** What decides now. */
  readonly champion: () => Promise<DeployedPayload>;
  /** The shipped model: a base that every engine of this version has. */
  readonly shipped: { readonly path: string; readonly hash: string };
}) {
  const { store, shipped } = options;

  /** Null: there is none of that name. */
  async function find(id: string): Promise<Base | null> {
    if (id === shipped.hash) return { id, path: shipped.path, round: 1, isOfOwnRows: false };
    const model = await store.read(modelById, id);
    if (model === null || model.withdrawn || model.metadata.kind !== "built-in") return null;
    const path = options.files.pathOf(model.metadata);
    return { id, path, round: (model.metadata.federated?.round ?? 0) + 1, isOfOwnRows: await mayBeOfOwnRows(id) };
  }

  /** SECURITY: what is not known is taken for what would tell the most. */
  async function mayBeOfOwnRows(id: string): Promise<boolean> {
    return (await isTrainedHere(id)) || !(await fittedOf(id)).isComplete;
  }

  async function fittedOf(id: string): Promise<FittedRows> {
    if (id === shipped.hash) return noFittedRows;
    const path = options.files.fittedPathOf(id);
    return path === null ? unknownFittedRows : readFittedRows(await readFile(path));
  }

  /** Whether it, or a model that it goes back to as far as that is known here, was; also one that was withdrawn since. */
  async function isTrainedHere(id: string): Promise<boolean> {
    const seen = new Set<string>();
    for (let at: string | null = id; at !== null && at !== shipped.hash && !seen.has(at); ) {
      seen.add(at);
      const model: Awaited<ReturnType<typeof readModel>> = await readModel(at);
      if (model === null) return false;
      const { origin, node_id, parent } = model.metadata;
      if (origin === "trained" && node_id === options.nodeId) return true;
      at = parent;
    }
    return false;
  }
  const readModel = (id: string) => store.read(modelById, id);

  /** What the next update is of: the model that decides. */
  async function next(): Promise<Base | null> {
    const { kind, hash } = await options.champion();
    return kind === "built-in" ? await find(hash) : null;
  }

  return {
    find,
    next,
    /**
     * The rows that a model combined from updates of a base counts as fitted to: those of the base. What it has of the updates' rows is noised,
     * so that no single group can have made it look better than it is (Dwork et al. 2015); and a list of them, which is exported
     * with the model, would tell what the noise hides.
     */
    fittedOf: ({ id }: Base): Promise<FittedRows> => fittedOf(id),
    /**
     * @param rows that the update is to be made of; absent: not known yet
     * @throws SentinelError CONFLICT when what decides can be no base of an own update
     */
    async requireNext(rows: readonly { readonly text: string }[] = []): Promise<Base> {
      const base = await next();
      if (base === null) {
        throw new SentinelError(
          "CONFLICT",
          "The model that decides has no linear part to exchange: make the built-in one, or a combined one, the champion first.",
        );
      }
      // SECURITY: the bound on what an update tells holds for a base that tells nothing of the same rows, wherever it was trained on them.
      if (base.isOfOwnRows) {
        throw new SentinelError(
          "CONFLICT",
          "The model that decides was trained on this engine's own rows, without noise, or nobody wrote down what it was fitted to, so an update of it would have no privacy: make the built-in one, or one combined from it, the champion first.",
        );
      }
      if (await holdsAny(await fittedOf(base.id), rows)) {
        throw new SentinelError(
          "CONFLICT",
          "The model that decides was trained elsewhere on texts that are among this engine's own rows, so an update of it would have no privacy: make the built-in one, or one combined from it, the champion first.",
        );
      }
      return base;
    },
    /** @throws SentinelError UPDATE_REFUSED */
    async require(id: string): Promise<Base> {
      const base = await find(id);
      if (base !== null) return base;
      throw refused(`its base ${id.slice(0, 12)} is no model of this engine: bring that model first`);
    },
  };
}

/** Rows that are looked up at once: a millisecond or so of the thread that routes input. */
const lookedUpAtOnce = 500;

async function holdsAny(fitted: FittedRows, rows: readonly { readonly text: string }[]): Promise<boolean> {
  if (fitted.hashes.length === 0) return false;
  const isFitted = fittedTextIn(fitted);
  for (let from = 0; from < rows.length; from += lookedUpAtOnce) {
    if (rows.slice(from, from + lookedUpAtOnce).some(({ text }) => isFitted(text))) return true;
    await setImmediate();
  }
  return false;
}
