import { once } from "node:events";
import { setTimeout } from "node:timers/promises";
import {
  type BaseOptions,
  Consumer,
  type ConsumerGroupJoinPayload,
  findErrorBy,
  ListOffsetTimestamps,
} from "@platformatic/kafka";
import { SentinelError } from "../../shared/errors.ts";
import type { BusMessage, KnownPlace, SubscribeOptions, Subscription } from "../engine/fleet/message-bus.ts";
import { createInHand, createLanes, type DonePlace, type Fetched, type InHand, within } from "./kafka-lanes.ts";

/** A member that is silent for so long has lost its partitions to the others. */
const sessionTimeoutMs = 15_000;
const heartbeatMs = 1_000;
/** How long the others wait for what a member has in hand when partitions are shared out anew; well below its session's end. */
const handOverMs = 5_000;
/** How long what is in hand is waited for when a connection breaks; it may go on beside the next one. */
const breakMs = 5_000;
/** How long a broker may answer nothing to what is fetched before the connection counts as broken: partitions move, brokers restart. */
const passingMs = 15_000;
const shortestWaitMs = 500;
const longestWaitMs = 5_000;
/** How long the broker keeps an answer that has nothing in it. */
const fetchWaitMs = 500;
/** Bytes fetched of a partition at once. As many again may wait: twice that is in memory, times the partitions. */
const mostFetchedBytes = 4 * 1024 ** 2;
/** Bit of a batch that is the broker's own, KIP-98. */
const controlBatch = 1 << 5;

/** Reads a topic for as long as it is not closed, whatever happens to the broker meanwhile. */
export function subscribe(
  wanted: SubscribeOptions,
  base: BaseOptions,
  inWords: (error: unknown) => SentinelError,
): Subscription {
  const stop = new AbortController();
  const inHand = createInHand(wanted.concurrency);
  let problem: string | null = "It has not reached the broker yet.";
  let reader: Reader | null = null;
  let isReading = false;

  async function work(): Promise<void> {
    for (let wait = shortestWaitMs; !stop.signal.aborted; wait = Math.min(longestWaitMs, wait * 2)) {
      const opened = createReader(wanted, base, stop.signal, inHand, {
        onPlaced() {
          // Where it reads from stands now: what comes from here on is not missed.
          problem = null;
        },
        onRead() {
          wait = shortestWaitMs;
          problem = null;
        },
        onProblem(error) {
          problem = inWords(error).message;
        },
      });
      reader = opened;
      try {
        await opened.join();
        isReading = true;
        await opened.ended();
      } catch (error) {
        problem = inWords(error).message;
      } finally {
        reader = null;
        isReading = false;
        await opened.close();
      }
      await setTimeout(wait, undefined, { signal: stop.signal, ref: false }).catch(() => {});
    }
    await inHand.ended();
  }

  const working = work();
  return {
    problem: () => problem,
    lag: async () => (await reader?.lag().catch(() => null)) ?? null,
    async close() {
      stop.abort(new SentinelError("CANCELLED", "The engine closes."));
      // Nothing is in hand yet: its tries to reach the broker are not waited for.
      if (!isReading) void reader?.close();
      await working;
    },
  };
}

type Reader = ReturnType<typeof createReader>;

interface ReaderNews {
  /** It knows its partitions, and where it is in them. */
  readonly onPlaced: () => void;
  /** Every broker that was asked for messages answers. */
  readonly onRead: () => void;
  /** It tries again, or ends once what is in hand has. */
  readonly onProblem: (error: unknown) => void;
}

/** A member of the group, for as long as its connection lasts. */
function createReader(
  { topic, group, from, take }: SubscribeOptions,
  base: BaseOptions,
  stop: AbortSignal,
  inHand: InHand,
  { onPlaced, onRead, onProblem }: ReaderNews,
) {
  const broken = new AbortController();
  const signal = AbortSignal.any([stop, broken.signal]);
  const fail = (error: unknown) => {
    if (signal.aborted) return;
    onProblem(error);
    broken.abort(error);
  };
  /** The group asks for the partitions back that this member has. */
  let isAskedBack = false;
  let handingOver: Promise<void> | null = null;
  /** It knows which partitions are its own, and where it is in them. */
  let isPlaced = false;
  let joined: { memberId: string; generationId: number } | null = null;
  let joinedAt = Date.now();
  /** What is being said to the broker. */
  let saying: DonePlace[] = [];

  const member = new Consumer({
    ...base,
    groupId: group,
    // Who crashes and is back at once goes on where it was, without the others having to wait for its silence to end.
    groupInstanceId: base.clientId,
    sessionTimeout: sessionTimeoutMs,
    heartbeatInterval: heartbeatMs,
    // It is asked for before a member joins again, and waited for: the one place where what it has can be given back in order.
    async protocolsMetadata() {
      // Whatever was refused asks: a sign of life, and what was being said.
      handingOver ??= lanes.handOver(isAskedBack ? handOverMs : 0).finally(() => {
        handingOver = null;
      });
      isAskedBack = false;
      await handingOver;
      return Buffer.alloc(0);
    },
  });
  // With connections of its own: the broker answers one request of a connection after the other, and a fetch waits for messages.
  // What fails is asked anew here, of whoever has the partition by then: the client asks the same broker again.
  const fetcher = new Consumer({ ...base, groupId: group, retries: 0 });
  const lanes = createLanes<BusMessage>({
    ...{ inHand, signal, fail },
    take: async (message, until, rest) => take(message, until, rest),
    async commit(places) {
      const offsets = places.map((place) => ({ topic, ...place }));
      saying = offsets;
      await member.commit({ offsets });
    },
    onRoom: () => void fetchMore().catch(fail),
  });

  member.on("error", fail);
  member.on("consumer:group:rebalance", () => {
    isAskedBack = true;
  });
  member.on("consumer:heartbeat:error", ({ error }) => {
    // The others have its partitions by now, though brokers that it fetches from may answer.
    if (Date.now() - (member.lastHeartbeat?.getTime() ?? joinedAt) > sessionTimeoutMs) fail(error);
  });
  member.on("consumer:group:join", (news) => void takeOver(news).catch(fail));

  async function takeOver({ memberId, generationId = 0, assignments = [] }: ConsumerGroupJoinPayload): Promise<void> {
    // Where a sharing out went by without this member, others had its partitions meanwhile, and went on in them.
    const isNext = joined?.memberId === memberId && generationId - joined.generationId <= 1;
    const now = { memberId, generationId };
    joined = now;
    joinedAt = Date.now();
    isPlaced = false;
    const partitions = assignments.find((one) => one.topic === topic)?.partitions ?? [];
    if (!isNext) lanes.keep([]);
    // What the broker refused for the sharing out is said again after it: not of what others are beyond by now.
    const own = saying.filter(({ partition }) => isNext && partitions.includes(partition));
    saying.splice(0, saying.length, ...own);
    const added = lanes.keep(partitions);
    const places = await placesOf(added);
    if (joined !== now) return;
    for (const [partition, { place, committed }] of places) lanes.open(partition, place, committed);
    lanes.goOn();
    isPlaced = true;
    if (!signal.aborted) onPlaced();
    await fetchMore();
  }

  /** Where partitions are read from; `committed`: -1 where the group has no such place, so that it is said before anything is read. */
  async function placesOf(partitions: readonly number[]) {
    const places = new Map<number, { place: bigint; committed: bigint }>();
    if (partitions.length === 0) return places;
    const [first, end] = await Promise.all([
      untilAnswered(() => endOf(fetcher, topic, ListOffsetTimestamps.EARLIEST)),
      untilAnswered(() => endOf(fetcher, topic, ListOffsetTimestamps.LATEST)),
    ]);
    const listed = { topics: [{ topic, partitions: [...partitions] }] };
    const committed = typeof from === "string" ? await member.listCommittedOffsets(listed) : null;
    for (const partition of partitions) {
      const [low, high] = [first[partition], end[partition]];
      if (low === undefined || high === undefined) throw new Error(`The topic ${topic} has no partition ${partition}.`);
      const known = committed?.get(topic)?.[partition] ?? -1n;
      const place =
        typeof from === "object"
          ? await knownPlace(topic, from, low, high)
          : inside(known, low, high, from === "now" ? high : low);
      places.set(partition, { place, committed: known === place ? place : -1n });
    }
    return places;
  }

  /** Brokers that an answer is awaited of. */
  const asked = new Set<number>();
  let isLooking = false;

  async function fetchMore(): Promise<void> {
    if (isLooking || signal.aborted || lanes.wanted().length === 0) return;
    isLooking = true;
    const known = await whereabouts().finally(() => {
      isLooking = false;
    });
    // Who has none of these partitions any more is asked for nothing, and will not answer.
    const leaders = new Set(lanes.places().map(({ partition }) => known.partitions[partition]?.leader));
    for (const node of failing.keys()) if (node !== nobody && !leaders.has(node)) failing.delete(node);
    const byNode = Map.groupBy(lanes.wanted(), ({ partition }) => known.partitions[partition]?.leader ?? -1);
    for (const [node, wanted] of byNode) {
      if (signal.aborted || asked.has(node)) continue;
      asked.add(node);
      void fetchFrom(node, known.id, new Map(wanted.map(({ partition, next }) => [partition, next])))
        .finally(() => asked.delete(node))
        .then(fetchMore)
        .catch(fail);
    }
  }

  /** Which broker has which partition of the topic. */
  async function whereabouts() {
    const { topics } = await untilAnswered(() => fetcher.metadata({ topics: [topic] }));
    const known = topics.get(topic);
    if (known === undefined) throw new Error(`The topic ${topic} is not there.`);
    return known;
  }

  /** Asks whichever brokers can say it. @throws as `waitOut` */
  async function untilAnswered<T>(ask: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        const answer = await ask();
        failing.delete(nobody);
        return answer;
      } catch (error) {
        await waitOut(nobody, error);
      }
    }
  }

  async function fetchFrom(node: number, topicId: string, places: ReadonlyMap<number, bigint>): Promise<void> {
    const partitions = [...places].map(([partition, fetchOffset]) => ({
      ...{ partition, fetchOffset, partitionMaxBytes: mostFetchedBytes },
      // Unknown: the broker does not compare.
      ...{ currentLeaderEpoch: -1, lastFetchedEpoch: -1 },
    }));
    const asking = { node, maxWaitTime: fetchWaitMs, topics: [{ topicId, partitions }] };
    const answer = await fetcher.fetch(asking).catch((error: unknown) => waitOut(node, error));
    if (answer === undefined) return;
    failing.delete(node);
    if (failing.size === 0 && !signal.aborted) onRead();
    for (const { partition, from, messages, next } of fetchedIn(answer, topic, places)) {
      lanes.give(partition, from, messages, next);
    }
  }

  /** Since when a broker, or all that could be asked where a partition is, answer nothing, milliseconds. */
  const failing = new Map<number, number>();
  const nobody = -1;

  /**
   * Waits a while for what may pass by itself: what is in hand, and partitions of other brokers, have nothing to do with it. Who has a
   * partition is asked anew after that. @throws what cannot pass, and what has not for long
   */
  async function waitOut(node: number, error: unknown): Promise<void> {
    const since = failing.get(node) ?? performance.now();
    failing.set(node, since);
    const isFinal = !(error instanceof Error) || findErrorBy(error, "canRetry", false) !== null;
    if (isFinal || performance.now() - since > passingMs) throw error;
    if (!signal.aborted) onProblem(error);
    fetcher.clearMetadata();
    await setTimeout(shortestWaitMs, undefined, { signal });
  }

  return {
    async join(): Promise<void> {
      member.topics.track(topic);
      fetcher.topics.track(topic);
      await member.joinGroup({});
    },
    /** Resolves when it is to stop. @throws what broke the connection */
    async ended(): Promise<void> {
      if (!signal.aborted) await once(signal, "abort");
      if (stop.aborted) return await lanes.settled();
      await within(lanes.settled(), breakMs);
      broken.signal.throwIfAborted();
    },
    /** Messages of this member's partitions that are not done; null: it has none yet. */
    async lag(): Promise<number | null> {
      if (!isPlaced) return null;
      const end = await endOf(fetcher, topic, ListOffsetTimestamps.LATEST);
      const behind = ({ partition, offset }: { partition: number; offset: bigint }) =>
        Math.max(0, Number((end[partition] ?? offset) - offset));
      return lanes.places().reduce((sum, place) => sum + behind(place), 0);
    },
    async close(): Promise<void> {
      lanes.close();
      broken.abort(new SentinelError("CANCELLED", "The connection is closed."));
      // A member that may not leave stays open, which is the group's to end after its session; its connections are this one's.
      await Promise.all([member, fetcher].map((one) => one.close(true).catch(() => one.connections.close())));
    },
  };
}

async function endOf(consumer: Consumer, topic: string, timestamp: bigint): Promise<readonly bigint[]> {
  return (await consumer.listOffsets({ topics: [topic], timestamp })).get(topic) ?? [];
}

const inside = (place: bigint, low: bigint, high: bigint, orElse: bigint): bigint =>
  place < low || place > high ? orElse : place;

/** @throws SentinelError UNAVAILABLE where the topic does not hold what comes next */
async function knownPlace(topic: string, { at, orElse }: KnownPlace, first: bigint, end: bigint): Promise<bigint> {
  const wanted = await at();
  if (wanted >= first && wanted <= end) return wanted;
  if (orElse === "start") return first;
  throw new SentinelError(
    "UNAVAILABLE",
    `The topic ${topic} holds messages ${first} to ${end}, and ${wanted} would be next: it was made anew, or messages were removed. Put it back as it was.`,
  );
}

type Answer = Awaited<ReturnType<Consumer["fetch"]>>;

/** What came for the partitions that were asked for; a batch may begin before the offset that was, and says nothing where it is the broker's own. */
function* fetchedIn({ responses }: Answer, topic: string, places: ReadonlyMap<number, bigint>) {
  for (const { partitionIndex: partition, records } of responses.flatMap(({ partitions }) => partitions)) {
    const from = places.get(partition);
    const last = records?.at(-1);
    if (from === undefined || last === undefined) continue;
    const messages: Fetched<BusMessage>[] = [];
    for (const batch of records ?? []) {
      if ((batch.attributes & controlBatch) !== 0) continue;
      for (const { offsetDelta, key, value, headers } of batch.records) {
        const offset = batch.firstOffset + BigInt(offsetDelta);
        if (offset < from) continue;
        const told = { key: key?.toString() ?? null, value: value ?? Buffer.alloc(0) };
        const message = { topic, partition, offset, ...told, traceparent: headerOf(headers, "traceparent") };
        messages.push({ offset, leaderEpoch: batch.partitionLeaderEpoch, bytes: told.value.length, message });
      }
    }
    yield { partition, from, messages, next: last.firstOffset + BigInt(last.lastOffsetDelta) + 1n };
  }
}

/** Keys of headers are bytes. */
function headerOf(headers: readonly (readonly [Buffer | null, Buffer | null])[], wanted: string): string | null {
  return headers.find(([name]) => name?.toString() === wanted)?.[1]?.toString() ?? null;
}
