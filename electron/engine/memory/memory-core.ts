import { setImmediate as breathe } from "node:timers/promises";
import type { ReadableStore } from "../store/store.ts";
import { embedBuiltIn } from "./built-in-embedder.ts";
import { quantise, toUnit } from "./quantise.ts";
import { splitText } from "./split-text.ts";
import { createVectorIndex, type VectorIndex } from "./vector-index.ts";
import { type StoredVector, vectorPage, vectorsOf } from "./vector-reads.ts";

/** Vectors read from the store at once. */
const pageSize = 2000;

/** A chunk of a text, and its vector by the built-in embedder, as signed bytes. */
export interface SplitChunk {
  readonly text: string;
  readonly vector: Uint8Array;
}

export interface MeaningQuery {
  /** A text is embedded by the built-in embedder. */
  readonly query: string | Float32Array;
  readonly limit: number;
  /** Labels that the asker may read. */
  readonly labels: readonly number[];
  readonly hiddenSources: readonly number[];
  readonly hiddenChunks: readonly number[];
  /** Whether every vector is looked at: to measure. */
  readonly isExact?: boolean;
}

/** What of the memory takes long or much room: its work is done in a thread of its own. */
export interface MemoryCore {
  /** @param text as `cleanText` gives it */
  split(text: string): Promise<SplitChunk[]>;
  /** Searches the vectors of an embedder from now on; they are read meanwhile. @returns once all of them are there */
  open(embedder: string, dimensions: number): Promise<void>;
  /** Vectors of these chunks by the open embedder, as far as the store has them. */
  add(chunks: readonly number[]): Promise<void>;
  /** @returns nearest first; nothing while no embedder is open */
  search(asked: MeaningQuery): Promise<{ chunk: number; similarity: number }[]>;
  /** Vectors that are searched now. */
  size(): Promise<number>;
}

/** The work itself, in the calling thread. */
export function createMemoryCore(store: ReadableStore): MemoryCore {
  let open: { readonly embedder: string; readonly index: VectorIndex } | null = null;

  function put(index: VectorIndex, rows: readonly StoredVector[]): void {
    // A model that was replaced under the same name could give another shape: its vectors are of no use.
    const fitting = rows.filter(({ vector }) => vector.length === index.dimensions);
    index.add(fitting.map(({ vector, ...row }) => ({ ...row, bytes: new Int8Array(vector) })));
  }

  return {
    async split(text) {
      return splitText(text).map((chunk) => ({ text: chunk, vector: new Uint8Array(quantise(embedBuiltIn(chunk))) }));
    },
    async open(embedder, dimensions) {
      const opened = { embedder, index: createVectorIndex(dimensions) };
      open = opened;
      for (let after = 0; ; ) {
        const rows = await store.read(vectorPage, { embedder, after, limit: pageSize });
        // Another embedder was opened meanwhile.
        if (open !== opened) return;
        put(opened.index, rows);
        if (rows.length < pageSize) return;
        after = rows.at(-1)!.chunk;
        // A question that came meanwhile is answered first.
        await breathe();
      }
    },
    async add(chunks) {
      const to = open;
      if (to === null) return;
      put(to.index, await store.read(vectorsOf, { embedder: to.embedder, chunks }));
    },
    async search({ query, limit, labels, hiddenSources, hiddenChunks, isExact = false }) {
      if (open === null) return [];
      const vector = typeof query === "string" ? embedBuiltIn(query) : toUnit(query);
      if (vector.length !== open.index.dimensions) return [];
      const visible = {
        labels: new Set(labels),
        hiddenSources: new Set(hiddenSources),
        hiddenChunks: new Set(hiddenChunks),
      };
      const { index } = open;
      return isExact ? index.searchExactly(vector, limit, visible) : index.search(vector, limit, visible);
    },
    size: async () => open?.index.size() ?? 0,
  };
}
