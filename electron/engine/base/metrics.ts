import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";

/** All metrics of one engine. Names that start with `cerberus_` are part of the contract. */
export interface Metrics {
  readonly registry: Registry;
  readonly inferenceLatency: Histogram<"model">;
  readonly predictions: Counter<"verdict">;
  readonly cacheHits: Counter<"cache_type" | "status">;
  readonly evidenceOperations: Counter<"operation" | "status">;
  readonly requestDuration: Histogram<"route" | "status">;
  readonly jobs: Gauge<"state">;
  readonly eventsAppended: Counter;
  close(): void;
}

export function createMetrics(options: { processMetrics: boolean }): Metrics {
  const registry = new Registry();
  const registers = [registry];
  if (options.processMetrics) collectDefaultMetrics({ register: registry, prefix: "sentinel_" });
  return {
    registry,
    inferenceLatency: new Histogram({
      name: "cerberus_sentinel_inference_latency_seconds",
      help: "Time to classify one payload",
      labelNames: ["model"],
      buckets: [1e-6, 5e-6, 1e-5, 2.5e-5, 5e-5, 1e-4, 2.5e-4, 5e-4, 1e-3, 5e-3, 2.5e-2, 0.1, 0.5],
      registers,
    }),
    predictions: new Counter({
      name: "cerberus_sentinel_predictions_total",
      help: "Verdicts reached, by verdict",
      labelNames: ["verdict"],
      registers,
    }),
    cacheHits: new Counter({
      name: "cerberus_sentinel_cache_hits_total",
      help: "Look-ups in the prediction and payload caches",
      labelNames: ["cache_type", "status"],
      registers,
    }),
    evidenceOperations: new Counter({
      name: "cerberus_evidence_operations_total",
      help: "Evidence fetched, verified and turned into features",
      labelNames: ["operation", "status"],
      registers,
    }),
    requestDuration: new Histogram({
      name: "sentinel_http_request_duration_seconds",
      help: "Time to answer one API request",
      labelNames: ["route", "status"],
      buckets: [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
      registers,
    }),
    jobs: new Gauge({ name: "sentinel_jobs", help: "Jobs by state", labelNames: ["state"], registers }),
    eventsAppended: new Counter({ name: "sentinel_events_appended_total", help: "Events in the log", registers }),
    close: () => registry.clear(),
  };
}
