import { type MessagePort, Worker } from "node:worker_threads";
import { SentinelError } from "../../../shared/errors.ts";
import { connectStore } from "../store/client.ts";
import type { FromThread, ToThread } from "../store/protocol.ts";
import type { StoreHost } from "../store/store.ts";
import { packError } from "../store/store-errors.ts";
import { createThreadCaller, type ThreadCaller } from "../store/thread-caller.ts";
import { createMemoryCore, type MeaningQuery, type MemoryCore } from "./memory-core.ts";

/** One question, as the memory's thread gets it. */
export type MemoryRequest =
  | { readonly op: "split"; readonly text: string }
  | { readonly op: "open"; readonly embedder: string; readonly dimensions: number }
  | { readonly op: "add"; readonly chunks: readonly number[] }
  | { readonly op: "search"; readonly asked: MeaningQuery }
  | { readonly op: "size" };

/** The core in a thread of its own, which is started when it is first needed. */
export function createMemoryThread(
  store: Pick<StoreHost, "port">,
  entry: URL,
): MemoryCore & { close(): Promise<void> } {
  let running: { readonly worker: Worker; readonly caller: ThreadCaller<MemoryRequest> } | null = null;
  let isClosed = false;

  function start() {
    if (isClosed) throw new SentinelError("UNAVAILABLE", "The engine is closing.");
    const port = store.port();
    const worker = new Worker(entry, { name: "memory", workerData: port, transferList: [port] });
    const caller = createThreadCaller<MemoryRequest>(worker);
    const end = (error: unknown) => {
      caller.fail(new SentinelError("UNAVAILABLE", "The memory's thread ended.", undefined, error));
      // The next question starts another.
      if (running?.worker === worker) running = null;
    };
    worker.on("error", end);
    worker.on("exit", end);
    running = { worker, caller };
    return running;
  }

  // The thread answers each request with the very method that gave the type.
  const ask = async <T>(request: MemoryRequest): Promise<T> => (await (running ?? start()).caller.call(request)) as T;

  return {
    split: (text) => ask({ op: "split", text }),
    open: (embedder, dimensions) => ask({ op: "open", embedder, dimensions }),
    add: (chunks) => ask({ op: "add", chunks }),
    search: (asked) => ask({ op: "search", asked }),
    size: async () => (running === null ? 0 : await ask<number>({ op: "size" })),
    async close() {
      isClosed = true;
      await running?.worker.terminate();
    },
  };
}

/** The other side: answers on the thread's own port. @param storePort what `StoreHost.port()` returned */
export function startMemoryThread(host: MessagePort, storePort: MessagePort): void {
  const core = createMemoryCore(connectStore(storePort));
  const perform = (request: MemoryRequest): Promise<unknown> => {
    switch (request.op) {
      case "split":
        return core.split(request.text);
      case "open":
        return core.open(request.embedder, request.dimensions);
      case "add":
        return core.add(request.chunks);
      case "search":
        return core.search(request.asked);
      case "size":
        return core.size();
    }
  };
  host.on("message", (message: ToThread<MemoryRequest>) => {
    if ("port" in message) return;
    const { id, request } = message;
    const reply = (outcome: Extract<FromThread, { outcome: unknown }>["outcome"]) =>
      host.postMessage({ id, outcome } satisfies FromThread);
    perform(request).then(
      (value) => reply({ ok: true, value }),
      (error: unknown) => reply({ ok: false, error: packError(error) }),
    );
  });
}
