import type { Approval, decideApproval } from "../../shared/approval.ts";
import type { Canary } from "../../shared/canary.ts";
import { SentinelError } from "../../shared/errors.ts";
import type { Input } from "../../shared/route.ts";
import { uuidv7 } from "./base/ids.ts";
import { enginePrincipal, type Principal } from "./base/principals.ts";
import type { CanaryPorts, CanaryRoom } from "./canary-ports.ts";
import { shownMoves, toCanary } from "./canary-views.ts";
import type { DeployedPayload } from "./detect/serving/deployed-payload.ts";
import type { Engine } from "./engine-interface.ts";
import {
  type CanaryMoved,
  type CanaryState,
  canaryMoves,
  canaryState,
  forgetTrial,
  type LastPromotion,
  moveCanary,
  type OnTrial,
  savedTrial,
  saveTrial,
} from "./learn/canary/canary-state.ts";
import { defaultLimits, judgeTrial, nextStep, noTrial, observeSession, type TrialState } from "./learn/canary/trial.ts";
import { modelEntity } from "./learn/registry/model-state.ts";
import { createStepApprovals, type TrialStep, type UsedApproval } from "./step-approvals.ts";
import type { EventDraft } from "./store/store.ts";

/** The choice of the setting `payload_model` that is always there. */
const shippedChoice = "built-in";
/** What a move is beside where to and why. */
interface MoveOptions {
  /** The last promotion from now on; left out: it stays what it was. */
  readonly promotion?: LastPromotion;
  /** The approval that it uses up. */
  readonly used?: UsedApproval;
  /** The log as it was followed when the move was decided upon: what moved since is a conflict. Left out: as it is. */
  readonly before?: CanaryState;
}

/** Whether somebody has to take the next step: of a trial by hand, and of a comparison that has come to its share. */
const isByHand = ({ mode, percent, share }: OnTrial) => mode === "by_hand" || percent === share;

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
  const { store, clock, log, approvals, limits = defaultLimits, onChange } = ports;
  const steps = createStepApprovals(ports);
  /** The log as it was last followed. */
  let known: CanaryState = { onTrial: null, replaced: null, promoted: null, version: 0 };
  let onTrial: OnTrial | null = null;
  let payload: DeployedPayload | null = null;
  let trial: TrialState = noTrial;
  /** One move at a time. */
  let moving: Promise<unknown> = Promise.resolve();
  let isClosed = false;
  let unsaved = false;
  /** While a move changes what decides, that is no reason to end the trial: it follows by itself. */
  let isChoosing = false;
  /** Whether somebody took something back that was not followed yet. */
  let isTakenBack = false;
  let isStarted = false;

  const stepOf = ({ challenger, champion, percent }: OnTrial) => `${challenger} ${champion} ${percent}`;

  /** Only within `serially`. */
  async function followNow(): Promise<void> {
    const isUndo = isTakenBack;
    isTakenBack = false;
    known = await store.read(canaryState, null);
    const { onTrial: now } = known;
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
    // Neither a start nor a move fails for the queue: what is void there is refused anyway, and what is missing is asked for later.
    await voidOthers().then(askIfAllowed).catch(notAsked);
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
    if (champion === now.challenger) await move(null, "passed", enginePrincipal, { promotion: promotionOf(now) });
    else await move(null, "superseded", enginePrincipal);
  }

  /** The alias goes with the trial, whichever way that changed; one that somebody set without a trial stays. */
  async function nameChallenger(before: OnTrial | null): Promise<void> {
    const named = await ports.challenger();
    const wanted = onTrial?.challenger ?? (named === before?.challenger ? null : named);
    // By the engine: undoing the last thing that somebody did is then the move and not its alias.
    if (named !== wanted) await ports.nameChallenger(wanted, enginePrincipal);
  }

  const isOnTrial = () => onTrial !== null && payload !== null;

  /** The step that comes next in the trial as it is known. */
  const stepNow = (): TrialStep => ({
    onTrial: onTrial!,
    version: known.version,
    judgement: judgeTrial(trial, limits),
  });

  /** What was asked for about another step, or about a model that its gates have judged anew since, waits no longer. */
  async function voidOthers(): Promise<void> {
    const voided = await steps.tidy(isOnTrial() ? stepNow() : null);
    if (voided.length > 0) await store.append(voided, enginePrincipal);
  }

  /** A step that somebody has to take is asked for as soon as what was seen allows it. */
  async function askIfAllowed(): Promise<void> {
    if (!isOnTrial() || !isByHand(onTrial!)) return;
    const next = stepNow();
    if (next.judgement.decision !== "step") return;
    await steps.ask(next);
    onChange();
  }

  async function choose(choice: string, by: Principal, along?: () => Promise<readonly EventDraft[]>): Promise<void> {
    isChoosing = true;
    try {
      await ports.choose(choice, by, along);
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

  /** The events of a move: what it was asked by is used up, and whatever else waited is void. */
  async function eventsOf(
    to: OnTrial | null,
    because: CanaryMoved["because"],
    options: MoveOptions,
  ): Promise<EventDraft[]> {
    const { promotion, used, before = await store.read(canaryState, null) } = options;
    const { replaced, promoted } = promotion ?? before;
    const next = { to, because, sessions: judgeTrial(trial, limits).sessions, replaced, promoted };
    return [...(await steps.void(used?.id)), ...(used?.events ?? []), moveCanary(next, before, uuidv7(clock))];
  }

  async function move(
    to: OnTrial | null,
    because: CanaryMoved["because"],
    by: Principal,
    options: MoveOptions = {},
  ): Promise<void> {
    // SECURITY: which model decides which share of sessions, and why, is in the log before it does.
    await store.append(await eventsOf(to, because, options), by);
    await followNow();
  }

  async function step(to: OnTrial, because: CanaryMoved["because"], by: Principal, used?: UsedApproval): Promise<void> {
    const percent = nextStep(to.percent, to.share)!;
    // A step that was taken back, but not followed yet, is in conflict with the one after it, and does not become a part of it.
    const options = { before: known, ...(used === undefined ? {} : { used }) };
    if (percent < 100) return await move({ ...to, percent }, because, by, options);
    // In one transaction with the setting: what decides, and by whose word, or neither.
    const along = async () => {
      // SECURITY: opening a model takes a while, in which panic may have been pulled, or the model have failed.
      await requireAllowed();
      return await eventsOf(null, because, { ...options, promotion: promotionOf(to) });
    };
    try {
      await choose(ports.choiceOf(to.challenger), by, along);
    } finally {
      await followNow();
    }
  }

  /** Takes a step that somebody has to take, by the approval of it. @param word about what waits; null: who takes it named the step */
  async function stepByHand(to: OnTrial, word: Input<typeof decideApproval> | null, by: Principal): Promise<void> {
    await step(to, "asked", by, await steps.grant(stepNow(), word, by));
  }

  /** @throws SentinelError CONFLICT where what was seen, or a panic, allows no step */
  async function requireAllowed(): Promise<void> {
    const { decision } = judgeTrial(trial, limits);
    if (decision === "roll_back") refuse("It failed its trial: it can only be taken out.", null);
    if (decision === "wait") {
      refuse("Not enough sessions were seen yet to know that it does no harm: wait, or take it out.", null);
    }
    // SECURITY: no model gets a larger share while somebody finds out what happened; one is taken out at any time.
    if (await ports.isHeld()) refuse("Panic holds the response until an admin re-arms it.", null);
  }

  const notAsked = (error: unknown) => log.error({ err: error }, "A step of the canary could not be asked for.");
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
          begun_by: by.actor,
        },
        "asked",
        by,
        { before: known },
      );
    }
    const next = nextStep(onTrial.percent, onTrial.share);
    if (share !== undefined) refuse("The share of a comparison is chosen as its trial begins.", next);
    if (canary_percent !== next) refuse(`The only step allowed now is ${next} percent.`, next);
    await requireAllowed();
    const to = { ...onTrial, mode: mode ?? onTrial.mode };
    if (isByHand(onTrial)) await stepByHand(to, null, by);
    else await step(to, "asked", by);
  }

  async function decideStep(input: Input<typeof decideApproval>, by: Principal): Promise<Approval> {
    if (!input.granted) await approvals.decide(input, by);
    else {
      const { state, why_not } = await approvals.get(input.id, by);
      if (state !== "pending") throw new SentinelError("APPROVAL_REFUSED", `It is ${state}.`);
      if (why_not !== null) throw new SentinelError("FORBIDDEN", why_not);
      if (!isOnTrial()) throw new SentinelError("APPROVAL_REFUSED", "No model is on trial any more.");
      await requireAllowed();
      await stepByHand(onTrial!, input, by);
    }
    onChange();
    return await approvals.get(input.id, by);
  }

  async function rollBack(by: Principal): Promise<void> {
    if (onTrial !== null) return await move(null, "asked", by);
    const replaced = await replacedNow();
    if (replaced === null) {
      throw new SentinelError("CONFLICT", "Nothing is on trial, and what decides was not promoted by a trial.");
    }
    await bringBack(replaced, by);
    await move(null, "asked", by, { promotion: { replaced: null, promoted: null } });
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

  /** Steps, asks for the step, or rolls back when the sessions so far say so. */
  async function decide(): Promise<void> {
    if (onTrial === null || isClosed) return;
    const { decision } = judgeTrial(trial, limits);
    if (decision === "roll_back") {
      log.warn(
        { challenger: onTrial.challenger, percent: onTrial.percent },
        "The model on trial failed and was taken out.",
      );
      await move(null, "failed", enginePrincipal);
    } else if (isByHand(onTrial)) await askIfAllowed();
    // SECURITY: by itself it gets no larger share while a panic holds what is let in.
    else if (decision === "step" && !(await ports.isHeld())) await step(onTrial, "passed", enginePrincipal);
  }

  async function save(): Promise<void> {
    if (!unsaved || onTrial === null) return;
    unsaved = false;
    await store.write(saveTrial, { step: stepOf(onTrial), state: trial });
  }

  async function status(): Promise<Canary> {
    const moves = await store.read(canaryMoves, shownMoves + 1);
    const champion = (await ports.champion()).hash;
    const asked = isOnTrial() && isByHand(onTrial!) ? await steps.last(stepNow()) : null;
    const judgement = judgeTrial(trial, limits);
    return toCanary({ onTrial, champion, replaced: await replacedNow(), judgement, moves, asked });
  }

  // SECURITY: also what another engine of the fleet says of a model, or takes back, decides whether it stays on trial.
  const stopListening = store.onAppended((events) => {
    if (!isClosed && events.some(({ entity_type }) => entity_type === modelEntity)) serially(followNow).catch(failed);
  });

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
    async follow(isUndo = false) {
      if (isUndo) isTakenBack = true;
      if (isUndo || !isChoosing) await serially(followNow);
    },
    model: () => onTrial?.challenger ?? null,
    decide: (input, by) => serially(() => decideStep(input, by)),
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
      stopListening();
      await moving;
    },
  };
}
