import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { composeEngine } from "../compose.ts";
import { readConfig } from "../engine/base/config.ts";
import { createLogger } from "../engine/base/logging.ts";
import { createMetrics } from "../engine/base/metrics.ts";
import type { Principal } from "../engine/base/principals.ts";
import { noTracing } from "../engine/base/tracing.ts";
import type { Engine } from "../engine/engine-interface.ts";
import { absentSupervisor } from "../engine/sandbox/supervisor-client.ts";
import { fileKeySource } from "../engine/store/master-key.ts";
import { productVersion } from "../entries.ts";

export const benchPrincipal: Principal = { actor: "bench", role: "admin", caller: "cli" };

/** A folder for one measurement, removed with `remove`. */
export function temporaryFolder(): { path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), "sentinel-bench-"));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

/** A real engine over a data directory, with its threads, without listeners and sandboxes. */
export async function openBenchEngine(home: string): Promise<Engine> {
  return await composeEngine({
    config: readConfig({ SENTINEL_HOME: home }, home),
    version: productVersion,
    log: createLogger("error"),
    metrics: createMetrics({ processMetrics: false }),
    tracing: noTracing,
    keySource: fileKeySource(join(home, "secrets", "master.key"), true),
    host: "bench",
    startSupervisor: () => Promise.resolve(absentSupervisor("off", "Not started for a measurement.")),
  });
}

/** Quantile of measured values, by nearest rank. @param q in [0, 1] */
export function quantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(q * sorted.length) - 1)] ?? Number.NaN;
}
