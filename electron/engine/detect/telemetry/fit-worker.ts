import { Piscina } from "piscina";
import { onDemand } from "../../base/on-demand.ts";
import type { FitterTask, FlowFitter, Merged } from "./fitter-task.ts";
import type { FlowModel } from "./flow-model.ts";
import type { FlowPart } from "./flow-part.ts";

/** One worker thread, started by the first fit. @param entry `electron/workers/fit-telemetry.ts` */
export function createFitWorker(entry: URL): FlowFitter {
  const pool = new Piscina<FitterTask, unknown>({
    filename: entry.href,
    name: "fit",
    ...onDemand,
    idleTimeout: 60_000,
    // A fit of the largest window needs a tenth of it.
    resourceLimits: { maxOldGenerationSizeMb: 128, maxYoungGenerationSizeMb: 2 },
  });
  return {
    fit: (task) => pool.run({ do: "fit", task }) as Promise<FlowModel>,
    describe: (task) => pool.run({ do: "describe", task }) as Promise<FlowPart>,
    merge: (task) => pool.run({ do: "merge", task }) as Promise<Merged>,
    close: () => pool.destroy(),
  };
}
