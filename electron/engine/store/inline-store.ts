import type { Clock } from "../base/clock.ts";
import { toInstant } from "../base/clock.ts";
import { createStoreClient } from "./client.ts";
import { openWriterConnection } from "./connection.ts";
import { migrate } from "./migrations.ts";
import type { Outcome, WriterRequest } from "./protocol.ts";
import { createReads } from "./reader-thread.ts";
import { buildRegistry } from "./registry.ts";
import type { Judgement, SharedState, Waiting } from "./shared-decision.ts";
import type { SharedSnapshot } from "./shared-snapshot.ts";
import type { EventRow, StoreHost, StoreModule } from "./store.ts";
import { unpackError } from "./store-errors.ts";
import { verifyTable } from "./verify-log.ts";
import { createWriterCore } from "./writer-core.ts";
import { coreModules } from "./writer-thread.ts";

/**
 * The whole store in the calling thread, in memory unless a path is given: for tests and small tools. It exports no file and
 * signs no checkpoints. Every definition is compiled at once, so that a mistake in any SQL shows at the start.
 */
export function openInlineStore(options: {
  modules: readonly StoreModule[];
  clock: Clock;
  path?: string;
  nodeId?: string;
  sharing?: boolean;
}): StoreHost {
  const { modules, clock, path = ":memory:", nodeId = "inline", sharing = false } = options;
  const registry = buildRegistry([...coreModules, ...modules]);
  const db = openWriterConnection(path);
  migrate(db, registry.migrations, toInstant(clock.now()));
  for (const definition of [...registry.reads.values(), ...registry.writes.values()]) definition.prepare(db);
  const onExportError = () => {};
  const core = createWriterCore({
    ...{ db, registry, clock, nodeId, sharing, onExportError },
    exported: null,
    checkpointSeed: null,
  });
  const answer = createReads(db, registry);
  const listeners = new Set<(events: readonly EventRow[]) => void>();

  async function write(request: WriterRequest): Promise<unknown> {
    const { outcomes, appended } = core.run([structuredClone(request)]);
    if (appended.length > 0) for (const listener of listeners) listener(appended);
    return unwrap(outcomes[0]!);
  }
  const client = createStoreClient({
    write,
    read: async (request) => unwrap(answer(request)),
  });
  return {
    ...client,
    verify: () => client.read(verifyTable, { checkpoints: null, publicKey: null }),
    checkpoint: async () => core.checkpoint(),
    rebuild: async () => {
      unwrap(core.run([{ op: "rebuild" }]).outcomes[0]!);
    },
    waiting: (after, limit) => write({ op: "waiting", after, limit }) as Promise<Waiting[]>,
    sharedState: (withHash) => write({ op: "sharedState", withHash }) as Promise<SharedState>,
    takeSnapshot: () => write({ op: "takeSnapshot" }) as Promise<SharedSnapshot | null>,
    loadSnapshot: (snapshot) => write({ op: "loadSnapshot", snapshot }) as Promise<boolean>,
    judge: (heard) => write({ op: "judge", heard }) as Promise<Judgement[]>,
    copy: (path, { onProgress = () => {} } = {}) => core.copy(path, onProgress),
    tidy: async (rewrite) => core.tidy(rewrite),
    port: () => {
      throw new Error("A store in the calling thread has no port.");
    },
    onAppended(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    close: async () => core.close(),
  };
}

function unwrap(outcome: Outcome): unknown {
  if (outcome.ok) return outcome.value;
  throw unpackError(outcome.error);
}
