import { once } from "node:events";
import { setTimeout } from "node:timers/promises";
import { type BaseOptions, Consumer, type ConsumerGroupJoinPayload, ListOffsetTimestamps } from "@platformatic/kafka";
import { SentinelError } from "../../shared/errors.ts";
import type { BusMessage, KnownPlace, SubscribeOptions, Subscription } from "../engine/fleet/message-bus.ts";
import { createLanes, type Fetched } from "./kafka-lanes.ts";

/** A member that is silent for so long has lost its partitions to the others. */
const sessionTimeoutMs = 15_000;
const heartbeatMs = 1_000;
/** How long the others wait for what a member has in hand when partitions are shared out anew; well below its session's end. */
const handOverMs = 5_000;
const shortestWaitMs = 500;
const longestWaitMs = 5_000;
/** How long the broker keeps an answer that has nothing in it. */
const fetchWaitMs = 500;
/** Bytes fetched of a partition at once: what is in memory, times the partitions. */
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
  let problem: string | null = "It has not reached the broker yet.";
  let reader: Reader | null = null;
  let isReading = false;

  async function work(): Promise<void> {
    for (let wait = shortestWaitMs; !stop.signal.aborted; wait = Math.min(longestWaitMs, wait * 2)) {
      const opened = createReader(wanted, base, stop.signal, () => {
        // Where it reads from stands now: what comes from here on is not missed.
        problem = null;
      });
      reader = opened;
      try {
        await opened.join();
        wait = shortestWaitMs;
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

/** A member of the group, for as long as its connection lasts. */
function createReader(
  { topic, group, concurrency, from, take }: SubscribeOptions,
  base: BaseOptions,
  stop: AbortSignal,
  onPlaced: () => void,
) {
  const broken = new AbortController();
  const fail = (error: unknown) => broken.abort(error);
  const signal = AbortSignal.any([stop, broken.signal]);
  /** The group asks for the partitions back that this member has. */
  let isAskedBack = false;
  /** It knows which partitions are its own, and where it is in them. */
  let isPlaced = false;

  const member = new Consumer({
    ...base,
    groupId: group,
    // Who crashes and is back at once goes on where it was, without the others having to wait for its silence to end.
    groupInstanceId: base.clientId,
    sessionTimeout: sessionTimeoutMs,
    heartbeatInterval: heartbeatMs,
    // It is asked for before a member joins again, and waited for: the one place where what it has can be given back in order.
    async protocolsMetadata() {
      const isInTime = isAskedBack;
      isAskedBack = false;
      await lanes.handOver(isInTime ? handOverMs : 0);
      return Buffer.alloc(0);
    },
  });
  // With connections of its own: the broker answers one request of a connection after the other, and a fetch waits for messages.
  const fetcher = new Consumer({ ...base, groupId: group });
  const lanes = createLanes<BusMessage>({
    ...{ concurrency, signal, fail },
    take: async (message) => take(message, signal),
    commit: (places) => member.commit({ offsets: places.map((place) => ({ topic, ...place })) }),
    onRoom: () => void fetchMore().catch(fail),
  });

  member.on("error", fail);
  member.on("consumer:group:rebalance", () => {
    isAskedBack = true;
  });
  let joined: { memberId: string; generationId: number } | null = null;
  member.on("consumer:group:join", (news) => void takeOver(news).catch(fail));

  async function takeOver({ memberId, generationId = 0, assignments = [] }: ConsumerGroupJoinPayload): Promise<void> {
    // Where a sharing out went by without this member, others had its partitions meanwhile, and went on in them.
    const isNext = joined?.memberId === memberId && generationId - joined.generationId <= 1;
    const now = { memberId, generationId };
    joined = now;
    const partitions = assignments.find((one) => one.topic === topic)?.partitions ?? [];
    if (!isNext) lanes.keep([]);
    const added = lanes.keep(partitions);
    const places = await placesOf(added);
    if (joined !== now) return;
    for (const [partition, place] of places) lanes.open(partition, place);
    lanes.goOn();
    isPlaced = true;
    onPlaced();
    await fetchMore();
  }

  /** Where partitions are read from. */
  async function placesOf(partitions: readonly number[]): Promise<Map<number, bigint>> {
    const places = new Map<number, bigint>();
    if (partitions.length === 0) return places;
    const [first, end] = await Promise.all([
      endOf(fetcher, topic, ListOffsetTimestamps.EARLIEST),
      endOf(fetcher, topic, ListOffsetTimestamps.LATEST),
    ]);
    const listed = { topics: [{ topic, partitions: [...partitions] }] };
    const committed = typeof from === "string" ? await member.listCommittedOffsets(listed) : null;
    for (const partition of partitions) {
      const [low, high] = [first[partition], end[partition]];
      if (low === undefined || high === undefined) throw new Error(`The topic ${topic} has no partition ${partition}.`);
      places.set(
        partition,
        typeof from === "object"
          ? await knownPlace(topic, from, low, high)
          : within(committed?.get(topic)?.[partition] ?? -1n, low, high, from === "now" ? high : low),
      );
    }
    return places;
  }

  /** Brokers that an answer is awaited of. */
  const asked = new Set<number>();

  async function fetchMore(): Promise<void> {
    if (signal.aborted || lanes.wanted().length === 0) return;
    const known = (await fetcher.metadata({ topics: [topic] })).topics.get(topic);
    if (known === undefined) throw new Error(`The topic ${topic} is not there.`);
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

  async function fetchFrom(node: number, topicId: string, places: ReadonlyMap<number, bigint>): Promise<void> {
    const partitions = [...places].map(([partition, fetchOffset]) => ({
      ...{ partition, fetchOffset, partitionMaxBytes: mostFetchedBytes },
      // Unknown: the broker does not compare.
      ...{ currentLeaderEpoch: -1, lastFetchedEpoch: -1 },
    }));
    const answer = await fetcher.fetch({ node, maxWaitTime: fetchWaitMs, topics: [{ topicId, partitions }] });
    for (const { partition, from, messages, next } of fetchedIn(answer, topic, places)) {
      lanes.give(partition, from, messages, next);
    }
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
      await lanes.settled();
      if (!stop.aborted) broken.signal.throwIfAborted();
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
      fail(new SentinelError("CANCELLED", "The connection is closed."));
      await Promise.allSettled([member.close(true), fetcher.close(true)]);
    },
  };
}

async function endOf(consumer: Consumer, topic: string, timestamp: bigint): Promise<readonly bigint[]> {
  return (await consumer.listOffsets({ topics: [topic], timestamp })).get(topic) ?? [];
}

const within = (place: bigint, low: bigint, high: bigint, orElse: bigint): bigint =>
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
        messages.push({ offset, leaderEpoch: batch.partitionLeaderEpoch, message });
      }
    }
    yield { partition, from, messages, next: last.firstOffset + BigInt(last.lastOffsetDelta) + 1n };
  }
}

/** Keys of headers are bytes. */
function headerOf(headers: readonly (readonly [Buffer | null, Buffer | null])[], wanted: string): string | null {
  return headers.find(([name]) => name?.toString() === wanted)?.[1]?.toString() ?? null;
}
