import { Counter, Gauge, Histogram, type Metric, type Registry } from "prom-client";
import { createLatency, type LatencyCounts, latencyBounds } from "../../base/latency.ts";

export interface TelemetryMetrics {
  /** Samples by answer, and answers without the model: counted in passing, read when somebody asks. */
  readonly answered: { OK: number; throttle: number; freeze: number; degraded: number };
  readonly latency: LatencyCounts;
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
  const answered = { OK: 0, throttle: 0, freeze: 0, degraded: 0 };
  const latency = createLatency();
  new Counter({
    name: "sentinel_telemetry_samples_total",
    help: "Telemetry samples by answer",
    labelNames: ["answer"],
    registers,
    collect() {
      this.reset();
      for (const answer of ["OK", "throttle", "freeze"] as const) this.inc({ answer }, answered[answer]);
    },
  });
  new Counter({
    name: "sentinel_telemetry_degraded_total",
    help: "Telemetry answers given without the fitted model because it failed",
    registers,
    collect() {
      this.reset();
      this.inc(answered.degraded);
    },
  });
  registerLatency(registry, "sentinel_telemetry_latency_seconds", "Time to judge one telemetry sample", latency);
  return {
    answered,
    latency,
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

/** A histogram over counts that are kept elsewhere: the library's own takes half as long as judging a sample. */
function registerLatency(registry: Registry, name: string, help: string, latency: LatencyCounts): void {
  const histogram = {
    name,
    async get() {
      let total = 0;
      const buckets = [...latencyBounds, "+Inf"].map((le, i) => {
        total += latency.counts[i]!;
        return { metricName: `${name}_bucket`, labels: { le }, value: total };
      });
      const rest = [
        { metricName: `${name}_sum`, labels: {}, value: latency.sum },
        { metricName: `${name}_count`, labels: {}, value: total },
      ];
      return { name, help, type: "histogram", aggregator: "sum", values: [...buckets, ...rest] };
    },
  };
  // The registry's type asks for one of its own classes; what it calls is name and get.
  registry.registerMetric(histogram as unknown as Metric);
}
