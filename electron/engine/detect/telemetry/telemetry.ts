import { SentinelError } from "../../../../shared/errors.ts";
import type { ComponentHealth } from "../../../../shared/health.ts";
import type { FlowAction, FlowAnswer, FlowSample, FlowThreat, TelemetryState } from "../../../../shared/telemetry.ts";
import type { Score } from "../../../../shared/units.ts";
import { type Clock, toInstant } from "../../base/clock.ts";
import { uuidv7 } from "../../base/ids.ts";
import { observeLatency } from "../../base/latency.ts";
import type { Logger } from "../../base/logging.ts";
import { createAnswerTally } from "./answer-tally.ts";
import { createCircuitBreaker } from "./circuit-breaker.ts";
import { createErrorRate } from "./error-rate.ts";
import type { FlowFitter } from "./fitter-task.ts";
import { createFlowExchange, type FlowExchangeOptions } from "./flow-exchange.ts";
import { builtInFeatures, type FlowFeature, fromScale, toScale } from "./flow-feature.ts";
import { type Comparison, compareFlow, type FlowModel } from "./flow-model.ts";
import { findBeyondLimits } from "./heuristics.ts";
import { createHistoryKeeper } from "./history-keeper.ts";
import { pseudonymOf } from "./pseudonym.ts";
import { explainLimit, explainOutlier } from "./reason.ts";
import type { Drift } from "./reference-window.ts";
import type { RouteTemplates } from "./route-template.ts";
import { createSampleWindow } from "./sample-window.ts";
import type { TelemetryMetrics } from "./telemetry-metrics.ts";
import { createTrainer, type FittedModel } from "./trainer.ts";

/** What an analyst decided, and until when: epoch milliseconds, Infinity for good. */
export interface DecidedAction {
  readonly action: "allow" | FlowAction;
  readonly until: number;
}

/** What an analyst decided for routes and users; read for every sample. */
export interface FlowOverrides {
  /** By template, and by pseudonym. */
  readonly routes: ReadonlyMap<string, DecidedAction>;
  readonly users: ReadonlyMap<string, DecidedAction>;
}

export interface TelemetryOptions {
  /** Features beyond the three that every sample has. */
  readonly declared: readonly FlowFeature[];
  readonly templates: RouteTemplates;
  /** Samples in the history, at most. */
  readonly capacity: number;
  /** Share of false alarms among alarms that is put up with, at most: the level of Benjamini-Hochberg. In (0, 1). */
  readonly contamination: number;
  /** Whether alarms name their user by pseudonym, or not at all. */
  readonly keepUsers: boolean;
  readonly pseudonymKey: Uint8Array;
  readonly overrides: FlowOverrides;
  readonly fitter: FlowFitter;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: TelemetryMetrics;
  readonly availableMemory: () => number;
  readonly leastFree: number;
  readonly onDrift: (drift: readonly Drift[]) => void;
  /** How one model is made with other engines; null: this one is alone. */
  readonly fleet: Pick<FlowExchangeOptions, "nodeId" | "channel"> | null;
}

/**
 * Judges the telemetry of other services, and learns what is ordinary from the samples that are. Everything stays in memory; user
 * ids become pseudonyms and routes templates before anything is kept. Fails open: an answer without the model is marked degraded.
 */
export interface Telemetry {
  /** Takes some ten microseconds. @throws SentinelError INPUT_INVALID for a declared feature that is no number */
  analyse(sample: FlowSample): FlowAnswer;
  readonly historySize: number;
  readonly isTrained: boolean;
  health(): { readonly telemetry: ComponentHealth; readonly telemetry_reference: ComponentHealth };
  state(): TelemetryState;
  /** One of the newest alarms; null: there is none of this id. */
  alarm(id: string): TelemetryState["recent"][number] | null;
  /** Keeps the local model's words beside an alarm, as long as that is kept. */
  noteWords(id: string, words: string): void;
  /** Forgets history, model and reference: what comes now is ordinary. */
  rebase(): void;
  close(): Promise<void>;
}

export const throttleP = 0.05;
export const freezeP = 0.01;
export const freezeConfidence = 0.8;
/** Calibration scores that a freeze needs; below them the fixed limits hold beside the model. */
export const freezeCalibration = 99;
const recentThreats = 100;
/** Newest learned samples that latencies of routes are read from. */
const latencySamples = 4_000;
/** Drifts that a sentence names. */
const mostDriftsTold = 5;

export function createTelemetry(options: TelemetryOptions): Telemetry {
  const { templates, clock, log, metrics, overrides } = options;
  const features = [...builtInFeatures, ...options.declared];
  const window = createSampleWindow(features.length, options.capacity);
  const keeper = createHistoryKeeper({ window, ...options });
  const exchange =
    options.fleet === null ? null : createFlowExchange({ ...options, ...options.fleet, features, window });
  const trainer = createTrainer({ features, window, exchange, ...options });
  let errorRate = createErrorRate();
  let isTold = false;
  const breaker = createCircuitBreaker(clock, (error) => {
    if (!isTold) log.error({ err: error }, "The telemetry model fails; samples are answered OK, marked degraded.");
    isTold = true;
    // The model may be damaged: another one, as soon as may be.
    trainer.request();
  });
  let recent: TelemetryState["recent"] = [];
  let tally = createAnswerTally(clock);

  /** The sample's numbers in the features' own units; NaN: not available. */
  function readRaw(sample: FlowSample): Float64Array {
    const raw = new Float64Array(features.length);
    raw[0] = sample.latency;
    raw[1] = sample.input_length;
    raw[2] = sample.errors;
    for (let f = builtInFeatures.length; f < features.length; f++) {
      const { name } = features[f]!;
      const value = sample[name] ?? Number.NaN;
      if (typeof value !== "number" || Math.abs(value) > 1e15) {
        throw new SentinelError("INPUT_INVALID", `${name}: a number is expected.`, { field: name });
      }
      raw[f] = value;
    }
    return raw;
  }

  function judge(sample: FlowSample, template: string): FlowAnswer {
    const raw = readRaw(sample);
    const values = raw.map((value, f) => toScale(features[f]!, value));
    const decided = inForce(overrides.routes.get(template)) ?? decidedForUser(sample);
    if (decided === "allow") return { status: "OK" };
    if (decided !== undefined) return remember(sample, template, toThreat(decided, "An analyst decided so.", 1, 1));
    const { fitted, failure } = trainer;
    if (fitted === null || failure !== null) {
      const found = judgeByLimits(raw, failure === null ? "until enough samples are learned" : "while the model fails");
      if (failure !== null) {
        // What only the fixed limits have seen is not learned, or failing fits would be a way in.
        return found === null
          ? { status: "OK", degraded: true }
          : remember(sample, template, { ...found, degraded: true });
      }
      return found === null ? learn(values, template) : remember(sample, template, found);
    }
    const tried = breaker.run(() => ({ compared: compareFlow(fitted.model, values, template) }));
    if (tried === null) return { status: "OK", degraded: true };
    isTold = false;
    const { compared } = tried;
    // Within the ordinary: as unremarkable as can be, which is the careful side.
    errorRate.add(compared?.refinedP ?? 1);
    const threat = judgeByModel(fitted.model, compared, raw, template);
    return threat === null ? learn(values, template) : remember(sample, template, threat);
  }

  function decidedForUser({ user_id }: FlowSample) {
    if (overrides.users.size === 0 || user_id === undefined || user_id === null) return undefined;
    return inForce(overrides.users.get(pseudonymOf(options.pseudonymKey, String(user_id))));
  }

  function inForce(decided: DecidedAction | undefined): DecidedAction["action"] | undefined {
    return decided === undefined || decided.until <= clock.now() ? undefined : decided.action;
  }

  function judgeByModel(
    model: FlowModel,
    compared: Comparison | null,
    raw: Float64Array,
    template: string,
  ): FlowThreat | null {
    if (compared !== null && compared.p <= throttleP && errorRate.isPicked(options.contamination)) {
      const { score, p, outlier } = compared;
      const isFreeze =
        p <= freezeP && 1 - p >= freezeConfidence && outlier.reach > 2 && model.calibration.length >= freezeCalibration;
      const reason = explainOutlier(model, outlier, raw, template);
      return toThreat(isFreeze ? "freeze" : "throttle", reason, score, 1 - p);
    }
    if (model.calibration.length >= freezeCalibration) return null;
    return judgeByLimits(raw, "until enough samples are learned");
  }

  /** Only ever throttles. Its confidence is the conformal one of the value among the samples seen so far. */
  function judgeByLimits(raw: Float64Array, why: string): FlowThreat | null {
    const found = findBeyondLimits(features, raw);
    if (found === null) return null;
    const column = features.indexOf(found.feature);
    const seen = window.newest(options.capacity);
    const value = toScale(found.feature, found.value);
    const asHigh = seen.routes.filter((_, i) => seen.values[i * features.length + column]! >= value).length;
    const p = (1 + asHigh) / (seen.routes.length + 1);
    return toThreat("throttle", explainLimit(found, why), found.score, 1 - p);
  }

  /** SECURITY: only what was answered OK by the model or, before it, the limits, and that nobody overrode, trains. */
  function learn(values: Float64Array, template: string): FlowAnswer {
    keeper.add(values, template);
    trainer.noteSample();
    return { status: "OK" };
  }

  function remember(sample: FlowSample, route: string, threat: FlowThreat): FlowThreat {
    const { status: _, ...rest } = threat;
    const { user_id } = sample;
    const isNamed = options.keepUsers && user_id !== undefined && user_id !== null;
    // SECURITY: the id itself is never kept.
    const pseudonym = isNamed ? pseudonymOf(options.pseudonymKey, String(user_id)) : null;
    const at = toInstant(timeOf(sample) ?? clock.now());
    recent.push({ ...rest, id: uuidv7(clock), at, route, pseudonym, words: null });
    if (recent.length > recentThreats) recent = recent.slice(-recentThreats);
    return threat;
  }

  return {
    analyse(sample) {
      const from = performance.now();
      const template = templates(sample.route);
      const answer = judge(sample, template);
      tally.note(template, answer);
      metrics.answered[answer.status === "OK" ? "OK" : answer.action]++;
      if (answer.degraded) metrics.answered.degraded++;
      observeLatency(metrics.latency, (performance.now() - from) / 1000);
      return answer;
    },
    get historySize() {
      return window.size;
    },
    get isTrained() {
      return trainer.fitted !== null;
    },
    health() {
      keeper.check();
      metrics.historySize.set(window.size);
      metrics.trained.set(trainer.fitted === null ? 0 : 1);
      metrics.breakerOpen.set(breaker.isOpen ? 1 : 0);
      const size = `${window.size} samples`;
      const problems = [
        ...(breaker.isOpen ? ["the model fails, every sample is answered OK"] : []),
        ...(trainer.failure === null ? [] : ["the model could not be fitted, fixed limits decide"]),
        ...(keeper.isMemoryLow ? ["memory is low, old samples are evicted"] : []),
      ];
      const { fitted } = trainer;
      const how = fitted === null ? "fixed limits decide" : describeModel(fitted);
      return {
        telemetry:
          problems.length === 0
            ? { status: "healthy", detail: `${size}, ${how}` }
            : { status: "degraded", detail: `${size}; ${problems.join("; ")}` },
        telemetry_reference: referenceHealth(trainer.referenceAt, trainer.drift),
      };
    },
    state() {
      const { fitted, referenceAt, drift } = trainer;
      return {
        history_size: window.size,
        trained: fitted !== null,
        model:
          fitted === null
            ? null
            : {
                samples: fitted.model.samples,
                engines: fitted.engines,
                calibration: fitted.model.calibration.length,
                fitted_at: toInstant(fitted.fittedAt),
              },
        ranges: features.map((feature, column) => describeRange(feature, column, fitted?.model ?? null)),
        drift: {
          reference_at: referenceAt === null ? null : toInstant(referenceAt),
          features: drift.map(({ feature, route, shareBeyond, referenceShare }) => ({
            feature,
            route,
            share_beyond: shareBeyond,
            reference_share: referenceShare,
          })),
        },
        routes: tally.routes(window.newest(latencySamples)),
        minutes: tally.minutes(),
        recent: recent.toReversed(),
      };
    },
    alarm: (id) => recent.find((one) => one.id === id) ?? null,
    noteWords(id, words) {
      recent = recent.map((one) => (one.id === id ? { ...one, words } : one));
    },
    rebase() {
      window.shrink(0);
      trainer.reset();
      errorRate = createErrorRate();
      tally = createAnswerTally(clock);
    },
    close: () => trainer.close(),
  };
}

function toThreat(action: FlowAction, reason: string, score: number, confidence: number): FlowThreat {
  return {
    status: "THREAT_DETECTED",
    action,
    reason,
    prediction_score: score as Score,
    confidence: confidence as Score,
  };
}

/** Epoch milliseconds of a sample's own time; null where it says none that a calendar knows. */
function timeOf({ timestamp }: FlowSample): number | null {
  if (timestamp === undefined || timestamp === null) return null;
  // Numbers below are seconds until the year 5138.
  const at = typeof timestamp === "string" ? Date.parse(timestamp) : timestamp < 1e11 ? timestamp * 1000 : timestamp;
  return at >= 0 && at < 253_402_300_800_000 ? Math.floor(at) : null;
}

function describeRange(feature: FlowFeature, column: number, model: FlowModel | null) {
  const upper = model?.upper[column] ?? null;
  const lower = model?.lower[column] ?? null;
  return {
    feature: feature.name,
    unit: feature.unit,
    median:
      upper !== null ? fromScale(feature, upper.median) : lower !== null ? fromScale(feature, -lower.median) : null,
    low: lower === null ? null : fromScale(feature, -lower.bound),
    high: upper === null ? null : fromScale(feature, upper.bound),
  };
}

function describeModel({ model, engines }: FittedModel): string {
  return `model of ${model.samples} samples${engines === 1 ? "" : ` of ${engines} engines`}`;
}

function referenceHealth(at: number | null, drift: readonly Drift[]): ComponentHealth {
  if (at === null) return { status: "off", detail: "Not enough samples for a reference yet" };
  if (drift.length === 0) return { status: "healthy", detail: `Taken ${toInstant(at)}` };
  const said = drift
    .slice(0, mostDriftsTold)
    .map(
      ({ feature, side, route, shareBeyond, referenceShare }) =>
        `${Math.round(shareBeyond * 100)} % of ${feature}${route === null ? "" : ` on ${route}`} ${side === "high" ? "above" : "below"} what ${Math.round(referenceShare * 100)} % was`,
    );
  return {
    status: "degraded",
    detail: `Ordinary values have moved since ${toInstant(at)}: ${said.join("; ")}${drift.length > said.length ? `; and ${drift.length - said.length} more` : ""}. Training is held until an analyst accepts them or they are back.`,
  };
}
