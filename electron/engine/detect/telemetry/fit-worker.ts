import { Piscina } from "piscina";
import type { FitTask, FlowModel } from "./flow-model.ts";

/** Fits models, somewhere else than on this thread. */
export interface FlowFitter {
  /** @throws whatever went wrong, a worker that ended included; the next fit has a new worker */
  fit(task: FitTask): Promise<FlowModel>;
  close(): Promise<void>;
}

/** One worker thread, started by the first fit. @param entry `electron/workers/fit-telemetry.ts` */
export function createFitWorker(entry: URL): FlowFitter {
  const pool = new Piscina<FitTask, FlowModel>({
    filename: entry.href,
    name: "fit",
    minThreads: 0,
    maxThreads: 1,
    idleTimeout: 60_000,
    // A fit of the largest window needs a tenth of it.
    resourceLimits: { maxOldGenerationSizeMb: 128, maxYoungGenerationSizeMb: 2 },
  });
  return { fit: (task) => pool.run(task), close: () => pool.destroy() };
}
