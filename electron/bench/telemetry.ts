import type { ChildProcess } from "node:child_process";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { startsWith } from "../dev/prepare.mjs";
import { anomalyScore, fitForest } from "../engine/detect/anomaly/isolation-forest.ts";
import { createRandom } from "../engine/detect/anomaly/random.ts";
import { quantile, temporaryFolder } from "./bench-engine.ts";
import { build } from "./built-host.ts";
import { startServer, stopServer } from "./child-server.ts";
import type { BenchGroup } from "./figure.ts";
import { type LoadResult, lateAnswer, loadHttp, medianRate } from "./http-load.ts";

type Report = Parameters<BenchGroup["run"]>[0];

const root = dirname(dirname(import.meta.dirname));
const connections = 32;
const seconds = 4;
const rounds = 3;

/** Serving of the telemetry sidecar, by the real host in a process of its own, and the forest that it stands on. */
export async function measureTelemetry(report: Report): Promise<void> {
  measureForest(report);
  build();
  const folder = temporaryFolder();
  const children: ChildProcess[] = [];
  const start = async (args: readonly string[], environment: Record<string, string>, port: RegExp) => {
    const server = await startServer(process.execPath, args, environment, port);
    children.push(server.child);
    return server;
  };
  try {
    const host = await start(
      [join(root, "out", "main", "headless.js"), "serve", "--no-window"],
      {
        ...startsWith,
        ...{ SENTINEL_HOME: folder.path, SENTINEL_PORT: "0", SENTINEL_LOG_LEVEL: "error" },
        SENTINEL_RATE_TELEMETRY: "1e9",
      },
      /http:\/\/127\.0\.0\.1:(\d+) \(see/,
    );
    const empty = await start([join(import.meta.dirname, "fixture-empty-handler.ts")], {}, /^(\d+)\n/);
    // In turns, so that what else the machine does meets both; the first round of each is to warm up.
    const ours: LoadResult[] = [];
    const bare: LoadResult[] = [];
    const resident: number[] = [];
    const before = await readMetric(host.port, 'sentinel_telemetry_fits_total{status="done"}');
    for (let round = 0; round <= rounds; round++) {
      bare.push(await load(empty.port));
      const loading = load(host.port);
      await sleep(seconds * 900);
      resident.push(residentBytes(host.child.pid!));
      ours.push(await loading);
    }
    const fits = (await readMetric(host.port, 'sentinel_telemetry_fits_total{status="done"}')) - before;
    const wrong = ours.flatMap(({ statuses }) => [...statuses]).filter(([status]) => status !== 200);
    if (wrong.length > 0) throw new Error(`Telemetry answered ${JSON.stringify(wrong)}.`);
    if (fits < rounds) throw new Error("The model was not fitted while it served.");
    report("empty handler of the same framework, 32 connections", medianRate(bare), "1/s");
    report("empty handler of the same framework, p95", lateAnswer(bare), "ms");
    report("telemetry while retraining, 32 connections", medianRate(ours), "1/s");
    report("telemetry, share of the empty handler's throughput", medianRate(ours) / medianRate(bare), "", "≥ 0.75");
    report("telemetry, p95", lateAnswer(ours), "ms", "< 8");
    report("telemetry, resident memory of the host", Math.max(...resident) / 1e6, "MB", "≤ 200");
    report("telemetry, fits during the measurement", fits, "fits");
  } finally {
    await Promise.all(children.map(stopServer));
    folder.remove();
  }
}

function measureForest(report: Report): void {
  const random = createRandom(1);
  const rows = Array.from({ length: 1000 }, () =>
    Float64Array.from({ length: 6 }, () => random.next() + random.next() + random.next()),
  );
  const schema = Array.from({ length: 6 }, (_, i) => `f${i}`);
  const fits: number[] = [];
  for (let seed = 1; seed <= 40; seed++) {
    const from = performance.now();
    fitForest(rows, schema, { trees: 100, sample: 256, seed });
    fits.push(performance.now() - from);
  }
  report("isolation forest, fit of 1,000 × 6 with 100 trees, p50", quantile(fits.slice(10), 0.5), "ms", "≤ 10");
  const forest = fitForest(rows, schema);
  let sum = 0;
  for (let i = 0; i < 20_000; i++) sum += anomalyScore(forest, rows[i % 1000]!);
  const from = performance.now();
  for (let i = 0; i < 20_000; i++) sum += anomalyScore(forest, rows[i % 1000]!);
  if (Number.isNaN(sum)) throw new Error("A score is not a number.");
  report("isolation forest, one score", ((performance.now() - from) * 1000) / 20_000, "µs", "≤ 10");
}

const random = createRandom(7);

function load(port: number): Promise<LoadResult> {
  return loadHttp({
    port,
    path: "/analyze-flow",
    connections,
    seconds,
    bodyOf: (i) =>
      JSON.stringify({
        latency: Math.round(40 + 30 * random.next() + 30 * random.next()),
        input_length: Math.round(200 + 300 * random.next()),
        errors: random.next() < 0.02 ? 1 : 0,
        route: `/api/user/${i % 1000}`,
        user_id: `user-${i % 50}`,
      }),
  });
}

async function readMetric(port: number, name: string): Promise<number> {
  const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  const line = text.split("\n").find((each) => each.startsWith(`${name} `));
  return Number(line?.slice(name.length + 1) ?? 0);
}

/** Resident memory, bytes; NaN where the system does not tell. */
function residentBytes(pid: number): number {
  if (process.platform !== "linux") return Number.NaN;
  return Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) * 1024;
}
