import type { Rest } from "../engine/fleet/message-bus.ts";

/** One message of a partition, before it is begun. */
export interface Fetched<T> {
  readonly offset: bigint;
  /** Of the batch that it came with; the broker notes it with the offset. */
  readonly leaderEpoch: number;
  /** What it takes in memory. */
  readonly bytes: number;
  readonly message: T;
}

/** How far a partition is done. */
export interface DonePlace {
  readonly partition: number;
  /** Of the first message that is not done. */
  readonly offset: bigint;
  readonly leaderEpoch: number;
}

/**
 * What a subscription has in hand. It outlives the lanes of a connection: what those before them began may not have ended, and is not begun
 * beside itself.
 * @param concurrency messages in hand at once, each of another partition, without those that rest
 */
export function createInHand(concurrency: number) {
  const works = new Map<number, Promise<void>>();
  /** Those that rested and wait for a place again. */
  const returning: (() => void)[] = [];
  let busy = 0;
  let wasReturn = false;
  let begin = () => false;

  /** A place is free. In turns: neither those that come back nor those that never had one are left out. */
  function giveAway(): void {
    busy--;
    if (wasReturn && begin()) {
      wasReturn = false;
      return;
    }
    const next = returning.shift();
    wasReturn = next !== undefined;
    if (next === undefined) begin();
    else next();
  }

  return {
    has: (partition: number): boolean => works.has(partition),
    isFull: (): boolean => busy >= concurrency,
    /** @param work never rejects */
    hold(partition: number, signal: AbortSignal, work: (rest: Rest) => Promise<void>): Promise<void> {
      let hasPlace = true;
      busy++;
      const rest: Rest = async (wait) => {
        // Who was told to stop may go on without a place, and has none to leave.
        if (hasPlace) {
          hasPlace = false;
          giveAway();
        }
        await wait();
        const { promise, resolve } = Promise.withResolvers<void>();
        const enter = () => {
          hasPlace = true;
          busy++;
          resolve();
        };
        // Told to stop: that needs no place.
        const stop = () => {
          if (returning.includes(enter)) returning.splice(returning.indexOf(enter), 1);
          resolve();
        };
        if (busy < concurrency) enter();
        else if (!signal.aborted) {
          returning.push(enter);
          signal.addEventListener("abort", stop, { once: true });
          await promise;
          signal.removeEventListener("abort", stop);
        }
      };
      const { promise: done, resolve: end } = Promise.withResolvers<void>();
      // Before it begins: it may rest at once, and its partition must not be begun beside it then.
      works.set(partition, done);
      void work(rest).then(() => {
        works.delete(partition);
        end();
        if (hasPlace) giveAway();
        else begin();
      });
      return done;
    },
    /** @param beginOne begins what waits, and says whether it did; it takes the place of the one before */
    onPlace(beginOne: () => boolean): void {
      begin = beginOne;
    },
    /** All that is in hand has ended. */
    ended: async (): Promise<void> => void (await Promise.all(works.values())),
  };
}
export type InHand = ReturnType<typeof createInHand>;

export interface LanesOptions<T> {
  readonly inHand: InHand;
  /** Aborted: nothing more is begun. */
  readonly signal: AbortSignal;
  /** @param signal aborted: nothing more is begun, or the partition is another member's */
  readonly take: (message: T, signal: AbortSignal, rest: Rest) => Promise<void>;
  /** Says at the broker what is done. */
  readonly commit: (places: readonly DonePlace[]) => Promise<void>;
  /** Hears what `take` and `commit` throw. */
  readonly fail: (error: unknown) => void;
  /** Hears that there is room for more. */
  readonly onRoom: () => void;
}

/** More is fetched for a partition that has fewer messages waiting, and fewer bytes of them. */
const fewWaiting = 100;
const fewWaitingBytes = 4 * 1024 ** 2;
/** How long a hand-over waits for what is being said: where the broker refuses it because of the sharing out, it waits for the hand-over. */
const saidMs = 1_000;

interface Lane<T> {
  readonly partition: number;
  /** Offset that is fetched next. */
  next: bigint;
  readonly waiting: Fetched<T>[];
  waitingBytes: number;
  done: DonePlace;
  /** What the broker was told last; -1: nothing. */
  committed: bigint;
  readonly givenAway: AbortController;
  readonly signal: AbortSignal;
}

/**
 * The partitions that are this member's, a lane for each: its messages are taken one after the other, and those of several lanes beside each
 * other. A lane whose message takes long has its own messages wait, and nobody else's. What is done is said in the order of the lane, by
 * one request at a time for all lanes: the way to the broker and back is not part of every message.
 */
export function createLanes<T>(options: LanesOptions<T>) {
  const { inHand, signal, take, commit, fail, onRoom } = options;
  // In the order in which they may begin: whose message was begun last is last.
  const lanes = new Map<number, Lane<T>>();
  const begun = new Set<Promise<void>>();
  let committing: Promise<void> = Promise.resolve();
  let isCommitting = false;
  let isHeld = false;
  let isCommitHeld = false;

  inHand.onPlace(begin);

  const hasRoom = ({ waiting, waitingBytes }: Lane<T>) => waiting.length < fewWaiting && waitingBytes < fewWaitingBytes;

  /** @returns whether anything was begun */
  function begin(): boolean {
    if (signal.aborted || isHeld) return false;
    let isBegun = false;
    for (const lane of [...lanes.values()]) {
      if (inHand.isFull()) break;
      const fetched = inHand.has(lane.partition) ? undefined : lane.waiting.shift();
      if (fetched === undefined) continue;
      lane.waitingBytes -= fetched.bytes;
      lanes.delete(lane.partition);
      lanes.set(lane.partition, lane);
      isBegun = true;
      const work = inHand
        .hold(lane.partition, lane.signal, async (rest) => {
          // What another member takes from here on fails or not: it is not this one's.
          await run(lane, fetched, rest).catch((error: unknown) => lane.givenAway.signal.aborted || fail(error));
        })
        .then(() => {
          begun.delete(work);
          if (hasRoom(lane)) onRoom();
        });
      begun.add(work);
    }
    return isBegun;
  }

  async function run(lane: Lane<T>, { offset, leaderEpoch, message }: Fetched<T>, rest: Rest): Promise<void> {
    await take(message, lane.signal, rest);
    // Only now: a crash before this brings the message again, never loses it.
    lane.done = { partition: lane.partition, offset: offset + 1n, leaderEpoch };
    commitDone();
  }

  function commitDone(): void {
    if (!isCommitting) committing = commitAll().catch(fail);
  }

  async function commitAll(): Promise<void> {
    isCommitting = true;
    try {
      for (;;) {
        // Those that were given away are not in the list: what they come to is their new owner's to say.
        const due = [...lanes.values()].filter(({ done, committed }) => done.offset > committed);
        if (due.length === 0 || isCommitHeld) return;
        const places = due.map(({ done }) => done);
        await commit(places);
        for (const [i, lane] of due.entries()) lane.committed = places[i]!.offset;
      }
    } finally {
      isCommitting = false;
    }
  }

  /** All begun are ended; what is begun meanwhile, too. */
  async function ended(): Promise<void> {
    while (begun.size > 0) await Promise.all(begun);
  }

  return {
    /** Where more is to be fetched. */
    wanted: (): { partition: number; next: bigint }[] => [...lanes.values()].filter(hasRoom),
    /** Takes what was fetched from `from` on. @param next offset after the last of it */
    give(partition: number, from: bigint, messages: readonly Fetched<T>[], next: bigint): void {
      const lane = lanes.get(partition);
      // The partition was given away, or begins elsewhere by now.
      if (lane === undefined || lane.next !== from) return;
      lane.next = next;
      for (const message of messages) {
        lane.waiting.push(message);
        lane.waitingBytes += message.bytes;
      }
      begin();
    },
    /**
     * Before partitions are shared out anew: ends what is in hand and says what is done, so that nobody else does it again. Nothing is begun
     * until `goOn`.
     * @param mostMs what takes longer is not waited for; 0: others have the partitions already, and nothing is said
     */
    async handOver(mostMs: number): Promise<void> {
      isHeld = true;
      if (mostMs > 0) {
        await within(ended(), mostMs);
        await within(committing, saidMs);
      }
      isCommitHeld = true;
    },
    /** Drops the lanes of all other partitions, and tells what is in hand of them to stop. @returns those of `partitions` that have none */
    keep(partitions: readonly number[]): number[] {
      for (const [partition, { givenAway }] of lanes) {
        if (partitions.includes(partition)) continue;
        lanes.delete(partition);
        givenAway.abort(new Error(`Partition ${partition} is another member's.`));
      }
      return partitions.filter((partition) => !lanes.has(partition));
    },
    /** @param next where it is read from; @param committed what the broker knows of that, -1: nothing */
    open(partition: number, next: bigint, committed: bigint): void {
      const done = { partition, offset: next, leaderEpoch: -1 };
      const givenAway = new AbortController();
      const either = AbortSignal.any([signal, givenAway.signal]);
      const lane = { partition, next, waiting: [], waitingBytes: 0, done, committed, givenAway, signal: either };
      lanes.set(partition, lane);
    },
    goOn(): void {
      isHeld = false;
      isCommitHeld = false;
      commitDone();
      begin();
    },
    places: (): readonly DonePlace[] => [...lanes.values()].map(({ done }) => done),
    /** All that these lanes began is ended and said. */
    async settled(): Promise<void> {
      await ended();
      await committing;
    },
    /** Nothing is said any more. */
    close(): void {
      isHeld = true;
      isCommitHeld = true;
    },
  };
}

/** Resolves once that has, or after a time. @param mostMs milliseconds */
export async function within(what: Promise<unknown>, mostMs: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const tooLong = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, mostMs);
  });
  await Promise.race([what, tooLong]).finally(() => clearTimeout(timer));
}
