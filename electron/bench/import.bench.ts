import { execFileSync } from "node:child_process";
import { openAsBlob, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { importEvidence } from "../../shared/evidence.ts";
import { listJobs } from "../../shared/job.ts";
import { temporaryFolder } from "./bench-engine.ts";
import { build, callHost, startHost } from "./built-host.ts";
import type { BenchGroup } from "./figure.ts";

const entries = 40_000;
const entryBytes = 5000;

/** What `watch-main-thread.mjs` writes. */
interface Watched {
  readonly delayP99Ms: number;
  readonly cpuMs: number;
  readonly peakRssKb: number;
}

/** A HAR of 200 MB from the first byte sent to the built host to the last verdict stored, as a dropped file. */
export const group: BenchGroup = {
  name: "import",
  async run(report) {
    build();
    const folder = temporaryFolder();
    try {
      const file = join(folder.path, "big.har");
      // In a process of its own: its memory is not the product's.
      const generator = JSON.stringify(new URL("./generate-har.ts", import.meta.url).href);
      const script = `(await import(${generator})).generateHar(${JSON.stringify(file)}, ${entries}, ${entryBytes}, 1)`;
      execFileSync(process.execPath, ["--input-type=module", "-e", script]);
      const home = join(folder.path, "home");
      const figures = join(folder.path, "figures.json");
      const module = new URL("./watch-main-thread.mjs", import.meta.url);
      const host = await startHost(home, { module, env: { SENTINEL_BENCH_FIGURES: figures } });
      const { size, seconds, stored } = await importFile(home, host.pid, file).finally(host.stop);
      const { delayP99Ms, cpuMs, peakRssKb } = JSON.parse(readFileSync(figures, "utf8")) as Watched;
      report(
        `HAR of ${(size / 1e6).toFixed(0)} MB, ${entries} entries, to stored verdicts`,
        size / 1e6 / seconds,
        "MB/s",
        "≥ 20",
      );
      report("of it, to encrypted evidence", size / 1e6 / stored, "MB/s");
      report("CPU time, all threads", cpuMs / 1e3, "s");
      report("peak RSS", (peakRssKb * 1024) / 1e6, "MB", "< 500");
      report("main-thread delay, p99", delayP99Ms, "ms", "< 20");
    } finally {
      folder.remove();
    }
  },
};

/** @returns bytes, seconds in all, and seconds until the evidence was stored */
async function importFile(home: string, pid: number, path: string) {
  const file = await openAsBlob(path);
  process.kill(pid, "SIGUSR2");
  const from = performance.now();
  const since = () => (performance.now() - from) / 1000;
  const { job_id } = await callHost(home, importEvidence, { file_name: "big.har" }, file);
  const stored = since();
  for (;;) {
    const job = (await callHost(home, listJobs, {})).find(({ id }) => id === job_id);
    if (job?.state === "failed") throw new Error(job.error?.message);
    if (job?.state !== "running" && job?.state !== "queued") return { size: file.size, seconds: since(), stored };
    await sleep(100);
  }
}
