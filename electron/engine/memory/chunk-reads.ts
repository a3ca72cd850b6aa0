import { z } from "zod";
import { MemorySourceKind } from "../../../shared/memory.ts";
import { Label } from "../base/labels.ts";
import { defineRead, defineSlowRead } from "../store/store.ts";
import { isAlive } from "./memory-tables.ts";

/** A chunk as it is stored; texts are sealed. */
const ChunkRow = z.object({
  n: z.number(),
  id: z.string(),
  text: z.string(),
  stored_at: z.string(),
  label: z.string().transform((json) => Label.parse(JSON.parse(json))),
  source: z.string(),
  kind: MemorySourceKind,
  title: z.string().nullable(),
});
export type ChunkRow = z.output<typeof ChunkRow>;

const columns = "c.n, c.id, c.text, c.stored_at, l.label, s.id AS source, s.kind, s.title";
const from = "memory_chunks c JOIN memory_labels l ON l.n = c.label JOIN memory_sources s ON s.n = c.source";

/** Every label that a chunk has, by its number. */
export const allLabels = defineRead("memory.labels", (db) => {
  const select = db.prepare<[], { n: number; label: string }>("SELECT n, label FROM memory_labels");
  return (_args: null): { n: number; label: Label }[] =>
    select.all().map(({ n, label }) => ({ n, label: Label.parse(JSON.parse(label)) }));
});

const allowed = "c.label IN (SELECT value FROM json_each(?))";

/**
 * Chunks by their numbers, in that order. SECURITY: what may not be found is left out here, whatever an index said.
 * @param labels numbers of those that the asker may read
 */
export const chunksByNumber = defineRead("memory.chunks_by_number", (db) => {
  const select = db.prepare<[number, string]>(
    `SELECT ${columns} FROM ${from} WHERE c.n = ? AND ${allowed} AND ${isAlive}`,
  );
  return ({ chunks, labels }: { chunks: readonly number[]; labels: readonly number[] }): ChunkRow[] =>
    chunks.flatMap((n) => {
      const row = select.get(n, JSON.stringify(labels));
      return row === undefined ? [] : [ChunkRow.parse(row)];
    });
});

/** Chunks that may be found, the last stored first. */
export const chunkPage = defineRead("memory.chunk_page", (db) => {
  const select = (more: string) =>
    db.prepare<unknown[]>(
      `SELECT ${columns} FROM ${from} WHERE c.n < ? AND ${allowed} AND ${isAlive} ${more} ORDER BY c.n DESC LIMIT ?`,
    );
  const any = select("");
  const ofSource = select("AND c.source = (SELECT n FROM memory_sources WHERE id = ?)");
  return (args: {
    before: number | null;
    source: string | null;
    labels: readonly number[];
    limit: number;
  }): ChunkRow[] => {
    const { before, source, labels, limit } = args;
    const first = [before ?? Number.MAX_SAFE_INTEGER, JSON.stringify(labels)];
    const rows = source === null ? any.all(...first, limit) : ofSource.all(...first, source, limit);
    return rows.map((row) => ChunkRow.parse(row));
  };
});

/** What is known of a chunk, alive or not; null: there is none. */
export const chunkById = defineRead("memory.chunk_by_id", (db) => {
  const select = db.prepare<[string], { label: number; alive: number; version: number }>(
    `SELECT c.label, (${isAlive}) AS alive,
       coalesce((SELECT version FROM entity_versions v WHERE v.entity_type = 'memory_chunk' AND v.entity_id = c.id), 0) AS version
     FROM memory_chunks c WHERE c.id = ?`,
  );
  return (id: string): { label: number; isAlive: boolean; version: number } | null => {
    const row = select.get(id);
    return row === undefined ? null : { label: row.label, isAlive: row.alive === 1, version: row.version };
  };
});

/** A stored text; null: there is none. */
export const itemById = defineRead("memory.item_by_id", (db) => {
  const select = db.prepare<[string], { source: string; kept: number; version: number }>(
    `SELECT i.source, i.kept, v.version FROM memory_items i
     JOIN entity_versions v ON v.entity_type = 'memory_item' AND v.entity_id = i.id WHERE i.id = ?`,
  );
  const labels = db
    .prepare<[string], number>(
      "SELECT DISTINCT c.label FROM memory_uses u JOIN memory_chunks c ON c.n = u.chunk WHERE u.item = ?",
    )
    .pluck();
  return (id: string): { source: string; isKept: boolean; version: number; labels: number[] } | null => {
    const row = select.get(id);
    if (row === undefined) return null;
    return { source: row.source, isKept: row.kept === 1, version: row.version, labels: labels.all(id) };
  };
});

/** Which of these chunks there are and may be found, each with a text that it stands in. */
export const knownChunks = defineRead("memory.known_chunks", (db) => {
  const select = db.prepare<[string], { id: string; n: number; item: string }>(
    `SELECT c.id, c.n, (SELECT u.item FROM memory_uses u JOIN memory_items i ON i.id = u.item WHERE u.chunk = c.n AND i.kept = 1) AS item
     FROM memory_chunks c WHERE c.id = ? AND ${isAlive}`,
  );
  return (ids: readonly string[]): { id: string; n: number; item: string }[] =>
    ids.flatMap((id) => {
      const row = select.get(id);
      return row === undefined ? [] : [row];
    });
});

/** Which of these chunks were deleted alone. */
export const droppedChunks = defineRead("memory.dropped_chunks", (db) => {
  const select = db.prepare<[string], { id: string; version: number }>(
    `SELECT d.chunk AS id, v.version FROM memory_dropped d
     JOIN entity_versions v ON v.entity_type = 'memory_chunk' AND v.entity_id = d.chunk WHERE d.chunk = ?`,
  );
  return (ids: readonly string[]): { id: string; version: number }[] =>
    ids.flatMap((id) => {
      const row = select.get(id);
      return row === undefined ? [] : [row];
    });
});

/** Numbers of chunks, those that were stored. */
export const numbersOf = defineRead("memory.numbers", (db) => {
  const select = db
    .prepare<[string], number>("SELECT n FROM memory_chunks WHERE id IN (SELECT value FROM json_each(?))")
    .pluck();
  return (ids: readonly string[]): number[] => select.all(JSON.stringify(ids));
});

/** What must not be found, by number: chunks that were deleted, or whose texts all were; sources that were revoked, and what was made of them. */
export const hiddenNumbers = defineSlowRead("memory.hidden", (db) => {
  const chunks = db
    .prepare<[], number>(
      `SELECT c.n FROM memory_dropped d JOIN memory_chunks c ON c.id = d.chunk
       UNION SELECT u.chunk FROM memory_items i JOIN memory_uses u ON u.item = i.id WHERE i.kept = 0
         AND NOT EXISTS (SELECT 1 FROM memory_uses o JOIN memory_items k ON k.id = o.item WHERE o.chunk = u.chunk AND k.kept = 1)`,
    )
    .pluck();
  const sources = db
    .prepare<[], number>(
      `SELECT s.n FROM memory_revoked r JOIN memory_sources s ON s.id = r.source
       UNION SELECT s.n FROM memory_revoked r JOIN memory_parents p ON p.parent = r.source JOIN memory_sources s ON s.id = p.source`,
    )
    .pluck();
  return (_args: null): { chunks: number[]; sources: number[] } => ({ chunks: chunks.all(), sources: sources.all() });
});

/** How many chunks there are, alive or not, and how many vectors by an embedder. */
export const countChunks = defineSlowRead("memory.counts", (db) => {
  const chunks = db.prepare<[], number>("SELECT count(*) FROM memory_chunks").pluck();
  const sources = db.prepare<[], number>("SELECT count(*) FROM memory_sources").pluck();
  const vectors = db
    .prepare<[string], number>(
      "SELECT count(*) FROM memory_vectors WHERE embedder = (SELECT n FROM memory_embedders WHERE name = ?)",
    )
    .pluck();
  return ({ embedders }: { embedders: readonly string[] }) => ({
    chunks: chunks.get()!,
    sources: sources.get()!,
    vectors: embedders.map((name) => vectors.get(name)!),
  });
});
