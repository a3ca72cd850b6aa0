import { spawnSync } from "node:child_process";
import { dirname, join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { createRandom } from "../engine/detect/anomaly/random.ts";
import { quantile, temporaryFolder } from "./bench-engine.ts";
import { openBrowser } from "./browser.ts";
import { startServer, stopServer } from "./child-server.ts";
import type { Report } from "./figure.ts";
import { loadHttp } from "./http-load.ts";

const root = dirname(dirname(import.meta.dirname));
const wanted = 10_000;
/** Samples of one call, and seconds. */
const [together, seconds] = [100, 10];

/** Telemetry of 10,000 samples a second through one engine, whose health screen is open in a real browser. */
export async function measureFlows(report: Report): Promise<void> {
  const built = spawnSync("npm", ["run", "-s", "build"], { cwd: root, stdio: ["ignore", "ignore", "inherit"] });
  if (built.status !== 0) throw new Error("The application could not be built.");
  const folder = temporaryFolder();
  const host = await startServer(
    process.execPath,
    [join(root, "out", "main", "headless.js"), "serve", "--no-window"],
    {
      SENTINEL_HOME: folder.path,
      SENTINEL_PORT: "0",
      SENTINEL_LOG_LEVEL: "error",
      SENTINEL_RATE_TELEMETRY: "1e9",
      SENTINEL_PIN_REQUIRED: "false",
    },
    /http:\/\/127\.0\.0\.1:(\d+) \(see/,
  );
  const browser = await openBrowser();
  try {
    const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
    await page.goto(pathToFileURL(join(folder.path, "run", "open.html")).href);
    const health = page.getByRole("link", { name: "Health" });
    await health.click();
    await page.getByText("samples").first().waitFor();
    const sample = createSamples();
    // To warm up, and so that a model is there.
    await singles(host.port, sample, 2);
    const alone = await singles(host.port, sample, seconds / 2);
    report(
      "telemetry, one sample a call, 32 connections, UI connected",
      alone.requestsPerSecond,
      "samples/s",
      `≥ ${wanted}`,
    );
    report("the same, p95", quantile([...alone.latencies], 0.95), "ms");
    const { rate, took } = await batches(host.port, sample);
    report(
      `telemetry, ${together} samples a call, ${wanted} a second asked for, UI connected`,
      rate,
      "samples/s",
      `≥ ${0.99 * wanted}`,
    );
    report("the same, a call, p95", quantile(took, 0.95), "ms");
    const from = performance.now();
    await page.getByRole("link", { name: "Audit" }).click();
    await page.getByText("Nothing was done yet").waitFor();
    report("another screen in that browser just after", performance.now() - from, "ms");
  } finally {
    await browser.close();
    await stopServer(host.child);
    folder.remove();
  }
}

function createSamples() {
  const random = createRandom(7);
  let i = 0;
  return () => ({
    latency: Math.round(40 + 30 * random.next() + 30 * random.next()),
    input_length: Math.round(200 + 300 * random.next()),
    errors: random.next() < 0.02 ? 1 : 0,
    route: `/api/user/${i++ % 1000}`,
    user_id: `user-${i % 50}`,
  });
}

const singles = (port: number, sample: () => object, duration: number) =>
  loadHttp({ port, path: "/analyze-flow", connections: 32, seconds: duration, bodyOf: () => JSON.stringify(sample()) });

/** Calls on a fixed schedule, as services would make them, whether or not the one before was answered. */
async function batches(port: number, sample: () => object): Promise<{ rate: number; took: number[] }> {
  const took: number[] = [];
  const pending: Promise<void>[] = [];
  const everyMs = (1000 * together) / wanted;
  const calls = (seconds * 1000) / everyMs;
  const from = performance.now();
  for (let call = 0; call < calls; call++) {
    const wait = from + call * everyMs - performance.now();
    if (wait > 0) await setTimeout(wait);
    const samples = Array.from({ length: together }, sample);
    pending.push(
      (async () => {
        const sent = performance.now();
        const response = await fetch(`http://127.0.0.1:${port}/analyze-flow/batch`, {
          method: "POST",
          headers: { "content-type": "application/json" },
          body: JSON.stringify({ samples }),
        });
        const { answers } = (await response.json()) as { answers: unknown[] };
        if (answers.length !== together) throw new Error(`${answers.length} answers to ${together} samples.`);
        took.push(performance.now() - sent);
      })(),
    );
  }
  await Promise.all(pending);
  return { rate: (calls * together) / ((performance.now() - from) / 1000), took };
}
