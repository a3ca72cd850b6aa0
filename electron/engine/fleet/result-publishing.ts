import type { Logger } from "../base/logging.ts";
import type { Span, Tracing } from "../base/tracing.ts";
import { createLogFollower, type LogFollower } from "../store/log-follower.ts";
import type { StoreHost } from "../store/store.ts";
import type { MessageBus, OutgoingMessage } from "./message-bus.ts";
import { type ResultSources, resultMessages } from "./result-messages.ts";

/** Messages that are sent at once. */
const batch = 200;

/**
 * Tells other programs what this engine comes to. The log is what waits while the broker is away. After a crash the last messages may be
 * sent again: their ids are those of what they tell of, by which a reader knows them.
 */
export function createResultPublishing(options: {
  readonly store: StoreHost;
  readonly log: Logger;
  readonly bus: Pick<MessageBus, "send">;
  readonly tracing: Tracing;
  readonly sources: ResultSources;
  /** Name under which the place in the log is kept. */
  readonly target: string;
  readonly onChange: () => void;
}): LogFollower {
  const { bus, tracing, sources, target, ...rest } = options;

  /** What has no trace of its own is part of its sending. */
  const inTrace = (message: OutgoingMessage, { traceparent }: Span): OutgoingMessage =>
    traceparent === null || message.headers?.traceparent !== undefined
      ? message
      : { ...message, headers: { ...message.headers, traceparent } };

  async function send(messages: readonly OutgoingMessage[]): Promise<void> {
    if (messages.length === 0) return;
    await tracing.span("fleet.publish", { "sentinel.messages": messages.length }, (span) =>
      bus.send(messages.map((message) => inTrace(message, span))),
    );
  }

  return createLogFollower({
    ...rest,
    what: "Results are published",
    target: () => Promise.resolve(target),
    open: () =>
      Promise.resolve({
        async take(events) {
          let waiting: OutgoingMessage[] = [];
          for (const event of events) {
            for await (const message of resultMessages(event, sources)) {
              waiting.push(message);
              if (waiting.length < batch) continue;
              await send(waiting);
              waiting = [];
            }
          }
          await send(waiting);
        },
        close: () => {},
      }),
  });
}
