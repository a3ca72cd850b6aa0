/** One message of a partition, before it is begun. */
export interface Fetched<T> {
  readonly offset: bigint;
  /** Of the batch that it came with; the broker notes it with the offset. */
  readonly leaderEpoch: number;
  readonly message: T;
}

/** How far a partition is done. */
export interface DonePlace {
  readonly partition: number;
  /** Of the first message that is not done. */
  readonly offset: bigint;
  readonly leaderEpoch: number;
}

export interface LanesOptions<T> {
  /** Messages in hand at once, each of another partition. */
  readonly concurrency: number;
  /** Aborted: nothing more is begun. */
  readonly signal: AbortSignal;
  readonly take: (message: T) => Promise<void>;
  /** Says at the broker what is done. */
  readonly commit: (places: readonly DonePlace[]) => Promise<void>;
  /** Hears what `take` and `commit` throw. */
  readonly fail: (error: unknown) => void;
  /** Hears that there is room for more. */
  readonly onRoom: () => void;
}

/** More is fetched for a partition that has fewer messages waiting. */
const fewWaiting = 100;

interface Lane<T> {
  readonly partition: number;
  /** Offset that is fetched next. */
  next: bigint;
  readonly waiting: Fetched<T>[];
  isBusy: boolean;
  done: DonePlace;
  /** What the broker was told last. */
  committed: bigint;
}

/**
 * The partitions that are this member's, a lane for each: its messages are taken one after the other, and those of several lanes beside each
 * other. A lane whose message takes long has its own messages wait, and nobody else's. What is done is said in the order of the lane, by
 * one request at a time for all lanes: the way to the broker and back is not part of every message.
 */
export function createLanes<T>({ concurrency, signal, take, commit, fail, onRoom }: LanesOptions<T>) {
  // In the order in which they may begin: whose message was begun last is last.
  const lanes = new Map<number, Lane<T>>();
  const inHand = new Set<Promise<void>>();
  let committing: Promise<void> = Promise.resolve();
  let isCommitting = false;
  let isHeld = false;
  let isCommitHeld = false;

  function begin(): void {
    if (signal.aborted || isHeld) return;
    for (const lane of [...lanes.values()]) {
      if (inHand.size >= concurrency) return;
      const fetched = lane.isBusy ? undefined : lane.waiting.shift();
      if (fetched === undefined) continue;
      lanes.delete(lane.partition);
      lanes.set(lane.partition, lane);
      lane.isBusy = true;
      const work = run(lane, fetched)
        .catch(fail)
        .finally(() => {
          inHand.delete(work);
          lane.isBusy = false;
          begin();
          if (lane.waiting.length < fewWaiting) onRoom();
        });
      inHand.add(work);
    }
  }

  async function run(lane: Lane<T>, { offset, leaderEpoch, message }: Fetched<T>): Promise<void> {
    await take(message);
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

  /** All begun are ended and said; what is begun meanwhile, too. */
  async function settled(): Promise<void> {
    while (inHand.size > 0) await Promise.all(inHand);
    await committing;
  }

  return {
    /** Where more is to be fetched. */
    wanted: (): { partition: number; next: bigint }[] =>
      [...lanes.values()].filter(({ waiting }) => waiting.length < fewWaiting),
    /** Takes what was fetched from `from` on. @param next offset after the last of it */
    give(partition: number, from: bigint, messages: readonly Fetched<T>[], next: bigint): void {
      const lane = lanes.get(partition);
      // The partition was given away, or begins elsewhere by now.
      if (lane === undefined || lane.next !== from) return;
      lane.next = next;
      for (const message of messages) lane.waiting.push(message);
      begin();
    },
    /**
     * Before partitions are shared out anew: ends what is in hand and says what is done, so that nobody else does it again. Nothing is begun
     * until `goOn`.
     * @param mostMs what takes longer is not waited for; 0: others have the partitions already, and nothing is said
     */
    async handOver(mostMs: number): Promise<void> {
      isHeld = true;
      let timer: NodeJS.Timeout | undefined;
      const tooLong = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, mostMs);
      });
      if (mostMs > 0) await Promise.race([settled(), tooLong]);
      clearTimeout(timer);
      isCommitHeld = true;
    },
    /** Drops the lanes of all other partitions. @returns those of `partitions` that have none */
    keep(partitions: readonly number[]): number[] {
      for (const partition of [...lanes.keys()]) if (!partitions.includes(partition)) lanes.delete(partition);
      return partitions.filter((partition) => !lanes.has(partition));
    },
    open(partition: number, next: bigint): void {
      const done = { partition, offset: next, leaderEpoch: -1 };
      lanes.set(partition, { partition, next, waiting: [], isBusy: false, done, committed: next });
    },
    goOn(): void {
      isHeld = false;
      isCommitHeld = false;
      commitDone();
      begin();
    },
    places: (): readonly DonePlace[] => [...lanes.values()].map(({ done }) => done),
    settled,
  };
}
