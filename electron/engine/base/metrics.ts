import { Counter, collectDefaultMetrics, Gauge, Histogram, type Metric, Registry } from "prom-client";
import { addLatency, createLatency, type LatencyCounts, latencyBounds } from "./latency.ts";

/** All metrics of one engine. Names that start with `cerberus_` are part of the contract. */
export interface Metrics {
  readonly registry: Registry;
  readonly inferenceLatency: {
    /** Adds what was counted elsewhere: in the loop that judges, and in other threads. */
    add(model: "production" | "cached", latency: LatencyCounts): void;
  };
  readonly predictions: Counter<"verdict">;
  readonly cacheHits: Counter<"cache_type" | "status">;
  readonly payloadFailures: Counter;
  readonly payloadDegraded: Counter;
  readonly evidenceOperations: Counter<"operation" | "status">;
  readonly rulesGenerated: Counter;
  readonly rulesApplied: Counter<"stage">;
  readonly requestDuration: Histogram<"route" | "status">;
  readonly simulations: Counter<"verdict">;
  readonly simulationDuration: Histogram;
  readonly jobs: Gauge<"state">;
  readonly eventsAppended: Counter;
  /** Credentials that let nobody in, by what was wrong with them. */
  readonly authenticationFailures: Counter<"reason">;
  /** Counts what becomes of a fleet's messages of evidence, and shows what waits. An engine that works alone has no such series. */
  joinFleet(sources: FleetSources): FleetCounters;
  /** What engines of a fleet decide together. @param waiting own decisions that were not judged yet */
  shareDecisions(waiting: () => Promise<number>): Counter<"outcome">;
  /** Counts what becomes of the verdicts that a desktop follows. */
  followFleet(): Counter<"outcome">;
  close(): void;
}

export interface FleetCounters {
  /** Of evidence. */
  readonly messages: Counter<"outcome">;
  /** Results that the brokers did not take. */
  readonly resultsLeftOut: Counter;
}

export interface FleetSources {
  /** Messages that wait at the broker; null: not known at the moment. */
  lag(): Promise<number | null>;
  /** Entries of the log whose results are not published yet. */
  resultsBehind(): number;
}

/** Longest time that a broker may take to say what waits: longer, and it is not known. */
const longestLookMs = 1_000;

export function createMetrics(options: { processMetrics: boolean }): Metrics {
  const registry = new Registry();
  const registers = [registry];
  if (options.processMetrics) {
    collectDefaultMetrics({ register: registry, prefix: "sentinel_" });
    // Gauges that are named like counters; what they say is the sum of the series beside them.
    for (const kind of ["handles", "requests", "resources"]) {
      registry.removeSingleMetric(`sentinel_nodejs_active_${kind}_total`);
    }
  }
  const metrics: Metrics = {
    registry,
    inferenceLatency: inferenceLatency(registry),
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
    payloadFailures: new Counter({
      name: "sentinel_payload_model_failures_total",
      help: "Calls of the payload model that failed or were late",
      registers,
    }),
    payloadDegraded: new Counter({
      name: "sentinel_payload_degraded_total",
      help: "Payloads that the rules judged in the model's place",
      registers,
    }),
    evidenceOperations: new Counter({
      name: "cerberus_evidence_operations_total",
      help: "Evidence fetched, verified and turned into features",
      labelNames: ["operation", "status"],
      registers,
    }),
    rulesGenerated: new Counter({
      name: "cerberus_rules_generated_total",
      help: "Rules made of confirmed attacks",
      registers,
    }),
    rulesApplied: new Counter({
      name: "cerberus_rules_applied_total",
      help: "Rules let in, or raised a stage further",
      labelNames: ["stage"],
      registers,
    }),
    simulations: new Counter({
      name: "cerberus_simulations_total",
      help: "Simulations that ended, by verdict",
      labelNames: ["verdict"],
      registers,
    }),
    simulationDuration: new Histogram({
      name: "cerberus_simulation_duration_seconds",
      help: "Time from the start of a simulation's sandbox to its end",
      buckets: [0.5, 1, 2, 5, 10, 20, 60, 120, 300],
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
    authenticationFailures: new Counter({
      name: "sentinel_authentication_failures_total",
      help: "Credentials, on this machine and over the network, that let nobody in",
      labelNames: ["reason"],
      registers,
    }),
    joinFleet: (sources) => fleetMetrics(registry, sources),
    shareDecisions: (waiting) => decisionMetrics(registry, waiting),
    followFleet: () =>
      new Counter({
        name: "sentinel_fleet_followed_total",
        help: "Verdicts of the fleet by what became of them at this desktop: listed, compared, waiting, repeated, past, erased, benign, old, refused",
        labelNames: ["outcome"],
        registers,
      }),
    close: () => registry.clear(),
  };
  // Every series of the contract is there from the start: an alert on one that nothing has happened to yet would see nothing.
  for (const verdict of ["simulate", "tag", "benign"]) metrics.predictions.inc({ verdict }, 0);
  for (const status of ["hit", "miss"]) {
    for (const cache_type of ["prediction", "payload"]) metrics.cacheHits.inc({ cache_type, status }, 0);
  }
  for (const status of ["success", "failed"]) {
    for (const operation of ["fetch", "verify", "feature_extract"]) {
      metrics.evidenceOperations.inc({ operation, status }, 0);
    }
  }
  for (const verdict of ["exploit_possible", "exploit_improbable"]) metrics.simulations.inc({ verdict }, 0);
  for (const stage of ["log", "tag", "block"]) metrics.rulesApplied.inc({ stage }, 0);
  return metrics;
}

function fleetMetrics(registry: Registry, sources: FleetSources): FleetCounters {
  const registers = [registry];
  new Gauge({
    name: "sentinel_fleet_lag_messages",
    help: "Messages that wait at the broker: of evidence for this group of engines, of verdicts for a desktop; NaN while not known",
    registers,
    async collect() {
      this.set((await within(longestLookMs, sources.lag())) ?? Number.NaN);
    },
  });
  new Gauge({
    name: "sentinel_fleet_results_behind",
    help: "Entries of the log whose results are not published yet, as of the last try",
    registers,
    collect() {
      this.set(sources.resultsBehind());
    },
  });
  const messages = new Counter({
    name: "sentinel_fleet_messages_total",
    help: "Messages of evidence by what became of them: taken in, known before (repeated), put aside (refused)",
    labelNames: ["outcome"],
    registers,
  });
  for (const outcome of ["taken", "repeated", "refused"]) messages.inc({ outcome }, 0);
  const resultsLeftOut = new Counter({
    name: "sentinel_fleet_results_left_out_total",
    help: "Results that were not told because the brokers take no message so large",
    registers,
  });
  return { messages, resultsLeftOut };
}

function decisionMetrics(registry: Registry, waiting: () => Promise<number>): Counter<"outcome"> {
  const registers = [registry];
  new Gauge({
    name: "sentinel_fleet_decisions_waiting",
    help: "Decisions of this engine that the fleet has not judged yet",
    registers,
    async collect() {
      this.set((await within(longestLookMs, waiting())) ?? Number.NaN);
    },
  });
  const decisions = new Counter({
    name: "sentinel_fleet_decisions_total",
    help: "Decisions: told to the other engines; heard and accepted; rejected because somebody was before; refused as not of this fleet",
    labelNames: ["outcome"],
    registers,
  });
  for (const outcome of ["told", "accepted", "rejected", "refused"]) decisions.inc({ outcome }, 0);
  return decisions;
}

/** What it resolves to, or null when it takes longer than `ms`: a broker that is away must not hold up the other figures. */
async function within(ms: number, value: Promise<number | null>): Promise<number | null> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<null>((resolve) => {
    timer = setTimeout(() => resolve(null), ms);
  });
  try {
    return await Promise.race([value, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** A histogram that takes counts instead of single values: judging a payload is quicker than observing one. */
function inferenceLatency(registry: Registry): Metrics["inferenceLatency"] {
  const name = "cerberus_sentinel_inference_latency_seconds";
  const help = "Time to classify one payload";
  const models = { production: createLatency(), cached: createLatency() };
  const histogram = {
    name,
    async get() {
      const values = Object.entries(models).flatMap(([model, { counts, sum }]) => {
        let total = 0;
        const buckets = [...latencyBounds, "+Inf"].map((le, i) => {
          total += counts[i]!;
          return { metricName: `${name}_bucket`, labels: { le, model }, value: total };
        });
        return [
          ...buckets,
          { metricName: `${name}_sum`, labels: { model }, value: sum },
          { metricName: `${name}_count`, labels: { model }, value: total },
        ];
      });
      return { name, help, type: "histogram", aggregator: "sum", values };
    },
  };
  // The registry's type asks for one of its own classes; what it calls is name and get.
  registry.registerMetric(histogram as unknown as Metric);
  return { add: (model, latency) => addLatency(models[model], latency) };
}
