import { SentinelError } from "../../shared/errors.ts";
import type { MemoryChunk, MemoryLabel, MemorySource, MemorySourceKind, storeMemory } from "../../shared/memory.ts";
import type { Input } from "../../shared/route.ts";
import { joinLabels, type Label, labelOf, type ValueSource } from "./base/labels.ts";
import { enginePrincipal, type Principal } from "./base/principals.ts";
import type { Engine } from "./engine-interface.ts";
import type { EnginePorts } from "./engine-ports.ts";
import { createMemory, type Remembered, type RememberedSource } from "./memory/memory.ts";
import { createMemoryThread } from "./memory/memory-thread.ts";
import type { Jobs } from "./store/jobs.ts";
import type { StoreHost } from "./store/store.ts";

export interface RememberingOptions {
  readonly ports: EnginePorts;
  readonly store: StoreHost;
  readonly jobs: Jobs;
  readonly onChange: () => void;
}

/** Jobs that erase for good. */
const erasing: ReadonlySet<string> = new Set(["erase", "erase-person"]);

/** The memory as routes and the agent's tools ask for it. */
export async function createRemembering({ ports, store, jobs, onChange }: RememberingOptions) {
  const { directory, clock, log, entries } = ports;
  const thread = createMemoryThread(store, entries.memory);
  const memory = await createMemory({
    store,
    sealer: directory.sealer,
    keys: directory.keys,
    clock,
    log,
    jobs,
    core: thread,
    server: ports.embeddingServer,
    onChange,
  });
  const stopListening = jobs.onChange(({ kind, state }) => {
    if (kind === "embed-memory") onChange();
    if (state !== "done" || !erasing.has(kind)) return;
    memory
      .forgetErased()
      .catch((error: unknown) => log.error({ err: error }, "The vectors of erased texts are still in memory."));
  });

  return {
    memory,
    /** Once jobs are recovered. */
    begin: () => memory.begin(enginePrincipal),
    operations: {
      async store(input, by) {
        const label = labelOfStored(input, by);
        const { text, source } = input;
        const stored = await memory.store({ text, label, source }, by);
        return {
          id: stored.id,
          chunks: [...stored.chunks],
          known: stored.chunks.length - stored.added.length,
          source: stored.source,
          label: toLabel(label),
          event_id: stored.eventId,
        };
      },
      async list({ source = null, cursor = null, limit }, by) {
        const { chunks, next } = await memory.list({ source, before: cursor, limit, who: readerOf(by) });
        return { items: chunks.map(toChunk), label: toLabel(joinLabels(chunks.map(({ label }) => label))), next };
      },
      async search({ q, limit }, by, signal) {
        const { found, label, degraded } = await memory.search({ q, limit, who: readerOf(by) }, signal);
        const items = found.map((one) => ({ ...toChunk(one), score: one.score, found_by: [...one.foundBy] }));
        return { items, label: toLabel(label), degraded };
      },
      remove: async ({ id }, by) => ({ event_id: await memory.remove(id, readerOf(by), by) }),
      async sources({ revoked, cursor = null, limit }) {
        const { sources, next } = await memory.sources({ revoked, before: cursor, limit });
        return { items: sources.map(toSource), next };
      },
      async source({ id }, by) {
        const { source, chunks } = await memory.source(id, readerOf(by));
        return { source: toSource(source), chunks };
      },
      async revoke({ id, reason, base_version }, by) {
        const { eventId, quarantined } = await memory.revoke(id, reason, base_version, by);
        return { event_id: eventId, quarantined };
      },
      restore: async ({ id, base_version }, by) => ({ event_id: await memory.restore(id, base_version, by) }),
      status: memory.status,
    } satisfies Engine["memory"],
    async close(): Promise<void> {
      stopListening();
      await memory.close();
      await thread.close();
    },
  };
}

/** Who is told what is found. */
const readerOf = ({ actor }: Principal) => [actor];

/** Where bytes of each kind of source came from. */
const origins: Readonly<Record<MemorySourceKind, ValueSource>> = {
  note: "user",
  word: "user",
  case: "tool",
  file: "file",
  tool_result: "tool",
};

/**
 * Label of a text that is stored by a route.
 * SECURITY: trusted is only what a person typed into the user interface as their own words. Whoever calls can lower that, nobody can
 * raise it: a case, a file, a tool's result or another program's text may have been written by an attacker.
 *
 * @throws SentinelError FORBIDDEN when more trust is asked for than there is
 */
function labelOfStored({ source, integrity, readers }: Input<typeof storeMemory>, by: Principal): Label {
  const isTyped = by.caller === "ui" && origins[source.kind] === "user";
  if (integrity === "trusted" && !isTyped) {
    throw new SentinelError(
      "FORBIDDEN",
      "integrity: only a note or a word that a person types into the user interface can be trusted.",
    );
  }
  const origin = by.caller === "ui" ? origins[source.kind] : source.kind === "file" ? "file" : "tool";
  // Own words that are called untrusted were copied from elsewhere.
  const isCopied = isTyped && integrity === "untrusted";
  return labelOf(isCopied ? "web" : origin, isTyped && !isCopied ? "trusted" : "untrusted", readers);
}

const toLabel = ({ integrity, readers, sources }: Label): MemoryLabel => ({
  integrity,
  readers: readers === "everyone" ? readers : [...readers],
  sources: [...sources],
});

const toChunk = ({ id, text, label, source, at }: Remembered): MemoryChunk => ({
  id,
  text,
  label: toLabel(label),
  source,
  at,
});

function toSource(source: RememberedSource): MemorySource {
  const { id, version, kind, title, stored_at: at, chunks, label, revoked_at, revoked_by, reason } = source;
  const revoked = revoked_at === null ? null : { at: revoked_at, by: revoked_by ?? "", reason };
  return { id, version, kind, title, at, chunks, label: toLabel(label), revoked };
}
