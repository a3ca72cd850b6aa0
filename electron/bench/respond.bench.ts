import { measureBacktest } from "./backtest-figures.ts";
import type { BenchGroup } from "./figure.ts";
import { measureGatekeeper } from "./gatekeeper-figures.ts";
import { measurePanicWays } from "./panic-figures.ts";
import { measureSandboxes } from "./sandbox-figures.ts";
import { measureSimulations } from "./simulation-figures.ts";

/** What acts: sandboxes, their limits, panic, and simulations in them; what rules are tried on; gatekeepers. */
export const group: BenchGroup = {
  name: "respond",
  async run(report) {
    await measureSandboxes(report);
    await measurePanicWays(report);
    await measureSimulations(report);
    await measureBacktest(report);
    await measureGatekeeper(report);
  },
};
