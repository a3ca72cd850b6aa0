import type { Canary } from "../../shared/canary.ts";
import { SentinelError } from "../../shared/errors.ts";
import type { Logger } from "./base/logging.ts";
import { enginePrincipal, type Principal } from "./base/principals.ts";
import { toCanary } from "./canary-views.ts";
import type { SessionTrials } from "./detect/analysis/analyse-task.ts";
import type { DeployedPayload } from "./detect/serving/deployed-payload.ts";
import type { Engine } from "./engine-interface.ts";
import {
  type CanaryMoved,
  canaryMoves,
  canaryState,
  forgetTrial,
  type LastPromotion,
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
  /** The model that the registry names as the challenger; null: none. */
  readonly challenger: () => Promise<string | null>;
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
  /**
   * Follows the log: at the start, after an undo, and whenever another model decides or what a model may do has changed.
   * @param isUndo whether somebody took something back
   */
  follow(isUndo?: boolean): Promise<void>;
  /** The model that is on trial; null: none. */
  model(): string | null;
  /** Takes the model on trial out, because it cannot be used: what decides goes on alone. */
  fail(problem: string): void;
  close(): Promise<void>;
}

const shownMoves = 20;
/** The choice of the setting `payload_model` that is always there. */
const shippedChoice = "built-in";
/** How a choice fails that cannot be made any more. */
const goneCodes: ReadonlySet<string> = new Set([
  "NOT_FOUND",
  "GATES_FAILED",
  "SETTING_INVALID",
  "MODEL_UNREADABLE",
  "UNAVAILABLE",
]);

/** The state machine of a model's way into service: shadow, 1, 10, 100 percent, or a share to be compared at; by a sequential test, or by hand. */
export function createCanary(ports: CanaryPorts): CanaryRoom {
  const { store, log, limits = defaultLimits, onChange } = ports;
  let onTrial: OnTrial | null = null;
  let payload: DeployedPayload | null = null;
  let trial: TrialState = noTrial;
  /** One move at a time. */
  let moving: Promise<unknown> = Promise.resolve();
  let isClosed = false;
  let unsaved = false;
  /** While a move changes what decides, that is no reason to end the trial: it follows by itself. */
  let isChoosing = false;
  let isStarted = false;

  const stepOf = ({ challenger, champion, percent }: OnTrial) => `${challenger} ${champion} ${percent}`;

  /** Only within `serially`. */
  async function followNow(isUndo = false): Promise<void> {
    const { onTrial: now } = await store.read(canaryState, null);
    const before = onTrial;
    onTrial = now;
    if (!isStarted) trial = now === null ? noTrial : ((await store.read(savedTrial, stepOf(now))) ?? noTrial);
    else if (now === null || before === null || stepOf(now) !== stepOf(before)) {
      // Each step is judged by its own sessions, also one that was gone back to.
      trial = noTrial;
      unsaved = false;
      await store.write(forgetTrial, null);
    }
    isStarted = true;
    payload = null;
    if (now !== null) await open(now, isUndo);
    await nameChallenger(before);
    onChange();
  }

  /** Opens the model on trial. One that may not decide any more, or is gone, is on trial no longer. */
  async function open(now: OnTrial, isUndo: boolean): Promise<void> {
    try {
      payload = await ports.candidate(now.challenger);
    } catch (error) {
      log.error({ err: error }, "The model on trial cannot be used any more; it decides nothing.");
      // SECURITY: what its gates refuse takes no share of the sessions, whoever judged it again meanwhile.
      if (error instanceof SentinelError) await move(null, "failed", enginePrincipal);
      return;
    }
    const decidesNow = async () => (await ports.champion()).hash;
    // A promotion was taken back: what decided before decides again beside it.
    if (isUndo && (await decidesNow()) === now.challenger) await bringBack(now.champion_choice, enginePrincipal);
    const champion = await decidesNow();
    if (champion === now.champion) return;
    // What was seen of the challenger was seen beside another model, or its promotion was broken off after the first half.
    if (champion === now.challenger) await move(null, "passed", enginePrincipal, promotionOf(now));
    else await move(null, "superseded", enginePrincipal);
  }

  /** The alias goes with the trial, whichever way that changed; one that somebody set without a trial stays. */
  async function nameChallenger(before: OnTrial | null): Promise<void> {
    const named = await ports.challenger();
    const wanted = onTrial?.challenger ?? (named === before?.challenger ? null : named);
    // By the engine: undoing the last thing that somebody did is then the move and not its alias.
    if (named !== wanted) await ports.nameChallenger(wanted, enginePrincipal);
  }

  async function choose(choice: string, by: Principal): Promise<void> {
    isChoosing = true;
    try {
      await ports.choose(choice, by);
    } finally {
      isChoosing = false;
    }
  }

  /** What decided before decides again; where that is gone, or may not decide any more, the shipped model. */
  async function bringBack(choice: string, by: Principal): Promise<void> {
    try {
      await choose(choice, by);
    } catch (error) {
      if (!(error instanceof SentinelError) || !goneCodes.has(error.code)) throw error;
      log.warn(
        { choice, err: error },
        "The model that decided before cannot be used any more; the shipped one decides.",
      );
      await choose(shippedChoice, by);
    }
  }

  function serially<T>(work: () => Promise<T>): Promise<T> {
    const done = moving.then(work, work);
    moving = done.catch(() => undefined);
    return done;
  }

  const promotionOf = ({ challenger, champion_choice }: OnTrial): LastPromotion => ({
    replaced: champion_choice,
    promoted: ports.choiceOf(challenger),
  });

  /** @param promotion the last one from now on; left out: it stays what it was */
  async function move(to: OnTrial | null, because: CanaryMoved["because"], by: Principal, promotion?: LastPromotion) {
    const before = await store.read(canaryState, null);
    const sessions = judgeTrial(trial, limits).sessions;
    const { replaced, promoted } = promotion ?? before;
    const next = { to, because, sessions, replaced, promoted };
    // SECURITY: which model decides which share of sessions, and why, is in the log before it does.
    await store.append([moveCanary(next, before)], by);
    await followNow();
  }

  async function step(to: OnTrial, percent: number, because: CanaryMoved["because"], by: Principal) {
    if (percent < 100) return await move({ ...to, percent }, because, by);
    await choose(ports.choiceOf(to.challenger), by);
    await move(null, because, by, promotionOf(to));
  }

  const failed = (error: unknown) => log.error({ err: error }, "A step of the canary failed.");

  function refuse(message: string, allowed: number | null): never {
    throw new SentinelError("CONFLICT", message, { allowed_step: allowed });
  }

  async function promote(
    { model_id, canary_percent, mode, share }: Parameters<Engine["canary"]["promote"]>[0],
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
          share: share ?? null,
        },
        "asked",
        by,
      );
    }
    const next = nextStep(onTrial.percent, onTrial.share);
    if (share !== undefined) refuse("The share of a comparison is chosen as its trial begins.", next);
    if (canary_percent !== next) refuse(`The only step allowed now is ${next} percent.`, next);
    const { decision } = judgeTrial(trial, limits);
    if (decision === "roll_back") refuse("It failed its trial: it can only be taken out.", null);
    if (decision === "wait") {
      refuse("Not enough sessions were seen yet to know that it does no harm: wait, or take it out.", null);
    }
    await step({ ...onTrial, mode: mode ?? onTrial.mode }, next!, "asked", by);
  }

  async function rollBack(by: Principal): Promise<void> {
    if (onTrial !== null) return await move(null, "asked", by);
    const replaced = await replacedNow();
    if (replaced === null) {
      throw new SentinelError("CONFLICT", "Nothing is on trial, and what decides was not promoted by a trial.");
    }
    await bringBack(replaced, by);
    await move(null, "asked", by, { replaced: null, promoted: null });
  }

  /**
   * What the model that decides took the place of by its trial; null: it came by no trial. Somebody who chose another model since has
   * decided what decides, and is not overruled by a promotion from before.
   */
  async function replacedNow(): Promise<string | null> {
    const { replaced, promoted } = await store.read(canaryState, null);
    // By the choice and not by what runs: a model that cannot be opened is just when one wants to go back.
    return promoted === null || promoted === (await ports.choice()) ? replaced : null;
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
    } else if (decision === "step" && onTrial.mode === "automatic" && onTrial.percent !== onTrial.share) {
      await step(onTrial, nextStep(onTrial.percent, onTrial.share)!, "passed", enginePrincipal);
    }
  }

  async function save(): Promise<void> {
    if (!unsaved || onTrial === null) return;
    unsaved = false;
    await store.write(saveTrial, { step: stepOf(onTrial), state: trial });
  }

  async function status(): Promise<Canary> {
    const moves = await store.read(canaryMoves, shownMoves);
    const champion = (await ports.champion()).hash;
    return toCanary({ onTrial, champion, replaced: await replacedNow(), judgement: judgeTrial(trial, limits), moves });
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
    follow: (isUndo) => (isChoosing ? Promise.resolve() : serially(() => followNow(isUndo))),
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
