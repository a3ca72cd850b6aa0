import type { PanicPull, PanicResult } from "../../shared/panic.ts";
import { type Clock, toInstant } from "./base/clock.ts";
import { uuidv7 } from "./base/ids.ts";
import type { Logger } from "./base/logging.ts";
import { enginePrincipal, type Principal, panicActor } from "./base/principals.ts";
import { dropLeft, dropPull, leftPulls } from "./sandbox/pull-notes.ts";
import type { Sealer } from "./store/seal.ts";
import type { EventDraft, Store } from "./store/store.ts";

/** One press of the button, by however many ways it is heard. */
export interface PanicPress {
  /** Of the entity `panic` in the log. */
  readonly id: string;
  /** Resolves once `panic.pulled` is in the log, and with it the response held. */
  readonly noted: Promise<void>;
}

/** What a press came to; `problem`: why sandboxes could not be ended. */
export type PanicEnd = PanicResult | { readonly problem: string; readonly held: number };

/** A pull that the supervisor noted while an engine hung that was ended then. */
export interface TakenPull {
  readonly pull: PanicPull;
  readonly by: Principal;
}

export interface PanicNotes {
  /** Writes `panic.pulled` at once. Pulls that carry the same press id are one press and one event, the first that was heard. */
  press(pull: PanicPull, by: Principal): { readonly press: PanicPress; readonly isFirst: boolean };
  /**
   * When the first press was pulled that is not in the log, ISO 8601; null: all are. SECURITY: it holds the response until it is, or, where
   * the log could not take it, until somebody re-arms.
   */
  unnotedAt(): string | null;
  /**
   * What the log could not take up to now. @returns called once somebody re-armed: those hold no more. SECURITY: what was pulled, or failed,
   * since then does, and so does what the log has not taken yet.
   */
  failedSoFar(): () => void;
  /** Writes `panic.ended`: what it came to. */
  end(press: PanicPress, came: PanicEnd, by: Principal): Promise<void>;
  /** Takes down what was pulled while an engine hung that was ended then. */
  takeLeft(): Promise<TakenPull[]>;
}

/**
 * How long the ways of one press may lie apart, milliseconds: a window gives up after ten seconds, an engine that hung takes up
 * what has waited for it. SECURITY: not for ever, or who repeats an id would pull panic without a trace.
 */
const onePressMs = 60_000;

export interface PanicNoteOptions {
  readonly store: Store;
  /** The supervisor's files. */
  readonly directory: string;
  readonly clock: Clock;
  readonly log: Logger;
  readonly sealer: Pick<Sealer, "seal">;
}

export function createPanicNotes({ store, directory, clock, log, sealer }: PanicNoteOptions): PanicNotes {
  const presses = new Map<string, PanicPress & { readonly at: number }>();
  /** Presses that are not in the log, by id. */
  const unnoted = new Map<string, { readonly at: string; readonly pressId: string | undefined; hasFailed: boolean }>();

  /** SECURITY: what holds the response does not wait for a key: better a panic without its reason than none. */
  async function seal(id: string, reason: string | undefined): Promise<string | null> {
    if (reason === undefined) return null;
    return await sealer.seal(`panic ${id}`, reason).catch((error: unknown) => {
      log.error({ err: error }, "The reason of a panic could not be sealed; it is left out.");
      return null;
    });
  }

  const draftOf = (id: string, kind: string, baseVersion: number, payload: object): EventDraft => ({
    ...{ entityType: "panic", entityId: id, baseVersion, kind, payload, inverse: null },
  });

  async function note(id: string, { reason, press_id: pressId }: PanicPull, by: Principal, at: string): Promise<void> {
    const waiting = { at, pressId, hasFailed: false };
    unnoted.set(id, waiting);
    try {
      const payload = { pulled_at: at, reason: await seal(id, reason) };
      await store.append([draftOf(id, "panic.pulled", 0, payload)], by);
      unnoted.delete(id);
    } catch (error) {
      waiting.hasFailed = true;
      throw error;
    }
  }

  function press(pull: PanicPull, by: Principal, at = toInstant(clock.now())) {
    const now = clock.now();
    for (const [pressId, one] of presses) if (now - one.at >= onePressMs) presses.delete(pressId);
    const known = pull.press_id === undefined ? undefined : presses.get(pull.press_id);
    if (known !== undefined) return { press: known, isFirst: false };
    const id = uuidv7(clock);
    const made = { id, at: now, noted: note(id, pull, by, at) };
    if (pull.press_id !== undefined) presses.set(pull.press_id, made);
    return { press: made, isFirst: true };
  }

  return {
    press: (pull, by) => press(pull, by),
    unnotedAt: () => unnoted.values().next().value?.at ?? null,
    failedSoFar() {
      const failed = [...unnoted].filter(([, { hasFailed }]) => hasFailed);
      return () => {
        for (const [id, { pressId }] of failed) {
          unnoted.delete(id);
          // Or the next start would take up a panic that somebody has re-armed.
          if (pressId !== undefined) dropPull(directory, pressId);
        }
      };
    },
    async end({ id }, came, by) {
      await store.append([draftOf(id, "panic.ended", 1, came)], by);
    },
    async takeLeft() {
      const taken: TakenPull[] = [];
      for (const { file, note: left } of leftPulls(directory)) {
        const pull = left?.pull ?? {};
        const by = { ...enginePrincipal, actor: left?.actor ?? `${panicActor}${left?.via ?? "note"}` };
        const { press: made } = press(pull, by, left?.at);
        await made.noted;
        log.warn({ via: left?.via }, "A panic was pulled that the engine before this one could not take down");
        taken.push({ pull, by });
        dropLeft(file);
      }
      return taken;
    },
  };
}
