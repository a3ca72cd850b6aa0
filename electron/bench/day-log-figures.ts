import { execFileSync } from "node:child_process";
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { benchPrincipal, openBenchEngine, temporaryFolder } from "./bench-engine.ts";
import type { Report } from "./figure.ts";

const lines = 5_000_000;

/** A day's access log from its first byte to the last verdict stored. */
export async function reportDayLog(report: Report): Promise<void> {
  const folder = temporaryFolder();
  try {
    const file = join(folder.path, "day.log");
    // In a process of its own: its memory is not the product's.
    const writer = JSON.stringify(new URL("./write-day-log.ts", import.meta.url).href);
    const script = `await (await import(${writer})).writeDayLog(${JSON.stringify(file)}, ${lines})`;
    execFileSync(process.execPath, ["--input-type=module", "-e", script]);
    const { size } = await stat(file);
    const engine = await openBenchEngine(join(folder.path, "home"));
    let peak = 0;
    const sampling = setInterval(() => {
      peak = Math.max(peak, process.memoryUsage.rss());
    }, 100);
    const from = performance.now();
    const { job_id } = await engine.evidence.import(
      createReadStream(file, { highWaterMark: 1024 ** 2 }),
      { file_name: "day.log", channel: "dialog" },
      benchPrincipal,
      new AbortController().signal,
    );
    const state = async () => (await engine.jobs.list()).find(({ id }) => id === job_id);
    let job = await state();
    for (; job?.state === "running" || job?.state === "queued"; job = await state()) await sleep(100);
    const minutes = (performance.now() - from) / 60_000;
    clearInterval(sampling);
    if (job?.state !== "done") throw new Error(`The import ended as ${job?.state}: ${job?.error?.message}`);
    const what = `access log of ${(size / 1e9).toFixed(2)} GB, ${lines / 1e6} million lines, to stored verdicts`;
    report(what, minutes, "min", "< 5");
    report("of it, peak RSS", peak / 1e6, "MB");
    await engine.close();
  } finally {
    folder.remove();
  }
}
