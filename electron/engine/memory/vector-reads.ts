import { defineRead, defineSlowRead } from "../store/store.ts";

const embedderNumber = "(SELECT n FROM memory_embedders WHERE name = ?)";

export interface StoredVector {
  readonly chunk: number;
  readonly source: number;
  readonly label: number;
  readonly vector: Uint8Array;
}

/** Vectors by one embedder, by their chunks' numbers. */
export const vectorPage = defineSlowRead("memory.vector_page", (db) => {
  const select = db.prepare<[string, number, number], StoredVector>(
    `SELECT v.chunk, c.source, c.label, v.vector FROM memory_vectors v JOIN memory_chunks c ON c.n = v.chunk
     WHERE v.embedder = ${embedderNumber} AND v.chunk > ? ORDER BY v.chunk LIMIT ?`,
  );
  return ({ embedder, after, limit }: { embedder: string; after: number; limit: number }): StoredVector[] =>
    select.all(embedder, after, limit);
});

/** Vectors of some chunks by one embedder: those that it has made. */
export const vectorsOf = defineRead("memory.vectors_of", (db) => {
  const select = db.prepare<[string, string], StoredVector>(
    `SELECT v.chunk, c.source, c.label, v.vector FROM memory_chunks c JOIN memory_vectors v
       ON v.embedder = ${embedderNumber} AND v.chunk = c.n
     WHERE c.n IN (SELECT value FROM json_each(?))`,
  );
  return ({ embedder, chunks }: { embedder: string; chunks: readonly number[] }): StoredVector[] =>
    select.all(embedder, JSON.stringify(chunks));
});

/** Chunks that an embedder has made no vector of, with their sealed texts. */
export const withoutVector = defineSlowRead("memory.without_vector", (db) => {
  const select = db.prepare<[number, string, number], { chunk: number; text: string }>(
    `SELECT c.n AS chunk, c.text FROM memory_chunks c WHERE c.n > ? AND NOT EXISTS (
       SELECT 1 FROM memory_vectors v WHERE v.embedder = ${embedderNumber} AND v.chunk = c.n) ORDER BY c.n LIMIT ?`,
  );
  return ({ embedder, after, limit }: { embedder: string; after: number; limit: number }) =>
    select.all(after, embedder, limit);
});
