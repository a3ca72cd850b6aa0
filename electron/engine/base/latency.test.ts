import { expect, test } from "vitest";
import { addLatency, createLatency, latencyQuantile, observeLatency } from "./latency.ts";
import { createMetrics } from "./metrics.ts";

test("quantiles lie in the bucket of the latency they are of", () => {
  const latency = createLatency();
  expect(latencyQuantile(latency, 0.5)).toBeNull();
  for (let i = 0; i < 98; i++) observeLatency(latency, 1.2e-5);
  observeLatency(latency, 0.3, 2);
  expect(latencyQuantile(latency, 0.5)).toBeGreaterThan(1e-5);
  expect(latencyQuantile(latency, 0.5)).toBeLessThanOrEqual(1.5e-5);
  expect(latencyQuantile(latency, 0.99)).toBeGreaterThan(0.1);
  observeLatency(latency, 40, 1000);
  expect(latencyQuantile(latency, 0.99)).toBe(1);
});

test("counts of several threads come out as one Prometheus histogram", async () => {
  const metrics = createMetrics({ processMetrics: false });
  const latency = createLatency();
  observeLatency(latency, 4e-6);
  observeLatency(latency, 2);
  const both = createLatency();
  addLatency(both, latency);
  addLatency(both, latency);
  metrics.inferenceLatency.add("production", both);
  metrics.inferenceLatency.add("cached", latency);
  const text = await metrics.registry.metrics();
  expect(text).toContain("# TYPE cerberus_sentinel_inference_latency_seconds histogram");
  expect(text).toContain('cerberus_sentinel_inference_latency_seconds_bucket{le="0.000002",model="production"} 0');
  expect(text).toContain('cerberus_sentinel_inference_latency_seconds_bucket{le="0.000005",model="production"} 2');
  expect(text).toContain('cerberus_sentinel_inference_latency_seconds_bucket{le="+Inf",model="production"} 4');
  expect(text).toContain('cerberus_sentinel_inference_latency_seconds_count{model="production"} 4');
  expect(text).toContain('cerberus_sentinel_inference_latency_seconds_sum{model="cached"} 2.000004');
  metrics.close();
});
