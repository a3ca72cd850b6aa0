import type { MessagePort } from "node:worker_threads";
import type { Principal } from "../base/principals.ts";
import type { ExportFinding } from "./audit-export.ts";
import type { Heard } from "./shared-decision.ts";
import type { SharedSnapshot } from "./shared-snapshot.ts";
import type { Place } from "./shared-tables.ts";
import type { EventDraft, EventRow, UndoOptions } from "./store.ts";
import type { WireError } from "./store-errors.ts";

/** One change, as the writer thread gets it: definitions travel by name. */
export type WriterRequest =
  | { readonly op: "write"; readonly name: string; readonly args: unknown }
  | {
      readonly op: "append";
      readonly drafts: readonly EventDraft[];
      readonly by: Principal;
      readonly also: readonly { readonly name: string; readonly args: unknown }[];
    }
  | { readonly op: "undo"; readonly eventId: string; readonly by: Principal; readonly options: UndoOptions }
  | { readonly op: "rebuild" }
  | { readonly op: "waiting"; readonly after: Place; readonly limit: number }
  | { readonly op: "sharedState"; readonly withHash: boolean }
  | { readonly op: "takeSnapshot" }
  | { readonly op: "loadSnapshot"; readonly snapshot: SharedSnapshot }
  | { readonly op: "judge"; readonly heard: readonly Heard[] };

/** One question, as a reader thread gets it. */
export interface ReaderRequest {
  readonly op: "read";
  readonly name: string;
  readonly args: unknown;
}

/** What the host alone may ask of its threads. */
export type HostRequest =
  | { readonly op: "checkpoint" }
  | { readonly op: "tidy"; readonly rewrite: boolean }
  | { readonly op: "copy"; readonly path: string }
  | { readonly op: "stopCopy" }
  | { readonly op: "close" };

/** What the host alone may ask of a reader: to open its connection, once the writer has brought the schema up to date. */
export type ReaderHostRequest = { readonly op: "open" } | { readonly op: "close" };

export type Outcome =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly error: WireError };

/** Into a thread: a numbered request, or a further port that requests will come from. */
export type ToThread<R> = { readonly id: number; readonly request: R } | { readonly port: MessagePort };

/** Out of a thread: the answer to a request, or, on the host's port, what happened. */
export type FromThread =
  | { readonly id: number; readonly outcome: Outcome }
  | { readonly appended: readonly EventRow[] }
  | { readonly warning: WireError }
  | { readonly finding: ExportFinding }
  | { readonly copied: CopyProgress }
  | { readonly ready: true }
  | { readonly failed: WireError };

/** How far a copy of the database is, in pages. */
export interface CopyProgress {
  readonly done: number;
  readonly total: number;
}

/** A finished copy of the database: the state of one moment. */
export interface DatabaseCopy {
  readonly bytes: number;
  /** Newest event in it; null while the log is empty. */
  readonly head: { readonly seq: number; readonly hash: string } | null;
}

/** What the writer thread is started with. */
export interface WriterStart {
  readonly path: string;
  readonly nodeId: string;
  readonly sharing: boolean;
  readonly audit: string;
  readonly checkpoints: string;
  readonly checkpointSeed: Uint8Array;
}

/** What a reader thread is started with. */
export interface ReaderStart {
  readonly path: string;
}
