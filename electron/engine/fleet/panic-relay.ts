import { PanicDecision, topics } from "../../../shared/fleet.ts";
import type { Clock } from "../base/clock.ts";
import type { Logger } from "../base/logging.ts";
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

export interface PanicPress {
  readonly pressId: string;
  /** Who pulled it. */
  readonly actor: string;
}

export interface PanicRelayOptions {
  readonly bus: MessageBus;
  readonly nodeId: string;
  readonly clock: Clock;
  readonly log: Logger;
  /** Somebody pulled it at another engine. */
  readonly pull: (press: PanicPress, node: string) => Promise<unknown>;
  /** When an admin last re-armed this engine, epoch milliseconds; null: nobody did. */
  readonly rearmedAt: () => Promise<number | null>;
}

/** One panic button for all engines: what is pulled at one is pulled at every other. */
export function createPanicRelay({ bus, nodeId, clock, log, pull, rearmedAt }: PanicRelayOptions) {
  const closing = new AbortController();
  let untold = 0;
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

  async function take(value: Buffer): Promise<void> {
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

  return {
    start() {
      subscription = bus.subscribe({
        topic: topics.decisions,
        // A group of its own: every engine reads every decision.
        group: `sentinel-node-${nodeId}`,
        concurrency: 1,
        from: "now",
        take: ({ value }) => take(value),
      });
    },
    /** Tells the others, as soon as the broker takes it; it does not wait for them, and never throws. */
    tell({ pressId, actor }: PanicPress): void {
      const head = messageHead(nodeId, clock);
      const pressed = clock.now();
      const message = (): OutgoingMessage => {
        const late_ms = Math.max(0, clock.now() - pressed);
        const decision: PanicDecision = { ...head, kind: "panic", press_id: pressId, actor, late_ms };
        return { topic: topics.decisions, key: "panic", value: JSON.stringify(decision) };
      };
      // By then nobody would follow it.
      const signal = AbortSignal.any([closing.signal, AbortSignal.timeout(pastMs)]);
      untold++;
      withRetries(() => bus.send([message()], signal), signal)
        .catch((error: unknown) => log.error({ err: error }, "The other engines could not be told of a panic."))
        .finally(() => {
          untold--;
        });
    },
    problem: () =>
      subscription?.problem() ??
      (untold === 0 ? null : "The other engines are not told yet that panic was pulled here."),
    async close() {
      closing.abort();
      await subscription?.close();
    },
  };
}
