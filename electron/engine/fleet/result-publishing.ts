import { SentinelError } from "../../../shared/errors.ts";
import type { Logger } from "../base/logging.ts";
import type { Span, Tracing } from "../base/tracing.ts";
import { createLogFollower, type LogFollower } from "../store/log-follower.ts";
import type { StoreHost } from "../store/store.ts";
import type { MessageBus, OutgoingMessage } from "./message-bus.ts";
import { mostBytes, type ResultSources, resultMessages } from "./result-messages.ts";

/** Messages that are sent at once. */
const batch = 200;

const isTooLarge = (error: unknown) => error instanceof SentinelError && error.details?.too_large === true;
const sizeOf = ({ value }: OutgoingMessage) => Buffer.byteLength(value ?? "");

/** What follows the log for others to hear, and what the brokers would not take of it. */
export interface ResultPublishing extends LogFollower {
  /** Messages since the start that were not told, because the brokers take none so large. */
  leftOut(): number;
}

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
  /** Counts messages that the brokers take none so large as. */
  readonly onLeftOut: () => void;
}): ResultPublishing {
  const { bus, tracing, sources, target, onLeftOut, ...rest } = options;
  let leftOut = 0;

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

  /** What is too large even alone must hold up nothing behind it. @returns how many were not told */
  async function tell(messages: readonly OutgoingMessage[]): Promise<number> {
    try {
      await send(messages);
      return 0;
    } catch (error) {
      if (!isTooLarge(error)) throw error;
      if (messages.length > 1) {
        let untold = 0;
        for (const message of messages) untold += await tell([message]);
        return untold;
      }
      const { topic, key } = messages[0]!;
      rest.log.warn(
        { topic, key, bytes: sizeOf(messages[0]!) },
        "A result is larger than the brokers take and was not told.",
      );
      return 1;
    }
  }

  const follower = createLogFollower({
    ...rest,
    what: "Results are published",
    target: () => Promise.resolve(target),
    open: () =>
      Promise.resolve({
        async take(events) {
          let waiting: OutgoingMessage[] = [];
          let bytes = 0;
          let untold = 0;
          for (const event of events) {
            for await (const message of resultMessages(event, sources)) {
              const more = sizeOf(message);
              if (waiting.length === batch || bytes + more > mostBytes) {
                untold += await tell(waiting);
                [waiting, bytes] = [[], 0];
              }
              waiting.push(message);
              bytes += more;
            }
          }
          untold += await tell(waiting);
          // Only now: what fails before is done again as a whole.
          leftOut += untold;
          for (let i = 0; i < untold; i++) onLeftOut();
        },
        close: () => {},
      }),
  });
  return { ...follower, leftOut: () => leftOut };
}
