import { Admin, type BaseOptions, findErrorBy, Producer, stringSerializers } from "@platformatic/kafka";
import { SentinelError } from "../../shared/errors.ts";
import type { MessageBus, OutgoingMessage, Subscription } from "../engine/fleet/message-bus.ts";
import { subscribe } from "./kafka-reading.ts";

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
      const subscription = subscribe(wanted, base, (error) => unavailable(error, brokers));
      subscriptions.add(subscription);
      return subscription;
    },
    async close() {
      await Promise.all([...subscriptions].map((one) => one.close()));
      await Promise.resolve(producer?.close(true)).catch(() => {});
    },
  };
}

/** A missing value stays missing: it is what a compacted topic forgets a key by. */
const toBytes = (data?: string | Buffer | null) => (typeof data === "string" ? Buffer.from(data) : (data ?? undefined));

/** The topic is there, or this engine may not make it: neither is a reason to try again. */
function isSettled(error: unknown): boolean {
  return ["TOPIC_ALREADY_EXISTS", "TOPIC_AUTHORIZATION_FAILED", "CLUSTER_AUTHORIZATION_FAILED"].some(
    (id) => findErrorBy(error as Error, "apiId", id) !== null,
  );
}

function unavailable(error: unknown, brokers: readonly string[]): SentinelError {
  if (error instanceof SentinelError) return error;
  const words = error instanceof AggregateError ? [...new Set(error.errors.map(wordsOf))].join("; ") : wordsOf(error);
  return new SentinelError("UNAVAILABLE", `Kafka at ${brokers.join(", ")}: ${words.slice(0, 300)}`, undefined, error);
}

const wordsOf = (error: unknown) => (error instanceof Error ? error.message : String(error));
