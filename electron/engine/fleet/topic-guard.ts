import { type FleetRole, type TopicName, topicAccess } from "../../../shared/fleet.ts";
import type { MessageBus } from "./message-bus.ts";

/** A bus on which this installation does what the table of topics gives its role and nothing else. @throws Error for anything else: a bug */
export function guardTopics(bus: MessageBus, role: FleetRole): MessageBus {
  const check = (topic: string, use: "read" | "write") => {
    const access = Object.hasOwn(topicAccess, topic) ? topicAccess[topic as TopicName] : undefined;
    // SECURITY: deny by default: what is not in the table is neither written nor believed.
    if (!access?.[role].includes(use)) throw new Error(`The ${role} may not ${use} the topic ${topic}.`);
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
