import { readFile } from "node:fs/promises";
import type { Drift, DriftWindow } from "../../shared/drift.ts";
import { SentinelError } from "../../shared/errors.ts";
import { Settings } from "../../shared/settings.ts";
import { type Clock, toInstant } from "./base/clock.ts";
import type { Logger } from "./base/logging.ts";
import type { BehaviourModel } from "./detect/anomaly/behaviour-model.ts";
import { describeReference } from "./detect/anomaly/reference.ts";
import { countReferenceSessions } from "./detect/anomaly/reference-sessions.ts";
import { leastSessions } from "./detect/anomaly/refit-task.ts";
import { readModel, setsAt } from "./detect/classifier/model-file.ts";
import { featureSchema } from "./detect/features/session-features.ts";
import type { DeployedPayload } from "./detect/serving/deployed-payload.ts";
import { behaviourScoreName, toCalibration, toCoverage, toItem, toLook, toReason } from "./drift-views.ts";
import type { Engine } from "./engine-interface.ts";
import { drawAudit } from "./learn/audit-draw.ts";
import { type Acknowledged, dateReasons, isQuiet, type LookedAt } from "./learn/drift/drift-alarm.ts";
import {
  acknowledgeDrift,
  driftAcknowledgement,
  driftMark,
  keepLook,
  lastLooks,
  type StoredLook,
} from "./learn/drift/drift-tables.ts";
import { fewestSessions } from "./learn/drift/judge-drift.ts";
import { labelledTraffic } from "./learn/drift/labelled-payloads.ts";
import { type DriftItem, type DriftQuestion, lookAtWindow, type ReferenceSet } from "./learn/drift/look-at-window.ts";
import { payloadReferenceFeatures } from "./learn/drift/payload-reference.ts";
import type { Models } from "./models.ts";
import type { Refitting } from "./refitting.ts";
import type { Store } from "./store/store.ts";

const dayMs = 86_400_000;
const windowMs: Record<DriftWindow, number> = {
  day: dayMs,
  week: 7 * dayMs,
  model: Number.POSITIVE_INFINITY,
};
/** What the alarm speaks of: a whole week, so that a weekend is no drift. */
const alarmWindow = "week";
/** How often it is looked by itself, where anything has come since. */
const everyMs = 15 * 60_000;
/** The first time: not while the application starts. */
const firstMs = 60_000;
/** A look stays good for so long, also while sessions come in: asking often costs nothing. */
const freshMs = 5000;

/** Watches whether what comes in is still what the deployed models were made from. */
export interface Drifting {
  readonly operations: Engine["drift"];
  /**
   * Whether features drifted from what the model was fitted to here, and nobody has acknowledged it: fitted again by itself, the model would
   * take the change for ordinary, and the alarm with it.
   */
  holdsFits(): Promise<boolean>;
  /** Looks now, as the clock does; for tests. */
  look(): Promise<void>;
  close(): Promise<void>;
}

/** One look with what it was about. */
type Look = Omit<Drift, "alarm" | "problem">;

interface Kept {
  readonly look: Look;
  /** Where the data stood, and which models. */
  readonly mark: string;
  readonly madeAt: number;
}

export function createDrifting(options: {
  store: Store;
  clock: Clock;
  log: Logger;
  models: Pick<Models, "behaviour" | "shippedBehaviour" | "payloadReferenceOf">;
  payload: () => Promise<DeployedPayload>;
  refitting: Pick<Refitting, "status" | "start">;
  extractorVersion: string;
  isRefitOn: () => Promise<boolean>;
  onLook: () => void;
}): Drifting {
  const { store, clock, log, models, refitting, extractorVersion } = options;
  const kept = new Map<DriftWindow, Kept>();
  const running = new Map<DriftWindow, Promise<Kept>>();
  let problem: string | null = null;
  let closing = false;

  async function markOf(payload: DeployedPayload): Promise<string> {
    const { verdict, event } = await store.read(driftMark, null);
    const reference = await models.payloadReferenceOf(payload.hash);
    const known = reference === null ? "" : reference.reference.sessions;
    return [verdict, event, models.behaviour.hash, payload.hash, payload.setErrorRate, known, extractorVersion].join(
      " ",
    );
  }

  async function make(window: DriftWindow): Promise<Kept> {
    const payload = await options.payload();
    const { behaviour } = models;
    const mark = await markOf(payload);
    const now = clock.now();
    const { fit } = refitting.status();
    const fittedAt = fit === null || behaviour.hash === models.shippedBehaviour ? null : fit.at;
    // What a model was fitted to is no news to it.
    const since = Math.max(0, now - windowMs[window], fittedAt === null ? 0 : Date.parse(fittedAt));
    const known = await models.payloadReferenceOf(payload.hash);
    const reference = known?.reference ?? null;
    const question: DriftQuestion = {
      since,
      extractorVersion,
      schema: featureSchema.map(({ name }) => name),
      behaviour: behaviourSet(behaviour),
      behaviourScores: behaviourScores(behaviour),
      payload: reference,
    };
    const own = await setsOf(payload);
    const setErrorRate = own?.errorRate ?? reference?.setErrorRate ?? null;
    const [found, { calibration, coverage }, audit, expected] = await Promise.all([
      store.read(lookAtWindow, question),
      store.read(labelledTraffic, { model: payload.hash, setErrorRate, alike: own?.alike ?? errorRateChoices }),
      store.read(drawAudit, { kind: "payload", limit: 0 }),
      fittedAt === null && (await options.isRefitOn()) ? store.read(countReferenceSessions, extractorVersion) : null,
    ]);
    const foreign = { behaviour: expected !== null, payload: known?.isShipped === true };
    const items = found.items
      .map((item) => toItem(item, isExpected(item, foreign)))
      .sort((a, b) => Number(a.is_expected) - Number(b.is_expected));
    const first = items.find((item) => !item.is_expected);
    const look: Look = {
      window,
      at: toInstant(now),
      since: toInstant(since),
      from: found.from === null ? null : toInstant(found.from),
      to: found.to === null ? null : toInstant(found.to),
      state:
        question.behaviour === null
          ? "no_reference"
          : found.sessions < fewestSessions
            ? "too_few"
            : (first?.level ?? "stable"),
      sessions: found.sessions,
      needed: fewestSessions,
      read: found.read,
      stored: found.stored,
      behaviour: {
        hash: behaviour.hash,
        sessions: behaviour.sessions,
        fitted_at: fittedAt === null ? null : toInstant(Date.parse(fittedAt)),
        expected_until: expected === null ? null : { sessions: expected, needed: leastSessions },
      },
      payload: {
        hash: payload.hash,
        reference: reference === null ? null : { sessions: reference.sessions, source: reference.source },
        sessions: found.payloadSessions,
      },
      items,
      calibration: toCalibration(
        calibration,
        audit.values.filter(({ model }) => model === payload.hash),
      ),
      coverage:
        coverage === null ? null : toCoverage(coverage, reference?.setErrorRate === setErrorRate ? reference : null),
    };
    return { look, mark, madeAt: now };
  }

  /** A look that is not older than what has come since, or than a few seconds. */
  async function fresh(window: DriftWindow): Promise<Kept> {
    const known = kept.get(window);
    if (known !== undefined) {
      const age = clock.now() - known.madeAt;
      const isSame = known.mark === (await markOf(await options.payload()));
      if (age >= 0 && age < (isSame ? everyMs : freshMs)) return known;
    }
    const under = running.get(window);
    if (under !== undefined) return await under;
    const making = make(window);
    running.set(window, making);
    try {
      const made = await making;
      kept.set(window, made);
      if (window === alarmWindow) await record(made.look);
      return made;
    } finally {
      running.delete(window);
    }
  }

  async function record(look: Look): Promise<void> {
    const [last] = await store.read(lastLooks, 1);
    const stored = toStored(look, last ?? null);
    await store.write(keepLook, { at: look.at, look: stored });
    options.onLook();
  }

  async function lookBySelf(): Promise<void> {
    const payload = await options.payload();
    if (kept.get(alarmWindow)?.mark === (await markOf(payload))) return;
    await fresh(alarmWindow);
  }

  const look = async () => {
    if (closing) return;
    try {
      await lookBySelf();
      problem = null;
    } catch (error) {
      if (closing) return;
      problem = error instanceof Error ? error.message : String(error);
      log.error({ err: error }, "Drift could not be looked at.");
    }
  };
  let looking: Promise<void> = Promise.resolve();
  const lookLater = () => {
    looking = looking.then(look);
  };
  const first = setTimeout(lookLater, firstMs).unref();
  const timer = setInterval(lookLater, everyMs).unref();

  async function alarm(): Promise<Drift["alarm"]> {
    const [last] = await store.read(lastLooks, 1);
    const { acknowledged, version } = await store.read(driftAcknowledgement, null);
    if (last === undefined || last.reasons.length === 0) {
      return { state: "none", reasons: [], acknowledged: null, version };
    }
    const quiet = isQuiet(last.reasons, last.models, acknowledged);
    return {
      state: quiet ? "acknowledged" : "raised",
      reasons: last.reasons.map(toReason),
      acknowledged: quiet && acknowledged !== null ? { by: acknowledged.by, at: acknowledged.at } : null,
      version,
    };
  }

  return {
    operations: {
      async get({ window }) {
        const { look: found } = await fresh(window);
        // The alarm stands for the week: asked for another window, it must have been looked for all the same.
        if (window !== alarmWindow) await fresh(alarmWindow);
        return { ...found, alarm: await alarm(), problem };
      },
      alarm,
      async looks({ limit }) {
        const looks = await store.read(lastLooks, limit + 1);
        return looks.slice(0, limit).map((each, i) => toLook(each, looks[i + 1] ?? null));
      },
      async acknowledge({ base_version }, by) {
        const [last] = await store.read(lastLooks, 1);
        if (last === undefined || last.reasons.length === 0) {
          throw new SentinelError("NOT_FOUND", "There is no drift alarm to take note of.");
        }
        const { acknowledged: before } = await store.read(driftAcknowledgement, null);
        const now: Acknowledged = {
          models: last.models,
          reasons: last.reasons.map(({ kind, name, size }) => ({ kind, name, size })),
          by: by.actor,
          at: toInstant(clock.now()),
        };
        const [event] = await store.append([acknowledgeDrift(now, before, base_version)], by);
        return { event_id: event!.id };
      },
      refit: async (_input, by) => ({ job_id: (await refitting.start(by)).id }),
    },
    async holdsFits() {
      if (refitting.status().fit === null) return false;
      await fresh(alarmWindow);
      const { state, reasons } = await alarm();
      return state === "raised" && reasons.some(({ kind }) => kind === "feature" || kind === "behaviour_score");
    },
    async look() {
      lookLater();
      await looking;
    },
    async close() {
      closing = true;
      clearTimeout(first);
      clearInterval(timer);
      await looking;
      await Promise.allSettled(running.values());
    },
  };
}

/** Numbers of which more is worse: what the payload model says of ordinary values. */
const payloadScores: ReadonlySet<string> = new Set(payloadReferenceFeatures.filter((name) => name.includes("score")));

/**
 * Whether a difference is no news.
 * @param foreign which references are of other applications: their pages and clients are others. That a model takes ordinary values for
 * attacks more than anywhere it was tried out is news all the same.
 */
function isExpected(
  { subject, name, before, after }: DriftItem,
  foreign: { readonly behaviour: boolean; readonly payload: boolean },
): boolean {
  if (subject !== "payload_score") return foreign.behaviour;
  return foreign.payload && !(payloadScores.has(name) && (after.median ?? 0) > (before.median ?? 0));
}

/** What a look leaves behind: why there is an alarm, and since when. */
function toStored(look: Look, last: (StoredLook & { readonly at: string }) | null): StoredLook {
  const models: LookedAt = { behaviour: look.behaviour.hash, payload: look.payload.hash };
  const isSameModels = last?.models.behaviour === models.behaviour && last.models.payload === models.payload;
  const before = isSameModels ? last : null;
  const isTold = look.state !== "too_few" && look.state !== "no_reference";
  const drifted = look.items
    .filter(({ level, is_expected }) => level === "drifted" && !is_expected)
    .map(({ subject, name, psi }) => ({ kind: subject, name, size: psi }));
  // With too few to tell, what was told before stands.
  const untold = isTold
    ? []
    : (before?.reasons.filter(({ kind }) => kind !== "calibration" && kind !== "coverage") ?? []);
  const { calibration, coverage } = look;
  const counted = look.items.filter(({ is_expected }) => !is_expected);
  const found = [
    ...(isTold ? drifted : untold),
    ...(calibration.is_off
      ? [{ kind: "calibration" as const, name: "calibration", size: Math.abs(calibration.excess ?? 0) }]
      : []),
    ...(coverage?.is_broken === true
      ? [{ kind: "coverage" as const, name: "coverage", size: coverage.promised - coverage.held / coverage.labelled }]
      : []),
  ];
  return {
    models,
    sessions: look.sessions,
    isTold,
    moved: counted.filter(({ level }) => level === "moved").length,
    largest: counted.length === 0 ? null : Math.max(...counted.map(({ psi }) => psi)),
    reasons: dateReasons(found, before, look.at),
    calibration_error: calibration.error?.value ?? null,
    coverage:
      coverage === null || coverage.labelled === 0 ? null : { labelled: coverage.labelled, held: coverage.held },
  };
}

function behaviourSet({ hash, kind, sessions, reference }: BehaviourModel): ReferenceSet | null {
  return kind === "heuristic" || sessions === 0 ? null : { model: hash, sessions, features: reference };
}

/** What the model says of sessions that it was fitted to: of those that it keeps as its background. */
function behaviourScores(model: BehaviourModel): ReferenceSet | null {
  if (behaviourSet(model) === null) return null;
  const scores = model.background.map((row) => Float64Array.of(model.score(row)));
  return { model: model.hash, sessions: scores.length, features: describeReference(scores, [behaviourScoreName]) };
}

const errorRateChoices = Settings.shape.class_set_error_rate.options;

/**
 * What the sets of a built-in model promise at the rate that is chosen, as its file says; null where no file says it.
 *
 * @returns the rate, and the choices that come to the same
 */
async function setsOf({ kind, path, setErrorRate }: DeployedPayload) {
  if (kind !== "built-in") return null;
  const { header } = readModel(await readFile(path));
  const { errorRate } = setsAt(header, setErrorRate === undefined ? undefined : Number(setErrorRate));
  const alike = errorRateChoices.filter((choice) => setsAt(header, Number(choice)).errorRate === errorRate);
  return { errorRate, alike };
}
