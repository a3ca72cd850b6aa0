import { spawnSync } from "node:child_process";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createMetrics } from "./engine/base/metrics.ts";
import { entryOf, harOf, packageOf } from "./engine/test-engine.ts";
import { type ServedHost, serveTestHost, testToken } from "./fixture-serving.ts";

// What a Prometheus server would scrape, from a real host.

const promtool = spawnSync("promtool", ["--version"]).status === 0;
if (!promtool) process.stdout.write("SKIPPED: promtool: Debian's package prometheus is not installed\n");

let served: ServedHost;
let page: string;
beforeAll(async () => {
  served = await serveTestHost();
  const post = async (path: string, body: unknown) => {
    const headers = { Authorization: `Bearer ${testToken}`, "Content-Type": "application/json" };
    const reply = await fetch(`${served.origin}${path}`, { method: "POST", headers, body: JSON.stringify(body) });
    expect([path, reply.status]).toEqual([path, 200]);
  };
  const attack = entryOf("http://shop.example/search?q=1%27+union+select+password+from+users--+");
  await post("/api/v1/sentinel/analyze", { evidence: packageOf({ har: JSON.parse(harOf([attack])) }) });
  for (let i = 0; i < 2; i++) await post("/api/v1/sentinel/predict-payload", { payload: "1' or '1'='1" });
  await post("/analyze-flow", { latency: 10, input_length: 20, errors: 0, route: "/api/user/1" });
  page = await (await fetch(`${served.origin}/metrics`)).text();
});
afterAll(async () => served?.close());

/** Series of a page as `name{label="value",…}`, labels in the order of the alphabet. */
function seriesOf(text: string): Set<string> {
  const lines = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  return new Set(
    lines.map((line) => {
      const [, name, labels = ""] = /^([a-z_0-9]+)(?:\{(.*)\})? /i.exec(line)!;
      return labels === ""
        ? name!
        : `${name}{${labels
            .split(/,(?=[a-z_]+=)/)
            .sort()
            .join(",")}}`;
    }),
  );
}

describe("/metrics", () => {
  test.skipIf(!promtool)("is as promtool asks for", () => {
    const { status, stdout, stderr } = spawnSync("promtool", ["check", "metrics"], { input: page, encoding: "utf8" });
    expect(`${stdout}${stderr}`).toBe("");
    expect(status).toBe(0);
  });

  test.each([
    ...["production", "cached"].map((m) => `cerberus_sentinel_inference_latency_seconds_count{model="${m}"}`),
    ...["simulate", "tag", "benign"].map((v) => `cerberus_sentinel_predictions_total{verdict="${v}"}`),
    ...["prediction", "payload"].flatMap((type) =>
      ["hit", "miss"].map((s) => `cerberus_sentinel_cache_hits_total{cache_type="${type}",status="${s}"}`),
    ),
    ...["possible", "improbable"].map((v) => `cerberus_simulations_total{verdict="exploit_${v}"}`),
    "cerberus_simulation_duration_seconds_count",
    "cerberus_rules_generated_total",
    'cerberus_rules_applied_total{stage="block"}',
    ...["fetch", "verify", "feature_extract"].flatMap((operation) =>
      ["success", "failed"].map(
        (status) => `cerberus_evidence_operations_total{operation="${operation}",status="${status}"}`,
      ),
    ),
    "sentinel_telemetry_history_size",
    "sentinel_telemetry_detector_trained",
    'sentinel_telemetry_samples_total{answer="OK"}',
    "sentinel_telemetry_latency_seconds_count",
    "sentinel_telemetry_degraded_total",
    "sentinel_telemetry_breaker_open",
    "sentinel_process_resident_memory_bytes",
  ])("has %s", (series) => {
    expect([...seriesOf(page)]).toContain(series);
  });

  test("counts what was done", () => {
    expect(page).toMatch(/cerberus_sentinel_predictions_total\{verdict="(simulate|tag)"\} 1\n/);
    expect(page).toContain('cerberus_evidence_operations_total{operation="verify",status="success"} 1\n');
    expect(page).toMatch(/sentinel_telemetry_samples_total\{answer="OK"\} 1\n/);
  });

  test("has no series of a fleet where the engine works alone", () => {
    expect(page).not.toContain("sentinel_fleet");
  });
});

describe("metrics of a fleet", () => {
  const never = () => new Promise<number | null>(() => {});
  test.each([
    { why: "what the broker says", lag: async () => 7, want: "sentinel_fleet_lag_messages 7\n" },
    { why: "nothing while it is not known", lag: async () => null, want: "sentinel_fleet_lag_messages Nan\n" },
    { why: "nothing when the broker takes too long", lag: never, want: "sentinel_fleet_lag_messages Nan\n" },
  ])("say $why", async ({ lag, want }) => {
    const metrics = createMetrics({ processMetrics: false });
    const { messages } = metrics.joinFleet({ lag, resultsBehind: () => 3 });
    messages.inc({ outcome: "refused" });
    const text = await metrics.registry.metrics();
    metrics.close();
    expect(text).toContain(want);
    expect(text).toContain("sentinel_fleet_results_behind 3\n");
    expect(text).toContain("sentinel_fleet_results_left_out_total 0\n");
    for (const [outcome, count] of Object.entries({ taken: 0, repeated: 0, refused: 1 })) {
      expect(text).toContain(`sentinel_fleet_messages_total{outcome="${outcome}"} ${count}\n`);
    }
    if (!promtool) return;
    const checked = spawnSync("promtool", ["check", "metrics"], { input: text, encoding: "utf8" });
    expect(`${checked.stdout}${checked.stderr}`).toBe("");
  });
});
