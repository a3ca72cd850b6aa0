import type { PanicPull, PanicResult } from "../../shared/panic.ts";
import type { Clock } from "./base/clock.ts";
import { uuidv7 } from "./base/ids.ts";
import type { Principal } from "./base/principals.ts";
import type { Sealer } from "./store/seal.ts";
import type { Store } from "./store/store.ts";

/** Writes `panic.pulled`; resolves once it is in the log. */
export type NotePanic = (pull: PanicPull, by: Principal, result: PanicResult) => Promise<void>;

/**
 * How long the ways of one press may lie apart, milliseconds: a window gives up after ten seconds, an engine that hung takes up
 * what has waited for it. SECURITY: not for ever, or who repeats an id would pull panic without a trace.
 */
const onePressMs = 60_000;

/** `onPress`: what else a press leads to, once each, however many ways it was heard. */
export type PanicNoteOptions = {
  store: Store;
  clock: Clock;
  sealer: Pick<Sealer, "seal">;
  onPress: (pull: PanicPull, by: Principal) => Promise<unknown>;
};

/** Notes pulls: those that carry the same press id are one press and one event, the first that was heard. */
export function createPanicNotes({ store, clock, sealer, onPress }: PanicNoteOptions): NotePanic {
  const presses = new Map<string, { at: number; noted: Promise<void> }>();

  async function note(pull: PanicPull, by: Principal, result: PanicResult): Promise<void> {
    const { reason } = pull;
    const entityId = uuidv7(clock);
    const sealed = reason === undefined ? null : await sealer.seal(`panic ${entityId}`, reason);
    const payload = { ...result, reason: sealed };
    const draft = { entityType: "panic", entityId, baseVersion: 0, kind: "panic.pulled", payload, inverse: null };
    const followed = await Promise.allSettled([store.append([draft], by), onPress(pull, by)]);
    for (const outcome of followed) if (outcome.status === "rejected") throw outcome.reason;
  }

  return (pull, by, result) => {
    const now = clock.now();
    for (const [id, { at }] of presses) if (now - at >= onePressMs) presses.delete(id);
    const press = pull.press_id;
    const known = press === undefined ? undefined : presses.get(press);
    if (known !== undefined) return known.noted;
    const noted = note(pull, by, result);
    if (press !== undefined) presses.set(press, { at: now, noted });
    return noted;
  };
}
