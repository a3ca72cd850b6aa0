import { createHmac } from "node:crypto";
import { setImmediate as breathe } from "node:timers/promises";
import { SentinelError } from "../../../shared/errors.ts";
import { longestMemory, type MemorySourceKind } from "../../../shared/memory.ts";
import { canonicalJson } from "../base/canonical-json.ts";
import { type Clock, toInstant } from "../base/clock.ts";
import { uuidv7 } from "../base/ids.ts";
import type { Label } from "../base/labels.ts";
import type { Principal } from "../base/principals.ts";
import { type Sealer, subjectTag } from "../store/seal.ts";
import type { EventDraft, Store } from "../store/store.ts";
import { builtInName } from "./built-in-embedder.ts";
import { droppedChunks, knownChunks } from "./chunk-reads.ts";
import { type ChunksToStore, type NewChunk, storeChunks } from "./chunk-writes.ts";
import type { MemoryCore, SplitChunk } from "./memory-core.ts";
import { memoryChunkEntity, memoryItemEntity, type Stored } from "./memory-events.ts";
import { sourceStanding } from "./source-reads.ts";
import { cleanText } from "./split-text.ts";

/** Chunks that are sealed before anything else gets its turn on this thread. */
const sealedAtOnce = 50;

export interface TextToStore {
  readonly text: string;
  readonly label: Label;
  readonly source: {
    /** Absent: a source of its own. */
    readonly id?: string | undefined;
    readonly kind: MemorySourceKind;
    readonly title?: string | undefined;
  };
  /** Sources that it was made of: when one is revoked, it is not found any more, either. */
  readonly parents?: readonly string[];
}

export interface StoredText {
  readonly id: string;
  readonly source: string;
  readonly chunks: readonly string[];
  /** Those of them that were not there before. */
  readonly added: readonly string[];
  readonly isNewSource: boolean;
  /** Null: all of it was there. */
  readonly eventId: string | null;
}

/** Subject that texts of a source are sealed under. */
export const subjectOf = (source: string) => `memory ${source}`;

export interface StoringPorts {
  readonly store: Store;
  readonly sealer: Sealer;
  readonly clock: Clock;
  readonly core: MemoryCore;
  /** 32 bytes of this installation. */
  readonly key: Buffer;
}

/**
 * Stores a text. A chunk is the same when its text, its label and its source are: then it is kept once. The same text from another
 * source, or with another label, is another chunk: so that neither a label is lost nor a revoked source takes along what came
 * from elsewhere.
 *
 * @throws SentinelError INPUT_INVALID, INPUT_TOO_LARGE; CONFLICT when its source is revoked
 */
export async function storeText(ports: StoringPorts, given: TextToStore, by: Principal): Promise<StoredText> {
  const { store, sealer, clock, core, key } = ports;
  if (given.text.length > longestMemory) {
    throw new SentinelError(
      "INPUT_TOO_LARGE",
      `The text has more than ${longestMemory.toLocaleString("en")} characters: split it.`,
    );
  }
  const text = cleanText(given.text);
  if (text === "") throw new SentinelError("INPUT_INVALID", "text: there is nothing in it that can be remembered.");
  const source = given.source.id ?? uuidv7(clock);
  const standing = await store.read(sourceStanding, source);
  if (standing?.isRevoked === true) {
    throw new SentinelError("CONFLICT", `The source ${source} is revoked: restore it first, or store under another.`);
  }
  const label = canonicalJson(given.label);
  // SECURITY: keyed, since the ids stay in the log when the texts are erased: a short text could else be guessed.
  const idOf = (chunk: string) =>
    createHmac("sha256", key)
      .update(canonicalJson([source, label, chunk]))
      .digest("hex")
      .slice(0, 32);
  const pieces = new Map((await core.split(text)).map((piece) => [idOf(piece.text), piece] as const));
  const chunks = [...pieces.keys()];
  const known = await store.read(knownChunks, chunks);
  if (known.length === chunks.length) {
    return { id: known[0]!.item, source, chunks, added: [], isNewSource: false, eventId: null };
  }
  const at = toInstant(clock.now());
  const subject = subjectOf(source);
  const title = given.source.title === undefined ? null : await sealer.seal(subject, given.source.title);
  const kind = standing?.kind ?? given.source.kind;
  const payload: Stored = { source, kind, title, label: given.label, text: await sealer.seal(subject, text), at };
  if (given.parents !== undefined && given.parents.length > 0) payload.parents = [...given.parents];
  const id = uuidv7(clock);
  const draft: EventDraft = {
    entityType: memoryItemEntity,
    entityId: id,
    baseVersion: 0,
    kind: "memory.stored",
    payload,
    inverse: { kind: "memory.taken_back", payload: { source } },
  };
  const args: ChunksToStore = {
    item: id,
    source: { id: source, kind, title, subject: subjectTag(subject) },
    label: given.label,
    at,
    embedder: builtInName,
    chunks: await sealChunks(pieces, (piece) => sealer.seal(subject, piece)),
  };
  const again = (await store.read(droppedChunks, chunks)).map(draftKept);
  const [event] = await store.append([draft, ...again], by, [{ write: storeChunks, args }]);
  const there = new Set(known.map((chunk) => chunk.id));
  return {
    id,
    source,
    chunks,
    added: chunks.filter((chunk) => !there.has(chunk)),
    isNewSource: standing === null,
    eventId: event!.id,
  };
}

/** A chunk that was deleted alone and is stored again is there again. */
function draftKept({ id, version }: { id: string; version: number }): EventDraft {
  return {
    entityType: memoryChunkEntity,
    entityId: id,
    baseVersion: version,
    kind: "memory_chunk.kept",
    payload: {},
    inverse: { kind: "memory_chunk.dropped", payload: {} },
  };
}

async function sealChunks(
  pieces: ReadonlyMap<string, SplitChunk>,
  seal: (text: string) => Promise<string>,
): Promise<NewChunk[]> {
  const sealed: NewChunk[] = [];
  for (const [id, { text, vector }] of pieces) {
    sealed.push({ id, words: text, sealed: await seal(text), vector });
    if (sealed.length % sealedAtOnce === 0) await breathe();
  }
  return sealed;
}
