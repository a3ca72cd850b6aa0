import { type MessagePort, receiveMessageOnPort } from "node:worker_threads";
import { SentinelError } from "../../../shared/errors.ts";
import type { ReaderRequest, WriterRequest } from "./protocol.ts";
import type { EventRow, Store, UndoneRow } from "./store.ts";
import { createThreadCaller, type ThreadCaller } from "./thread-caller.ts";

/** What a client of the store sends its requests through. */
export interface StoreRoutes {
  write(request: WriterRequest): Promise<unknown>;
  /** @param slow whether the answer may take long */
  read(request: ReaderRequest, slow: boolean): Promise<unknown>;
}

/** The `Store` over any way to reach the writer and a reader. */
export function createStoreClient(routes: StoreRoutes): Store {
  return {
    // The thread ran the very definition that gave the type, so its answer has that type.
    read: <A, R>({ name, slow = false }: { name: string; slow?: boolean }, args: A) =>
      routes.read({ op: "read", name, args }, slow) as Promise<R>,
    write: <A, R>(change: { name: string }, args: A) =>
      routes.write({ op: "write", name: change.name, args }) as Promise<R>,
    append(drafts, by, also = []) {
      const changes = also.map(({ write, args }) => ({ name: write.name, args }));
      return routes.write({ op: "append", drafts, by, also: changes }) as Promise<EventRow[]>;
    },
    undo: (eventId, by, options = {}) => routes.write({ op: "undo", eventId, by, options }) as Promise<UndoneRow>,
  };
}

/** The reader with the fewest questions open. */
export function leastBusy<R>(callers: readonly ThreadCaller<R>[]): ThreadCaller<R> {
  let best = callers[0];
  for (const caller of callers) if (best === undefined || caller.pending() < best.pending()) best = caller;
  if (best === undefined) throw new SentinelError("UNAVAILABLE", "The store has no reader.");
  return best;
}

/** First message on the port of `StoreHost.port()`: the client's own ports to the threads. */
export interface PortBundle {
  readonly writer: MessagePort;
  readonly readers: readonly MessagePort[];
}

/**
 * The store in another thread. Changes go straight to the writer thread and reads to the readers, not through the thread that
 * opened the store.
 *
 * @param port what `StoreHost.port()` returned, transferred to this thread
 */
export function connectStore(port: MessagePort): Store & { close(): void } {
  // The host posted the bundle before it gave the port away, so it is here already.
  const received: { message: PortBundle } | undefined = receiveMessageOnPort(port);
  if (received === undefined) throw new Error("The port is not one of StoreHost.port(), or was connected before.");
  const bundle = received.message;
  port.close();
  const writer = createThreadCaller<WriterRequest>(bundle.writer);
  const readers = bundle.readers.map((reader) => createThreadCaller<ReaderRequest>(reader));
  const gone = new SentinelError("UNAVAILABLE", "The store was closed.");
  bundle.writer.on("close", () => writer.fail(gone));
  for (const [index, reader] of bundle.readers.entries()) reader.on("close", () => readers[index]?.fail(gone));
  return {
    ...createStoreClient({
      write: (request) => writer.call(request),
      read: (request) => leastBusy(readers).call(request),
    }),
    close() {
      bundle.writer.close();
      for (const reader of bundle.readers) reader.close();
    },
  };
}
