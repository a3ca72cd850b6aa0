// Runs before the host whose main thread it watches: `node --import`. Plain JavaScript, so that Node loads no compiler for it.
import { writeFileSync } from "node:fs";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { isMainThread } from "node:worker_threads";

const path = process.env.SENTINEL_BENCH_FIGURES;

// The host's threads and the processes that it starts take over how it was started.
if (isMainThread && process.argv[2] === "serve" && path !== undefined) {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  let cpu = process.cpuUsage();
  process.once("SIGUSR2", () => {
    delay.enable();
    cpu = process.cpuUsage(cpu);
  });
  process.once("exit", () => {
    const { user, system } = process.cpuUsage(cpu);
    const { maxRSS } = process.resourceUsage();
    writeFileSync(
      path,
      JSON.stringify({ delayP99Ms: delay.percentile(99) / 1e6, cpuMs: (user + system) / 1e3, peakRssKb: maxRSS }),
    );
  });
}
