import type { BenchGroup } from "./figure.ts";
import { measureTraining } from "./learn-speed.ts";

/** What learning from labels takes. */
export const group: BenchGroup = {
  name: "learn",
  run: measureTraining,
};
