import { Counter, Gauge, Histogram, type Registry } from "prom-client";

export interface TelemetryMetrics {
  readonly samples: Counter<"answer">;
  readonly degraded: Counter;
  readonly latency: Histogram;
  readonly historySize: Gauge;
  readonly trained: Gauge;
  readonly fits: Counter<"status">;
  readonly fitDuration: Histogram;
  readonly evictions: Counter<"cause">;
  readonly breakerOpen: Gauge;
  readonly drifting: Gauge;
}

export function createTelemetryMetrics(registry: Registry): TelemetryMetrics {
  const registers = [registry];
  return {
    samples: new Counter({
      name: "sentinel_telemetry_samples_total",
      help: "Telemetry samples by answer",
      labelNames: ["answer"],
      registers,
    }),
    degraded: new Counter({
      name: "sentinel_telemetry_degraded_total",
      help: "Telemetry answers given without the fitted model because it failed",
      registers,
    }),
    latency: new Histogram({
      name: "sentinel_telemetry_latency_seconds",
      help: "Time to judge one telemetry sample",
      buckets: [5e-6, 1e-5, 2e-5, 5e-5, 1e-4, 2e-4, 5e-4, 1e-3, 5e-3, 2.5e-2],
      registers,
    }),
    historySize: new Gauge({ name: "sentinel_telemetry_history_size", help: "Samples in the history", registers }),
    trained: new Gauge({
      name: "sentinel_telemetry_detector_trained",
      help: "1 while a fitted model judges, 0 while fixed limits do",
      registers,
    }),
    fits: new Counter({
      name: "sentinel_telemetry_fits_total",
      help: "Fits of the telemetry model by status: done, failed, held (ordinary values drift)",
      labelNames: ["status"],
      registers,
    }),
    fitDuration: new Histogram({
      name: "sentinel_telemetry_fit_duration_seconds",
      help: "Time of one fit, in its worker",
      buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5],
      registers,
    }),
    evictions: new Counter({
      name: "sentinel_telemetry_evictions_total",
      help: "Samples that left the history, by cause: full, memory",
      labelNames: ["cause"],
      registers,
    }),
    breakerOpen: new Gauge({
      name: "sentinel_telemetry_breaker_open",
      help: "1 while the circuit breaker of the model is open",
      registers,
    }),
    drifting: new Gauge({
      name: "sentinel_telemetry_drifting",
      help: "1 while ordinary values have moved away from the reference",
      registers,
    }),
  };
}
