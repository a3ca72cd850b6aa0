import { z } from "zod";
import { MemorySourceKind } from "../../../shared/memory.ts";
import { Label } from "../base/labels.ts";
import type { Projection } from "../store/store.ts";

/** A text that was stored at once. */
export const memoryItemEntity = "memory_item";
/** What texts were taken from. */
export const memorySourceEntity = "memory_source";
/** One chunk, once somebody decided about it alone. */
export const memoryChunkEntity = "memory_chunk";

/** What it gives cannot be changed. */
const StoredLabel: z.ZodType<Label> = Label;

/** Payload of `memory.stored`. Title and text are sealed under the source. */
const Stored = z.strictObject({
  source: z.string(),
  kind: MemorySourceKind,
  title: z.string().nullable(),
  label: StoredLabel,
  text: z.string(),
  at: z.string(),
  /** Sources that it was made of; absent: none. */
  parents: z.array(z.string()).optional(),
});
export type Stored = z.infer<typeof Stored>;

/** Payload of `memory.taken_back` (the text was deleted, or its storing undone) and of `memory.brought_back`. */
const TakenBack = z.strictObject({ source: z.string() });

/** Payload of `memory_source.revoked`. */
const Revoked = z.strictObject({
  at: z.string(),
  by: z.string(),
  /** Sealed under the source. */
  reason: z.string(),
});

const memoryKinds = [
  "memory.stored",
  "memory.taken_back",
  "memory.brought_back",
  "memory_source.revoked",
  "memory_source.restored",
  "memory_chunk.dropped",
  "memory_chunk.kept",
] as const;

export const memoryProjection: Projection = {
  name: "memory",
  tables: ["memory_items", "memory_revoked", "memory_dropped", "memory_parents"],
  kinds: memoryKinds,
  prepare(db) {
    const keep = db.prepare("INSERT OR REPLACE INTO memory_items (id, source, kept) VALUES (?, ?, ?)");
    const descend = db.prepare(
      "INSERT OR IGNORE INTO memory_parents (source, parent) SELECT ?, ? UNION SELECT ?, parent FROM memory_parents WHERE source = ?",
    );
    const revoke = db.prepare(
      "INSERT OR REPLACE INTO memory_revoked (source, revoked_at, revoked_by, reason) VALUES (?, ?, ?, ?)",
    );
    const restore = db.prepare("DELETE FROM memory_revoked WHERE source = ?");
    const drop = db.prepare("INSERT OR REPLACE INTO memory_dropped (chunk) VALUES (?)");
    const undrop = db.prepare("DELETE FROM memory_dropped WHERE chunk = ?");
    return ({ kind, entity_id: id, payload }) => {
      switch (kind) {
        case "memory.stored": {
          const { source, parents = [] } = Stored.parse(payload);
          keep.run(id, source, 1);
          for (const parent of parents) descend.run(source, parent, source, parent);
          break;
        }
        case "memory.taken_back":
        case "memory.brought_back":
          keep.run(id, TakenBack.parse(payload).source, Number(kind === "memory.brought_back"));
          break;
        case "memory_source.revoked": {
          const { at, by, reason } = Revoked.parse(payload);
          revoke.run(id, at, by, reason);
          break;
        }
        case "memory_source.restored":
          restore.run(id);
          break;
        case "memory_chunk.dropped":
          drop.run(id);
          break;
        case "memory_chunk.kept":
          undrop.run(id);
          break;
      }
    };
  },
};
