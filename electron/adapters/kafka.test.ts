import { randomBytes } from "node:crypto";
import { setTimeout } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { BusMessage, MessageBus } from "../engine/fleet/message-bus.ts";
import { type KafkaServer, noKafka, startKafka } from "./fixture-kafka.ts";
import { createKafkaBus, type KafkaOptions } from "./kafka.ts";

const missing = noKafka();
if (missing !== null) process.stdout.write(`SKIPPED: a real Kafka broker: ${missing}\n`);
const patience = 60_000;
/** Less than a whole test has, so that what was waited for in vain is named. */
const soon = 25_000;

describe.skipIf(missing !== null)("a real broker", () => {
  let server: KafkaServer;
  beforeAll(async () => {
    server = await startKafka();
  }, patience);
  afterAll(() => server?.close());

  const open = (more: Partial<KafkaOptions> = {}): MessageBus =>
    createKafkaBus({ brokers: server.brokers, clientId: "test", tls: null, sasl: null, ...more });
  const text = ({ value }: BusMessage) => value.toString();
  const messages = (topic: string, count: number) =>
    Array.from({ length: count }, (_, i) => ({ topic, key: `k${i % 7}`, value: `v${i}` }));

  test(
    "what is sent is taken once, in the order of its key, and not again by who comes later",
    async () => {
      const bus = open();
      try {
        await bus.send(messages("once", 200));
        const taken: BusMessage[] = [];
        const take = async (message: BusMessage) => void taken.push(message);
        const first = bus.subscribe({ topic: "once", group: "g", concurrency: 3, from: "start", take });
        await expect.poll(() => taken.length, { timeout: patience }).toBe(200);
        expect(first.problem()).toBeNull();
        await first.close();
        for (let k = 0; k < 7; k++) {
          const own = taken.filter(({ key }) => key === `k${k}`).map((message) => Number(text(message).slice(1)));
          expect(own).toEqual([...own].sort((a, b) => a - b));
        }
        const later = bus.subscribe({ topic: "once", group: "g", concurrency: 3, from: "start", take });
        await bus.send([{ topic: "once", key: "k", value: "last" }]);
        await expect.poll(() => taken.length, { timeout: patience }).toBe(201);
        expect(text(taken[200]!)).toBe("last");
        await later.close();
      } finally {
        await bus.close();
      }
    },
    patience,
  );

  test(
    "who keeps the place reads from there, whatever the group has read, and is told where the topic does not reach",
    async () => {
      const bus = open();
      try {
        await bus.send([0, 1, 2, 3].map((i) => ({ topic: "place", key: "one", value: `${i}` })));
        let place = 1n;
        const taken: string[] = [];
        const read = (orElse: "wait" | "start") =>
          bus.subscribe({
            ...{ topic: "place", group: "g", concurrency: 1, from: { at: async () => place, orElse } },
            take: async (message) => void taken.push(text(message)),
          });
        const first = read("wait");
        await expect.poll(() => taken, { timeout: patience }).toEqual(["1", "2", "3"]);
        expect(first.problem()).toBeNull();
        await first.close();
        place = 9n;
        const second = read("wait");
        await expect
          .poll(() => second.problem(), { timeout: patience })
          .toMatch(/holds messages 0 to 4, and 9 would be/);
        expect(taken).toHaveLength(3);
        await second.close();
        const third = read("start");
        await expect.poll(() => taken, { timeout: patience }).toEqual(["1", "2", "3", "0", "1", "2", "3"]);
        await third.close();
      } finally {
        await bus.close();
      }
    },
    2 * patience,
  );

  test(
    "what was not done comes again; what was done before it does not",
    async () => {
      const bus = open();
      try {
        await bus.send([1, 2, 3].map((i) => ({ topic: "again", key: "one", value: `${i}` })));
        const taken: string[] = [];
        let fails = 2;
        const subscription = bus.subscribe({
          topic: "again",
          group: "g",
          concurrency: 1,
          from: "start",
          async take(message) {
            taken.push(text(message));
            if (text(message) === "2" && fails-- > 0) throw new Error("not now");
          },
        });
        await expect.poll(() => taken, { timeout: patience }).toEqual(["1", "2", "2", "2", "3"]);
        await subscription.close();
      } finally {
        await bus.close();
      }
    },
    patience,
  );

  test(
    "a broker that goes away is told, and taken up again once it is back; nothing is lost",
    async () => {
      const bus = open();
      try {
        await bus.send([{ topic: "away", key: "a", value: "before" }]);
        const taken: string[] = [];
        const subscription = bus.subscribe({
          topic: "away",
          group: "g",
          concurrency: 1,
          from: "start",
          take: async (message) => void taken.push(text(message)),
        });
        await expect.poll(() => taken, { timeout: patience }).toEqual(["before"]);
        await server.kill();
        await expect(bus.send([{ topic: "away", key: "a", value: "lost" }])).rejects.toMatchObject({
          code: "UNAVAILABLE",
        });
        await expect.poll(() => subscription.problem(), { timeout: patience }).not.toBeNull();
        await server.start();
        await expect
          .poll(
            () =>
              bus.send([{ topic: "away", key: "a", value: "after" }]).then(
                () => true,
                () => false,
              ),
            {
              timeout: patience,
              interval: 500,
            },
          )
          .toBe(true);
        await expect.poll(() => taken.at(-1), { timeout: patience }).toBe("after");
        await expect.poll(() => subscription.problem(), { timeout: patience }).toBeNull();
        await subscription.close();
      } finally {
        await bus.close();
      }
    },
    2 * patience,
  );

  test(
    "what is sent is compressed with zstd on its way",
    async () => {
      const bus = open();
      try {
        await bus.prepare([{ topic: "packed", partitions: 1, kept: "as_usual" }]);
        const value = "union select ".repeat(5_000);
        await bus.send([{ topic: "packed", key: "k", value }]);
        const batch = server.stored("packed");
        // RFC 8878 section 3.1.1: a frame begins with its magic number. The broker keeps a batch as it was sent.
        expect(batch.includes(Buffer.from([0x28, 0xb5, 0x2f, 0xfd]))).toBe(true);
        expect(batch.length).toBeLessThan(value.length / 10);
      } finally {
        await bus.close();
      }
    },
    patience,
  );

  test(
    "a message that the broker does not take is told as too large; the next one is sent",
    async () => {
      const bus = open();
      try {
        const value = randomBytes(1024 ** 2).toString("base64");
        const failed = bus.send([{ topic: "large", key: "k", value }]);
        await expect(failed).rejects.toMatchObject({ code: "UNAVAILABLE", details: { too_large: true } });
        await bus.send([{ topic: "large", key: "k", value: "small" }]);
      } finally {
        await bus.close();
      }
    },
    patience,
  );

  test(
    "no more is in hand than was asked for, one message of a partition; the rest waits",
    async () => {
      const bus = open();
      const goOn = Promise.withResolvers<void>();
      try {
        await bus.prepare([{ topic: "bounded", partitions: 6, kept: "as_usual" }]);
        await bus.send(messages("bounded", 200));
        const inHand = new Map<number, number>();
        let [mostOfOne, most, taken, begun] = [0, 0, 0, 0];
        const subscription = bus.subscribe({
          ...{ topic: "bounded", group: "bounded", concurrency: 3, from: "start" },
          async take({ partition }) {
            begun++;
            inHand.set(partition, (inHand.get(partition) ?? 0) + 1);
            mostOfOne = Math.max(mostOfOne, inHand.get(partition)!);
            most = Math.max(
              most,
              [...inHand.values()].reduce((a, b) => a + b),
            );
            await goOn.promise;
            await setTimeout(2);
            inHand.set(partition, inHand.get(partition)! - 1);
            taken++;
          },
        });
        await expect.poll(() => begun, { timeout: soon }).toBeGreaterThan(0);
        await setTimeout(300);
        expect(begun).toBeLessThanOrEqual(3);
        goOn.resolve();
        await expect.poll(() => taken, { timeout: soon }).toBe(200);
        expect(mostOfOne).toBe(1);
        expect(most).toBeLessThanOrEqual(3);
        await subscription.close();
      } finally {
        goOn.resolve();
        await bus.close();
      }
    },
    patience,
  );

  test(
    "a partition whose message takes long holds up its own messages alone, however many wait behind it",
    async () => {
      const bus = open();
      const goOn = Promise.withResolvers<void>();
      try {
        await bus.prepare([{ topic: "busy", partitions: 2, kept: "as_usual" }]);
        // More than is fetched ahead of a partition, so that what waits fills whatever there is to fill.
        const padding = "x".repeat(2_000);
        const waiting = (round: number) =>
          Array.from({ length: 500 }, (_, i) => ({ topic: "busy", key: `k${i % 16}`, value: `${round} ${padding}` }));
        for (let round = 0; round < 4; round++) await bus.send(waiting(round));
        const taken = new Map<number, bigint[]>();
        let stuck: number | null = null;
        const subscription = bus.subscribe({
          ...{ topic: "busy", group: "busy", concurrency: 2, from: "start" },
          async take({ partition, offset }) {
            taken.set(partition, [...(taken.get(partition) ?? []), offset]);
            stuck ??= partition;
            if (partition === stuck) await goOn.promise;
          },
        });
        const ofOther = () => [...taken].find(([partition]) => partition !== stuck)?.[1].length ?? 0;
        const began = performance.now();
        await expect.poll(ofOther, { timeout: soon, interval: 20 }).toBeGreaterThan(500);
        const before = ofOther();
        // Some of these are the other partition's: they may be taken before the broker has said that it has them all.
        await bus.send(waiting(4));
        await expect.poll(ofOther, { timeout: soon, interval: 20 }).toBeGreaterThan(before);
        expect(taken.get(stuck!)).toEqual([0n]);
        process.stdout.write(`${ofOther()} beside a stuck partition in ${Math.round(performance.now() - began)} ms\n`);
        goOn.resolve();
        const all = () => [...taken.values()].reduce((sum, offsets) => sum + offsets.length, 0);
        await expect.poll(all, { timeout: soon }).toBe(2_500);
        for (const offsets of taken.values()) expect(offsets).toEqual(offsets.map((_, i) => BigInt(i)));
        await expect.poll(() => subscription.lag(), { timeout: soon }).toBe(0);
        await subscription.close();
      } finally {
        goOn.resolve();
        await bus.close();
      }
    },
    2 * patience,
  );

  test(
    "a broker that goes away while a message is in hand is told, and the other partitions go on once it is back",
    async () => {
      const bus = open();
      const goOn = Promise.withResolvers<void>();
      try {
        await bus.prepare([{ topic: "broken", partitions: 6, kept: "as_usual" }]);
        await bus.send(messages("broken", 60));
        const taken: { partition: number; offset: bigint }[] = [];
        let stuck: number | null = null;
        const subscription = bus.subscribe({
          ...{ topic: "broken", group: "broken", concurrency: 2, from: "start" },
          async take({ partition, offset }) {
            taken.push({ partition, offset });
            stuck ??= partition;
            // It does not listen to who tells it to stop.
            if (partition === stuck) await goOn.promise;
          },
        });
        const different = () => new Set(taken.map(({ partition, offset }) => `${partition}/${offset}`)).size;
        const others = (of: typeof taken) => of.filter(({ partition }) => partition !== stuck).length;
        await expect.poll(() => others(taken), { timeout: soon }).toBeGreaterThan(0);
        await server.kill();
        await expect.poll(() => subscription.problem(), { timeout: patience }).not.toBeNull();
        await server.start();
        const sent = () =>
          bus.send(messages("broken", 60)).then(
            () => true,
            () => false,
          );
        await expect.poll(sent, { timeout: patience, interval: 500 }).toBe(true);
        const before = others(taken);
        await expect.poll(() => others(taken), { timeout: patience }).toBeGreaterThan(before);
        expect(taken.filter(({ partition }) => partition === stuck)).toHaveLength(1);
        goOn.resolve();
        // Of the sending that broke off, some may be there as well.
        await expect.poll(different, { timeout: soon }).toBeGreaterThanOrEqual(120);
        await expect.poll(() => subscription.lag(), { timeout: soon }).toBe(0);
        await subscription.close();
      } finally {
        goOn.resolve();
        await bus.close();
      }
    },
    4 * patience,
  );

  test(
    "who reads from now on has its place before anything comes: what is said while it is away comes later",
    async () => {
      const bus = open();
      try {
        await bus.send([{ topic: "quiet", key: "k", value: "of before" }]);
        const taken: string[] = [];
        const listen = () =>
          bus.subscribe({
            ...{ topic: "quiet", group: "quiet", concurrency: 1, from: "now" },
            take: async (message) => void taken.push(text(message)),
          });
        const first = listen();
        await expect.poll(() => first.problem(), { timeout: soon }).toBeNull();
        await first.close();
        await bus.send([{ topic: "quiet", key: "k", value: "while it was away" }]);
        const second = listen();
        await expect.poll(() => taken, { timeout: soon }).toEqual(["while it was away"]);
        await second.close();
      } finally {
        await bus.close();
      }
    },
    2 * patience,
  );

  test(
    "what a member has done and has in hand is not done again by one that joins or leaves",
    async () => {
      const [one, two] = [open({ clientId: "share-one" }), open({ clientId: "share-two" })];
      try {
        await one.prepare([{ topic: "share", partitions: 6, kept: "as_usual" }]);
        const taken: [string, string][] = [];
        const member = (bus: MessageBus, name: string) =>
          bus.subscribe({
            ...{ topic: "share", group: "share", concurrency: 3, from: "start" },
            async take(message) {
              await setTimeout(30);
              taken.push([name, text(message)]);
            },
          });
        const first = member(one, "first");
        await expect.poll(() => first.problem(), { timeout: patience }).toBeNull();
        // They wait in the queues of the first while the second joins.
        await one.send(messages("share", 300));
        await expect.poll(() => taken.length, { timeout: patience }).toBeGreaterThan(10);
        const second = member(two, "second");
        await expect.poll(() => taken.some(([name]) => name === "second"), { timeout: patience }).toBe(true);
        await first.close();
        const different = () => new Set(taken.map(([, value]) => value)).size;
        await expect.poll(different, { timeout: patience }).toBe(300);
        expect(taken).toHaveLength(300);
        await second.close();
      } finally {
        await Promise.all([one.close(), two.close()]);
      }
    },
    patience,
  );

  test(
    "a member that joins while messages are in hand takes its share, and none is lost",
    async () => {
      const [one, two] = [open({ clientId: "joined-one" }), open({ clientId: "joined-two" })];
      const goOn = Promise.withResolvers<void>();
      try {
        await one.prepare([{ topic: "joined", partitions: 6, kept: "as_usual" }]);
        await one.send(messages("joined", 60));
        const taken: [string, string][] = [];
        const member = (bus: MessageBus, name: string) =>
          bus.subscribe({
            ...{ topic: "joined", group: "joined", concurrency: 3, from: "start" },
            async take(message) {
              taken.push([name, text(message)]);
              if (name === "first") await goOn.promise;
            },
          });
        const first = member(one, "first");
        await expect.poll(() => taken.length, { timeout: soon }).toBeGreaterThan(0);
        const second = member(two, "second");
        await expect.poll(() => taken.some(([name]) => name === "second"), { timeout: soon }).toBe(true);
        goOn.resolve();
        await expect
          .poll(() => new Set(taken.map(([, value]) => value)).size, { timeout: soon, interval: 20 })
          .toBe(60);
        // What the first had fetched and not done yet comes to the second, too.
        process.stdout.write(`${taken.length - 60} of 60 taken twice as a member joined\n`);
        await Promise.all([first.close(), second.close()]);
      } finally {
        goOn.resolve();
        await Promise.all([one.close(), two.close()]);
      }
    },
    patience,
  );

  test(
    "two members share the messages; those of one that ends go to the other",
    async () => {
      const [one, two] = [open({ clientId: "one" }), open({ clientId: "two" })];
      try {
        await one.send(messages("shared", 3));
        const taken: [string, string][] = [];
        const member = (bus: MessageBus, name: string) =>
          bus.subscribe({
            topic: "shared",
            group: "g",
            concurrency: 1,
            from: "start",
            async take(message) {
              await setTimeout(5);
              taken.push([name, text(message)]);
            },
          });
        const first = member(one, "first");
        await expect.poll(() => taken.length, { timeout: patience }).toBe(3);
        const second = member(two, "second");
        await expect.poll(() => second.problem(), { timeout: patience }).toBeNull();
        await first.close();
        await one.send(messages("shared", 20).map((message) => ({ ...message, value: `n${message.value}` })));
        await expect
          .poll(() => new Set(taken.flatMap(([name, value]) => (name === "second" ? [value] : []))).size, {
            timeout: patience,
          })
          .toBe(20);
        await second.close();
      } finally {
        await Promise.all([one.close(), two.close()]);
      }
    },
    patience,
  );
});

test("who never reached a broker is closed at once", async () => {
  const bus = createKafkaBus({ brokers: ["127.0.0.1:1"], clientId: "test", tls: null, sasl: null });
  const subscription = bus.subscribe({
    ...{ topic: "none", group: "g", concurrency: 1, from: "start" },
    take: async () => {},
  });
  // Each of the client's tries says the same: it is told once.
  await expect.poll(subscription.problem, { timeout: soon }).toMatch(/^Kafka at 127\.0\.0\.1:1: Cannot connect[^;]*$/);
  const began = performance.now();
  await bus.close();
  // The client itself would wait for seven seconds.
  expect(performance.now() - began).toBeLessThan(5_000);
});

describe.skipIf(missing !== null)("a broker that asks who one is", () => {
  const user = { name: "sentinel", password: "a long password" };
  let server: KafkaServer;
  beforeAll(async () => {
    server = await startKafka(user);
  }, patience);
  afterAll(() => server?.close());

  const sasl = { mechanism: "SCRAM-SHA-512", username: user.name, password: user.password } as const;
  const open = (more: Partial<KafkaOptions> = {}): MessageBus => {
    const tls = { ca: server.ca, cert: null, key: null };
    return createKafkaBus({ brokers: server.brokers, clientId: "test", tls, sasl, ...more });
  };

  test.each(["SCRAM-SHA-512", "SCRAM-SHA-256"] as const)(
    "is spoken to over TLS, by %s, with a password that does not leave this machine",
    async (mechanism) => {
      const bus = open({ sasl: { ...sasl, mechanism } });
      const taken: string[] = [];
      const take = async ({ value }: BusMessage) => void taken.push(value.toString());
      const topic = `private-${mechanism}`;
      await bus.send([{ topic, key: "k", value: "v" }]);
      bus.subscribe({ topic, group: "g", concurrency: 1, from: "start", take });
      await expect.poll(() => taken, { timeout: patience }).toEqual(["v"]);
      await bus.close();
    },
    patience,
  );

  test.each<{ why: string; more: () => Partial<KafkaOptions> }>([
    { why: "a wrong password", more: () => ({ sasl: { ...sasl, password: "wrong" } }) },
    { why: "no user", more: () => ({ sasl: null }) },
    // SECURITY: whoever stands between would read the evidence.
    { why: "a certificate that nobody trusted signed", more: () => ({ tls: { ca: null, cert: null, key: null } }) },
    { why: "no TLS", more: () => ({ tls: null }) },
  ])(
    "$why gets nothing sent",
    async ({ more }) => {
      const bus = open(more());
      const failed = bus.send([{ topic: "private", key: "k", value: "v" }]);
      await expect(failed).rejects.toMatchObject({ code: "UNAVAILABLE" });
      await expect(failed).rejects.not.toThrow("password");
      await bus.close();
    },
    patience,
  );
});
