import { SentinelError } from "../../../shared/errors.ts";
import type { PanicPull, PanicResult } from "../../../shared/panic.ts";
import { type Channel, FromSupervisor, type SandboxStatus, type ToSupervisor } from "./channel.ts";

/** A panic that was pulled past the engine. */
export interface PanicNews {
  readonly result: PanicResult;
  readonly via: "window" | "socket";
  readonly pull: PanicPull;
}

/** The engine's side of the supervisor. */
export interface SupervisorClient {
  status(): SandboxStatus;
  /** @throws SentinelError UNAVAILABLE when the supervisor is gone or does not answer */
  panic(): Promise<PanicResult>;
  /** Hears of a panic that was pulled past the engine. @returns the function that stops listening */
  onPanic(listener: (news: PanicNews) => void): () => void;
  /** Hears when `status` changed. @returns the function that stops listening */
  onStatus(listener: () => void): () => void;
  /** The panic door: port on 127.0.0.1, and the socket's path; null without a supervisor. */
  readonly door: { readonly port: number; readonly socket: string } | null;
  /** Lets pages of this origin pull panic directly. */
  allow(origin: string): void;
  /** Ends the supervisor and with it every sandbox. */
  close(): void;
}

/** Stands for a supervisor that was not, or could not be, started: nothing is sandboxed, so nothing runs. */
export function absentSupervisor(status: SandboxStatus["status"], detail: string): SupervisorClient {
  return {
    status: () => ({ status, detail, held: 0 }),
    panic: () => Promise.reject(new SentinelError("UNAVAILABLE", detail)),
    onPanic: () => () => undefined,
    onStatus: () => () => undefined,
    door: null,
    allow: () => undefined,
    close: () => undefined,
  };
}

const startTimeoutMs = 10_000;
const panicTimeoutMs = 5_000;

/**
 * Starts the supervision over a channel. Returns once the panic door is open; sandboxes come up after that.
 * @param directory folder for the supervisor's files, mode 0700
 * @param token what windows send to the panic door
 */
export async function connectSupervisor(channel: Channel, directory: string, token: string): Promise<SupervisorClient> {
  let status: SandboxStatus = { status: "off", detail: "Starting", held: 0 };
  let closing = false;
  let lastCall = 0;
  const calls = new Map<number, (result: PanicResult) => void>();
  const panicListeners = new Set<(news: PanicNews) => void>();
  const statusListeners = new Set<() => void>();
  const ready = Promise.withResolvers<{ port: number; socket: string }>();
  const send = (message: ToSupervisor) => channel.send(message);
  const change = (next: SandboxStatus) => {
    status = next;
    for (const listener of statusListeners) listener();
  };
  const afterPanic = () => {
    if (status.status === "healthy") change({ ...status, held: 0, detail: `${status.detail}; emptied by panic` });
  };
  channel.onMessage((raw) => {
    const message = FromSupervisor.parse(raw);
    if (message.type === "ready") ready.resolve(message);
    else if (message.type === "status") change(message.status);
    else if (message.type === "panic_done") {
      calls.get(message.id)?.(message.result);
      calls.delete(message.id);
      afterPanic();
    } else {
      for (const listener of panicListeners) listener(message);
      afterPanic();
    }
  });
  channel.onClose(() => {
    ready.reject(new SentinelError("UNAVAILABLE", "The supervisor ended before it was ready."));
    if (!closing) change({ status: "down", detail: "The supervisor ended: start the application again.", held: 0 });
  });
  send({ type: "start", directory, token });
  const timer = setTimeout(
    () => ready.reject(new SentinelError("UNAVAILABLE", "The supervisor did not start in time.")),
    startTimeoutMs,
  );
  const door = await ready.promise.finally(() => clearTimeout(timer));
  return {
    door: { port: door.port, socket: door.socket },
    status: () => status,
    async panic() {
      if (status.status === "down") throw new SentinelError("UNAVAILABLE", "The supervisor is gone.");
      const id = ++lastCall;
      const answer = Promise.withResolvers<PanicResult>();
      calls.set(id, answer.resolve);
      const late = setTimeout(() => {
        calls.delete(id);
        answer.reject(new SentinelError("UNAVAILABLE", "The supervisor did not answer."));
      }, panicTimeoutMs);
      send({ type: "panic", id });
      return await answer.promise.finally(() => clearTimeout(late));
    },
    onPanic(listener) {
      panicListeners.add(listener);
      return () => panicListeners.delete(listener);
    },
    onStatus(listener) {
      statusListeners.add(listener);
      return () => statusListeners.delete(listener);
    },
    allow: (origin) => send({ type: "origin", origin }),
    close() {
      closing = true;
      channel.close();
    },
  };
}
