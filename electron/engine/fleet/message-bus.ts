/** One message of a topic, as it came. */
export interface BusMessage {
  readonly topic: string;
  readonly partition: number;
  /** Its place in the partition. */
  readonly offset: bigint;
  readonly key: string | null;
  /** Empty where there is none. */
  readonly value: Buffer;
  /** Header `traceparent`, as it came; absent or null: there is none. */
  readonly traceparent?: string | null;
}

export interface OutgoingMessage {
  readonly topic: string;
  /** Messages of one key stay in order. */
  readonly key: string;
  /** Null: on a compacted topic, what was said under this key is to be forgotten. */
  readonly value: string | Buffer | null;
  readonly headers?: Readonly<Record<string, string>>;
}

/** What reads a topic until it is closed. */
export interface Subscription {
  /** Null: it reads. Else why it cannot at the moment, in words; it goes on trying. */
  problem(): string | null;
  /** Messages that wait in the topic; null: not known. */
  lag(): Promise<number | null>;
  /** Ends it after the messages in hand, which are taken to be done only if they were. */
  close(): Promise<void>;
}

/**
 * A place that is kept beside what was made of the messages: where a backup is restored, the two go back together, and the group's own
 * place at the broker does not.
 */
export interface KnownPlace {
  /** Asked anew at each connection. @returns offset of the first message that is to be taken */
  at(): Promise<bigint>;
  /** What is done where the topic does not reach from there: it is told and waited out, or read from its start. */
  readonly orElse: "wait" | "start";
}

/**
 * Waits for something that may take long, such as a server that is away. A message that waits so is not counted among those in hand: another
 * partition's has its place meanwhile, and it goes on once it has one again.
 * @throws what the wait throws
 */
export type Rest = (wait: () => Promise<void>) => Promise<void>;

export interface SubscribeOptions {
  readonly topic: string;
  /** Its members share the messages: each goes to one of them. A message is committed once `take` has resolved for it. */
  readonly group: string;
  /** Messages in hand at once, each of another partition, without those that rest. */
  readonly concurrency: number;
  /** Where a group that never read begins; or, of a topic with one partition, where it reads from whatever the group has read. */
  readonly from: "start" | "now" | KnownPlace;
  /**
   * Called in the order of each partition. A message comes again, to this or another member, when it was not committed: after a crash, or
   * when the partition has moved. What it throws ends nothing: the message comes again after a while.
   */
  take(message: BusMessage, signal: AbortSignal, rest?: Rest): Promise<void>;
}

export interface WantedTopic {
  readonly topic: string;
  readonly partitions: number;
  /** How long messages are kept: as the broker does for what says nothing about it, for ever, or the last one of each key. */
  readonly kept: "as_usual" | "for_ever" | "last_of_key";
  /** Bytes of the largest message; the broker's own bound (1 MiB) unless given. */
  readonly mostBytes?: number;
}

/** The fleet's log of messages: Kafka, behind an adapter. */
export interface MessageBus {
  /** Makes topics that are not there. Who may not make any finds them made by the operator. @throws SentinelError UNAVAILABLE */
  prepare(topics: readonly WantedTopic[]): Promise<void>;
  /** Resolves once all are stored by the broker and its replicas. @throws SentinelError UNAVAILABLE */
  send(messages: readonly OutgoingMessage[], signal?: AbortSignal): Promise<void>;
  subscribe(options: SubscribeOptions): Subscription;
  close(): Promise<void>;
}
