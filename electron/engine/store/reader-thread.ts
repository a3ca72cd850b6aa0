import type { MessagePort } from "node:worker_threads";
import { openReaderConnection } from "./connection.ts";
import type { FromThread, Outcome, ReaderHostRequest, ReaderRequest, ReaderStart, ToThread } from "./protocol.ts";
import { buildRegistry, type Registry } from "./registry.ts";
import type { Db, StoreModule } from "./store.ts";
import { packError } from "./store-errors.ts";
import { coreModules, reply } from "./writer-thread.ts";

/**
 * Runs one reader thread: a read-only connection that answers named queries, one after the other. It is ready before there is a
 * database, and opens it when told to.
 */
export function startReader(host: MessagePort, start: ReaderStart, modules: readonly StoreModule[]): void {
  const registry = buildRegistry([...coreModules, ...modules]);
  let db: Db | undefined;
  let reads: ((request: ReaderRequest) => Outcome) | undefined;

  function open(): Outcome {
    try {
      db = openReaderConnection(start.path);
      reads = createReads(db, registry);
      return { ok: true, value: null };
    } catch (error) {
      return { ok: false, error: packError(error) };
    }
  }

  function read(request: ReaderRequest): Outcome {
    if (reads === undefined) throw new Error("A reader was asked before it was told to open the database.");
    return reads(request);
  }

  function listen(port: MessagePort): void {
    port.on("message", (message: ToThread<ReaderRequest | ReaderHostRequest>) => {
      if ("port" in message) {
        listen(message.port);
        return;
      }
      const { id, request } = message;
      if (request.op === "read") {
        reply(port, id, () => read(request));
        return;
      }
      if (request.op === "open") {
        reply(port, id, open);
        return;
      }
      db?.close();
      reply(port, id, () => ({ ok: true, value: null }));
      host.close();
    });
  }
  listen(host);
  host.postMessage({ ready: true } satisfies FromThread);
}

/** Answers reads by name; each query is compiled when it is first asked. */
export function createReads(db: Db, registry: Registry): (request: ReaderRequest) => Outcome {
  const prepared = new Map<string, (args: unknown) => unknown>();
  return ({ name, args }) => {
    try {
      let read = prepared.get(name);
      if (read === undefined) {
        const definition = registry.reads.get(name);
        if (definition === undefined) throw new Error(`No table module defines the read ${name}.`);
        read = definition.prepare(db);
        prepared.set(name, read);
      }
      return { ok: true, value: read(args) };
    } catch (error) {
      return { ok: false, error: packError(error) };
    }
  };
}
