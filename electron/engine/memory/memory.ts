import { SentinelError } from "../../../shared/errors.ts";
import type { MemorySourceKind } from "../../../shared/memory.ts";
import { type Clock, toInstant } from "../base/clock.ts";
import { joinLabels, type Label, mayRead, type Readers } from "../base/labels.ts";
import type { Logger } from "../base/logging.ts";
import type { Principal } from "../base/principals.ts";
import type { Jobs } from "../store/jobs.ts";
import type { KeyStore } from "../store/key-store.ts";
import type { Sealer } from "../store/seal.ts";
import type { EventDraft, StoreHost } from "../store/store.ts";
import { builtInName } from "./built-in-embedder.ts";
import { createChosenEmbedder } from "./chosen-embedder.ts";
import {
  allLabels,
  type ChunkRow,
  chunkById,
  chunkPage,
  chunksByNumber,
  hiddenNumbers,
  itemById,
  numbersOf,
} from "./chunk-reads.ts";
import type { EmbeddingServer } from "./embedder.ts";
import { createEmbeddingJob, embedMemoryKind, embedRows } from "./embedding-job.ts";
import { fuseRanks } from "./fuse-ranks.ts";
import type { MemoryCore } from "./memory-core.ts";
import { memoryChunkEntity, memoryItemEntity, memorySourceEntity } from "./memory-events.ts";
import { type SourceRow, sourceById, sourcePage, textsOfSource } from "./source-reads.ts";
import { type StoredText, storeText, subjectOf, type TextToStore } from "./store-text.ts";
import { withoutVector } from "./vector-reads.ts";
import { searchWords, wordsOf } from "./word-search.ts";

/** Candidates that each way of searching gives. */
const candidates = 100;
/** Below this, the nearest is not near: unitless cosine. */
const leastSimilarity = 0.1;
/** Chunks that are embedded by a server as soon as they are stored; more become a job. */
const embeddedAtOnce = 32;
/** How often it is looked whether the embedding server is there, milliseconds. */
const lookEveryMs = 60_000;
const notYetEmbedded = "New texts could not be embedded yet.";
/** Chunks that are shown of a source. */
const shownOfSource = 50;

/** A chunk with what is known about it. */
export interface Remembered {
  readonly id: string;
  readonly text: string;
  readonly label: Label;
  readonly source: { readonly id: string; readonly kind: MemorySourceKind; readonly title: string | null };
  readonly at: string;
}

export interface Found extends Remembered {
  readonly score: number;
  readonly foundBy: readonly ("words" | "meaning")[];
}

export interface RememberedSource extends Omit<SourceRow, "labels" | "n" | "reason"> {
  readonly label: Label;
  readonly reason: string | null;
}

/** What the analysts and the agent remember: every chunk with its label, from storing to finding. */
export type MemoryRoom = Awaited<ReturnType<typeof createMemory>>;

export type Memory = Awaited<ReturnType<typeof createMemory>>;

export interface MemoryOptions {
  readonly store: StoreHost;
  readonly sealer: Sealer;
  readonly keys: KeyStore;
  readonly clock: Clock;
  readonly log: Logger;
  readonly jobs: Jobs;
  readonly core: MemoryCore;
  /** Null: the built-in embedder alone. */
  readonly server: EmbeddingServer | null;
  readonly onChange: () => void;
}

export async function createMemory(options: MemoryOptions) {
  const { store, sealer, keys, clock, log, jobs, core, onChange } = options;
  const key = (await keys.get("engine", "memory")) ?? (await keys.create("engine", "memory"));
  const chosen = createChosenEmbedder({ store, core, server: options.server, log, onChange });
  const embedding = { store, sealer, core, chosen };
  const closing = new AbortController();
  const background = new Set<Promise<unknown>>();
  let hidden: Promise<{ chunks: number[]; sources: number[] }> | null = null;
  let timer: NodeJS.Timeout | null = null;
  /** Who stored something while a job was under way, which may have looked for the last time by then. */
  let storedMeanwhile: Principal | null = null;
  jobs.register(createEmbeddingJob(embedding));

  const stopListening = store.onAppended((events) => {
    if (!events.some(({ kind }) => kind.startsWith("memory"))) return;
    hidden = null;
    onChange();
  });
  const stopFollowing = jobs.onChange(({ id, kind, state }) => {
    if (kind === embedMemoryKind && state === "done") inBackground(goOnAfter(id), notYetEmbedded);
  });

  /** Goes on while others are answered. */
  function inBackground(work: Promise<unknown>, what: string): void {
    const kept = work
      .catch((error: unknown) => {
        if (!closing.signal.aborted) log.warn({ err: error }, what);
      })
      .finally(() => background.delete(kept));
    background.add(kept);
  }

  async function labelsFor(who: Readers) {
    const labels = await store.read(allLabels, null);
    return labels.filter(({ label }) => mayRead(label.readers, who)).map(({ n }) => n);
  }

  function whatIsHidden() {
    hidden ??= store.read(hiddenNumbers, null);
    return hidden;
  }

  async function open(row: ChunkRow): Promise<Remembered | null> {
    const text = await sealer.unseal(row.text);
    if (text === null) return null;
    const { id, label, source, kind, stored_at: at } = row;
    return { id, text, label, at, source: { id: source, kind, title: await openTitle(row.title) } };
  }

  const openTitle = async (title: string | null) => (title === null ? null : await sealer.unseal(title));

  async function toSource({ n: _, labels, ...row }: SourceRow): Promise<RememberedSource> {
    const all = new Map((await store.read(allLabels, null)).map(({ n, label }) => [n, label]));
    return {
      ...row,
      title: await openTitle(row.title),
      reason: await openTitle(row.reason),
      label: joinLabels(labels.flatMap((n) => all.get(n) ?? [])),
    };
  }

  /** @throws SentinelError NOT_FOUND, also for what the asker may not know of */
  async function findSource(id: string): Promise<SourceRow> {
    const row = await store.read(sourceById, id);
    if (row === null) throw new SentinelError("NOT_FOUND", "There is no such source.");
    return row;
  }

  async function startJob(by: Principal): Promise<void> {
    const server = chosen.server();
    if (server === null) return;
    const isUnderWay = jobs.active(embedMemoryKind).length > 0;
    storedMeanwhile = isUnderWay ? by : null;
    if (isUnderWay) return;
    await jobs.start(embedMemoryKind, { embedder: server.name }, `Embedding by ${server.name}`, by);
  }

  async function goOnAfter(job: string): Promise<void> {
    await jobs.ended(job);
    if (storedMeanwhile !== null) await startJob(storedMeanwhile);
  }

  /** What was stored is embedded by the server too, where there is one. */
  async function embedNew(stored: StoredText, numbers: readonly number[], by: Principal): Promise<void> {
    const server = chosen.server();
    if (server === null) return;
    if (stored.added.length > embeddedAtOnce || chosen.current().name !== server.name) return await startJob(by);
    const rows = await store.read(withoutVector, {
      embedder: server.name,
      after: Math.min(...numbers) - 1,
      limit: embeddedAtOnce,
    });
    await embedRows(embedding, server, rows, closing.signal);
  }

  async function look(by: Principal): Promise<void> {
    if (await chosen.follow()) await startJob(by);
  }

  return {
    /** @throws SentinelError INPUT_INVALID, INPUT_TOO_LARGE; CONFLICT when its source is revoked */
    async store(given: TextToStore, by: Principal): Promise<StoredText> {
      const stored = await storeText({ store, sealer, clock, core, key }, given, by);
      if (stored.added.length === 0) return stored;
      const numbers = await store.read(numbersOf, stored.added);
      await core.add(numbers);
      chosen.noteStored({ chunks: numbers.length, sources: stored.isNewSource ? 1 : 0 });
      if (numbers.length > 0) inBackground(embedNew(stored, numbers, by), notYetEmbedded);
      return stored;
    },

    /**
     * Chunks that a question is about, by words (BM25) and by meaning (cosine), put together by their ranks.
     * @param who for whom it is: nothing is found that they may not all read
     */
    async search(asked: { q: string; limit: number; who: Readers }, signal: AbortSignal) {
      const [labels, off, vector] = await Promise.all([
        labelsFor(asked.who),
        whatIsHidden(),
        chosen.embedQuestion(asked.q, signal),
      ]);
      const [words, near] = await Promise.all([
        store.read(searchWords, { words: wordsOf(asked.q), labels, limit: candidates }),
        vector === null
          ? []
          : core.search({
              query: vector,
              limit: candidates,
              labels,
              hiddenSources: off.sources,
              hiddenChunks: off.chunks,
            }),
      ]);
      const meaning = near.flatMap(({ chunk, similarity }) => (similarity < leastSimilarity ? [] : [chunk]));
      const fused = fuseRanks([words, meaning]);
      // SECURITY: an index may lag behind a revocation; what the tables say at this moment decides.
      const rows = await store.read(chunksByNumber, {
        chunks: fused.map(({ item }) => item).slice(0, asked.limit * 2),
        labels,
      });
      const scores = new Map(fused.map(({ item, score }) => [item, score]));
      const found: Found[] = [];
      for (const row of rows) {
        if (found.length === asked.limit) break;
        const chunk = await open(row);
        if (chunk === null) continue;
        const foundBy: Found["foundBy"] = [
          ...(words.includes(row.n) ? (["words"] as const) : []),
          ...(meaning.includes(row.n) ? (["meaning"] as const) : []),
        ];
        found.push({ ...chunk, score: scores.get(row.n)!, foundBy });
      }
      return {
        found,
        label: joinLabels(found.map(({ label }) => label)),
        degraded: vector === null ? chosen.reason() : null,
      };
    },

    /** The last stored first. @param before a number that `next` gave */
    async list(asked: { source: string | null; before: number | null; limit: number; who: Readers }) {
      const { who, ...page } = asked;
      const rows = await store.read(chunkPage, { ...page, labels: await labelsFor(who) });
      const chunks = (await Promise.all(rows.map(open))).filter((chunk) => chunk !== null);
      return { chunks, next: rows.length < asked.limit ? null : rows.at(-1)!.n };
    },

    /**
     * Deletes a chunk, or a stored text. @returns the event, which can be undone
     * @throws SentinelError NOT_FOUND, also for what the asker may not read
     */
    async remove(id: string, who: Readers, by: Principal): Promise<string> {
      const labels = new Set(await labelsFor(who));
      const [event] = await store.append([await draftRemoval(id, labels)], by);
      return event!.id;
    },

    /** What texts were taken from, the last first. */
    async sources(asked: { revoked: boolean; before: number | null; limit: number }) {
      const rows = await store.read(sourcePage, asked);
      return {
        sources: await Promise.all(rows.map(toSource)),
        next: rows.length < asked.limit ? null : rows.at(-1)!.n,
      };
    },

    /** A source, and the first of what came from it that the asker may read. @throws SentinelError NOT_FOUND */
    async source(id: string, who: Readers) {
      const row = await findSource(id);
      const texts = await store.read(textsOfSource, {
        source: row.n,
        labels: await labelsFor(who),
        limit: shownOfSource,
      });
      const opened = await Promise.all(
        texts.map(async (chunk) => ({ id: chunk.id, text: await sealer.unseal(chunk.text) })),
      );
      return {
        source: await toSource(row),
        chunks: opened.flatMap((chunk) => (chunk.text === null ? [] : [{ id: chunk.id, text: chunk.text }])),
      };
    },

    /**
     * Quarantines everything that came from a source: none of it is found any more.
     * @throws SentinelError NOT_FOUND; CONFLICT when it is revoked already, or was changed since
     */
    async revoke(id: string, reason: string, baseVersion: number, by: Principal) {
      const row = await findSource(id);
      if (row.revoked_at !== null) throw new SentinelError("CONFLICT", "The source is revoked already.");
      const sealed = await sealer.seal(subjectOf(id), reason);
      const payload = { at: toInstant(clock.now()), by: by.actor, reason: sealed };
      const [event] = await store.append(
        [
          {
            entityType: memorySourceEntity,
            entityId: id,
            baseVersion,
            kind: "memory_source.revoked",
            payload,
            inverse: { kind: "memory_source.restored", payload: {} },
          },
        ],
        by,
      );
      return { eventId: event!.id, quarantined: row.chunks };
    },

    /** @throws SentinelError NOT_FOUND; CONFLICT when it is not revoked, or was changed since */
    async restore(id: string, baseVersion: number, by: Principal): Promise<string> {
      const { revoked_at: at, revoked_by, reason } = await findSource(id);
      if (at === null) throw new SentinelError("CONFLICT", "The source is not revoked.");
      const inverse = { kind: "memory_source.revoked", payload: { at, by: revoked_by ?? "", reason: reason ?? "" } };
      const draft = {
        entityType: memorySourceEntity,
        entityId: id,
        baseVersion,
        kind: "memory_source.restored",
        payload: {},
        inverse,
      };
      const [event] = await store.append([draft], by);
      return event!.id;
    },

    async status() {
      const { chunks, sources, embedded } = await chosen.counts();
      const { name, dimensions } = chosen.current();
      const running = (await jobs.list()).find(
        ({ kind, state }) => kind === embedMemoryKind && (state === "running" || state === "queued"),
      );
      const isInUse = name !== builtInName;
      return {
        chunks,
        sources,
        embedder: { name, is_built_in: !isInUse, dimensions },
        server:
          options.server === null
            ? null
            : {
                description: options.server.description,
                state:
                  chosen.server() === null ? ("away" as const) : isInUse ? ("in_use" as const) : ("embedding" as const),
                reason: chosen.reason(),
                embedded,
                job_id: running?.id ?? null,
              },
        searchable: await core.size(),
      };
    },

    /** Once jobs are recovered: reads the vectors, looks for the server, and looks again every minute. */
    begin(by: Principal): void {
      inBackground(look(by), "The embedding server could not be looked for.");
      if (options.server === null) return;
      timer = setInterval(() => inBackground(look(by), "The embedding server could not be looked for."), lookEveryMs);
      timer.unref();
    },

    /** Looks at once for the embedding server, as the clock does every minute. */
    look,

    /** Vectors of what was erased leave the thread's memory too. */
    forgetErased: () => chosen.reset(),

    async close(): Promise<void> {
      closing.abort();
      if (timer !== null) clearInterval(timer);
      stopListening();
      stopFollowing();
      await chosen.close();
      await Promise.all(background);
    },
  };

  async function draftRemoval(id: string, labels: ReadonlySet<number>): Promise<EventDraft> {
    const item = await store.read(itemById, id);
    if (item?.isKept === true && item.labels.every((label) => labels.has(label))) {
      return {
        entityType: memoryItemEntity,
        entityId: id,
        baseVersion: item.version,
        kind: "memory.taken_back",
        payload: { source: item.source },
        inverse: { kind: "memory.brought_back", payload: { source: item.source } },
      };
    }
    const chunk = await store.read(chunkById, id);
    if (chunk === null || !chunk.isAlive || !labels.has(chunk.label)) {
      throw new SentinelError("NOT_FOUND", "There is no such chunk or text in the memory.");
    }
    return {
      entityType: memoryChunkEntity,
      entityId: id,
      baseVersion: chunk.version,
      kind: "memory_chunk.dropped",
      payload: {},
      inverse: { kind: "memory_chunk.kept", payload: {} },
    };
  }
}
