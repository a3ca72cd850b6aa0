import { setTimeout } from "node:timers/promises";
import { expect, test } from "vitest";
import { createInHand, createLanes, type DonePlace } from "./kafka-lanes.ts";

/** Lanes whose messages are their own names; each is in hand until it is let go. */
function openLanes(inHand = createInHand(2)) {
  const begun: string[] = [];
  const said: string[] = [];
  const failed: unknown[] = [];
  /** What was told to stop. */
  const told: string[] = [];
  const ends = new Map<string, PromiseWithResolvers<void>>();
  /** Those that rested and are back. */
  const back: string[] = [];
  const endOf = (name: string) => ends.get(name) ?? ends.set(name, Promise.withResolvers<void>()).get(name)!;
  const state = { refused: null as Error | null, rests: new Set<string>() };
  const lanes = createLanes<string>({
    inHand,
    signal: new AbortController().signal,
    async take(name, signal, rest) {
      begun.push(name);
      signal.addEventListener("abort", () => told.push(name));
      if (name.endsWith(":0") && state.rests.has(name)) {
        await rest(() => endOf(`rest ${name}`).promise);
        back.push(name);
      }
      await endOf(name).promise;
    },
    async commit(places: readonly DonePlace[]) {
      if (state.refused !== null) throw state.refused;
      said.push(...places.map(({ partition, offset }) => `${partition}/${offset}`));
      await setTimeout(1);
    },
    fail: (error) => failed.push(error),
    onRoom: () => {},
  });
  const give = (partition: number, from: number, count: number, bytes = 10) => {
    const fetched = Array.from({ length: count }, (_, i) => ({
      ...{ offset: BigInt(from + i), leaderEpoch: 0, bytes, message: `${partition}:${from + i}` },
    }));
    lanes.give(partition, BigInt(from), fetched, BigInt(from + count));
  };
  return Object.assign(state, {
    lanes,
    give,
    begun,
    back,
    said,
    failed,
    told,
    end: (name: string) => endOf(name).resolve(),
  });
}

test("messages of a lane are taken one after the other, and lanes take turns", async () => {
  const { lanes, give, begun, said, end } = openLanes();
  for (const partition of [0, 1, 2]) lanes.open(partition, 0n, 0n);
  for (const partition of [0, 1, 2]) give(partition, 0, 2);
  expect(begun).toEqual(["0:0", "1:0"]);
  end("1:0");
  // Not the next one of the lane that was just served.
  await expect.poll(() => begun).toEqual(["0:0", "1:0", "2:0"]);
  for (const name of ["2:0", "1:1", "2:1"]) end(name);
  await expect.poll(() => begun).toEqual(["0:0", "1:0", "2:0", "1:1", "2:1"]);
  await expect.poll(() => said.slice(-2).sort()).toEqual(["1/2", "2/2"]);
  expect(said.filter((place) => place.startsWith("0/"))).toEqual([]);
});

test("a lane that has enough waiting asks for no more, and one that was given away takes nothing", () => {
  const { lanes, give, begun } = openLanes();
  lanes.open(0, 0n, 0n);
  lanes.open(1, 0n, 0n);
  give(0, 0, 500);
  expect(lanes.wanted().map(({ partition, next }) => [partition, next])).toEqual([[1, 0n]]);
  expect(lanes.keep([0, 2])).toEqual([2]);
  give(1, 0, 1);
  // An answer to what was asked before the lane began elsewhere.
  give(0, 7, 1);
  expect(begun).toEqual(["0:0"]);
  expect(lanes.wanted()).toEqual([]);
});

test("before lanes are given away what is in hand is ended and said, and nothing begins until they are shared out", async () => {
  const { lanes, give, begun, said, end } = openLanes();
  lanes.open(0, 0n, 0n);
  lanes.open(1, 0n, 0n);
  give(0, 0, 2);
  give(1, 0, 2);
  const givenBack = lanes.handOver(10_000);
  end("0:0");
  end("1:0");
  await givenBack;
  expect(said.slice(-2).sort()).toEqual(["0/1", "1/1"]);
  expect(begun).toEqual(["0:0", "1:0"]);
  expect(lanes.keep([0])).toEqual([]);
  lanes.goOn();
  await expect.poll(() => begun).toEqual(["0:0", "1:0", "0:1"]);
});

test("what takes too long is not waited for, and is not said once the lane is another's", async () => {
  const { lanes, give, said, end } = openLanes();
  lanes.open(0, 0n, 0n);
  lanes.open(1, 0n, 0n);
  give(0, 0, 1);
  give(1, 0, 1);
  await lanes.handOver(5);
  lanes.keep([1]);
  end("0:0");
  end("1:0");
  await lanes.settled();
  // Another member may be beyond it: who says it now would set it back.
  expect(said).toEqual([]);
  lanes.goOn();
  await lanes.settled();
  expect(said).toEqual(["1/1"]);
});

test("a lane that comes back does not begin beside what is in hand of it, which is told to stop", async () => {
  const { lanes, give, begun, told, said, end, failed } = openLanes();
  lanes.open(0, 0n, 0n);
  lanes.open(1, 0n, 0n);
  give(0, 0, 3);
  give(1, 0, 1);
  // The partition goes to somebody else and comes back, more than once.
  for (let i = 0; i < 3; i++) {
    expect(lanes.keep([1])).toEqual([]);
    expect(lanes.keep([0, 1])).toEqual([0]);
    lanes.open(0, 0n, 0n);
    give(0, 0, 3);
  }
  expect(told).toEqual(["0:0"]);
  end("1:0");
  await setTimeout(5);
  expect(begun).toEqual(["0:0", "1:0"]);
  end("0:0");
  await expect.poll(() => begun).toEqual(["0:0", "1:0", "0:0", "0:1"]);
  end("0:1");
  await expect.poll(() => said.includes("0/2")).toBe(true);
  expect(failed).toEqual([]);
});

test("what the lanes of a broken connection have in hand goes on, and those of the next one wait for it", async () => {
  const inHand = createInHand(1);
  const before = openLanes(inHand);
  before.lanes.open(0, 0n, 0n);
  before.give(0, 0, 1);
  before.lanes.close();
  const next = openLanes(inHand);
  next.lanes.open(0, 0n, 0n);
  next.lanes.open(1, 0n, 0n);
  next.give(0, 0, 1);
  next.give(1, 0, 1);
  await setTimeout(5);
  expect(next.begun).toEqual([]);
  before.end("0:0");
  await expect.poll(() => next.begun).toEqual(["0:0"]);
  next.end("0:0");
  await expect.poll(() => next.begun).toEqual(["0:0", "1:0"]);
  expect(before.said).toEqual([]);
});

test("where a lane begins is said at once, unless the broker knows", async () => {
  const { lanes, said } = openLanes();
  lanes.open(0, 5n, -1n);
  lanes.open(1, 7n, 7n);
  lanes.goOn();
  await lanes.settled();
  expect(said).toEqual(["0/5"]);
});

test("no more is fetched of a lane than a few megabytes ahead, however few messages that are", () => {
  const { lanes, give } = openLanes();
  lanes.open(0, 0n, 0n);
  give(0, 0, 4, 1024 ** 2);
  // One of them is in hand.
  expect(lanes.wanted()).toHaveLength(1);
  give(0, 4, 2, 1024 ** 2);
  expect(lanes.wanted()).toEqual([]);
});

test("what cannot be said is told", async () => {
  const opened = openLanes();
  opened.refused = new Error("The broker is away.");
  opened.lanes.open(0, 0n, 0n);
  opened.give(0, 0, 1);
  opened.end("0:0");
  await expect.poll(() => opened.failed).toEqual([opened.refused]);
});

test("messages that rest leave their places to other lanes, however many they are, and hold up their own lanes alone", async () => {
  const opened = openLanes();
  const { lanes, give, begun, back, said, end } = opened;
  opened.rests = new Set(["0:0", "1:0", "2:0"]);
  for (const partition of [0, 1, 2, 3]) lanes.open(partition, 0n, 0n);
  for (const partition of [0, 1, 2]) give(partition, 0, 2);
  // Three rest, and two would be in hand at once.
  await expect.poll(() => begun).toEqual(["0:0", "1:0", "2:0"]);
  give(3, 0, 2);
  end("3:0");
  await expect.poll(() => begun).toEqual(["0:0", "1:0", "2:0", "3:0", "3:1"]);
  await expect.poll(() => said).toContain("3/1");
  // One is in hand: of the three that come back two wait for a place.
  for (const name of ["0:0", "1:0", "2:0"]) end(`rest ${name}`);
  await expect.poll(() => back).toEqual(["0:0"]);
  await setTimeout(5);
  expect(back).toEqual(["0:0"]);
  end("3:1");
  await expect.poll(() => back).toEqual(["0:0", "1:0"]);
  end("0:0");
  // In turns with what was never begun: the next of the lane that ended, then who came back last.
  await expect.poll(() => begun).toContain("0:1");
  expect(back).toEqual(["0:0", "1:0"]);
  end("0:1");
  await expect.poll(() => back).toEqual(["0:0", "1:0", "2:0"]);
  for (const name of ["1:0", "2:0", "1:1", "2:1"]) end(name);
  await expect.poll(() => ["0/2", "1/2", "2/2", "3/2"].every((place) => said.includes(place))).toBe(true);
  expect(opened.failed).toEqual([]);
});

test("what rests and is told to stop needs no place to end, and leaves none taken", async () => {
  const inHand = createInHand(1);
  const opened = openLanes(inHand);
  const { lanes, give, begun, back, end } = opened;
  opened.rests = new Set(["0:0"]);
  for (const partition of [0, 1, 2]) lanes.open(partition, 0n, 0n);
  give(0, 0, 1);
  give(1, 0, 1);
  await expect.poll(() => begun).toEqual(["0:0", "1:0"]);
  end("rest 0:0");
  await setTimeout(5);
  expect(back).toEqual([]);
  lanes.keep([1, 2]);
  await expect.poll(() => back).toEqual(["0:0"]);
  end("0:0");
  await setTimeout(5);
  give(2, 0, 1);
  expect(begun).toEqual(["0:0", "1:0"]);
  end("1:0");
  await expect.poll(() => begun).toEqual(["0:0", "1:0", "2:0"]);
  end("2:0");
  await inHand.ended();
  expect(inHand.isFull()).toBe(false);
});

test("who was told to stop while it waited for its place leaves none when it rests again", async () => {
  const inHand = createInHand(1);
  const stop = new AbortController();
  const never = new AbortController().signal;
  const [first, other] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const stopped = inHand.hold(0, stop.signal, async (rest) => {
    await rest(() => first.promise);
    await rest(async () => {});
  });
  void inHand.hold(1, never, () => other.promise);
  first.resolve();
  await setTimeout(5);
  expect(inHand.has(0)).toBe(true);
  stop.abort();
  await stopped;
  expect(inHand.isFull()).toBe(true);
  other.resolve();
  await inHand.ended();
  expect(inHand.isFull()).toBe(false);
});

test("a place that a connection before left is given to the lanes of the next one", async () => {
  const inHand = createInHand(1);
  const before = openLanes(inHand);
  before.rests = new Set(["0:0"]);
  before.lanes.open(0, 0n, 0n);
  before.give(0, 0, 1);
  before.lanes.close();
  const next = openLanes(inHand);
  next.lanes.open(0, 0n, 0n);
  next.lanes.open(1, 0n, 0n);
  next.give(0, 0, 1);
  next.give(1, 0, 1);
  expect(next.begun).toEqual(["1:0"]);
  before.end("rest 0:0");
  next.end("1:0");
  await expect.poll(() => before.back).toEqual(["0:0"]);
  before.end("0:0");
  await expect.poll(() => next.begun).toEqual(["1:0", "0:0"]);
  next.end("0:0");
  await inHand.ended();
});
