import { Registry } from "prom-client";
import type { FlowSample } from "../../../../shared/telemetry.ts";
import { createLogger } from "../../base/logging.ts";
import { createRandom, type Random } from "../anomaly/random.ts";
import { doFitterTask, type FlowFitter, type Merged } from "./fitter-task.ts";
import type { FlowModel } from "./flow-model.ts";
import type { FlowPart } from "./flow-part.ts";
import type { Drift } from "./reference-window.ts";
import { createRouteTemplates } from "./route-template.ts";
import { createTelemetry, type TelemetryOptions } from "./telemetry.ts";
import { createTelemetryMetrics } from "./telemetry-metrics.ts";

/** Fits on this thread, at once: for tests of what stands around a fit. */
export const inlineFitter: FlowFitter = {
  fit: async (task) => doFitterTask({ do: "fit", task }) as FlowModel,
  describe: async (task) => doFitterTask({ do: "describe", task }) as FlowPart,
  merge: async (task) => doFitterTask({ do: "merge", task }) as Merged,
  close: () => Promise.resolve(),
};

/** A sidecar whose time only moves when told, and everything that it tells. */
export function openTestTelemetry(changes: Partial<TelemetryOptions> = {}) {
  const lines: string[] = [];
  const drifts: (readonly Drift[])[] = [];
  const registry = new Registry();
  let now = Date.UTC(2026, 0, 5);
  const telemetry = createTelemetry({
    declared: [],
    templates: createRouteTemplates(""),
    capacity: 1000,
    contamination: 0.1,
    keepUsers: true,
    pseudonymKey: Buffer.alloc(32, 3),
    overrides: { routes: new Map(), users: new Map() },
    fitter: inlineFitter,
    clock: { now: () => now },
    log: createLogger("info", { write: (line) => void lines.push(line) }),
    metrics: createTelemetryMetrics(registry),
    availableMemory: () => 1024 ** 3,
    leastFree: 1024 ** 2,
    onDrift: (drift) => void drifts.push(drift),
    fleet: null,
    ...changes,
  });
  return {
    telemetry,
    registry,
    drifts,
    log: () => lines.join(""),
    /** Milliseconds. */
    pass: (ms: number) => {
      now += ms;
    },
    /** Sends samples, a second between every fifty, so that each fit that is due comes about. @returns answers that were not OK */
    async send(count: number, make: (i: number) => FlowSample) {
      let alarms = 0;
      for (let i = 0; i < count; i++) {
        if (telemetry.analyse(make(i)).status !== "OK") alarms++;
        if (i % 50 === 49) {
          now += 1_000;
          // Lets a fit end.
          await new Promise((resolve) => setImmediate(resolve));
        }
      }
      return alarms;
    },
  };
}

/** About normal, from twelve uniform numbers. */
export function normal(random: Random): number {
  let sum = -6;
  for (let i = 0; i < 12; i++) sum += random.next();
  return sum;
}

/** Ordinary traffic of a small service: three routes of different speed, few errors. */
export function ordinaryTraffic(seed: number): () => FlowSample {
  const random = createRandom(seed);
  return () => {
    const kind = random.integer(3);
    return {
      latency: [8, 40, 160][kind]! * Math.exp(0.4 * normal(random)),
      input_length: Math.round(200 * Math.exp(0.6 * normal(random))),
      errors: random.next() < 0.02 ? 1 : 0,
      route: [`/api/user/${random.integer(500)}`, "/search?q=a", `/api/file/${random.integer(90)}.pdf`][kind]!,
      user_id: `user-${random.integer(40)}`,
    };
  };
}

/** What no service shows on an ordinary day. */
export const gross: FlowSample = {
  latency: 45_000,
  input_length: 2_000_000,
  errors: 40,
  route: "/api/user/7",
  user_id: "mallory@example.com",
};
