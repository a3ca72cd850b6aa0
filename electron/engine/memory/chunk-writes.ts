import type { MemorySourceKind } from "../../../shared/memory.ts";
import { canonicalJson } from "../base/canonical-json.ts";
import type { Label } from "../base/labels.ts";
import { type Db, defineWrite } from "../store/store.ts";

export interface NewChunk {
  readonly id: string;
  /** For the index of words. */
  readonly words: string;
  readonly sealed: string;
  /** By the built-in embedder. */
  readonly vector: Uint8Array;
}

export interface ChunksToStore {
  readonly item: string;
  readonly source: {
    readonly id: string;
    readonly kind: MemorySourceKind;
    readonly title: string | null;
    readonly subject: string;
  };
  readonly label: Label;
  readonly at: string;
  readonly embedder: string;
  readonly chunks: readonly NewChunk[];
}

/** The number of a label, the same for the same label. */
function prepareNumber(db: Db, table: "memory_labels" | "memory_embedders", column: string) {
  const find = db.prepare<[string], number>(`SELECT n FROM ${table} WHERE ${column} = ?`).pluck();
  const add = db.prepare<[string], number>(`INSERT INTO ${table} (${column}) VALUES (?) RETURNING n`).pluck();
  return (value: string): number => find.get(value) ?? add.get(value)!;
}

/** Stores the chunks of a text; those that are there already only get one more text that they stand in. */
export const storeChunks = defineWrite("memory.store_chunks", (db) => {
  const labelNumber = prepareNumber(db, "memory_labels", "label");
  const embedderNumber = prepareNumber(db, "memory_embedders", "name");
  const findSource = db.prepare<[string], number>("SELECT n FROM memory_sources WHERE id = ?").pluck();
  const addSource = db
    .prepare<[string, string, string | null, string, string], number>(
      "INSERT INTO memory_sources (id, kind, title, subject, stored_at) VALUES (?, ?, ?, ?, ?) RETURNING n",
    )
    .pluck();
  const find = db.prepare<[string], number>("SELECT n FROM memory_chunks WHERE id = ?").pluck();
  const add = db
    .prepare<[string, number, number, string, string], number>(
      "INSERT INTO memory_chunks (id, source, label, text, stored_at) VALUES (?, ?, ?, ?, ?) RETURNING n",
    )
    .pluck();
  const index = db.prepare("INSERT INTO memory_text (rowid, text) VALUES (?, ?)");
  const embed = db.prepare("INSERT INTO memory_vectors (embedder, chunk, vector) VALUES (?, ?, ?)");
  const use = db.prepare("INSERT OR IGNORE INTO memory_uses (chunk, item) VALUES (?, ?)");
  return ({ item, source, label, at, embedder, chunks }: ChunksToStore): null => {
    const sourceN =
      findSource.get(source.id) ?? addSource.get(source.id, source.kind, source.title, source.subject, at)!;
    const labelN = labelNumber(canonicalJson(label));
    const embedderN = embedderNumber(embedder);
    for (const { id, words, sealed, vector } of chunks) {
      let n = find.get(id);
      if (n === undefined) {
        n = add.get(id, sourceN, labelN, sealed, at)!;
        index.run(n, words);
        embed.run(embedderN, n, vector);
      }
      use.run(n, item);
    }
    return null;
  };
});

/** Vectors of chunks by another embedder. Those of chunks that are gone by now are left out. */
export const storeVectors = defineWrite("memory.store_vectors", (db) => {
  const embedderNumber = prepareNumber(db, "memory_embedders", "name");
  const add = db.prepare(
    "INSERT OR REPLACE INTO memory_vectors (embedder, chunk, vector) SELECT ?, n, ? FROM memory_chunks WHERE n = ?",
  );
  return (args: { embedder: string; vectors: readonly { chunk: number; vector: Uint8Array }[] }): null => {
    const embedderN = embedderNumber(args.embedder);
    for (const { chunk, vector } of args.vectors) add.run(embedderN, vector, chunk);
    return null;
  };
});

/** Vectors of embedders that are not used any more. @returns true once none is left */
export const forgetVectors = defineWrite("memory.forget_vectors", (db) => {
  const remove = db.prepare(
    `DELETE FROM memory_vectors WHERE (embedder, chunk) IN (
       SELECT embedder, chunk FROM memory_vectors WHERE embedder NOT IN (
         SELECT n FROM memory_embedders WHERE name IN (SELECT value FROM json_each(?))) LIMIT ?)`,
  );
  return ({ but, limit }: { but: readonly string[]; limit: number }): boolean =>
    remove.run(JSON.stringify(but), limit).changes < limit;
});

/**
 * What was derived from sources that were erased, and the sources. @param subjects what stands for them in sealed texts
 * @returns how many rows went; 0: nothing is left
 */
export const forgetMemoryOf = defineWrite("memory.forget_sources", (db) => {
  const findSource = db.prepare<[string], number>("SELECT n FROM memory_sources WHERE subject = ?").pluck();
  const chunks = db.prepare<[number, number], number>("SELECT n FROM memory_chunks WHERE source = ? LIMIT ?").pluck();
  const removals = [
    "DELETE FROM memory_text WHERE rowid = ?",
    "DELETE FROM memory_vectors WHERE chunk = ? AND embedder IN (SELECT n FROM memory_embedders)",
    "DELETE FROM memory_uses WHERE chunk = ?",
    "DELETE FROM memory_chunks WHERE n = ?",
  ].map((sql) => db.prepare(sql));
  const removeSource = db.prepare("DELETE FROM memory_sources WHERE n = ?");
  return ({ subjects, limit }: { subjects: readonly string[]; limit: number }): number => {
    let sources = 0;
    let left = limit;
    for (const subject of subjects) {
      const source = findSource.get(subject);
      if (source === undefined) continue;
      const found = chunks.all(source, left);
      for (const n of found) for (const removal of removals) removal.run(n);
      left -= found.length;
      if (left <= 0) return limit;
      removeSource.run(source);
      sources++;
    }
    return limit - left + sources;
  };
});
