import { measureDrift } from "./drift-figures.ts";
import type { BenchGroup } from "./figure.ts";
import { measureTraining } from "./learn-speed.ts";

/** What learning from labels takes, and what one look at drift costs. */
export const group: BenchGroup = {
  name: "learn",
  async run(report) {
    await measureTraining(report);
    await measureDrift(report);
  },
};
