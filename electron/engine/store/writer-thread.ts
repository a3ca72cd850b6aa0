import type { MessagePort } from "node:worker_threads";
import { SentinelError } from "../../../shared/errors.ts";
import { systemClock, toInstant } from "../base/clock.ts";
import { openAuditExport } from "./audit-export.ts";
import { openWriterConnection } from "./connection.ts";
import { eventModule } from "./event-table.ts";
import { migrate } from "./migrations.ts";
import type { FromThread, HostRequest, Outcome, ToThread, WriterRequest, WriterStart } from "./protocol.ts";
import { buildRegistry } from "./registry.ts";
import { sharedModule } from "./shared-tables.ts";
import type { Db, StoreModule } from "./store.ts";
import { packError } from "./store-errors.ts";
import { verifyModule } from "./verify-log.ts";
import { createWriterCore, type WriterCore } from "./writer-core.ts";

/** Tables that every store has. */
export const coreModules: readonly StoreModule[] = [eventModule, verifyModule, sharedModule];

/** Requests in one transaction, so that the first of them does not wait long for its commit. */
const maxBatch = 512;

interface Queued {
  readonly from: MessagePort;
  readonly id: number;
  readonly request: WriterRequest | HostRequest;
}

/**
 * Runs the writer thread: the only connection that changes the database. Requests that arrive while a transaction runs share the
 * next one, so the cost of a safe commit (fsync) is divided among them.
 */
export function startWriter(host: MessagePort, start: WriterStart, modules: readonly StoreModule[]): void {
  const tell = (message: FromThread) => host.postMessage(message);
  let core: WriterCore;
  try {
    core = open(start, modules, tell);
  } catch (error) {
    tell({ failed: packError(error) });
    host.close();
    return;
  }

  const queue: Queued[] = [];
  let scheduled = false;
  let stopCopy = false;

  function schedule(): void {
    if (scheduled) return;
    scheduled = true;
    setImmediate(drain);
  }

  function drain(): void {
    scheduled = false;
    const changes: { from: MessagePort; id: number; request: WriterRequest }[] = [];
    while (changes.length < maxBatch && queue.length > 0) {
      const { from, id, request } = queue[0]!;
      if (isForHost(request)) break;
      changes.push({ from, id, request });
      queue.shift();
    }
    if (changes.length > 0) {
      const { outcomes, appended } = core.run(changes.map((change) => change.request));
      if (appended.length > 0) tell({ appended });
      for (const [index, { from, id }] of changes.entries()) reply(from, id, () => outcomes[index]!);
    } else {
      const { from, id, request } = queue.shift()!;
      if (request.op === "copy") copy(from, id, request.path);
      else reply(from, id, () => serve(request));
      if (request.op === "close") {
        host.close();
        return;
      }
    }
    if (queue.length > 0) schedule();
  }

  function serve(request: WriterRequest | HostRequest): Outcome {
    try {
      if (request.op === "tidy") return { ok: true, value: core.tidy(request.rewrite) };
      if (request.op === "close") return { ok: true, value: core.close() };
      if (request.op === "stopCopy") {
        stopCopy = true;
        return { ok: true, value: null };
      }
      return { ok: true, value: core.checkpoint() };
    } catch (error) {
      return { ok: false, error: packError(error) };
    }
  }

  /** Goes on between the transactions of others: SQLite copies a few pages at a turn. */
  function copy(from: MessagePort, id: number, path: string): void {
    stopCopy = false;
    core
      .copy(path, (copied) => {
        if (stopCopy) throw new SentinelError("CANCELLED", "The copy was cancelled.");
        tell({ copied });
      })
      .then(
        (value) => reply(from, id, () => ({ ok: true, value })),
        (error: unknown) => reply(from, id, () => ({ ok: false, error: packError(error) })),
      );
  }

  function listen(port: MessagePort): void {
    port.on("message", (message: ToThread<WriterRequest | HostRequest>) => {
      if ("port" in message) {
        listen(message.port);
        return;
      }
      queue.push({ from: port, id: message.id, request: message.request });
      schedule();
    });
  }
  listen(host);
  tell({ ready: true });
}

function isForHost(request: WriterRequest | HostRequest): request is HostRequest {
  const { op } = request;
  return op === "checkpoint" || op === "tidy" || op === "copy" || op === "stopCopy" || op === "close";
}

function open(start: WriterStart, modules: readonly StoreModule[], tell: (message: FromThread) => void): WriterCore {
  const registry = buildRegistry([...coreModules, ...modules]);
  const db = openWriterConnection(start.path);
  try {
    migrate(db, registry.migrations, toInstant(systemClock.now()));
    const suffix = `set-aside-${systemClock.now()}`;
    const exported = openAuditExport({ audit: start.audit, checkpoints: start.checkpoints }, hashAt(db), suffix);
    for (const finding of exported.findings) tell({ finding });
    return createWriterCore({
      db,
      registry,
      clock: systemClock,
      nodeId: start.nodeId,
      sharing: start.sharing,
      exported,
      checkpointSeed: start.checkpointSeed,
      onExportError: (error) => tell({ warning: packError(error) }),
    });
  } catch (error) {
    db.close();
    throw error;
  }
}

export function hashAt(db: Db): (seq: number) => string | null {
  const select = db.prepare("SELECT hash FROM events WHERE seq = ?").pluck();
  return (seq) => (select.get(seq) as string | undefined) ?? null;
}

/** Answers; what cannot be copied to the other thread is reported to it as the error that it is. */
export function reply(
  to: MessagePort,
  id: number,
  outcome: () => Extract<FromThread, { id: number }>["outcome"],
): void {
  try {
    to.postMessage({ id, outcome: outcome() } satisfies FromThread);
  } catch (error) {
    to.postMessage({ id, outcome: { ok: false, error: packError(error) } } satisfies FromThread);
  }
}
