import { setTimeout } from "node:timers/promises";
import {
  Admin,
  type BaseOptions,
  Consumer,
  findErrorBy,
  ListOffsetTimestamps,
  type Message,
  type MessagesStream,
  Producer,
  stringSerializers,
} from "@platformatic/kafka";
import { SentinelError } from "../../shared/errors.ts";
import type {
  KnownPlace,
  MessageBus,
  OutgoingMessage,
  SubscribeOptions,
  Subscription,
} from "../engine/fleet/message-bus.ts";

export interface KafkaOptions {
  /** `host:port` of one or more brokers that tell of the others. */
  readonly brokers: readonly string[];
  /** Of this engine alone: the broker knows it again by that. */
  readonly clientId: string;
  /** Null: in the clear. PEM. */
  readonly tls: { readonly ca: string | null; readonly cert: string | null; readonly key: string | null } | null;
  readonly sasl: {
    readonly mechanism: "SCRAM-SHA-256" | "SCRAM-SHA-512";
    readonly username: string;
    readonly password: string;
  } | null;
}

const requestTimeoutMs = 10_000;
/** A member that is silent for so long has lost its partitions to the others. */
const sessionTimeoutMs = 15_000;
const shortestWaitMs = 500;
const longestWaitMs = 5_000;
/** Bytes fetched of a partition at once: what is in memory, times the partitions. */
const mostFetchedBytes = 4 * 1024 ** 2;

/** Kafka as the fleet's log of messages, by its own protocol. */
export function createKafkaBus(options: KafkaOptions): MessageBus {
  const { brokers, clientId, tls, sasl } = options;
  const base: BaseOptions = {
    clientId,
    bootstrapBrokers: [...brokers],
    timeout: requestTimeoutMs,
    connectTimeout: requestTimeoutMs,
    retries: 2,
    ...(tls === null
      ? {}
      : {
          // SECURITY: the broker's certificate is checked against its name; there is no way around it.
          tls: {
            rejectUnauthorized: true,
            ...(tls.ca === null ? {} : { ca: tls.ca }),
            ...(tls.cert === null || tls.key === null ? {} : { cert: tls.cert, key: tls.key }),
          },
        }),
    ...(sasl === null ? {} : { sasl: { ...sasl } }),
  };
  let producer: Producer<string, string | Buffer | null, string, string> | null = null;
  const subscriptions = new Set<Subscription>();

  let sending: Promise<unknown> = Promise.resolve();

  function openProducer(): Producer<string, string | Buffer | null, string, string> {
    // Idempotent: what is sent again after a lost answer is stored once. Compressed: verdicts are text.
    producer ??= new Producer({
      ...base,
      serializers: { ...stringSerializers, value: toBytes },
      idempotent: true,
      acks: -1,
      compression: "zstd",
      autocreateTopics: true,
    });
    return producer;
  }

  async function sendNow(messages: readonly OutgoingMessage[]): Promise<void> {
    try {
      await openProducer().send({ messages: messages.map((one) => ({ ...one, headers: { ...one.headers } })) });
    } catch (error) {
      // What its numbering stands at is not known any more: the next one begins anew.
      const broken = producer;
      producer = null;
      void Promise.resolve(broken?.close(true)).catch(() => {});
      const refused = unavailable(error, brokers);
      const isTooLarge = ["MESSAGE_TOO_LARGE", "RECORD_LIST_TOO_LARGE"].some(
        (id) => findErrorBy(error as Error, "apiId", id) !== null,
      );
      throw isTooLarge ? new SentinelError("UNAVAILABLE", refused.message, { too_large: true }, error) : refused;
    }
  }

  return {
    async prepare(topics) {
      const admin = new Admin(base);
      try {
        for (const { topic, partitions, kept, mostBytes } of topics) {
          const configs = [
            ...(kept === "for_ever" ? [{ name: "retention.ms", value: "-1" }] : []),
            ...(kept === "last_of_key" ? [{ name: "cleanup.policy", value: "compact" }] : []),
            ...(mostBytes === undefined ? [] : [{ name: "max.message.bytes", value: String(mostBytes) }]),
          ];
          await admin.createTopics({ topics: [topic], partitions, replicas: -1, configs }).catch((error: unknown) => {
            if (!isSettled(error)) throw error;
          });
        }
      } catch (error) {
        throw unavailable(error, brokers);
      } finally {
        await Promise.resolve(admin.close()).catch(() => {});
      }
    },
    async send(messages, signal) {
      signal?.throwIfAborted();
      if (messages.length === 0) return;
      // One batch after the other: the broker takes what an idempotent producer sends in the order of its numbers.
      const sent = sending.then(() => sendNow(messages));
      sending = sent.catch(() => {});
      await sent;
    },
    subscribe(wanted) {
      const subscription = subscribe(wanted, base, brokers);
      subscriptions.add(subscription);
      return subscription;
    },
    async close() {
      await Promise.all([...subscriptions].map((one) => one.close()));
      await Promise.resolve(producer?.close(true)).catch(() => {});
    },
  };
}

/** Reads a topic for as long as it is not closed, whatever happens to the broker meanwhile. */
function subscribe(wanted: SubscribeOptions, base: BaseOptions, brokers: readonly string[]): Subscription {
  const { topic, group, concurrency, from, take } = wanted;
  const stop = new AbortController();
  let problem: string | null = "It has not reached the broker yet.";
  let consumer: Consumer | null = null;
  let isReading = false;

  async function work(): Promise<void> {
    for (let wait = shortestWaitMs; !stop.signal.aborted; wait = Math.min(longestWaitMs, wait * 2)) {
      const opened = new Consumer<Buffer, Buffer, Buffer, Buffer>({
        ...base,
        groupId: group,
        // Who crashes and is back at once goes on where it was, without the others having to wait for its silence to end.
        groupInstanceId: base.clientId,
      });
      consumer = opened;
      try {
        const place = typeof from === "string" ? null : await placeIn(opened, topic, from);
        const stream = await opened.consume({
          topics: [topic],
          autocommit: false,
          ...(place === null
            ? { mode: "committed" }
            : { mode: "manual", offsets: [{ topic, partition: 0, offset: place }] }),
          fallbackMode: from === "now" ? "latest" : "earliest",
          sessionTimeout: sessionTimeoutMs,
          heartbeatInterval: 1_000,
          maxWaitTime: 500,
          maxBytesPerPartition: mostFetchedBytes,
          // What is fetched ahead is back-pressure's bound: the rest waits at the broker.
          highWaterMark: concurrency * 2,
        });
        // Where it reads from stands now: what comes from here on is not missed.
        stream.once("offsets", () => {
          problem = null;
        });
        wait = shortestWaitMs;
        if (stop.signal.aborted) break;
        isReading = true;
        await read(stream);
        problem = "The connection to the broker ended.";
      } catch (error) {
        problem = unavailable(error, brokers).message;
      } finally {
        consumer = null;
        isReading = false;
        await Promise.resolve(opened.close(true)).catch(() => {});
      }
      await setTimeout(wait, undefined, { signal: stop.signal, ref: false }).catch(() => {});
    }
  }

  /** Messages of one partition one after the other, those of several beside each other; all begun are ended before it resolves. */
  async function read(stream: MessagesStream<Buffer, Buffer, Buffer, Buffer>): Promise<void> {
    const ended = () => void stream.close().catch(() => {});
    stop.signal.addEventListener("abort", ended, { once: true });
    const lanes = new Map<number, Promise<void>>();
    const broken = new AbortController();
    const committing = createCommitting((error) => broken.abort(error));
    const signal = AbortSignal.any([stop.signal, broken.signal]);
    try {
      for await (const message of stream) {
        if (signal.aborted) break;
        const { partition } = message;
        // Back-pressure: what is not in hand waits in the stream, and then at the broker.
        while (lanes.has(partition) || lanes.size >= concurrency) await Promise.race(lanes.values());
        if (signal.aborted) break;
        const lane = handle(message, signal)
          // Only now: a crash before this brings the message again, never loses it.
          .then(() => committing.done(message))
          .catch((error: unknown) => broken.abort(error))
          .finally(() => lanes.delete(partition));
        lanes.set(partition, lane);
      }
    } finally {
      stop.signal.removeEventListener("abort", ended);
      await Promise.all(lanes.values());
      await committing.settled();
      await stream.close().catch(() => {});
    }
    if (!stop.signal.aborted) broken.signal.throwIfAborted();
  }

  async function handle(message: Message, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const { topic: from, partition, offset, key, value, headers } = message;
    const given = {
      ...{ topic: from, partition, offset, key: key?.toString() ?? null, value: value ?? Buffer.alloc(0) },
      traceparent: headerOf(headers, "traceparent"),
    };
    await take(given, signal);
  }

  const working = work();
  return {
    problem: () => problem,
    async lag() {
      try {
        const lag = (await consumer?.getLag({ topics: [topic] }))?.get(topic);
        return lag === undefined ? null : lag.reduce((sum, one) => sum + Math.max(0, Number(one)), 0);
      } catch {
        return null;
      }
    },
    async close() {
      stop.abort(new SentinelError("CANCELLED", "The engine closes."));
      // Nothing is in hand yet: its tries to reach the broker are not waited for.
      if (!isReading) void Promise.resolve(consumer?.close(true)).catch(() => {});
      await working;
    },
  };
}

/** Keys of headers are bytes. */
function headerOf(headers: ReadonlyMap<Buffer, Buffer>, wanted: string): string | null {
  for (const [name, value] of headers) if (name.toString() === wanted) return value.toString();
  return null;
}

/** @throws SentinelError UNAVAILABLE where the topic does not hold what comes next */
async function placeIn(consumer: Consumer, topic: string, { at, orElse }: KnownPlace): Promise<bigint> {
  const wanted = await at();
  const endOf = async (timestamp: bigint) =>
    (await consumer.listOffsets({ topics: [topic], timestamp })).get(topic)?.[0];
  const first = await endOf(ListOffsetTimestamps.EARLIEST);
  const end = await endOf(ListOffsetTimestamps.LATEST);
  if (first === undefined || end === undefined) throw new Error(`The topic ${topic} has no partition 0.`);
  if (wanted >= first && wanted <= end) return wanted;
  if (orElse === "start") return first;
  throw new SentinelError(
    "UNAVAILABLE",
    `The topic ${topic} holds messages ${first} to ${end}, and ${wanted} would be next: it was made anew, or messages were removed. Put it back as it was.`,
  );
}

/** A missing value stays missing: it is what a compacted topic forgets a key by. */
const toBytes = (data?: string | Buffer | null) => (typeof data === "string" ? Buffer.from(data) : (data ?? undefined));
/**
 * Says what is done, one message of each partition at a time: those that are done meanwhile are said by the last of them. So the way to the
 * broker and back is not part of every message.
 */
function createCommitting(fail: (error: unknown) => void) {
  const next = new Map<number, Message>();
  const underWay = new Map<number, Promise<void>>();

  async function commit(partition: number): Promise<void> {
    for (let message = next.get(partition); message !== undefined; message = next.get(partition)) {
      next.delete(partition);
      await message.commit();
    }
  }

  return {
    /** All of its partition before it is done, too. */
    done(message: Message): void {
      const { partition } = message;
      next.set(partition, message);
      if (underWay.has(partition)) return;
      const work = commit(partition)
        .catch(fail)
        .finally(() => underWay.delete(partition));
      underWay.set(partition, work);
    },
    async settled(): Promise<void> {
      await Promise.all(underWay.values());
    },
  };
}

/** The topic is there, or this engine may not make it: neither is a reason to try again. */
function isSettled(error: unknown): boolean {
  return ["TOPIC_ALREADY_EXISTS", "TOPIC_AUTHORIZATION_FAILED", "CLUSTER_AUTHORIZATION_FAILED"].some(
    (id) => findErrorBy(error as Error, "apiId", id) !== null,
  );
}

function unavailable(error: unknown, brokers: readonly string[]): SentinelError {
  if (error instanceof SentinelError) return error;
  const words = error instanceof AggregateError ? error.errors.map(wordsOf).join("; ") : wordsOf(error);
  return new SentinelError("UNAVAILABLE", `Kafka at ${brokers.join(", ")}: ${words.slice(0, 300)}`, undefined, error);
}

const wordsOf = (error: unknown) => (error instanceof Error ? error.message : String(error));
