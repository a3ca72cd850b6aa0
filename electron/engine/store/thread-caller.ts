import type { MessagePort, Transferable } from "node:worker_threads";
import { SentinelError } from "../../../shared/errors.ts";
import type { FromThread, Outcome, ToThread } from "./protocol.ts";
import { unpackError } from "./store-errors.ts";

/** What `Worker` and `MessagePort` have in common. */
export interface Channel {
  postMessage(message: unknown, transfer?: readonly Transferable[]): void;
  on(event: "message", listener: (message: FromThread) => void): unknown;
  ref(): void;
  unref(): void;
}

/** Asks one thread questions over a channel and matches the answers by number. */
export interface ThreadCaller<R> {
  /** Requests asked and not yet answered. */
  pending(): number;
  /** @throws SentinelError what the thread threw; BUSY when more than `maxWaiting` requests wait here already */
  call(request: R): Promise<unknown>;
  /** Hands the thread a port that further requests come from. */
  give(port: MessagePort): void;
  /** Rejects everything pending and all that comes later. */
  fail(error: Error): void;
}

/** Requests that one client has in a thread's queue at once; the rest wait on the client's side, in order. */
const maxInFlight = 256;

/** Requests that may wait; a caller that does not await its writes is told to, before memory runs out. */
const maxWaiting = 20_000;

interface Waiting<R> {
  readonly request: R;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

export function createThreadCaller<R>(
  channel: Channel,
  onMessage: (message: FromThread) => void = () => {},
): ThreadCaller<R> {
  const inFlight = new Map<number, Waiting<R>>();
  const waiting: Waiting<R>[] = [];
  let waitingFrom = 0;
  let nextId = 1;
  let failure: Error | null = null;
  // An idle store keeps no process alive; an unanswered request does.
  channel.unref();

  function send(entry: Waiting<R>): void {
    const id = nextId++;
    try {
      channel.postMessage({ id, request: entry.request } satisfies ToThread<R>);
    } catch (error) {
      // What cannot be copied between threads (a function, a port) is the caller's mistake, not the thread's.
      entry.reject(error instanceof Error ? error : new Error(String(error)));
      return;
    }
    if (inFlight.size === 0) channel.ref();
    inFlight.set(id, entry);
  }

  function sendWaiting(): void {
    while (inFlight.size < maxInFlight && waitingFrom < waiting.length) send(waiting[waitingFrom++]!);
    if (waitingFrom === waiting.length || waitingFrom > 1024) {
      waiting.splice(0, waitingFrom);
      waitingFrom = 0;
    }
  }

  channel.on("message", (message) => {
    if (!("id" in message)) {
      onMessage(message);
      return;
    }
    const entry = inFlight.get(message.id);
    if (entry === undefined) return;
    inFlight.delete(message.id);
    sendWaiting();
    if (inFlight.size === 0) channel.unref();
    settle(entry, message.outcome);
  });

  return {
    pending: () => inFlight.size + waiting.length - waitingFrom,
    call(request) {
      if (failure !== null) return Promise.reject(failure);
      if (waiting.length - waitingFrom >= maxWaiting) {
        return Promise.reject(new SentinelError("BUSY", "Too many changes wait for the database."));
      }
      return new Promise((resolve, reject) => {
        const entry = { request, resolve, reject };
        if (inFlight.size < maxInFlight) send(entry);
        else waiting.push(entry);
      });
    },
    give: (port) => channel.postMessage({ port } satisfies ToThread<R>, [port]),
    fail(error) {
      failure ??= error;
      const pending = [...inFlight.values(), ...waiting.splice(0).slice(waitingFrom)];
      inFlight.clear();
      waitingFrom = 0;
      channel.unref();
      for (const entry of pending) entry.reject(failure);
    },
  };
}

function settle<R>(entry: Waiting<R>, outcome: Outcome): void {
  if (outcome.ok) entry.resolve(outcome.value);
  else entry.reject(unpackError(outcome.error));
}
