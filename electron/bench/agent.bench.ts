import { measureAgentDojo } from "./agentdojo/measure.ts";
import type { BenchGroup } from "./figure.ts";
import { measureTextScanners } from "./scan-figures.ts";

/** The agent: how fast its scanners are; what hostile workers reach, what has to be approved, and what gets done. */
export const group: BenchGroup = {
  name: "agent",
  async run(report) {
    await measureTextScanners(report);
    await measureAgentDojo(report);
  },
};
