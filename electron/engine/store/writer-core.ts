import type { Clock } from "../base/clock.ts";
import { toInstant } from "../base/clock.ts";
import type { AuditExport } from "./audit-export.ts";
import { type Checkpoint, signCheckpoint, signingKey } from "./checkpoint.ts";
import { openEventLog } from "./event-log.ts";
import type { Outcome, WriterRequest } from "./protocol.ts";
import type { Registry } from "./registry.ts";
import type { Db, EventRow } from "./store.ts";
import { packError } from "./store-errors.ts";

/** Events between two signed checkpoints. */
export const checkpointEvery = 1000;

/** Events exported at once while the file catches up with the database. */
const exportPage = 1000;

/** Everything that changes the database: one per data directory, on the writer thread. */
export interface WriterCore {
  /**
   * Runs requests in one transaction, each inside a savepoint: one that fails is undone alone. The outcomes are only returned
   * after the commit, in the order of the requests; `appended` are the new events.
   */
  run(requests: readonly WriterRequest[]): { outcomes: Outcome[]; appended: EventRow[] };
  /** Signs count and head of the log as they are; null while the log is empty or the store signs nothing. */
  checkpoint(): Checkpoint | null;
  close(): void;
}

export interface WriterCoreOptions {
  readonly db: Db;
  readonly registry: Registry;
  readonly clock: Clock;
  readonly nodeId: string;
  /** Null for a store in memory, which exports nothing. */
  readonly exported: AuditExport | null;
  /** Ed25519 seed, 32 bytes; null signs nothing. */
  readonly checkpointSeed: Uint8Array | null;
  /** Hears why the export fell behind; the log itself is safe in the database. */
  readonly onExportError: (error: unknown) => void;
}

export function createWriterCore(options: WriterCoreOptions): WriterCore {
  const { db, registry, clock, nodeId, exported } = options;
  const log = openEventLog(db, { projections: registry.projections, clock, nodeId });
  const key = options.checkpointSeed === null ? null : signingKey(options.checkpointSeed);
  const writes = new Map<string, (args: unknown) => unknown>();

  function writer(name: string): (args: unknown) => unknown {
    const known = writes.get(name);
    if (known !== undefined) return known;
    const definition = registry.writes.get(name);
    if (definition === undefined) throw new Error(`No table module defines the write ${name}.`);
    const prepared = definition.prepare(db);
    writes.set(name, prepared);
    return prepared;
  }

  function perform(request: WriterRequest): { value: unknown; appended: EventRow[] } {
    switch (request.op) {
      case "write":
        return { value: writer(request.name)(request.args), appended: [] };
      case "append": {
        const appended = log.append(request.drafts, request.by);
        for (const change of request.also) writer(change.name)(change.args);
        return { value: appended, appended };
      }
      case "undo": {
        const event = log.undo(request.eventId, request.by, request.options);
        return { value: event, appended: [event] };
      }
      case "rebuild":
        log.rebuild();
        return { value: null, appended: [] };
    }
  }

  const begin = db.prepare("BEGIN IMMEDIATE");
  const commit = db.prepare("COMMIT");
  const rollback = db.prepare("ROLLBACK");
  const savepoint = db.prepare("SAVEPOINT request");
  const release = db.prepare("RELEASE request");
  const rollbackTo = db.prepare("ROLLBACK TO request");

  /** @throws when the transaction as a whole failed and nothing of it is stored */
  function runTogether(requests: readonly WriterRequest[]): { outcomes: Outcome[]; appended: EventRow[] } {
    const outcomes: Outcome[] = [];
    const appended: EventRow[] = [];
    begin.run();
    try {
      for (const request of requests) {
        savepoint.run();
        try {
          const done = perform(request);
          release.run();
          appended.push(...done.appended);
          outcomes.push({ ok: true, value: done.value });
        } catch (error) {
          // A full disk or a broken page makes SQLite give up the whole transaction, and the savepoint with it.
          if (!db.inTransaction) throw error;
          rollbackTo.run();
          release.run();
          outcomes.push({ ok: false, error: packError(error) });
        }
      }
      commit.run();
      return { outcomes, appended };
    } catch (error) {
      if (db.inTransaction) rollback.run();
      throw error;
    }
  }

  function exportEvents(appended: readonly EventRow[]): void {
    if (exported === null) return;
    try {
      if (appended.length > 0 && exported.exportedSeq() === appended[0]!.seq - 1) exported.appendEvents(appended);
      else catchUp(exported);
      const head = log.head()?.seq ?? 0;
      if (head - exported.checkpointCount() >= checkpointEvery) checkpoint();
    } catch (error) {
      // The commit stands and is acknowledged; the next commit or start exports what is missing.
      options.onExportError(error);
    }
  }

  function catchUp(file: AuditExport): void {
    for (;;) {
      const events = log.after(file.exportedSeq(), exportPage);
      if (events.length === 0) return;
      file.appendEvents(events);
    }
  }

  function checkpoint(): Checkpoint | null {
    const head = log.head();
    if (key === null || head === null) return null;
    const at = toInstant(clock.now());
    const signed = signCheckpoint(key, { count: head.seq, head: head.hash, at, node_id: nodeId });
    if (exported !== null && exported.checkpointCount() !== head.seq) {
      catchUp(exported);
      exported.appendCheckpoint(signed);
    }
    return signed;
  }

  exportEvents([]);
  return {
    run(requests) {
      try {
        const done = runTogether(requests);
        if (done.appended.length > 0) exportEvents(done.appended);
        return done;
      } catch (error) {
        if (requests.length === 1) return { outcomes: [{ ok: false, error: packError(error) }], appended: [] };
        // Nothing was stored and nobody was told otherwise: give each request its own transaction and its own outcome.
        const singly = requests.map((request) => this.run([request]));
        return {
          outcomes: singly.flatMap((one) => one.outcomes),
          appended: singly.flatMap((one) => one.appended),
        };
      }
    },
    checkpoint,
    close() {
      if (exported !== null) {
        try {
          checkpoint();
        } catch (error) {
          options.onExportError(error);
        }
        exported.close();
      }
      db.pragma("optimize");
      db.close();
    },
  };
}
