import { execFileSync } from "node:child_process";
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import { benchPrincipal, openBenchEngine, temporaryFolder } from "./bench-engine.ts";
import type { BenchGroup } from "./figure.ts";

const entries = 40_000;
const entryBytes = 5000;

/** A HAR of 200 MB from the first byte read to the last verdict stored, as a dropped file. */
export const group: BenchGroup = {
  name: "import",
  async run(report) {
    const folder = temporaryFolder();
    try {
      const file = join(folder.path, "big.har");
      // In a process of its own: its memory is not the product's.
      const generator = JSON.stringify(new URL("./generate-har.ts", import.meta.url).href);
      const script = `(await import(${generator})).generateHar(${JSON.stringify(file)}, ${entries}, ${entryBytes}, 1)`;
      execFileSync(process.execPath, ["--input-type=module", "-e", script]);
      const { size } = await stat(file);
      const engine = await openBenchEngine(join(folder.path, "home"));
      const delay = monitorEventLoopDelay({ resolution: 1 });
      let peak = 0;
      const sampling = setInterval(() => {
        peak = Math.max(peak, process.memoryUsage.rss());
      }, 50);
      delay.enable();
      const cpu = process.cpuUsage();
      const from = performance.now();
      const meta = { file_name: "big.har", channel: "dialog" } as const;
      const { job_id } = await engine.evidence.import(
        createReadStream(file, { highWaterMark: 1024 ** 2 }),
        meta,
        benchPrincipal,
        new AbortController().signal,
      );
      const stored = performance.now();
      const isActive = async () => {
        const job = (await engine.jobs.list()).find(({ id }) => id === job_id);
        if (job?.state === "failed") throw new Error(job.error?.message);
        return job?.state === "running" || job?.state === "queued";
      };
      while (await isActive()) await sleep(20);
      const seconds = (performance.now() - from) / 1000;
      const { user, system } = process.cpuUsage(cpu);
      delay.disable();
      clearInterval(sampling);
      report(
        `HAR of ${(size / 1e6).toFixed(0)} MB, ${entries} entries, to stored verdicts`,
        size / 1e6 / seconds,
        "MB/s",
        "≥ 20",
      );
      report("of it, to encrypted evidence", size / 1e6 / ((stored - from) / 1000), "MB/s");
      report("CPU time, all threads", (user + system) / 1e6, "s");
      report("peak RSS", peak / 1e6, "MB", "< 500");
      report("main-thread delay, p99", delay.percentile(99) / 1e6, "ms", "< 20");
      await engine.close();
    } finally {
      folder.remove();
    }
  },
};
