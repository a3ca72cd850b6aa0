import { randomUUID } from "node:crypto";
import type { PanicAnswer, PanicPull } from "../../shared/panic.ts";
import type { Logger } from "./base/logging.ts";
import { enginePrincipal, type Principal, panicActor } from "./base/principals.ts";
import type { PanicEnd, PanicNotes, PanicPress, TakenPull } from "./panic-notes.ts";
import { dropPull } from "./sandbox/pull-notes.ts";
import type { PanicNews, SupervisorClient } from "./sandbox/supervisor-client.ts";

/** How long an answer waits for what was told to stop, milliseconds: a tool may not listen. It goes on stopping after that. */
const patienceMs = 2_000;

/** What is being stopped. */
export interface Stopping {
  /** Calls to tools, and pushes, that do not go on. */
  readonly held: Promise<number>;
  readonly ended: Promise<unknown>;
}

export interface PanicOptions {
  readonly notes: PanicNotes;
  readonly log: Logger;
  readonly supervisor: SupervisorClient;
  /** The supervisor's files. */
  readonly directory: string;
  /** Tells everything of this engine that acts, but the sandboxes, to stop; what it says begins before this returns. */
  readonly stop: () => Stopping;
  /** What else a press leads to, once each, however many ways it was heard: other engines, the agent's trust. */
  readonly onPress: (pull: PanicPull, by: Principal) => Promise<unknown>;
}

export interface Panicking {
  /**
   * Stops everything that acts. The response is held first, and beside the rest: whatever takes long does not delay it, and a log that
   * takes nothing in delays the answer by two seconds only.
   * @throws SentinelError UNAVAILABLE when there is no supervisor to end sandboxes; all else is stopped nevertheless
   */
  pull(pull: PanicPull, by: Principal): Promise<PanicAnswer>;
  /** Takes up a panic that was pulled past the engine; it never throws. */
  hear(news: PanicNews): Promise<void>;
  /** What follows from pulls that an engine before this one could not take down. */
  follow(taken: readonly TakenPull[]): Promise<void>;
}

export function createPanicking({ notes, log, supervisor, directory, stop, onPress }: PanicOptions): Panicking {
  /** Of each press, as the way that was heard first found it: another one would find nothing left. */
  const held = new WeakMap<PanicPress, Promise<number>>();

  /** Begins all of it, and waits for nothing. */
  function begin(pull: PanicPull, by: Principal) {
    const { press, isFirst } = notes.press(pull, by);
    // Told to who waits for it; a way that was heard later may be the only one that does.
    press.noted.catch(() => undefined);
    const stopping = stop();
    const count = held.get(press) ?? within(stopping.held.catch(failed(0)), 0);
    held.set(press, count);
    const pressed = isFirst ? within(onPress(pull, by).catch(failed(undefined)), undefined) : undefined;
    const noted = within(
      press.noted.then(() => true),
      false,
    );
    // Told to who waits for it.
    noted.catch(() => undefined);
    const ended = within(
      stopping.ended.then(() => true, failed(true)),
      false,
    ).then((isOver) => {
      if (!isOver) log.warn("Something that panic told to stop has not ended yet.");
    });
    return { press, isFirst, count, noted, done: Promise.all([pressed, ended]) };
  }

  function failed<T>(instead: T) {
    return (error: unknown): T => {
      log.error({ err: error }, "Panic met a failure.");
      return instead;
    };
  }

  /** The log has it. Who noted it may not have come to that yet, and is told behind the press. */
  function forget(pressId: string): void {
    dropPull(directory, pressId);
    supervisor.noted(pressId);
  }

  async function end(press: PanicPress, came: PanicEnd, by: Principal): Promise<void> {
    await notes.end(press, came, by).catch(failed(undefined));
  }

  return {
    async pull(given, by) {
      const pull = { ...given, press_id: given.press_id ?? randomUUID() };
      const { press, isFirst, count, noted, done } = begin(pull, by);
      const ending = supervisor.panic(pull, by.actor);
      // Until then the supervisor's note stays: an engine that ends first finds it at its next start.
      press.noted.then(() => forget(pull.press_id)).catch(failed(undefined));
      const [sandboxes] = await Promise.allSettled([ending, done]);
      // The panic is done; if the log cannot take it down, that must be heard, not undone.
      const isNoted = await noted;
      if (!isNoted) log.error("A panic is not in the log yet, which takes nothing in just now.");
      const held = await count;
      const came =
        sandboxes.status === "fulfilled"
          ? { ...sandboxes.value, held }
          : { problem: (sandboxes.reason as Error).message, held };
      // Behind the press, whenever the log takes that.
      if (isFirst) await within(end(press, came, by), undefined, isNoted ? patienceMs : 0);
      if (sandboxes.status === "rejected") throw sandboxes.reason;
      return { ...sandboxes.value, held, noted: isNoted };
    },
    async hear({ result, via, pull }) {
      const by = { ...enginePrincipal, actor: `${panicActor}${via}` };
      const { press, isFirst, count } = begin(pull, by);
      try {
        await press.noted;
        if (pull.press_id !== undefined) dropPull(directory, pull.press_id);
      } catch (error) {
        // The supervisor's note stays: the next start takes it up.
        return log.error({ err: error }, "A panic could not be written to the log.");
      }
      if (isFirst) await end(press, { ...result, held: await count }, by);
    },
    async follow(taken) {
      for (const { pull, by } of taken) {
        await stop().ended.catch(failed(undefined));
        await onPress(pull, by).catch(failed(undefined));
      }
    },
  };
}

/** @returns `late` when it takes longer than panic waits */
async function within<T>(what: Promise<T>, late: T, longestMs = patienceMs): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<T>((resolve) => {
    timer = setTimeout(() => resolve(late), longestMs);
  });
  return await Promise.race([what, tooLate]).finally(() => clearTimeout(timer));
}
