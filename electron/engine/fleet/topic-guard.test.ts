import { describe, expect, test } from "vitest";
import { type FleetRole, fleetRoles, topicAccess } from "../../../shared/fleet.ts";
import type { MessageBus } from "./message-bus.ts";
import { guardTopics } from "./topic-guard.ts";

function recordedBus(role: FleetRole) {
  const done: string[] = [];
  const subscription = { problem: () => null, lag: async () => null, close: async () => {} };
  const bus: MessageBus = {
    prepare: async () => {},
    send: async (messages) => void done.push(...messages.map(({ topic }) => `write ${topic}`)),
    subscribe: ({ topic }) => {
      done.push(`read ${topic}`);
      return subscription;
    },
    close: async () => {},
  };
  return { done, bus: guardTopics(bus, role) };
}

const uses = ["read", "write"] as const;
const cells = Object.entries(topicAccess).flatMap(([topic, access]) =>
  fleetRoles.flatMap((role) => uses.map((use) => ({ role, topic, use, may: access[role].includes(use) }))),
);
const unknown = fleetRoles.flatMap((role) => uses.map((use) => ({ role, topic: "__proto__", use, may: false })));

describe("engines, desktops and the topics", () => {
  test.each([...cells, ...unknown])("$role $use $topic: $may", async ({ role, topic, use, may }) => {
    const { done, bus } = recordedBus(role);
    const act = async () => {
      if (use === "write") await bus.send([{ topic, key: "", value: "{}" }]);
      else bus.subscribe({ topic, group: "g", concurrency: 1, from: "now", take: async () => {} });
    };
    if (may) await act();
    else await expect(act()).rejects.toThrow(`may not ${use} the topic ${topic}`);
    expect(done).toEqual(may ? [`${use} ${topic}`] : []);
  });

  test("one message to a wrong topic keeps all back", async () => {
    const { done, bus } = recordedBus("engine");
    const messages = ["events.sentinel_verdict", "events.evidence_created"].map((topic) => ({
      topic,
      key: "",
      value: "",
    }));
    await expect(bus.send(messages)).rejects.toThrow("may not write");
    expect(done).toEqual([]);
  });
});
