import { SentinelError } from "../../../shared/errors.ts";
import type { PanicPull, SandboxesEnded } from "../../../shared/panic.ts";
import type { DrillResult, SandboxSight } from "../../../shared/sandbox.ts";
import {
  type Channel,
  type DriverWishes,
  FromSupervisor,
  noWishes,
  type SandboxStatus,
  scratchOf,
  type ToSupervisor,
} from "./channel.ts";
import type { OnOutput } from "./driver.ts";
import type { NotedPull } from "./pull-notes.ts";
import { type SandboxExit, SandboxSpec } from "./spec.ts";

/** A panic that was pulled past the engine. */
const emptied = "; emptied by panic";

export interface PanicNews {
  readonly result: SandboxesEnded;
  readonly via: "window" | "socket";
  readonly pull: PanicPull;
}

export interface RunOptions {
  /** Ends the run, or takes it out of the queue: its end then has the reason "cancelled". */
  readonly signal?: AbortSignal;
  readonly onOutput?: OnOutput;
  /** Higher goes first when more are asked for than may run at once; 0 unless told. */
  readonly priority?: number;
}

/** The engine's side of the supervisor. */
export interface SupervisorClient {
  status(): SandboxStatus;
  /**
   * Runs one command in a sandbox of its own, as soon as there is a place. Fulfilled once every process of it is gone, with the
   * reason; a panic ends it too, and also while it waits.
   * @throws SentinelError UNAVAILABLE when nothing can be sandboxed here, INPUT_INVALID for a mount that cannot be
   */
  run(spec: SandboxSpec, options?: RunOptions): Promise<SandboxExit>;
  /** Drivers, limits, what lives and what waits. @throws SentinelError UNAVAILABLE when the supervisor is gone or does not answer */
  look(): Promise<SandboxSight>;
  /** Rehearses panic with sandboxes of its own. @throws SentinelError UNAVAILABLE, CANCELLED when panic was pulled meanwhile */
  drill(): Promise<DrillResult>;
  /**
   * Ends all sandboxes. By its answer the pull is noted beside the log, for the next start of an engine that cannot write it down.
   * @throws SentinelError UNAVAILABLE when the supervisor is gone or does not answer
   */
  panic(pull: NotedPull, actor: string): Promise<SandboxesEnded>;
  /** Tells that the log has a pull: what was noted of it, or still is, goes. */
  noted(pressId: string): void;
  /** Hears of a panic that was pulled past the engine. @returns the function that stops listening */
  onPanic(listener: (news: PanicNews) => void): () => void;
  /** Hears when `status` changed. @returns the function that stops listening */
  onStatus(listener: () => void): () => void;
  /** The panic door: port on 127.0.0.1, and the socket's path; null without a supervisor. */
  readonly door: { readonly port: number; readonly socket: string } | null;
  /**
   * Folder, for the engine alone, whose contents may be mounted, and one of them written, though the engine's data is around it. Emptied
   * when the supervisor starts; null without one.
   */
  readonly scratch: string | null;
  /** Lets pages of this origin pull panic directly. */
  allow(origin: string): void;
  /** Ends the supervisor and with it every sandbox. */
  close(): void;
}

/** Stands for a supervisor that was not, or could not be, started: nothing is sandboxed, so nothing runs. */
export function absentSupervisor(status: SandboxStatus["status"], detail: string): SupervisorClient {
  return {
    status: () => ({ status, detail, held: 0 }),
    run: () => Promise.reject(new SentinelError("UNAVAILABLE", `Not simulated: ${detail}`)),
    look: () => Promise.resolve({ drivers: [], limits: [], at_most: 0, live: [], queue: [] }),
    drill: () => Promise.reject(new SentinelError("UNAVAILABLE", detail)),
    panic: () => Promise.reject(new SentinelError("UNAVAILABLE", detail)),
    onPanic: () => () => undefined,
    onStatus: () => () => undefined,
    door: null,
    scratch: null,
    noted: () => undefined,
    allow: () => undefined,
    close: () => undefined,
  };
}

interface PendingCall {
  /** Takes what the message that answers this kind of call carries; the channel has checked it. */
  resolve(answer: unknown): void;
  readonly reject: (error: SentinelError) => void;
  readonly onOutput?: OnOutput;
}

const startTimeoutMs = 10_000;
const answerTimeoutMs = 5_000;
const drillTimeoutMs = 60_000;

/**
 * Starts the supervision over a channel. Returns once the panic door is open; sandboxes come up after that.
 * @param directory folder for the supervisor's files, mode 0700; it is made, what holds it is there
 * @param token what windows send to the panic door
 * @param atMost sandboxes that run at once
 * @param home the engine's data, of which nothing is mounted into a sandbox; holds `directory`
 * @param wishes for the ways to sandbox
 */
export async function connectSupervisor(
  channel: Channel,
  directory: string,
  token: string,
  atMost: number,
  home = directory,
  wishes: DriverWishes = noWishes,
): Promise<SupervisorClient> {
  let status: SandboxStatus = { status: "off", detail: "Starting", held: 0 };
  let closing = false;
  let lastCall = 0;
  let panics = 0;
  const calls = new Map<number, PendingCall>();
  const panicListeners = new Set<(news: PanicNews) => void>();
  const statusListeners = new Set<() => void>();
  const ready = Promise.withResolvers<{ port: number; socket: string }>();
  const send = (message: ToSupervisor) => channel.send(message);
  const change = (next: SandboxStatus) => {
    status = next;
    for (const listener of statusListeners) listener();
  };
  const afterPanic = () => {
    if (status.status !== "healthy") return;
    // Told once, however often it is pulled.
    const detail = `${status.detail.replace(emptied, "")}${emptied}`;
    change({ ...status, held: 0, detail });
  };
  channel.onMessage((raw) => {
    const message = FromSupervisor.parse(raw);
    if (message.type === "ready") ready.resolve(message);
    else if (message.type === "status") change(message.status);
    else if (message.type === "output") calls.get(message.id)?.onOutput?.(message.chunk, message.stream);
    else if (message.type === "ended") calls.get(message.id)?.resolve(message.exit);
    else if (message.type === "looked") calls.get(message.id)?.resolve(message.sight);
    else if (message.type === "drilled") calls.get(message.id)?.resolve(message.result);
    else if (message.type === "failed") {
      calls.get(message.id)?.reject(new SentinelError(message.code, message.message));
    } else if (message.type === "panic_done") {
      panics = message.panics;
      calls.get(message.id)?.resolve(message.result);
      afterPanic();
    } else {
      panics = message.panics;
      for (const listener of panicListeners) listener(message);
      afterPanic();
    }
  });
  channel.onClose(() => {
    ready.reject(new SentinelError("UNAVAILABLE", "The supervisor ended before it was ready."));
    for (const pending of [...calls.values()])
      pending.reject(new SentinelError("UNAVAILABLE", "The supervisor ended."));
    if (!closing) change({ status: "down", detail: "The supervisor ended: start the application again.", held: 0 });
  });
  send({ type: "start", directory, token, closed: [home], atMost, wishes });
  const timer = setTimeout(
    () => ready.reject(new SentinelError("UNAVAILABLE", "The supervisor did not start in time.")),
    startTimeoutMs,
  );
  const door = await ready.promise.finally(() => clearTimeout(timer));

  /** @throws SentinelError UNAVAILABLE when the supervisor is gone, or does not answer in time */
  async function ask<T>(
    message: (id: number) => ToSupervisor,
    { onOutput, timeoutMs }: { onOutput?: OnOutput; timeoutMs?: number },
  ): Promise<T> {
    if (status.status === "down") throw new SentinelError("UNAVAILABLE", "The supervisor is gone.");
    const id = ++lastCall;
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    calls.set(id, { resolve, reject, ...(onOutput === undefined ? {} : { onOutput }) });
    const silent = () => reject(new SentinelError("UNAVAILABLE", "The supervisor did not answer."));
    const late = timeoutMs === undefined ? undefined : setTimeout(silent, timeoutMs);
    send(message(id));
    return await promise.finally(() => {
      clearTimeout(late);
      calls.delete(id);
    });
  }

  return {
    door: { port: door.port, socket: door.socket },
    scratch: scratchOf(directory),
    status: () => status,
    async run(spec, { signal, onOutput = () => undefined, priority = 0 } = {}) {
      if (status.status !== "healthy") throw new SentinelError("UNAVAILABLE", status.detail);
      const problem = SandboxSpec.safeParse(spec).error?.issues[0];
      if (problem !== undefined) {
        throw new SentinelError("INPUT_INVALID", `Sandbox: ${problem.path.join(".")}: ${problem.message}.`);
      }
      let id = 0;
      const cancel = () => send({ type: "cancel", id });
      const answer = ask<SandboxExit>(
        (given) => {
          id = given;
          return { type: "run", id, spec, priority, panics };
        },
        { onOutput },
      );
      if (signal?.aborted) cancel();
      else signal?.addEventListener("abort", cancel, { once: true });
      return await answer.finally(() => signal?.removeEventListener("abort", cancel));
    },
    look: () => ask<SandboxSight>((id) => ({ type: "look", id }), { timeoutMs: answerTimeoutMs }),
    drill: () => ask<DrillResult>((id) => ({ type: "drill", id }), { timeoutMs: drillTimeoutMs }),
    panic: (pull, actor) =>
      ask<SandboxesEnded>((id) => ({ type: "panic", id, pull, actor }), { timeoutMs: answerTimeoutMs }),
    onPanic(listener) {
      panicListeners.add(listener);
      return () => panicListeners.delete(listener);
    },
    onStatus(listener) {
      statusListeners.add(listener);
      return () => statusListeners.delete(listener);
    },
    noted: (pressId) => send({ type: "noted", press_id: pressId }),
    allow: (origin) => send({ type: "origin", origin }),
    close() {
      closing = true;
      channel.close();
    },
  };
}
