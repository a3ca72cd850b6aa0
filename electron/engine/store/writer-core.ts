import type { Checkpoint } from "../../../shared/audit.ts";
import type { Clock } from "../base/clock.ts";
import { toInstant } from "../base/clock.ts";
import type { AuditExport } from "./audit-export.ts";
import { bulkEntityId } from "./bulk.ts";
import { signCheckpoint, signingKey } from "./checkpoint.ts";
import { copyDatabase, tidyDatabase } from "./copy-database.ts";
import { openEventLog } from "./event-log.ts";
import type { CopyProgress, DatabaseCopy, Outcome, WriterRequest } from "./protocol.ts";
import type { Registry } from "./registry.ts";
import { UnreadableDecision } from "./shared-decision.ts";
import type { Db, EventRow, UndoneRow } from "./store.ts";
import { packError } from "./store-errors.ts";

/** Events between two signed checkpoints. */
export const checkpointEvery = 1000;

/** Events exported at once while the file catches up with the database. */
const exportPage = 1000;

/** Rows from which on a request gets a transaction of its own. */
const manyRows = 100;

/** Requests that share a transaction; one of many rows is alone: see `runAlone`. */
function groupRequests(requests: readonly WriterRequest[]): WriterRequest[][] {
  const groups: WriterRequest[][] = [];
  let open: WriterRequest[] = [];
  for (const request of requests) {
    if (isLarge(request)) {
      groups.push([request]);
      open = [];
    } else {
      if (open.length === 0) groups.push(open);
      open.push(request);
    }
  }
  return groups;
}

function isLarge(request: WriterRequest): boolean {
  switch (request.op) {
    case "write":
      return isLong(request.args) || Object.values(request.args ?? {}).some(isLong);
    case "append":
      return request.drafts.some(({ entityId }) => entityId === bulkEntityId) || isLong(request.drafts);
    case "undo":
    case "rebuild":
    case "waiting":
    case "sharedState":
    case "takeSnapshot":
    case "loadSnapshot":
    case "judge":
      return true;
  }
}

const isLong = (value: unknown) => Array.isArray(value) && value.length >= manyRows;

/** Everything that changes the database: one per data directory, on the writer thread. */
export interface WriterCore {
  /**
   * Runs requests, small ones that follow each other in one transaction, each inside a savepoint: one that fails is undone alone. The
   * outcomes are only returned after the commit, in the order of the requests; `appended` are the new events.
   */
  run(requests: readonly WriterRequest[]): { outcomes: Outcome[]; appended: EventRow[] };
  /** Signs count and head of the log as they are; null while the log is empty or the store signs nothing. */
  checkpoint(): Checkpoint | null;
  /** @param onProgress throws what the copy should end with */
  copy(path: string, onProgress: (now: CopyProgress) => void): Promise<DatabaseCopy>;
  tidy(rewrite: boolean): boolean;
  close(): void;
}

export interface WriterCoreOptions {
  readonly db: Db;
  readonly registry: Registry;
  readonly clock: Clock;
  readonly nodeId: string;
  /** Whether what is shared waits for the word of a fleet. */
  readonly sharing: boolean;
  /** Null for a store in memory, which exports nothing. */
  readonly exported: AuditExport | null;
  /** Ed25519 seed, 32 bytes; null signs nothing. */
  readonly checkpointSeed: Uint8Array | null;
  /** Hears why the export fell behind; the log itself is safe in the database. */
  readonly onExportError: (error: unknown) => void;
}

export function createWriterCore(options: WriterCoreOptions): WriterCore {
  const { db, registry, clock, nodeId, exported, sharing } = options;
  const log = openEventLog(db, { projections: registry.projections, clock, nodeId, sharing });
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
        const { event, undone } = log.undo(request.eventId, request.by, request.options);
        return { value: { ...event, undone } satisfies UndoneRow, appended: [event] };
      }
      case "rebuild":
        log.rebuild();
        return { value: null, appended: [] };
      case "waiting":
        return { value: log.shared.waiting(request.after, request.limit), appended: [] };
      case "sharedState":
        return { value: log.shared.state(request.withHash), appended: [] };
      case "takeSnapshot":
        return { value: log.shared.snapshot(), appended: [] };
      case "loadSnapshot": {
        const appended = log.shared.load(request.snapshot);
        return { value: appended !== null, appended: appended ?? [] };
      }
      case "judge": {
        const { outcomes, appended } = log.shared.judge(request.heard);
        return { value: outcomes, appended };
      }
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

  /**
   * One request in a transaction of its own, without a savepoint: SQLite keeps the former pages of a savepoint in a list that it
   * walks after every statement, so that a request of thousands of rows would take time with their square.
   */
  function runAlone(request: WriterRequest): { outcomes: Outcome[]; appended: EventRow[] } {
    begin.run();
    try {
      const { value, appended } = perform(request);
      commit.run();
      return { outcomes: [{ ok: true, value }], appended };
    } catch (error) {
      if (db.inTransaction) rollback.run();
      if (request.op === "judge" && error instanceof UnreadableDecision) {
        const { offset } = error;
        const heard = request.heard.map((one) => (one.offset === offset ? { ...one, isUnreadable: true } : one));
        return runAlone({ ...request, heard });
      }
      return { outcomes: [{ ok: false, error: packError(error) }], appended: [] };
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

  function runGroup(group: readonly WriterRequest[]): { outcomes: Outcome[]; appended: EventRow[] } {
    const [only] = group;
    if (only !== undefined && group.length === 1) return runAlone(only);
    try {
      return runTogether(group);
    } catch {
      // Nothing was stored and nobody was told otherwise: give each request its own transaction and its own outcome.
      const singly = group.map(runAlone);
      return {
        outcomes: singly.flatMap((one) => one.outcomes),
        appended: singly.flatMap((one) => one.appended),
      };
    }
  }

  exportEvents([]);
  return {
    run(requests) {
      const outcomes: Outcome[] = [];
      const appended: EventRow[] = [];
      for (const group of groupRequests(requests)) {
        const done = runGroup(group);
        // Before the next transaction, so that a crash loses as little of the export as can be.
        if (done.appended.length > 0) exportEvents(done.appended);
        outcomes.push(...done.outcomes);
        appended.push(...done.appended);
      }
      return { outcomes, appended };
    },
    checkpoint,
    copy: (path, onProgress) => copyDatabase(db, path, onProgress),
    tidy: (rewrite) => tidyDatabase(db, rewrite),
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
