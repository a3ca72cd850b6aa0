import type { Canary, CanaryPercent } from "../../shared/canary.ts";
import { canarySteps } from "../../shared/canary.ts";
import { SentinelError } from "../../shared/errors.ts";
import type { Score } from "../../shared/units.ts";
import type { Logger } from "./base/logging.ts";
import { enginePrincipal, type Principal } from "./base/principals.ts";
import type { SessionTrials } from "./detect/analysis/analyse-task.ts";
import type { DeployedPayload } from "./detect/serving/deployed-payload.ts";
import type { Engine } from "./engine-interface.ts";
import {
  type CanaryMoved,
  canaryMoves,
  canaryState,
  forgetTrial,
  moveCanary,
  type OnTrial,
  savedTrial,
  saveTrial,
} from "./learn/canary/canary-state.ts";
import {
  defaultLimits,
  judgeTrial,
  nextStep,
  noTrial,
  observeSession,
  type TrialLimits,
  type TrialState,
} from "./learn/canary/trial.ts";
import type { Store } from "./store/store.ts";

/** The registry, and what decides, as far as a trial needs them. */
export interface CanaryPorts {
  readonly store: Store;
  readonly log: Logger;
  /** A registered model whose gates let it decide. @throws SentinelError NOT_FOUND, GATES_FAILED */
  readonly candidate: (id: string) => Promise<DeployedPayload>;
  /** What decides now. */
  readonly champion: () => Promise<DeployedPayload>;
  /** The setting `payload_model` as it is. */
  readonly choice: () => Promise<string>;
  /** How the setting names a registered model. */
  readonly choiceOf: (id: string) => string;
  /** Changes that setting, and waits until that model decides. */
  readonly choose: (choice: string, by: Principal) => Promise<unknown>;
  /** Notes in the registry which model is the challenger. */
  readonly nameChallenger: (id: string | null, by: Principal) => Promise<unknown>;
  readonly limits?: TrialLimits;
  readonly onChange: () => void;
}

export interface CanaryRoom {
  readonly operations: Engine["canary"];
  /** The model on trial and its share; null: none, or it cannot be opened any more. */
  challenger(): { readonly payload: DeployedPayload; readonly percent: number } | null;
  /** Takes in how it fared in some sessions. */
  hear(trials: SessionTrials | null): void;
  /** Follows the log: at the start, and after an undo. */
  follow(): Promise<void>;
  /** The model that is on trial; null: none. */
  model(): string | null;
  /** Takes the model on trial out, because it cannot be used: what decides goes on alone. */
  fail(problem: string): void;
  close(): Promise<void>;
}

const shownMoves = 20;

/** The state machine of a model's way into service: shadow, 1, 10, 100 percent; by a sequential test, or by hand. */
export function createCanary(ports: CanaryPorts): CanaryRoom {
  const { store, log, limits = defaultLimits, onChange } = ports;
  let onTrial: OnTrial | null = null;
  let payload: DeployedPayload | null = null;
  let trial: TrialState = noTrial;
  /** One move at a time. */
  let moving: Promise<unknown> = Promise.resolve();
  let isClosed = false;
  let unsaved = false;
  /** While a promotion changes what decides, that is no reason to end the trial. */
  let isPromoting = false;

  const stepOf = ({ challenger, champion, percent }: OnTrial) => `${challenger} ${champion} ${percent}`;

  async function follow(): Promise<void> {
    const { onTrial: now } = await store.read(canaryState, null);
    const isSame = now !== null && onTrial !== null && stepOf(now) === stepOf(onTrial);
    onTrial = now;
    if (!isSame) trial = now === null ? noTrial : ((await store.read(savedTrial, stepOf(now))) ?? noTrial);
    payload = null;
    if (now !== null) {
      try {
        payload = await ports.candidate(now.challenger);
        const champion = await ports.champion();
        if (champion.hash !== now.champion && !isPromoting) void serially(supersede).catch(failed);
      } catch (error) {
        log.error({ err: error }, "The model on trial cannot be used any more; it decides nothing.");
      }
    }
    onChange();
  }

  function serially<T>(work: () => Promise<T>): Promise<T> {
    const done = moving.then(work, work);
    moving = done.catch(() => undefined);
    return done;
  }

  /** @param replaced what decided before a promotion */
  async function move(to: OnTrial | null, because: CanaryMoved["because"], by: Principal, replaced?: string | null) {
    const before = await store.read(canaryState, null);
    const sessions = judgeTrial(trial, limits).sessions;
    const next = { to, because, sessions, replaced: replaced === undefined ? before.replaced : replaced };
    // SECURITY: which model decides which share of sessions, and why, is in the log before it does.
    await store.append([moveCanary(next, before)], by);
    if (to === null) await store.write(forgetTrial, null);
    if ((before.onTrial?.challenger ?? null) !== (to?.challenger ?? null)) {
      await ports.nameChallenger(to?.challenger ?? null, by);
    }
    await follow();
  }

  async function step(percent: CanaryPercent, because: CanaryMoved["because"], by: Principal): Promise<void> {
    if (onTrial === null) return;
    if (percent < 100) return await move({ ...onTrial, percent }, because, by);
    const { challenger, champion_choice: replaced } = onTrial;
    isPromoting = true;
    try {
      await ports.choose(ports.choiceOf(challenger), by);
      await move(null, because, by, replaced);
    } finally {
      isPromoting = false;
    }
  }

  /** What was seen of the challenger was seen beside another model. */
  async function supersede(): Promise<void> {
    if (onTrial === null) return;
    const { hash } = await ports.champion();
    if (hash === onTrial.champion) return;
    // A promotion that was broken off after its first half.
    if (hash === onTrial.challenger) await move(null, "passed", enginePrincipal, onTrial.champion_choice);
    else await move(null, "superseded", enginePrincipal);
  }

  const failed = (error: unknown) => log.error({ err: error }, "A step of the canary failed.");

  function refuse(message: string, allowed: CanaryPercent | null): never {
    throw new SentinelError("CONFLICT", message, { allowed_step: allowed });
  }

  async function promote(
    { model_id, canary_percent, mode }: Parameters<Engine["canary"]["promote"]>[0],
    by: Principal,
  ) {
    if (onTrial === null || onTrial.challenger !== model_id) {
      if (onTrial !== null) refuse("Another model is on trial: take it out first.", null);
      if (canary_percent !== 0) refuse("A model begins in the shadow: the only step allowed now is 0 percent.", 0);
      const candidate = await ports.candidate(model_id);
      const champion = await ports.champion();
      if (champion.hash === candidate.hash) refuse("This model decides already.", null);
      return await move(
        {
          challenger: model_id,
          champion: champion.hash,
          champion_choice: await ports.choice(),
          percent: 0,
          mode: mode ?? "automatic",
        },
        "asked",
        by,
      );
    }
    const next = nextStep(onTrial.percent);
    if (canary_percent !== next) refuse(`The only step allowed now is ${next} percent.`, next);
    const { decision } = judgeTrial(trial, limits);
    if (decision === "roll_back") refuse("It failed its trial: it can only be taken out.", null);
    if (decision === "wait") {
      refuse("Not enough sessions were seen yet to know that it does no harm: wait, or take it out.", null);
    }
    await step(next!, "asked", by);
  }

  async function rollBack(by: Principal): Promise<void> {
    if (onTrial !== null) return await move(null, "asked", by);
    const { replaced } = await store.read(canaryState, null);
    if (replaced === null) throw new SentinelError("CONFLICT", "Nothing is on trial, and nothing was promoted.");
    await ports.choose(replaced, by);
    await move(null, "asked", by, null);
  }

  /** Steps or rolls back when the sessions so far say so. */
  async function decide(): Promise<void> {
    if (onTrial === null || isClosed) return;
    const { decision } = judgeTrial(trial, limits);
    if (decision === "roll_back") {
      log.warn(
        { challenger: onTrial.challenger, percent: onTrial.percent },
        "The model on trial failed and was taken out.",
      );
      await move(null, "failed", enginePrincipal);
    } else if (decision === "step" && onTrial.mode === "automatic") {
      await step(nextStep(onTrial.percent)!, "passed", enginePrincipal);
    }
  }

  async function save(): Promise<void> {
    if (!unsaved || onTrial === null) return;
    unsaved = false;
    await store.write(saveTrial, { step: stepOf(onTrial), state: trial });
  }

  async function status(): Promise<Canary> {
    const moves = await store.read(canaryMoves, shownMoves);
    const { sessions, measures, decision } = judgeTrial(trial, limits);
    return {
      model_id: onTrial?.challenger ?? null,
      champion: (await ports.champion()).hash,
      percent: onTrial?.percent ?? null,
      mode: onTrial?.mode ?? "automatic",
      next: onTrial === null ? canarySteps[0] : decision === "step" ? nextStep(onTrial.percent) : null,
      sessions,
      measures: measures.map(({ mean, lower, upper, limit, ...rest }) => ({
        ...rest,
        mean: mean as Score | null,
        lower: lower as Score,
        upper: upper as Score,
        limit: limit as Score,
      })),
      decision,
      history: moves.map(({ at, actor, moved: { to, because, sessions: seen } }) => ({
        at,
        actor,
        percent: to?.percent ?? null,
        model_id: to?.challenger ?? null,
        because,
        sessions: seen,
      })),
    };
  }

  return {
    challenger: () => (onTrial === null || payload === null ? null : { payload, percent: onTrial.percent }),
    hear(trials) {
      if (trials === null || onTrial === null) return;
      const { challenger, champion, percent } = trials;
      // Of an analysis that began before the last step: its sessions are of another trial.
      if (challenger !== onTrial.challenger || champion !== onTrial.champion || percent !== onTrial.percent) return;
      if (trials.sessions === null) return this.fail("Its file cannot be opened.");
      if (trials.sessions.length === 0) return;
      for (const session of trials.sessions) trial = observeSession(trial, session);
      unsaved = true;
      serially(async () => {
        await save();
        await decide();
      }).catch(failed);
      onChange();
    },
    follow,
    model: () => onTrial?.challenger ?? null,
    fail(problem) {
      log.error({ problem }, "The model on trial cannot be used and is taken out.");
      serially(async () => {
        if (onTrial !== null) await move(null, "failed", enginePrincipal);
      }).catch(failed);
    },
    operations: {
      get: status,
      promote: async (input, by) => await serially(() => promote(input, by)).then(status),
      rollBack: async (by) => await serially(() => rollBack(by)).then(status),
    },
    async close() {
      isClosed = true;
      await moving;
    },
  };
}
