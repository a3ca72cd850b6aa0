import type { Logger } from "../base/logging.ts";
import type { ReadableStore } from "../store/store.ts";
import { builtInEmbedder } from "./built-in-embedder.ts";
import { countChunks } from "./chunk-reads.ts";
import type { Embedder, EmbeddingServer } from "./embedder.ts";
import type { MemoryCore } from "./memory-core.ts";

/** How long a server may take to embed a question, milliseconds: then words have to do. */
const questionMs = 5000;

/** How long a server may take to say whether it is there, milliseconds. */
const findMs = 3000;

/** Which embedder is in force. */
export interface ChosenEmbedder {
  current(): Embedder;
  /** Null while the server is not known to be there. */
  server(): Embedder | null;
  /** Why the server is away; null: it is there, or none is asked for. */
  reason(): string | null;
  /** Chunks that there are, and that the server has embedded; counted once, then kept in step. */
  counts(): Promise<Counts>;
  /**
   * Looks for the server and chooses. The built-in embedder's vectors are always complete; the server's are used once they are.
   * @returns true when the server is there and has chunks to embed
   */
  follow(): Promise<boolean>;
  /** Vectors by the server were stored, or chunks without them. */
  noteStored(change: { readonly chunks?: number; readonly embedded?: number; readonly sources?: number }): void;
  /** Rows went away: count again, read the vectors again. */
  reset(): Promise<void>;
  /** The question as the index takes it; null: it cannot be embedded now. */
  embedQuestion(text: string, signal: AbortSignal): Promise<string | Float32Array | null>;
  close(): Promise<void>;
}

export interface Counts {
  chunks: number;
  sources: number;
  embedded: number;
}

export function createChosenEmbedder(options: {
  readonly store: ReadableStore;
  readonly core: MemoryCore;
  readonly server: EmbeddingServer | null;
  readonly log: Logger;
  readonly onChange: () => void;
}): ChosenEmbedder {
  const { store, core, log, onChange } = options;
  const abort = new AbortController();
  let found: Embedder | null = null;
  let reason: string | null = null;
  let current: Embedder = builtInEmbedder;
  let counted: Promise<Counts> | null = null;
  let isOpen = false;
  let opening: Promise<void> = Promise.resolve();

  function counts(): Promise<Counts> {
    counted ??= store
      .read(countChunks, { embedders: found === null ? [] : [found.name] })
      .then(({ chunks, sources, vectors }) => ({ chunks, sources, embedded: vectors[0] ?? 0 }));
    counted.catch(() => {
      counted = null;
    });
    return counted;
  }

  function use(embedder: Embedder): void {
    if (isOpen && embedder.name === current.name) return;
    current = embedder;
    isOpen = true;
    opening = core.open(embedder.name, embedder.dimensions).then(onChange, (error: unknown) => {
      isOpen = false;
      if (!abort.signal.aborted) log.error({ err: error }, "The vectors of the memory could not be read.");
    });
    onChange();
  }

  async function find(): Promise<void> {
    if (options.server === null) return;
    const before = [found?.name, reason].join(" ");
    try {
      const signal = AbortSignal.any([abort.signal, AbortSignal.timeout(findMs)]);
      const now = await options.server.find(signal);
      if (now.name !== found?.name) counted = null;
      found = now;
      reason = null;
    } catch (error) {
      reason = error instanceof Error ? error.message : "It does not answer.";
    }
    if (before !== [found?.name, reason].join(" ")) onChange();
  }

  return {
    current: () => current,
    server: () => (reason === null ? found : null),
    reason: () => reason,
    counts,
    async follow() {
      await find();
      if (abort.signal.aborted) return false;
      const { chunks, embedded } = await counts();
      const isThere = found !== null && reason === null;
      const isLacking = embedded < chunks;
      if (chunks > 0) {
        const stays = isThere && current.name === found?.name;
        use(isThere && (!isLacking || stays) ? found! : builtInEmbedder);
      }
      return isThere && isLacking;
    },
    noteStored({ chunks = 0, embedded = 0, sources = 0 }) {
      // Counted only now, they are in it.
      const isCounted = counted !== null;
      const change = counts().then((now) => {
        if (!isCounted) return;
        now.chunks += chunks;
        now.embedded = Math.min(now.chunks, now.embedded + embedded);
        now.sources += sources;
      });
      change.then(
        () => {
          if (!isOpen && !abort.signal.aborted) use(current);
          onChange();
        },
        () => {},
      );
    },
    async reset() {
      counted = null;
      if (!isOpen) return;
      isOpen = false;
      use(current);
      await opening;
    },
    async embedQuestion(text, signal) {
      if (current.name === builtInEmbedder.name) return text;
      const within = AbortSignal.any([signal, abort.signal, AbortSignal.timeout(questionMs)]);
      try {
        return (await current.embed([text], "query", within))[0] ?? null;
      } catch (error) {
        signal.throwIfAborted();
        reason = error instanceof Error ? error.message : "It does not answer.";
        // Its vectors are always there; until they are read, words have to do.
        use(builtInEmbedder);
        return null;
      }
    },
    async close() {
      abort.abort();
      await opening;
    },
  };
}
