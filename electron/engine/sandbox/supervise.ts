import { createHash, randomUUID } from "node:crypto";
import { lstatSync, mkdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { SentinelError } from "../../../shared/errors.ts";
import type { PanicPull, SandboxesEnded } from "../../../shared/panic.ts";
import { systemClock, toInstant } from "../base/clock.ts";
import type { Logger } from "../base/logging.ts";
import { type Channel, type FromSupervisor, scratchOf, ToSupervisor } from "./channel.ts";
import type { OnOutput } from "./driver.ts";
import { egressInside, openEgressProxy } from "./egress-proxy.ts";
import { endUnstarted, type Keeper } from "./keeper.ts";
import { nothingSeen, openSandboxes, type Sandboxes } from "./open-sandboxes.ts";
import { openPanicDoor, type PanicDoor, type PanicVia, toPull } from "./panic-door.ts";
import { dropPull, type PullNote, writePull } from "./pull-notes.ts";
import { createRegister } from "./reaper.ts";

/**
 * What the supervisor process does; a host's entry file gives it its channel to the engine. Ends when the channel does.
 * @param exit ends the process, with the code that it is given: 1 where it could not start
 */
export function supervise(channel: Channel, log: Logger, exit: (code: number) => void): Supervision {
  const send = (message: FromSupervisor) => channel.send(message);
  let sandboxes: Sandboxes | undefined;
  let door: PanicDoor | undefined;
  let panics = 0;
  let folder = "";
  let isClosed = false;
  /** Whether the other side is gone, as is seen once what waits in the channel was read. */
  const isLeft = async (): Promise<boolean> => {
    // All of one round of the event loop lies between the two.
    await setImmediate();
    await setImmediate();
    return isClosed;
  };
  const panic = async (): Promise<SandboxesEnded> => {
    panics += 1;
    const result = (await sandboxes?.keeper?.panic()) ?? { destroyed: 0, left: 0, took_ms: 0 };
    log.warn(result, "Panic");
    return result;
  };
  /** SECURITY: an engine that hangs now and is killed later hears of it at its next start, and holds what acts. */
  const note = (what: Omit<PullNote, "at">): void => {
    try {
      if (folder === "") throw new Error("It has no folder yet.");
      writePull(folder, { ...what, at: toInstant(systemClock.now()) });
    } catch (error) {
      log.error({ err: error }, "A panic could not be noted for the engine's next start");
    }
  };
  const pull = async (via: PanicVia, given: PanicPull): Promise<SandboxesEnded> => {
    // The kills go out before this returns.
    const ending = panic();
    const noted = { ...given, press_id: given.press_id ?? randomUUID() };
    note({ via, pull: noted });
    const result = await ending;
    send({ type: "panicked", result, via, pull: noted, panics });
    return result;
  };
  const mustKeep = (): Keeper => {
    if (sandboxes?.keeper === undefined) throw new SentinelError("UNAVAILABLE", "Nothing can be sandboxed here.");
    return sandboxes.keeper;
  };
  /** Answers what has an id, or says why not. */
  const reply = async (id: number, answer: () => Promise<FromSupervisor>): Promise<void> => {
    try {
      send(await answer());
    } catch (error) {
      const code = toldCodes.find((told) => error instanceof SentinelError && error.code === told) ?? "INTERNAL";
      if (code === "INTERNAL") log.error({ err: error }, "A sandbox failed");
      send({ type: "failed", id, code, message: (error as Error).message });
    }
  };
  const run = async ({ id, spec, priority, ...asked }: RunMessage): Promise<FromSupervisor> => {
    // SECURITY: what was on its way while somebody pulled panic past the engine does not start after it.
    if (asked.panics < panics) return { type: "ended", id, exit: endUnstarted("panic", spec) };
    const onOutput: OnOutput = (chunk, stream) => send({ type: "output", id, stream, chunk });
    const keeper = mustKeep();
    if (spec.egress === undefined || spec.egress.length === 0) {
      return { type: "ended", id, exit: await keeper.run({ id, spec, priority, onOutput }) };
    }
    const socket = join(folder, `egress-${id}.sock`);
    const proxy = await openEgressProxy({ socket, allow: spec.egress, clock: systemClock });
    try {
      const mounts = [...spec.mounts, { from: socket, to: egressInside }];
      const exit = await keeper.run({ id, spec: { ...spec, mounts }, priority, onOutput });
      return { type: "ended", id, exit: { ...exit, egress: proxy.records } };
    } finally {
      proxy.close();
    }
  };
  const start = async ({ directory, token, closed, atMost, wishes }: StartMessage): Promise<void> => {
    // SECURITY: who reads this after its host died no longer has the lock of the data directory: that may be another engine's, or no more.
    if (await isLeft()) return;
    makeFolder(directory);
    folder = directory;
    const scratch = scratchOf(directory);
    const register = createRegister(join(directory, "sandboxes"));
    const reaped = register.reap();
    if (reaped > 0) log.warn({ reaped }, "Ended sandboxes that outlived a crash");
    // What runs left that a crash ended; they are gone by now.
    rmSync(scratch, { recursive: true, force: true });
    mkdirSync(scratch, { mode: 0o700 });
    const socket = socketPath(directory);
    door = await openPanicDoor({ token, socket, pull });
    if (isClosed) return door.close();
    send({ type: "ready", port: door.port, socket, reaped });
    sandboxes = await openSandboxes({
      directory,
      register,
      closed,
      scratch,
      atMost,
      wishes,
      log,
      onStatus: (status) => send({ type: "status", status }),
    });
    if (isClosed) return await end();
    send({ type: "status", status: sandboxes.status });
  };
  const end = async (): Promise<void> => {
    await sandboxes?.keeper?.panic();
    await sandboxes?.close();
  };
  channel.onMessage((raw) => {
    // SECURITY: also from the engine only what the protocol knows.
    const message = ToSupervisor.parse(raw);
    if (message.type === "origin") door?.allow(message.origin);
    else if (message.type === "panic") {
      const { id, pull: given, actor } = message;
      const ending = panic();
      note({ via: "engine", actor, pull: given });
      void ending.then((result) => send({ type: "panic_done", id, result, panics }));
    } else if (message.type === "noted") {
      if (folder !== "") dropPull(folder, message.press_id);
    } else if (message.type === "run") void reply(message.id, () => run(message));
    else if (message.type === "cancel") sandboxes?.keeper?.cancel(message.id);
    else if (message.type === "look") {
      const { id } = message;
      void reply(id, async () => ({ type: "looked", id, sight: sandboxes?.look() ?? nothingSeen(0) }));
    } else if (message.type === "drill") {
      const { id } = message;
      void reply(id, async () => ({ type: "drilled", id, result: await mustKeep().drill() }));
    } else {
      start(message).catch(async (error: unknown) => {
        if (await isLeft()) return log.debug({ err: error }, "The engine ended while the supervisor started");
        log.fatal({ err: error }, "The supervisor could not start");
        await end().finally(() => exit(1));
      });
    }
  });
  channel.onClose(() => {
    isClosed = true;
    door?.close();
    void end().finally(() => exit(0));
  });
  return { panic: (given) => pull("window", toPull(given)) };
}

/** SECURITY: without the folders above it: a data directory that was removed is not made again. */
function makeFolder(path: string): void {
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
}

const toldCodes = ["UNAVAILABLE", "INPUT_INVALID", "CANCELLED", "CONFLICT"] as const;

type RunMessage = Extract<ToSupervisor, { type: "run" }>;
type StartMessage = Extract<ToSupervisor, { type: "start" }>;

export interface Supervision {
  /** Pulled by a window through its own port, past the engine: whatever the window says means that. */
  panic(given: unknown): Promise<SandboxesEnded>;
}

/** In the data directory; a path that is too long for a socket (108 bytes, unix(7)) gets a short name of its own. */
function socketPath(directory: string): string {
  const name = createHash("sha256").update(directory).digest("hex").slice(0, 16);
  if (process.platform === "win32") return `\\\\.\\pipe\\sentinel-${name}`;
  const path = join(directory, "panic.sock");
  if (Buffer.byteLength(path) < 100) return path;
  const short = join(tmpdir(), `sentinel-${name}`);
  mkdirSync(short, { recursive: true, mode: 0o700 });
  const { uid, mode } = lstatSync(short);
  // SECURITY: anybody can make that folder first in the shared one, and would then hold the socket.
  if (uid !== process.getuid?.() || (mode & 0o170_077) !== 0o040_000) {
    throw new Error(`${short} belongs to somebody else.`);
  }
  return join(short, "panic.sock");
}
