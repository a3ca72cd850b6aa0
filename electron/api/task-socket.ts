import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { type RawData, type WebSocket, WebSocketServer } from "ws";
import { AgentMessage, AuthMessage } from "../../shared/agent-channel.ts";
import { decideTaskApproval, followTask, getTaskApproval, startTask, type TaskEvent } from "../../shared/agent-task.ts";
import { SentinelError } from "../../shared/errors.ts";
import type { Logger } from "../engine/base/logging.ts";
import type { Principal } from "../engine/base/principals.ts";
import { toSentinelError } from "./error-reply.ts";
import type { Shown } from "./external-access.ts";
import type { Router } from "./router.ts";

export interface TaskSocketOptions {
  readonly router: Router;
  /** @throws SentinelError UNAUTHENTICATED, RATE_LIMITED */
  readonly identify: (shown: Shown, request: IncomingMessage) => Principal | Promise<Principal>;
  readonly log: Logger;
  /** Time in which the first message must come, milliseconds. */
  readonly authenticationMs?: number;
}

export interface TaskSocket {
  accept(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  close(): void;
}

/** Longest message: the longest request, each character as six bytes. */
const maxPayload = 262_144;
/** Longest first message. */
const maxAuthentication = 4_096;
/** A reader with more than this unsent is waited for; one that also goes on asking is cut off. */
const maxUnsentBytes = 1_048_576;
/** Tasks that one connection follows at once. */
const mostFollowed = 50;
/** Tasks of which a connection remembers how far it was told. */
const mostTold = 1_000;
/** Messages that cannot be read, until a connection is cut off. */
const mostUnreadable = 20;
/** Messages that may come while a PIN is looked at. */
const mostEarly = 10;
const heartbeatMs = 15_000;
/** Requests whose `ref` is remembered. */
const mostRefs = 1_000;

/**
 * Tasks over a WebSocket: `{"type":"auth", "pin" | "token"}` first, then the messages of `AgentMessage`. Each event of a task comes as
 * `{id, task_id, type, at, data}`; `id` rises within a task, and `follow` goes on after it. Whatever does not belong to a task's events
 * comes as `{"type":"error", ref?, data: {code, message}}`. Closed with 4401 without the right first message, 4429 while PINs are locked out.
 */
export function createTaskSocket(options: TaskSocketOptions): TaskSocket {
  const { router, log } = options;
  // SECURITY: bounded, and uncompressed: nothing unfolds in memory.
  const server = new WebSocketServer({ noServer: true, maxPayload, perMessageDeflate: false });
  const startOnce = rememberStarts(router);

  async function authenticate(socket: WebSocket, request: IncomingMessage, data: RawData): Promise<Principal | null> {
    const text = textOf(data);
    const first = text.length > maxAuthentication ? null : AuthMessage.safeParse(parseJson(text));
    try {
      if (!first?.success) throw new SentinelError("UNAUTHENTICATED", "The first message has to be auth.");
      const { token = null, pin = null } = first.data;
      return await options.identify({ token, pin }, request);
    } catch (error) {
      const { code, details } = toSentinelError(error, crypto.randomUUID(), log, "socket");
      const wait = details?.retry_after_s;
      // SECURITY: nothing is sent before the credential is right, but that none is looked at now.
      if (code === "RATE_LIMITED") socket.close(4429, `too many wrong PINs; wait ${String(wait)} s`);
      else socket.close(4401, "authentication failed");
      return null;
    }
  }

  server.on("connection", (socket: WebSocket, request: IncomingMessage) => {
    const ended = new AbortController();
    socket.on("close", () => ended.abort());
    socket.on("error", () => socket.terminate());
    keepAlive(socket, ended.signal);
    // SECURITY: strangers do not hold connections open.
    const timer = setTimeout(() => socket.close(4401, "no authentication"), options.authenticationMs ?? 5_000);
    let take: ((data: RawData) => void) | undefined;
    /** What comes while a PIN is looked at. */
    const early: RawData[] = [];
    socket.once("message", (data) => {
      clearTimeout(timer);
      socket.on("message", (next) => {
        if (take !== undefined) return take(next);
        // SECURITY: what strangers send is not kept without bound.
        if (early.push(next) > mostEarly) socket.terminate();
      });
      void authenticate(socket, request, data).then((by) => {
        if (by === null || ended.signal.aborted) return;
        socket.send(JSON.stringify({ type: "auth_ok" }));
        take = serve(socket, by, ended.signal);
        for (const one of early.splice(0)) take(one);
      });
    });
    socket.once("close", () => clearTimeout(timer));
  });

  /** @returns what takes a message */
  function serve(socket: WebSocket, by: Principal, ended: AbortSignal): (data: RawData) => void {
    const following = new Map<string, AbortController>();
    /** Per task the last event that this connection was told. */
    const told = new Map<string, number>();
    let unreadable = 0;

    function complain(error: unknown, ref: string | undefined): void {
      const data = toSentinelError(error, crypto.randomUUID(), log, "socket").toJSON();
      socket.send(JSON.stringify({ type: "error", ...(ref === undefined ? {} : { ref }), data }));
    }

    async function follow(task: string, after: number): Promise<void> {
      following.get(task)?.abort();
      if (!following.has(task) && following.size >= mostFollowed) {
        throw new SentinelError("BUSY", `A connection follows ${mostFollowed} tasks at most.`);
      }
      const stop = new AbortController();
      following.set(task, stop);
      const signal = AbortSignal.any([ended, stop.signal]);
      try {
        for await (const { data } of router.open(followTask, { task_id: task, last_event_id: after }, by, signal)) {
          // Somebody else goes on from where it was told to.
          if (signal.aborted) return;
          await send(socket, data);
          noteTold(task, data.id);
        }
      } finally {
        if (following.get(task) === stop) following.delete(task);
      }
    }

    function noteTold(task: string, event: number): void {
      told.delete(task);
      told.set(task, event);
      if (told.size > mostTold) told.delete(told.keys().next().value!);
    }

    async function act(message: AgentMessage): Promise<void> {
      if (message.type === "follow") return await follow(message.task_id, message.last_event_id ?? 0);
      if (message.type === "task") {
        const { request, session_id, ref } = message;
        const given = { request, source: "websocket", ...(session_id === undefined ? {} : { session_id }) };
        return await follow(await startOnce(given, ref, by), 0);
      }
      const { approval_id: id, granted, reason, shown_hash } = message;
      const { task_id } = await router.call(getTaskApproval, { id }, by, ended);
      // A task that was told to its end meanwhile is not told again.
      const after = Math.max(message.last_event_id ?? 0, told.get(task_id) ?? 0);
      const telling = following.has(task_id) ? Promise.resolve() : follow(task_id, after);
      const said = { id, granted, reason, ...(shown_hash === undefined ? {} : { shown_hash }) };
      await Promise.all([telling, router.call(decideTaskApproval, said, by, ended)]);
    }

    return (data) => {
      // SECURITY: who asks and does not read would fill the memory with answers.
      if (socket.bufferedAmount > maxUnsentBytes) return socket.terminate();
      const given = parseJson(textOf(data));
      const message = AgentMessage.safeParse(given);
      if (message.success) {
        const { ref } = message.data;
        return void act(message.data).catch((error: unknown) => ended.aborted || complain(error, ref));
      }
      const { path, message: problem } = message.error.issues[0]!;
      complain(new SentinelError("INPUT_INVALID", `${path.join(".") || "message"}: ${problem}.`), refOf(given));
      // SECURITY: nobody sends noise for ever.
      if (++unreadable >= mostUnreadable) socket.close(1008, "too many messages that cannot be read");
    };
  }

  return {
    accept: (request, socket, head) => {
      server.handleUpgrade(request, socket, head, (accepted) => server.emit("connection", accepted, request));
    },
    close: () => {
      for (const client of server.clients) client.close(1001, "the engine ends");
      server.close();
    },
  };
}

/**
 * A request that is sent again because its answer was lost is not done twice, as long as this process lives.
 * @throws SentinelError CONFLICT where a `ref` stands for another request
 */
function rememberStarts(router: Router) {
  const refs = new Map<string, { given: string; task: Promise<string> }>();
  return async (
    given: { request: string; session_id?: string; source: string },
    ref: string | undefined,
    by: Principal,
  ) => {
    // Not the connection's signal: what was asked for goes on when it breaks.
    const start = async () => (await router.call(startTask, given, by, new AbortController().signal)).task_id;
    if (ref === undefined) return await start();
    const key = JSON.stringify([by.caller, by.actor, ref]);
    const text = JSON.stringify(given);
    const known = refs.get(key);
    if (known !== undefined) {
      if (known.given !== text) throw new SentinelError("CONFLICT", "The ref stands for another request.");
      return await known.task;
    }
    const task = start();
    if (refs.size >= mostRefs) refs.delete(refs.keys().next().value!);
    refs.set(key, { given: text, task });
    // What was not taken up may be sent again.
    task.catch(() => refs.delete(key));
    return await task;
  };
}

async function send(socket: WebSocket, event: TaskEvent): Promise<void> {
  await new Promise<void>((resolve) => {
    const isSlow = socket.bufferedAmount > maxUnsentBytes;
    socket.send(JSON.stringify(event), () => isSlow && resolve());
    if (!isSlow) resolve();
  });
}

/** A peer that is gone without a word is found out. */
function keepAlive(socket: WebSocket, ended: AbortSignal): void {
  let isAlive = true;
  socket.on("pong", () => {
    isAlive = true;
  });
  const timer = setInterval(() => {
    if (!isAlive) return socket.terminate();
    isAlive = false;
    socket.ping();
  }, heartbeatMs);
  ended.addEventListener("abort", () => clearInterval(timer), { once: true });
}

function textOf(data: RawData): string {
  return Array.isArray(data) ? Buffer.concat(data).toString() : Buffer.from(data as Buffer).toString();
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function refOf(given: unknown): string | undefined {
  const ref = typeof given === "object" && given !== null && "ref" in given ? given.ref : undefined;
  return typeof ref === "string" ? ref.slice(0, 100) : undefined;
}
