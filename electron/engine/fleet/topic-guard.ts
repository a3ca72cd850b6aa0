import { type TopicName, topicAccess } from "../../../shared/fleet.ts";
import type { MessageBus } from "./message-bus.ts";

/** A bus on which this engine does what the table of topics gives it and nothing else. @throws Error for anything else: a bug */
export function guardTopics(bus: MessageBus): MessageBus {
  const check = (topic: string, use: "read" | "write") => {
    const access = Object.hasOwn(topicAccess, topic) ? topicAccess[topic as TopicName] : undefined;
    // SECURITY: deny by default: what is not in the table is neither written nor believed.
    if (!access?.engine.includes(use)) throw new Error(`The engine may not ${use} the topic ${topic}.`);
  };
  return {
    ...bus,
    async send(messages, signal) {
      for (const { topic } of messages) check(topic, "write");
      await bus.send(messages, signal);
    },
    subscribe(options) {
      check(options.topic, "read");
      return bus.subscribe(options);
    },
  };
}
