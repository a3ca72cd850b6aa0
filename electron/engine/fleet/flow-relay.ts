import { SealedFlow, topics } from "../../../shared/fleet.ts";
import type { Clock } from "../base/clock.ts";
import type { Logger } from "../base/logging.ts";
import type { FlowChannel } from "../detect/telemetry/flow-exchange.ts";
import type { MessageBus, Subscription } from "./message-bus.ts";
import { messageHead } from "./message-head.ts";
import { parseJson } from "./parse-json.ts";
import { withRetries } from "./retries.ts";
import type { Boxes } from "./sealed-box.ts";

/** What is older is told anew by then. Milliseconds. */
const tellForMs = 60_000;
/** What an engine said longer ago is not believed to be new: a quarter of an hour in which it counts, and two in which clocks may differ. */
const pastMs = 7_200_000;

export interface FlowRelayOptions {
  readonly bus: MessageBus;
  readonly boxes: Boxes;
  readonly nodeId: string;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Carries what engines tell each other of ordinary telemetry. */
export function createFlowRelay({ bus, boxes, nodeId, clock, log }: FlowRelayOptions) {
  const closing = new AbortController();
  let subscription: Subscription | null = null;
  let listener: Parameters<FlowChannel["listen"]>[0] = () => {};
  // SECURITY: with its moment, so that who may write to the topic cannot tell what was ordinary long ago once more.
  const about = (node: string, kind: string, at: string) => [topics.flows, node, kind, at];
  const heard = new Map<string, number>();

  async function take(value: Buffer): Promise<void> {
    const message = SealedFlow.safeParse(parseJson(value));
    if (!message.success || message.data.node_id === nodeId) return;
    const { node_id: node, kind, at, box } = message.data;
    const said = boxes.open(about(node, kind, at), box);
    if (said === undefined) return log.warn({ node_id: node }, "Telemetry: what another fleet told was passed over.");
    const told = Date.parse(at);
    const name = JSON.stringify([node, kind]);
    if (told <= (heard.get(name) ?? clock.now() - pastMs)) return;
    heard.set(name, told);
    listener(node, kind, said);
  }

  const channel: FlowChannel = {
    tell(kind, said) {
      const head = messageHead(nodeId, clock);
      const value: SealedFlow = { ...head, kind, box: boxes.close(about(nodeId, kind, head.at), said) };
      const message = { topic: topics.flows, key: `${nodeId}.${kind}`, value: JSON.stringify(value) };
      const signal = AbortSignal.any([closing.signal, AbortSignal.timeout(tellForMs)]);
      withRetries(() => bus.send([message], signal), signal).catch((error: unknown) => {
        if (!closing.signal.aborted) log.warn({ err: error }, "Telemetry: the other engines could not be told.");
      });
    },
    listen(hears) {
      listener = hears;
    },
  };

  return {
    channel,
    start() {
      subscription = bus.subscribe({
        topic: topics.flows,
        // A group of its own: every engine hears every other. What was told before it came is told again soon.
        group: `sentinel-flows-${nodeId}`,
        concurrency: 1,
        from: "now",
        take: ({ value }) => take(value),
      });
    },
    async close() {
      closing.abort();
      await subscription?.close();
    },
  };
}
