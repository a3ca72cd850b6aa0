import type { MessagePort } from "node:worker_threads";
import type Database from "better-sqlite3";
import type { AuditEntry, Checkpoint, LogVerification } from "../../../shared/audit.ts";
import type { Principal } from "../base/principals.ts";
import type { CopyProgress, DatabaseCopy } from "./protocol.ts";
import type { Heard, Judgement, SharedState, Waiting } from "./shared-decision.ts";
import type { SharedSnapshot } from "./shared-snapshot.ts";
import type { Place } from "./shared-tables.ts";

/** SQLite connection, as the store's own threads see it. */
export type Db = Database.Database;

/**
 * A named query. `prepare` runs once per connection and returns the function that answers it, so that statements are compiled
 * once. The same object is the caller's type and the reader thread's implementation.
 */
export interface ReadDefinition<A, R> {
  readonly name: string;
  readonly prepare: (db: Db) => (args: A) => R;
  /** True where an answer may take long: one reader is always left to the others. */
  readonly slow?: true;
}

/** A named change to derived tables (not in the log: re-derivable from evidence). Runs in a transaction on the writer thread. */
export interface WriteDefinition<A, R> {
  readonly name: string;
  readonly prepare: (db: Db) => (args: A) => R;
}

/** A change that one wants to make: becomes an event of the log. */
export interface EventDraft {
  readonly entityType: string;
  /** `*` for a bulk action, whose payload lists its members: see `bulk.ts`. */
  readonly entityId: string;
  /** Version the actor saw; 0 for a new entity. The event is refused with CONFLICT when the entity has moved on. */
  readonly baseVersion: number;
  readonly kind: string;
  readonly payload: unknown;
  /** The event that takes this one back, or null when nothing does. */
  readonly inverse: { readonly kind: string; readonly payload: unknown } | null;
  /** UUIDv7 that the events of one action share which is appended in several steps. */
  readonly batchId?: string;
}

export interface EventRow extends Omit<AuditEntry, "undoable" | "fate" | "members"> {
  readonly inverse: { readonly kind: string; readonly payload: unknown } | null;
}

/** An event that took another one back. */
export interface UndoneRow extends EventRow {
  /** Entities of that one for which it was taken back already. */
  readonly undone: number;
}

/** State derived from the events of some kinds; applied in the same transaction, and rebuildable from the log alone. */
export interface Projection {
  readonly name: string;
  /**
   * Tables that this projection owns; a rebuild empties them first. Derived tables must not refer to them with ON DELETE CASCADE:
   * a rebuild would empty those too.
   */
  readonly tables: readonly string[];
  readonly kinds: readonly string[];
  readonly prepare: (db: Db) => (event: EventRow) => void;
  /** What engines of a fleet decide together: see `shared-log.ts`. */
  readonly shared?: {
    readonly entityType: string;
    /** What others may say of it; all of `kinds` unless given. */
    readonly kinds?: readonly string[];
    /** Kinds that only an approver decides; all others need an analyst. */
    readonly approverKinds?: readonly string[];
    /** Whether one event may be about many of them. */
    readonly isBulk?: true;
    /** Brings an entity back to what it was before its first event. */
    readonly forget: (db: Db) => (entityId: string) => void;
    /** SQL of everything that must be the same at all engines, in one order. */
    readonly rows: string;
  };
}

/** One numbered step of the schema. Numbers are global, ascending, never reused. */
export interface Migration {
  readonly id: number;
  readonly sql: string;
}

/** What one table file contributes. The writer and reader threads are built from the list of all of them. */
export interface StoreModule {
  readonly name: string;
  readonly migrations: readonly Migration[];
  // biome-ignore lint/suspicious/noExplicitAny: a registry holds definitions of every argument type; each caller is typed by its own.
  readonly reads: readonly ReadDefinition<any, any>[];
  // biome-ignore lint/suspicious/noExplicitAny: see above.
  readonly writes: readonly WriteDefinition<any, any>[];
  readonly projections: readonly Projection[];
}

export interface UndoOptions {
  /** Whether a bulk event is undone for those of its entities for which it still can be. */
  readonly partial?: boolean;
  /** See `EventDraft`. */
  readonly batchId?: string | null;
}

export interface ReadableStore {
  read<A, R>(query: ReadDefinition<A, R>, args: A): Promise<R>;
}

/** The store as the engine, and through a port any worker, sees it. */
export interface Store extends ReadableStore {
  write<A, R>(change: WriteDefinition<A, R>, args: A): Promise<R>;
  /**
   * Appends events in order, all or none, and applies their projections in the same transaction. `also` are derived-table
   * changes that must be in that transaction too.
   * @throws SentinelError CONFLICT naming the entity whose version moved
   */
  append(
    drafts: readonly EventDraft[],
    by: Principal,
    also?: readonly { write: WriteDefinition<never, unknown>; args: unknown }[],
  ): Promise<EventRow[]>;
  /**
   * Appends the inverse of an event. What was done to its entities after it must have been undone before.
   * @throws SentinelError NOT_FOUND, NOT_UNDOABLE, CONFLICT naming the entity that moved on
   */
  undo(eventId: string, by: Principal, options?: UndoOptions): Promise<UndoneRow>;
}

/** What only the engine's own thread can ask for. */
export interface StoreHost extends Store {
  /** Checks the database's log against the signed checkpoints, and the exported file. */
  verify(): Promise<LogVerification>;
  /** Signs count and head of the log now; null while there is no event. The copy can be kept elsewhere. */
  checkpoint(): Promise<Checkpoint | null>;
  /** Empties every projection and applies the whole log again. */
  rebuild(): Promise<void>;
  /**
   * Copies the database into a new file while everything goes on. One copy at a time.
   * @throws SentinelError CANCELLED, DISK_FULL, BUSY; then nothing of it is left
   */
  copy(
    path: string,
    options?: { signal?: AbortSignal; onProgress?: (now: CopyProgress) => void },
  ): Promise<DatabaseCopy>;
  /**
   * After rows were erased: writes the database anew without what their pages still hold, forgets samples that the query planner kept
   * of them, and empties the write-ahead log. Changes wait meanwhile, some ten seconds for each gigabyte; a copy is waited for.
   *
   * @param rewrite false: only the write-ahead log
   * @returns false when a reader still looks at the former state: try again without `rewrite`
   * @throws SentinelError DISK_FULL
   */
  tidy(rewrite: boolean): Promise<boolean>;
  /** What this engine decided after a place in its log and the fleet has not judged yet: see `shared-log.ts`. */
  waiting(after: Place, limit: number): Promise<Waiting[]>;
  /** Takes what the fleet's topic says. @returns what became of each message */
  judge(heard: readonly Heard[]): Promise<Judgement[]>;
  /** How far this engine has come with what the fleet decides. */
  sharedState(withHash: boolean): Promise<SharedState>;
  /** What the fleet decided as far as it was read here, of one moment; null: it is too much for one. */
  takeSnapshot(): Promise<SharedSnapshot | null>;
  /** Begins with another engine's snapshot. @returns false: something was read already */
  loadSnapshot(snapshot: SharedSnapshot): Promise<boolean>;
  /** A port for another thread; there, `connectStore(port)` gives the same `Store`. */
  port(): MessagePort;
  /** Hears of every appended event, after its transaction. @returns the function that stops listening */
  onAppended(listener: (events: readonly EventRow[]) => void): () => void;
  close(): Promise<void>;
}

export function defineRead<A, R>(name: string, prepare: (db: Db) => (args: A) => R): ReadDefinition<A, R> {
  return { name, prepare };
}

/** A query that may take long over many rows. */
export function defineSlowRead<A, R>(name: string, prepare: (db: Db) => (args: A) => R): ReadDefinition<A, R> {
  return { name, prepare, slow: true };
}

export function defineWrite<A, R>(name: string, prepare: (db: Db) => (args: A) => R): WriteDefinition<A, R> {
  return { name, prepare };
}

/** Removes an entity's rows of a table. @param key column with the entity's id */
export function forgetRow(db: Db, table: string, key = "id"): (entityId: string) => void {
  const remove = db.prepare(`DELETE FROM "${table}" WHERE "${key}" = ?`);
  return (entityId) => void remove.run(entityId);
}
