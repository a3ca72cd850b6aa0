import { SentinelError } from "../../shared/errors.ts";
import type { ComponentHealth } from "../../shared/health.ts";
import type { Engine } from "./engine-interface.ts";
import { mostListed } from "./learn/registry/model-state.ts";
import { createModelShelf, type ModelShelfOptions } from "./shelving-models.ts";

export interface ModelSharingOptions extends Omit<ModelShelfOptions, "shelf"> {
  /** Null: there is none. The caller closes it. */
  readonly shelf: ModelShelfOptions["shelf"] | null;
}

/** Models that engines share. What an engine works with is its own registry; this is how they get from one to another. */
export function createModelSharing({ shelf: bucket, ...options }: ModelSharingOptions) {
  const { registry } = options;
  const shelf = bucket === null ? null : createModelShelf({ ...options, shelf: bucket });

  return {
    async follow(): Promise<void> {
      await shelf?.follow();
    },
    operations: {
      async elsewhere() {
        const [lying, { models }] = await Promise.all([shelf?.list() ?? null, registry.page(mostListed)]);
        const own = models.filter(({ signature }) => signature !== null).map(({ metadata }) => metadata);
        const missing = own.filter((metadata) => !registry.hasFiles(metadata)).map(({ id }) => id);
        return { shelf: lying, catalogue: null, missing };
      },
      async fetch({ id }, by) {
        if (shelf === null) throw new SentinelError("UNAVAILABLE", "There is no shelf: SENTINEL_S3_SHELF is not set.");
        return await shelf.fetch(id, by);
      },
    } satisfies Pick<Engine["models"], "elsewhere" | "fetch">,
    /** By name, as the health page shows them. */
    health(): Record<string, ComponentHealth> {
      const shelved = shelf?.health() ?? null;
      return shelved === null ? {} : { shelf: shelved };
    },
    async close(): Promise<void> {
      await shelf?.close();
    },
  };
}
