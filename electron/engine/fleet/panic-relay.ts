import { z } from "zod";
import { PanicDecision, topics } from "../../../shared/fleet.ts";
import type { Clock } from "../base/clock.ts";
import type { Logger } from "../base/logging.ts";
import { doneOutbox, type OutboxEntry, putOutbox, waitingOutbox } from "../store/outbox-table.ts";
import type { Store } from "../store/store.ts";
import type { MessageBus, OutgoingMessage, Subscription } from "./message-bus.ts";
import { messageHead } from "./message-head.ts";
import { parseJson } from "./parse-json.ts";
import { withRetries } from "./retries.ts";

/** A panic that is told later than this is not followed by who was re-armed since it was pulled. Milliseconds. */
const lateMs = 60_000;
/**
 * A panic older than this does not stop an engine that comes back: what was stopped then has been looked at. An hour, and another one by
 * which two engines' clocks may differ: a panic that is followed too late is better than one that is not. Milliseconds.
 */
const pastMs = 7_200_000;
/** Where panics wait that the others are to be told of. */
const target = "fleet panic";
/** Of them, told after a restart at most. */
const mostWaiting = 1000;

export interface PanicPress {
  readonly pressId: string;
  /** Who pulled it. */
  readonly actor: string;
}

/** What is kept of a press until the others are told. */
const Untold = z.object({
  press_id: z.string(),
  actor: z.string(),
  /** When it was pulled, epoch milliseconds. */
  pressed: z.number(),
});
type Untold = z.infer<typeof Untold>;

export interface PanicRelayOptions {
  readonly bus: MessageBus;
  readonly store: Store;
  readonly nodeId: string;
  readonly clock: Clock;
  readonly log: Logger;
  /** When an admin last re-armed this engine, epoch milliseconds; null: nobody did. */
  readonly rearmedAt: () => Promise<number | null>;
}

type Pull = (press: PanicPress, node: string) => Promise<unknown>;

/** One panic button for all engines: what is pulled at one is pulled at every other. */
export function createPanicRelay({ bus, store, nodeId, clock, log, rearmedAt }: PanicRelayOptions) {
  const closing = new AbortController();
  /** Ids of presses that are not told: they are being told, or could not be. */
  const untold = new Set<string>();
  let subscription: Subscription | null = null;

  /**
   * SECURITY: in doubt it was not. So it is counted back from now by what the teller's clock says passed: two clocks that differ cannot
   * make a panic that is told at once look like one of before.
   */
  async function wasRearmedSince(late: number): Promise<boolean> {
    if (late < lateMs) return false;
    const rearmed = await rearmedAt().catch(() => null);
    return rearmed !== null && rearmed > clock.now() - late;
  }

  async function take(value: Buffer, pull: Pull): Promise<void> {
    const message = PanicDecision.safeParse(parseJson(value));
    // Other decisions stand on this topic, too.
    if (!message.success || message.data.node_id === nodeId) return;
    const { press_id: pressId, actor, node_id, at, late_ms } = message.data;
    const age = clock.now() - Date.parse(at);
    if (age > pastMs) return log.warn({ node_id, at }, "A panic of long ago was read and not followed.");
    if (await wasRearmedSince(late_ms)) {
      return log.warn({ node_id, at }, "A panic was told late and not followed: this engine was re-armed since.");
    }
    // A failure is told by what pulls; the message is done: panic is not tried again minutes later.
    await pull({ pressId, actor }, node_id).catch((error: unknown) =>
      log.error({ err: error, node_id }, "A panic of another engine could not be followed."),
    );
  }

  /**
   * As soon as the broker takes it, for as long as somebody would follow it. It never throws.
   * @returns whether that is over, told or too late: not when another call is at it, or it is left to the next start
   */
  async function send({ press_id, actor, pressed }: Untold): Promise<boolean> {
    if (untold.has(press_id)) return false;
    const leftMs = pressed + pastMs - clock.now();
    if (leftMs <= 0) {
      log.warn({ press_id }, "A panic of long ago was not told: no engine would follow it.");
      return true;
    }
    untold.add(press_id);
    const message = (): OutgoingMessage => {
      const late_ms = Math.max(0, clock.now() - pressed);
      const head = messageHead(nodeId, { now: () => pressed });
      const decision: PanicDecision = { ...head, kind: "panic", press_id, actor, late_ms };
      return { topic: topics.decisions, key: "panic", value: JSON.stringify(decision) };
    };
    const signal = AbortSignal.any([closing.signal, AbortSignal.timeout(leftMs)]);
    try {
      await withRetries(() => bus.send([message()], signal), signal);
    } catch (error) {
      // Kept until the next start.
      if (closing.signal.aborted) return false;
      log.error({ err: error }, "The other engines could not be told of a panic.");
      if (!signal.aborted) return false;
    }
    untold.delete(press_id);
    return true;
  }

  const keep = (press: Untold) =>
    store.write(putOutbox, {
      ...{ target, key: press.press_id, version: 1, priority: 0, payload: JSON.stringify(press), now: press.pressed },
    });

  /** What waited when this engine ended. */
  async function tellWaiting(): Promise<void> {
    const waiting = await store.read(waitingOutbox, { target, limit: mostWaiting });
    await Promise.all(waiting.map(tellKept));
  }

  /** One that cannot be read holds up no other. */
  async function tellKept({ key, version, payload }: OutboxEntry): Promise<void> {
    const press = Untold.safeParse(parseJson(Buffer.from(payload)));
    if (press.success) return await tellOne(press.data, Promise.resolve());
    log.error({ key }, "What was kept of a panic cannot be read: the other engines are not told of it.");
    await store.write(doneOutbox, { target, key, version });
  }

  /** @param kept resolves when it would be told after a restart, too */
  async function tellOne(press: Untold, kept: Promise<unknown>): Promise<void> {
    const isOver = await send(press);
    if (!isOver || closing.signal.aborted) return;
    await kept;
    await store.write(doneOutbox, { target, key: press.press_id, version: 1 });
  }

  const failed = (error: unknown) => {
    if (!closing.signal.aborted)
      log.error({ err: error }, "A panic could not be kept until the others are told of it.");
  };

  return {
    /** @param pull somebody pulled it at another engine */
    start(pull: Pull) {
      subscription = bus.subscribe({
        topic: topics.decisions,
        // A group of its own: every engine reads every decision.
        group: `sentinel-node-${nodeId}`,
        concurrency: 1,
        from: "now",
        take: ({ value }) => take(value, pull),
      });
      tellWaiting().catch(failed);
    },
    /** Tells the others, after a restart if need be; it does not wait for them, and never throws. */
    tell({ pressId, actor }: PanicPress): void {
      const press = { press_id: pressId, actor, pressed: clock.now() };
      // Beside each other: a disk that is full or slow delays no panic.
      tellOne(press, keep(press).catch(failed)).catch(failed);
    },
    problem: () =>
      subscription?.problem() ??
      (untold.size === 0 ? null : "The other engines are not told yet that panic was pulled here."),
    async close() {
      closing.abort();
      await subscription?.close();
    },
  };
}
