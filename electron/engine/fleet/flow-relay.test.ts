import { randomBytes } from "node:crypto";
import pino from "pino";
import { expect, test } from "vitest";
import { createFlowRelay } from "./flow-relay.ts";
import type { MessageBus, SubscribeOptions } from "./message-bus.ts";
import { createBoxes } from "./sealed-box.ts";

test("what an engine told of ordinary telemetry counts once: nobody tells it again later, or with another moment", async () => {
  const boxes = createBoxes([randomBytes(32)]);
  const log = pino({ level: "silent" });
  let now = Date.UTC(2026, 0, 31);
  const clock = { now: () => now };
  const sent: Buffer[] = [];
  let reader: SubscribeOptions | null = null;
  const bus: MessageBus = {
    prepare: async () => {},
    send: async (messages) => void sent.push(...messages.map(({ value }) => Buffer.from(value ?? ""))),
    subscribe(options) {
      reader = options;
      return { problem: () => null, lag: async () => 0, close: async () => {} };
    },
    close: async () => {},
  };
  const teller = createFlowRelay({ bus, boxes, nodeId: "n0", clock, log });
  const listener = createFlowRelay({ bus, boxes, nodeId: "n1", clock, log });
  const heard: unknown[] = [];
  listener.channel.listen((_node, _kind, said) => void heard.push(said));
  listener.start();
  for (const said of ["first", "second"]) {
    teller.channel.tell("part", said);
    await expect
      .poll(() => sent.some((one) => one.length > 0 && sent.length === (said === "first" ? 1 : 2)))
      .toBe(true);
    now += 1000;
  }
  const take = async (value: Buffer) => {
    const message = { topic: "t", partition: 0, offset: 0n, key: null, value };
    await reader!.take(message, AbortSignal.timeout(1000));
  };
  const [first, second] = sent as [Buffer, Buffer];
  for (const one of [first, second, first, second]) await take(one);
  expect(heard).toEqual(["first", "second"]);
  const later = { ...JSON.parse(first.toString()), at: new Date(now).toISOString() };
  await take(Buffer.from(JSON.stringify(later)));
  expect(heard).toHaveLength(2);
  // One that has just started remembers nothing of it.
  now += 3 * 3_600_000;
  const late = createFlowRelay({ bus, boxes, nodeId: "n2", clock, log });
  late.channel.listen((_node, _kind, said) => void heard.push(said));
  late.start();
  await take(second);
  expect(heard).toHaveLength(2);
  for (const relay of [teller, listener, late]) await relay.close();
});
