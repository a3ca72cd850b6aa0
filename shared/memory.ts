import { z } from "zod";
import { defineRoute } from "./route.ts";
import { Id, Instant } from "./units.ts";

/** What a text was taken from. */
export const memorySourceKinds = ["note", "word", "case", "file", "tool_result"] as const;
export const MemorySourceKind = z.enum(memorySourceKinds);
export type MemorySourceKind = z.infer<typeof MemorySourceKind>;

/** Characters of a text that is stored at once. */
export const longestMemory = 500_000;

/** What is known about a text, whatever it says. It stays with each chunk of it. */
export const MemoryLabel = z.object({
  integrity: z.enum(["trusted", "untrusted"]),
  /** Who may come to know it; an empty list: nobody beyond the engine. */
  readers: z.union([z.literal("everyone"), z.array(z.string())]),
  sources: z.array(z.enum(["user", "claude", "qwen", "web", "file", "tool", "memory"])),
});
export type MemoryLabel = z.infer<typeof MemoryLabel>;

export const MemoryChunk = z.object({
  id: Id,
  /** Untrusted text unless the label says otherwise: to be shown as text. */
  text: z.string(),
  label: MemoryLabel,
  source: z.object({ id: Id, kind: MemorySourceKind, title: z.string().nullable() }),
  at: Instant,
});
export type MemoryChunk = z.infer<typeof MemoryChunk>;

export const FoundChunk = MemoryChunk.extend({
  /** Reciprocal ranks added up: unitless, greater is better, comparable within one answer alone. */
  score: z.number(),
  /** What found it. */
  found_by: z.array(z.enum(["words", "meaning"])),
});
export type FoundChunk = z.infer<typeof FoundChunk>;

const limit = z.coerce.number().int().min(1).max(50).default(10);
const cursor = z.coerce.number().int().min(1).optional();

export const storeMemory = defineRoute({
  method: "POST",
  path: "/api/memory",
  summary: "Store a text: its chunks, each with its label; can be undone",
  role: "analyst",
  callers: ["ui", "external", "mcp"],
  // As JSON each character may take six bytes.
  maxBytes: 4 * 1024 ** 2,
  rate: "agent",
  input: z.strictObject({
    text: z.string().max(longestMemory),
    source: z
      .strictObject({
        kind: MemorySourceKind.default("note"),
        /** Absent: a source of its own. */
        id: Id.optional(),
        title: z.string().trim().max(200).optional(),
      })
      .prefault({}),
    /** Absent: trusted for what a person types into the user interface as a note or word, else untrusted. */
    integrity: z.enum(["trusted", "untrusted"]).optional(),
    readers: z.union([z.literal("everyone"), z.array(z.string().min(1).max(320)).max(100)]).default("everyone"),
  }),
  output: z.object({
    /** Of the stored text; where all of it was there already, of the text that it stands in. */
    id: Id,
    /** Chunks of the text, first to last. */
    chunks: z.array(Id),
    /** How many of them were there already. */
    known: z.number().int(),
    source: Id,
    label: MemoryLabel,
    event_id: Id.nullable(),
  }),
});

export const listMemory = defineRoute({
  method: "GET",
  path: "/api/memory",
  summary: "Stored chunks with their labels, the last stored first",
  role: "viewer",
  callers: ["ui", "external"],
  input: z.strictObject({ source: Id.optional(), cursor, limit }),
  output: z.object({
    items: z.array(MemoryChunk),
    /** The join of their labels. */
    label: MemoryLabel,
    next: z.number().int().nullable(),
  }),
});

export const searchMemory = defineRoute({
  method: "GET",
  path: "/api/memory/search",
  summary: "Chunks that a question is about, by words and by meaning, with their labels",
  role: "viewer",
  callers: ["ui", "external", "mcp"],
  rate: "agent",
  input: z.strictObject({ q: z.string().trim().min(1).max(4000), limit }),
  output: z.object({
    items: z.array(FoundChunk),
    /** The join of their labels. */
    label: MemoryLabel,
    /** Why fewer may have been found than there are; null: nothing is missing. */
    degraded: z.string().nullable(),
  }),
});

export const removeMemory = defineRoute({
  method: "DELETE",
  path: "/api/memory/:id",
  summary: "Delete a chunk, or a stored text with all of its chunks; can be undone",
  role: "analyst",
  callers: ["ui", "external"],
  rate: "agent",
  input: z.strictObject({ id: Id }),
  output: z.object({ event_id: Id }),
});

export const MemorySource = z.object({
  id: Id,
  version: z.number().int().min(0),
  kind: MemorySourceKind,
  title: z.string().nullable(),
  at: Instant,
  /** Chunks that came from it, also by way of what tasks made of it, without deleted ones. */
  chunks: z.number().int(),
  /** The join of their labels. */
  label: MemoryLabel,
  revoked: z.object({ at: Instant, by: z.string(), reason: z.string().nullable() }).nullable(),
});
export type MemorySource = z.infer<typeof MemorySource>;

export const listMemorySources = defineRoute({
  method: "GET",
  path: "/api/memory/sources",
  summary: "What stored texts were taken from, the last first",
  role: "viewer",
  callers: ["ui", "external"],
  input: z.strictObject({ revoked: z.stringbool().default(false), cursor, limit }),
  output: z.object({ items: z.array(MemorySource), next: z.number().int().nullable() }),
});

export const getMemorySource = defineRoute({
  method: "GET",
  path: "/api/memory/sources/:id",
  summary: "A source and what came from it: what revoking it quarantines",
  role: "viewer",
  callers: ["ui", "external"],
  input: z.strictObject({ id: Id }),
  output: z.object({
    source: MemorySource,
    /** The first 50. */
    chunks: z.array(z.object({ id: Id, text: z.string() })),
  }),
});

export const revokeMemorySource = defineRoute({
  method: "POST",
  path: "/api/memory/sources/:id/revoke",
  summary: "Revoke a source: nothing that came from it is found any more; can be undone",
  role: "analyst",
  callers: ["ui"],
  input: z.strictObject({
    id: Id,
    base_version: z.number().int().min(0),
    reason: z.string().trim().max(500).default(""),
  }),
  output: z.object({ event_id: Id, quarantined: z.number().int() }),
});

export const restoreMemorySource = defineRoute({
  method: "POST",
  path: "/api/memory/sources/:id/restore",
  summary: "Trust a revoked source again; can be undone",
  role: "analyst",
  callers: ["ui"],
  input: z.strictObject({ id: Id, base_version: z.number().int().min(1) }),
  output: z.object({ event_id: Id }),
});

export const MemoryStatus = z.object({
  chunks: z.number().int(),
  sources: z.number().int(),
  /** What makes the vectors that are searched now. */
  embedder: z.object({ name: z.string(), is_built_in: z.boolean(), dimensions: z.number().int() }),
  /** The embedding model of another program; null: none is asked for. */
  server: z
    .object({
      description: z.string(),
      state: z.enum(["away", "embedding", "in_use"]),
      /** Why it is away; else null. */
      reason: z.string().nullable(),
      /** Chunks that it has embedded. */
      embedded: z.number().int(),
      job_id: Id.nullable(),
    })
    .nullable(),
  /** Vectors that can be searched now; fewer than chunks while they are read. */
  searchable: z.number().int(),
});
export type MemoryStatus = z.infer<typeof MemoryStatus>;

export const memoryStatus = defineRoute({
  method: "GET",
  path: "/api/memory/status",
  summary: "How much is remembered, and which embedder is in force",
  role: "viewer",
  callers: ["ui", "external"],
  input: z.strictObject({}),
  output: MemoryStatus,
});
