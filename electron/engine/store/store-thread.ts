import { Worker } from "node:worker_threads";

/** Threads that have begun to load their code and wait to be told what they work on, by entry file. */
const begun = new Map<string, Worker>();

/**
 * Begins a thread of the store before there is a store: what it takes to start is mostly the loading of its code, which another
 * processor can do while this thread loads its own. It holds no process open, and waits for the store that is opened next.
 */
export function beginThread(entry: URL): void {
  const worker = startThread(entry);
  worker.unref();
  // One that cannot start is no news until a store needs it, and then it is started again.
  worker.once("error", () => begun.delete(entry.href));
  begun.set(entry.href, worker);
}

/** The thread that has begun, or else a new one. Its first message is what it works on. */
export function takeThread(entry: URL): Worker {
  const worker = begun.get(entry.href);
  begun.delete(entry.href);
  return worker ?? startThread(entry);
}

function startThread(entry: URL): Worker {
  return new Worker(entry, { name: "sentinel-store" });
}
