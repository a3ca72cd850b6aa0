import { type Clock, toInstant } from "./base/clock.ts";
import type { Logger } from "./base/logging.ts";
import type { Metrics } from "./base/metrics.ts";
import { enginePrincipal, fleetItself } from "./base/principals.ts";
import { eraseAgain } from "./erasing.ts";
import { createDecisionRelay } from "./fleet/decision-relay.ts";
import { createDecisionSnapshots } from "./fleet/decision-snapshots.ts";
import type { MessageBus } from "./fleet/message-bus.ts";
import type { ObjectShelf } from "./fleet/object-shelf.ts";
import type { Boxes } from "./fleet/sealed-box.ts";
import { createSubjectKeys } from "./fleet/subject-keys.ts";
import type { DataDirectory } from "./store/data-directory.ts";
import type { StoreHost } from "./store/store.ts";
import { addTombstones, erasedSubjects, readTombstones, type Tombstone } from "./store/tombstones.ts";

export interface SharingOptions {
  readonly bus: MessageBus;
  readonly boxes: Boxes;
  readonly directory: Pick<DataDirectory, "sealer" | "blobs" | "keysPath">;
  readonly store: StoreHost;
  readonly nodeId: string;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: Metrics;
  /** Null: new engines read the topic from its beginning. */
  readonly shelf: ObjectShelf | null;
  readonly onChange: () => void;
}

/** A new engine reads so many messages in some ten seconds. */
const everyMessages = 5_000;

/** What is decided and erased at one engine is decided and erased at all that have the fleet's key. */
export async function createSharing(options: SharingOptions) {
  const { bus, boxes, directory, store, nodeId, clock, log, onChange } = options;
  const { sealer, keysPath } = directory;
  const erased = new Set(erasedSubjects(await readTombstones(keysPath)));
  const keys = createSubjectKeys({
    ...{ bus, store, sealer, boxes, nodeId, clock, log },
    isErased: async (tag) => erased.has(tag),
  });

  async function erase(tag: string): Promise<void> {
    const stones: Tombstone[] = [{ kind: "text", subject: tag, at: toInstant(clock.now()) }];
    await addTombstones(keysPath, stones);
    await eraseAgain({ directory, store, clock, by: { ...enginePrincipal, actor: fleetItself }, stones });
  }

  const decisions = options.metrics.shareDecisions(async () => (await store.sharedState(false)).waiting);
  const relay = createDecisionRelay({
    ...{ bus, store, boxes, keys, nodeId, clock, log, erase, onChange },
    snapshots:
      options.shelf === null
        ? null
        : createDecisionSnapshots({ shelf: options.shelf, boxes, store, log, every: everyMessages }),
    count: (outcome, by) => decisions.inc({ outcome }, by),
    erased: async () => erased,
  });
  const stop = sealer.onErased((tag) => {
    erased.add(tag);
    relay.wake();
  });
  return {
    start: relay.start,
    counts: relay.counts,
    problem: relay.problem,
    async close() {
      stop();
      await relay.close();
    },
  };
}
