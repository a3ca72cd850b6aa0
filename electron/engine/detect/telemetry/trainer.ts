import type { Clock } from "../../base/clock.ts";
import type { Logger } from "../../base/logging.ts";
import type { FlowFitter } from "./fitter-task.ts";
import type { FlowExchange } from "./flow-exchange.ts";
import type { FlowFeature } from "./flow-feature.ts";
import type { FlowModel } from "./flow-model.ts";
import { type Drift, freezeReference, type ReferenceWindow, referenceSamples } from "./reference-window.ts";
import { createRouteReferences } from "./route-reference.ts";
import type { SampleWindow } from "./sample-window.ts";
import type { TelemetryMetrics } from "./telemetry-metrics.ts";

/** New samples, and milliseconds, between two fits. */
const freshSamples = 50;
const leastIntervalMs = 1_000;
/** Largest window that is fitted: older samples only count in the history. */
const fitSamples = 10_000;
/** In which each route is looked for: its own newest samples are few among those of all. */
const routeSamples = 4_000;

export interface FittedModel {
  readonly model: FlowModel;
  readonly fittedAt: number;
  /** Engines whose samples it was made from. */
  readonly engines: number;
}

/** Keeps the model up to date: one fit at a time, on the newest window, never on a drifting one. */
export interface Trainer {
  /** null before the first fit. Replaced as a whole: a sample is judged by one model. */
  readonly fitted: FittedModel | null;
  /** Why the last fit failed, in words; null: it did not. */
  readonly failure: string | null;
  readonly drift: readonly Drift[];
  /** When the reference was taken; null: not yet. */
  readonly referenceAt: number | null;
  /** Hears of a new sample in the window. */
  noteSample(): void;
  /** Wants a fit as soon as the interval permits, new samples or not. */
  request(): void;
  /** Forgets model and reference. */
  reset(): void;
  close(): Promise<void>;
}

export function createTrainer(options: {
  readonly features: readonly FlowFeature[];
  readonly window: SampleWindow;
  readonly capacity: number;
  readonly fitter: FlowFitter;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: TelemetryMetrics;
  /** Hears when drift begins, changes its features or ends. */
  readonly onDrift: (drift: readonly Drift[]) => void;
  /** Null: this engine is alone. */
  readonly exchange: FlowExchange | null;
}): Trainer {
  const { features, window, fitter, clock, log, metrics, exchange } = options;
  let fitted: FittedModel | null = null;
  let failure: string | null = null;
  let reference: { readonly window: ReferenceWindow; readonly at: number } | null = null;
  let routes = createRouteReferences(features);
  let drift: readonly Drift[] = [];
  let fresh = 0;
  let isRequested = false;
  let running: Promise<void> | null = null;
  let lastAt = Number.NEGATIVE_INFINITY;
  let generation = 0;
  let timer: NodeJS.Timeout | null = null;
  let closed = false;

  function consider(): void {
    const isDue = fresh >= freshSamples || ((isRequested || failure !== null) && window.size >= freshSamples);
    if (!isDue || running !== null || closed) return;
    const wait = lastAt + leastIntervalMs - clock.now();
    if (wait <= 0) start();
    else {
      // After a burst nobody may come who would ask again.
      timer ??= setTimeout(() => {
        timer = null;
        consider();
      }, wait).unref();
    }
  }

  function start(): void {
    lastAt = clock.now();
    fresh = 0;
    isRequested = false;
    watchReference();
    if (drift.length > 0) {
      metrics.fits.inc({ status: "held" });
      return;
    }
    const begun = generation;
    const from = performance.now();
    const task = { features, window: window.newest(fitSamples), seed: Math.floor(lastAt / leastIntervalMs) >>> 0 };
    running = fitter
      .fit(task)
      .then(
        (model) => {
          if (begun !== generation) return;
          fitted = { model, fittedAt: clock.now(), engines: 1 };
          exchange?.noteFit();
          failure = null;
          metrics.fits.inc({ status: "done" });
          metrics.fitDuration.observe((performance.now() - from) / 1000);
        },
        (error: unknown) => {
          if (begun !== generation || closed) return;
          failure = error instanceof Error ? error.message : String(error);
          metrics.fits.inc({ status: "failed" });
          log.warn({ err: error }, "The telemetry model could not be fitted; fixed limits decide until it can.");
        },
      )
      .finally(() => {
        running = null;
        consider();
      });
  }

  function watchReference(): void {
    const newest = window.newest(referenceSamples);
    if (reference === null) {
      if (window.size < Math.min(referenceSamples, options.capacity)) return;
      reference = { window: freezeReference(features, newest), at: clock.now() };
    }
    const before = nameDrifts(drift);
    const together = reference.window.compare(newest, drift.length > 0);
    const apart = routes.compare(window.newest(routeSamples));
    // What all routes show together needs no list of them.
    drift = [...together, ...apart.filter(({ feature }) => together.every((one) => one.feature !== feature))];
    if (nameDrifts(drift) === before) return;
    metrics.drifting.set(drift.length > 0 ? 1 : 0);
    options.onDrift(drift);
  }

  return {
    get fitted() {
      const shared = exchange?.shared ?? null;
      return shared === null ? fitted : { model: shared.model, fittedAt: shared.at, engines: shared.engines };
    },
    get failure() {
      return failure;
    },
    get drift() {
      return drift;
    },
    get referenceAt() {
      return reference?.at ?? null;
    },
    noteSample() {
      fresh++;
      if (fresh >= freshSamples) consider();
    },
    request() {
      isRequested = true;
      consider();
    },
    reset() {
      generation++;
      exchange?.forget();
      fitted = null;
      failure = null;
      reference = null;
      routes = createRouteReferences(features);
      drift = [];
      fresh = 0;
      metrics.drifting.set(0);
    },
    async close() {
      closed = true;
      if (timer !== null) clearTimeout(timer);
      await fitter.close();
      await running;
      await exchange?.settled();
    },
  };
}

function nameDrifts(drift: readonly Drift[]): string {
  return drift.map(({ feature, route }) => `${feature} ${route ?? ""}`).join();
}
