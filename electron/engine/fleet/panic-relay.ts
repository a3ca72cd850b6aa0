import { PanicDecision, topics } from "../../../shared/fleet.ts";
import type { Clock } from "../base/clock.ts";
import type { Logger } from "../base/logging.ts";
import type { MessageBus, Subscription } from "./message-bus.ts";
import { messageHead } from "./message-head.ts";
import { parseJson } from "./parse-json.ts";
import { withRetries } from "./retries.ts";

/** A broker that stays away for so long is not told any more: who is reached an hour later is no longer helped. Milliseconds. */
const tellForMs = 60_000;
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
}

/** One panic button for all engines: what is pulled at one is pulled at every other. */
export function createPanicRelay({ bus, nodeId, clock, log, pull }: PanicRelayOptions) {
  let subscription: Subscription | null = null;

  async function take(value: Buffer): Promise<void> {
    const message = PanicDecision.safeParse(parseJson(value));
    // Other decisions stand on this topic, too.
    if (!message.success || message.data.node_id === nodeId) return;
    const { press_id: pressId, actor, node_id, at } = message.data;
    const age = clock.now() - Date.parse(at);
    if (age > pastMs) return log.warn({ node_id, at }, "A panic of long ago was read and not followed.");
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
    /** Tells the others; it does not wait for them, and never throws. */
    tell({ pressId, actor }: PanicPress): void {
      const head = messageHead(nodeId, clock);
      const decision: PanicDecision = { ...head, kind: "panic", press_id: pressId, actor };
      const message = { topic: topics.decisions, key: "panic", value: JSON.stringify(decision) };
      const signal = AbortSignal.timeout(tellForMs);
      withRetries(() => bus.send([message], signal), signal).catch((error: unknown) =>
        log.error({ err: error }, "The other engines could not be told of a panic."),
      );
    },
    problem: () => subscription?.problem() ?? null,
    close: async () => await subscription?.close(),
  };
}
