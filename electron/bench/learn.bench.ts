import { measureDrift } from "./drift-figures.ts";
import { measureFederation } from "./federated-figures.ts";
import type { BenchGroup } from "./figure.ts";
import { measureLabelling } from "./label-curve-figures.ts";
import { measureQueue } from "./label-queue-figures.ts";
import { measureSmoothness } from "./learn-smooth.ts";
import { measureTraining } from "./learn-speed.ts";

/** What learning from labels takes, what one look at drift costs, how many labels a model needs, and what engines learn from each other. */
export const group: BenchGroup = {
  name: "learn",
  async run(report) {
    await measureTraining(report);
    await measureSmoothness(report);
    await measureDrift(report);
    await measureQueue(report);
    await measureLabelling(report);
    measureFederation(report);
  },
};
