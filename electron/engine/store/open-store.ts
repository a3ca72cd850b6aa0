import { rm } from "node:fs/promises";
import { join } from "node:path";
import { isMainThread, MessageChannel, type Worker } from "node:worker_threads";
import type { Checkpoint, LogVerification } from "../../../shared/audit.ts";
import { SentinelError } from "../../../shared/errors.ts";
import type { Logger } from "../base/logging.ts";
import type { ExportFinding } from "./audit-export.ts";
import { publicKeyPem } from "./checkpoint.ts";
import { createStoreClient, leastBusy, type PortBundle } from "./client.ts";
import { writeDurably } from "./durable-file.ts";
import type {
  CopyProgress,
  DatabaseCopy,
  FromThread,
  HostRequest,
  ReaderHostRequest,
  ReaderRequest,
  ReaderStart,
  WriterRequest,
  WriterStart,
} from "./protocol.ts";
import type { Judgement, SharedState, Waiting } from "./shared-decision.ts";
import type { SharedSnapshot } from "./shared-snapshot.ts";
import type { EventRow, StoreHost } from "./store.ts";
import { unpackError } from "./store-errors.ts";
import { takeThread } from "./store-thread.ts";
import { createThreadCaller, type ThreadCaller } from "./thread-caller.ts";
import { joinVerifications, logFiles, prefixFaults, verifyFile, verifyTable } from "./verify-log.ts";

export interface StoreOptions {
  /** Folder of the database and the log's files; exists, and is this process's alone. */
  readonly directory: string;
  /** Name of this engine in every event. */
  readonly nodeId: string;
  /** Whether what is shared waits for the word of a fleet. */
  readonly sharing?: boolean;
  /** Thread entry files. */
  readonly entries: { readonly writer: URL; readonly reader: URL };
  /** Reader threads at most, at least 1. Each takes some 17 MB, so that the second and further ones start once a question would wait. */
  readonly readers: number;
  /** None of those starts sooner than so many ms after the first; until then the processor belongs to the window that opens. */
  readonly furtherReadersMs?: number;
  /** Ed25519 seed (32 bytes) that signs the log's checkpoints. */
  readonly checkpointSeed: Uint8Array;
  readonly log: Logger;
}

interface Thread<R> {
  readonly worker: Worker;
  readonly caller: ThreadCaller<R>;
  readonly exited: Promise<void>;
}

type ReaderThread = Thread<ReaderRequest | ReaderHostRequest>;

/**
 * Opens the database of a data directory: one writer thread, some reader threads, the exported log and its checkpoints.
 *
 * @throws SentinelError DATA_NEWER, DISK_FULL, UNAVAILABLE (damaged or unreadable database)
 */
export async function openStore(options: StoreOptions): Promise<StoreHost> {
  const { directory, nodeId, sharing = false, log } = options;
  const path = join(directory, logFiles.database);
  const listeners = new Set<(events: readonly EventRow[]) => void>();
  const findings: ExportFinding[] = [];
  let closing = false;
  /** Hears of the copy that is being made; null: none is. */
  let copying: ((now: CopyProgress) => void) | null = null;
  let copyEnded = Promise.resolve();

  function hear(message: FromThread): void {
    if ("appended" in message) {
      for (const listener of listeners) {
        try {
          listener(message.appended);
        } catch (error) {
          log.error({ err: error }, "A listener of the event log failed.");
        }
      }
    } else if ("finding" in message) {
      findings.push(message.finding);
      log.warn({ fault: message.finding.fault }, message.finding.message);
    } else if ("warning" in message) {
      log.error({ err: unpackError(message.warning) }, "The exported log is behind the database.");
    } else if ("copied" in message) {
      copying?.(message.copied);
    }
  }

  // SECURITY: where SQLite needs a file for a while, it lies in the data directory. Only the main thread can say so to the process.
  if (isMainThread) process.env.SQLITE_TMPDIR = directory;
  const publicKeyPath = join(directory, logFiles.publicKey);
  await writeDurably(publicKeyPath, publicKeyPem(options.checkpointSeed));
  const audit = join(directory, logFiles.audit);
  const checkpoints = join(directory, logFiles.checkpoints);
  const writerStart: WriterStart = {
    path,
    nodeId,
    sharing,
    audit,
    checkpoints,
    checkpointSeed: options.checkpointSeed,
  };
  const startReader = () =>
    startThread<ReaderRequest | ReaderHostRequest>(options.entries.reader, { path } satisfies ReaderStart, hear);
  const openReader = async (starting: Promise<ReaderThread>): Promise<ReaderThread> => {
    const reader = await starting;
    await reader.caller.call({ op: "open" });
    return reader;
  };
  const watch = (thread: { readonly worker: Worker }) =>
    thread.worker.on("exit", () => {
      if (!closing) log.fatal("A thread of the store ended unexpectedly.");
    });

  // Both at once: most of a start is loading code, and only opening the database has to wait for the writer.
  const startingWriter = startThread<WriterRequest | HostRequest>(options.entries.writer, writerStart, hear);
  const startingReader = startReader();
  const started = await Promise.allSettled([startingWriter, startingReader]);
  let writer: Thread<WriterRequest | HostRequest>;
  const readers: ReaderThread[] = [];
  try {
    writer = await startingWriter;
    readers.push(await openReader(startingReader));
  } catch (error) {
    const running = started.flatMap((one) => (one.status === "fulfilled" ? [one.value.worker] : []));
    await Promise.all(running.map((worker) => worker.terminate()));
    throw error;
  }
  for (const thread of [writer, ...readers]) watch(thread);

  let startingFurther: Promise<void> | undefined;
  const furtherFrom = performance.now() + (options.furtherReadersMs ?? 3000);
  const startFurther = async () => {
    try {
      const reader = await openReader(startReader());
      watch(reader);
      readers.push(reader);
      startingFurther = undefined;
    } catch (error) {
      // And is not tried again: what is missing will be missing then, too.
      log.error({ err: error }, "A further reader could not be started; those that run answer alone.");
    }
  };
  /** What is slow goes past the first reader as soon as there is another. */
  const chooseReader = (slow: boolean) => {
    const callers = readers.map((reader) => reader.caller);
    const caller = leastBusy(slow && callers.length > 1 ? callers.slice(1) : callers);
    if (
      (slow || caller.pending() > 0) &&
      readers.length < options.readers &&
      !closing &&
      performance.now() >= furtherFrom
    ) {
      startingFurther ??= startFurther();
    }
    return caller;
  };

  const client = createStoreClient({
    write: (request) => writer.caller.call(request),
    read: (request, slow) => chooseReader(slow).call(request),
  });

  async function verify(): Promise<LogVerification> {
    const table = await client.read(verifyTable, { checkpoints, publicKey: publicKeyPath });
    const file = await verifyFile(audit);
    const found = findings.map(({ fault, message }) => ({ fault, seq: null, message }));
    return joinVerifications(prefixFaults(table, logFiles.database), prefixFaults(file, logFiles.audit), {
      faults: found,
    });
  }

  return {
    ...client,
    verify,
    checkpoint: () => writer.caller.call({ op: "checkpoint" }) as Promise<Checkpoint | null>,
    rebuild: async () => {
      await writer.caller.call({ op: "rebuild" });
    },
    waiting: (after, limit) => writer.caller.call({ op: "waiting", after, limit }) as Promise<Waiting[]>,
    sharedState: (withHash) => writer.caller.call({ op: "sharedState", withHash }) as Promise<SharedState>,
    takeSnapshot: () => writer.caller.call({ op: "takeSnapshot" }) as Promise<SharedSnapshot | null>,
    loadSnapshot: (snapshot) => writer.caller.call({ op: "loadSnapshot", snapshot }) as Promise<boolean>,
    judge: (heard) => writer.caller.call({ op: "judge", heard }) as Promise<Judgement[]>,
    async copy(path, { signal, onProgress } = {}) {
      if (copying !== null) throw new SentinelError("BUSY", "The database is being copied already.");
      const ended = Promise.withResolvers<void>();
      copyEnded = ended.promise;
      const stop = () => void writer.caller.call({ op: "stopCopy" }).catch(() => {});
      copying = onProgress ?? (() => {});
      signal?.addEventListener("abort", stop, { once: true });
      try {
        const copied = (await writer.caller.call({ op: "copy", path })) as DatabaseCopy;
        if (signal?.aborted) throw new SentinelError("CANCELLED", "The copy was cancelled.");
        return copied;
      } catch (error) {
        await rm(path, { force: true });
        throw error;
      } finally {
        copying = null;
        ended.resolve();
        signal?.removeEventListener("abort", stop);
      }
    },
    async tidy(rewrite) {
      await copyEnded;
      return (await writer.caller.call({ op: "tidy", rewrite })) as boolean;
    },
    port() {
      const outer = new MessageChannel();
      const writerPorts = new MessageChannel();
      const readerPorts = readers.map(() => new MessageChannel());
      writer.caller.give(writerPorts.port1);
      for (const [index, reader] of readers.entries()) reader.caller.give(readerPorts[index]!.port1);
      const bundle: PortBundle = { writer: writerPorts.port2, readers: readerPorts.map((channel) => channel.port2) };
      outer.port1.postMessage(bundle, [bundle.writer, ...bundle.readers]);
      outer.port1.unref();
      return outer.port2;
    },
    onAppended(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    async close() {
      if (closing) return;
      closing = true;
      await startingFurther;
      for (const thread of [...readers, writer]) await closeThread(thread);
    },
  };
}

async function startThread<R>(entry: URL, start: unknown, hear: (message: FromThread) => void): Promise<Thread<R>> {
  const worker = takeThread(entry);
  worker.postMessage(start);
  const exited = new Promise<void>((resolve) => worker.once("exit", () => resolve()));
  return await new Promise((resolve, reject) => {
    const caller = createThreadCaller<R>(worker, (message) => {
      if ("ready" in message) resolve({ worker, caller, exited });
      else if ("failed" in message) reject(unpackError(message.failed));
      else hear(message);
    });
    // Until it is ready nothing else holds the process open.
    worker.ref();
    worker.once("error", (error) => {
      const failure = error instanceof Error ? error : new Error(String(error));
      caller.fail(failure);
      reject(failure);
    });
    worker.once("exit", () => {
      const gone = new SentinelError("UNAVAILABLE", "The store was closed.");
      caller.fail(gone);
      reject(gone);
    });
  });
}

async function closeThread(thread: Thread<WriterRequest | HostRequest> | Thread<ReaderRequest | ReaderHostRequest>) {
  thread.worker.ref();
  // A thread that is gone already needs no closing.
  await thread.caller.call({ op: "close" }).catch(() => {});
  const patience = setTimeout(() => void thread.worker.terminate(), 10_000);
  await thread.exited;
  clearTimeout(patience);
}
