import { SentinelError } from "../../shared/errors.ts";
import type { ComponentHealth } from "../../shared/health.ts";
import type { Engine } from "./engine-interface.ts";
import type { SharedCatalogue } from "./learn/registry/model-catalogue.ts";
import { mostListed } from "./learn/registry/model-state.ts";
import { createModelShelf, type ModelShelfOptions } from "./shelving-models.ts";
import { createCatalogueTelling } from "./telling-catalogue.ts";

export interface ModelSharingOptions extends Omit<ModelShelfOptions, "shelf"> {
  /** Null: there is none. The caller closes it. */
  readonly shelf: ModelShelfOptions["shelf"] | null;
  /** Likewise. */
  readonly catalogue: SharedCatalogue | null;
  readonly nodeId: string;
}

/** Models that engines share. What an engine works with is its own registry; this is how they get from one to another. */
export function createModelSharing({ shelf: bucket, catalogue, nodeId, ...options }: ModelSharingOptions) {
  const { registry, store, log, onChange } = options;
  const shelf = bucket === null ? null : createModelShelf({ ...options, shelf: bucket });
  const telling =
    catalogue === null ? null : createCatalogueTelling({ ...{ catalogue, store, nodeId, log, onChange } });

  return {
    async follow(): Promise<void> {
      await shelf?.follow();
      await telling?.follow();
    },
    operations: {
      async elsewhere() {
        const [lying, told, { models }] = await Promise.all([
          shelf?.list() ?? null,
          telling?.list() ?? null,
          registry.page(mostListed),
        ]);
        const own = models.filter(({ signature }) => signature !== null).map(({ metadata }) => metadata);
        const missing = own.filter((metadata) => !registry.hasFiles(metadata)).map(({ id }) => id);
        return { shelf: lying, catalogue: told, missing };
      },
      async fetch({ id }, by) {
        if (shelf === null) throw new SentinelError("UNAVAILABLE", "There is no shelf: SENTINEL_S3_SHELF is not set.");
        return await shelf.fetch(id, by);
      },
    } satisfies Pick<Engine["models"], "elsewhere" | "fetch">,
    /** By name, as the health page shows them. */
    health(): Record<string, ComponentHealth> {
      const shelved = shelf?.health() ?? null;
      const told = telling?.health() ?? null;
      return { ...(shelved === null ? {} : { shelf: shelved }), ...(told === null ? {} : { catalogue: told }) };
    },
    async close(): Promise<void> {
      await shelf?.close();
      await telling?.close();
    },
  };
}
