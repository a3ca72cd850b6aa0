import { z } from "zod";
import { MemorySourceKind } from "../../../shared/memory.ts";
import { defineRead, defineSlowRead } from "../store/store.ts";
import { withDescendants } from "./memory-tables.ts";

const SourceRow = z.object({
  n: z.number(),
  id: z.string(),
  kind: MemorySourceKind,
  title: z.string().nullable(),
  stored_at: z.string(),
  chunks: z.number(),
  /** Numbers of the labels of its chunks. */
  labels: z.string().transform((json) => z.array(z.number()).parse(JSON.parse(json))),
  revoked_at: z.string().nullable(),
  revoked_by: z.string().nullable(),
  reason: z.string().nullable(),
  version: z.number(),
});
export type SourceRow = z.output<typeof SourceRow>;

/** Chunks of a source, and of what was made of it, that are neither deleted nor taken back; revoking it hides exactly these. */
const held = `
  SELECT c.label FROM memory_chunks c WHERE c.source IN ${withDescendants}
    AND NOT EXISTS (SELECT 1 FROM memory_dropped d WHERE d.chunk = c.id)
    AND EXISTS (SELECT 1 FROM memory_uses u JOIN memory_items i ON i.id = u.item WHERE u.chunk = c.n AND i.kept = 1)`;

const columns = `s.n, s.id, s.kind, s.title, s.stored_at, r.revoked_at, r.revoked_by, r.reason,
  (SELECT count(*) FROM (${held})) AS chunks, (SELECT json_group_array(DISTINCT label) FROM (${held})) AS labels,
  coalesce((SELECT version FROM entity_versions v WHERE v.entity_type = 'memory_source' AND v.entity_id = s.id), 0) AS version`;
const from = "memory_sources s LEFT JOIN memory_revoked r ON r.source = s.id";

/** Sources, the last first stored first; all of them, or one kind of them. */
export const sourcePage = defineSlowRead("memory.source_page", (db) => {
  const select = db.prepare<[number, number, number]>(
    `SELECT ${columns} FROM ${from} WHERE s.n < ? AND (? = 0 OR r.source IS NOT NULL) ORDER BY s.n DESC LIMIT ?`,
  );
  return (args: { before: number | null; revoked: boolean; limit: number }): SourceRow[] =>
    select
      .all(args.before ?? Number.MAX_SAFE_INTEGER, Number(args.revoked), args.limit)
      .map((row) => SourceRow.parse(row));
});

/** One source; null: there is none. */
export const sourceById = defineSlowRead("memory.source_by_id", (db) => {
  const select = db.prepare<[string]>(`SELECT ${columns} FROM ${from} WHERE s.id = ?`);
  return (id: string): SourceRow | null => {
    const row = select.get(id);
    return row === undefined ? null : SourceRow.parse(row);
  };
});

/** Sealed texts of a source's chunks, and of what was made of it, that revoking it hides, or has hidden: the first of them. */
export const textsOfSource = defineSlowRead("memory.texts_of_source", (db) => {
  const select = db.prepare<[number, string, number], { id: string; text: string }>(
    `SELECT c.id, c.text FROM memory_sources s JOIN memory_chunks c ON c.source IN ${withDescendants}
     WHERE s.n = ? AND c.label IN (SELECT value FROM json_each(?))
       AND NOT EXISTS (SELECT 1 FROM memory_dropped d WHERE d.chunk = c.id)
       AND EXISTS (SELECT 1 FROM memory_uses u JOIN memory_items i ON i.id = u.item WHERE u.chunk = c.n AND i.kept = 1)
     ORDER BY c.n LIMIT ?`,
  );
  return (args: { source: number; labels: readonly number[]; limit: number }) =>
    select.all(args.source, JSON.stringify(args.labels), args.limit);
});

/** Whether a source may be stored into; null: there is none of this id. */
export const sourceStanding = defineRead("memory.source_standing", (db) => {
  const select = db.prepare<[string], { kind: string; revoked: number }>(
    "SELECT s.kind, r.source IS NOT NULL AS revoked FROM memory_sources s LEFT JOIN memory_revoked r ON r.source = s.id WHERE s.id = ?",
  );
  return (id: string): { kind: MemorySourceKind; isRevoked: boolean } | null => {
    const row = select.get(id);
    return row === undefined ? null : { kind: MemorySourceKind.parse(row.kind), isRevoked: row.revoked === 1 };
  };
});
