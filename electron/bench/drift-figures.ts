import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "../engine/base/clock.ts";
import { describeReference } from "../engine/detect/anomaly/reference.ts";
import { plainVerdict } from "../engine/detect/verdicts/plain-verdict.ts";
import { storeVerdicts } from "../engine/detect/verdicts/verdict-tables.ts";
import { driftModule } from "../engine/learn/drift/drift-tables.ts";
import { drawTraffic, trafficSchema } from "../engine/learn/drift/fixture-traffic.ts";
import { lookAtWindow } from "../engine/learn/drift/look-at-window.ts";
import { learnModule } from "../engine/learn/learn-module.ts";
import { modelModule } from "../engine/learn/registry/model-state.ts";
import { openInlineStore } from "../engine/store/inline-store.ts";
import { addEvidence, alertModules } from "../engine/triage/fixture-alerts.ts";
import { quantile } from "./bench-engine.ts";
import type { Report } from "./figure.ts";

const features = 105;
const batch = 2000;
const looks = 7;

/** What one look at drift costs over so many stored sessions, each of a client of its own: nothing is saved by leaving any out. */
export async function measureDrift(report: Report, stored = 100_000): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "sentinel-drift-"));
  const store = openInlineStore({
    modules: [...alertModules, learnModule, modelModule, driftModule],
    clock: systemClock,
    path: join(folder, "sentinel.db"),
  });
  try {
    await addEvidence(store, "e1");
    const rows = drawTraffic(batch, features, 1);
    for (let from = 0; from < stored; from += batch) {
      const sessions = rows.map((row, i) =>
        plainVerdict({
          id: `v${String(from + i).padStart(8, "0")}`,
          evidenceId: "e1",
          client: `client ${from + i}`,
          decidedAt: from + i,
          features: row,
        }),
      );
      await store.write(storeVerdicts, sessions);
    }
    const schema = trafficSchema(features);
    const reference = {
      model: "a",
      sessions: 1500,
      features: describeReference(drawTraffic(1500, features, 2), schema),
    };
    const question = {
      since: 0,
      extractorVersion: "1",
      schema,
      behaviour: reference,
      behaviourScores: null,
      payload: null,
    };
    const times: number[] = [];
    let read = 0;
    for (let i = 0; i < looks; i++) {
      // Thread time: who else works on the machine is no part of it.
      const from = process.threadCpuUsage();
      ({ read } = await store.read(lookAtWindow, question));
      const { user, system } = process.threadCpuUsage(from);
      times.push((user + system) / 1000);
    }
    const of = `${stored.toLocaleString("en-US")} sessions`;
    report(
      `one look at drift, ${features} features, ${of} stored, ${read.toLocaleString("en-US")} read, thread time, p50`,
      quantile(times, 0.5),
      "ms",
      "< 2000",
    );
    report(`one look at drift, ${of} stored, thread time, slowest`, Math.max(...times), "ms");
  } finally {
    await store.close();
    rmSync(folder, { recursive: true, force: true });
  }
}
