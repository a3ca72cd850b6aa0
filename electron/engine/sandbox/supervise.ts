import { createHash } from "node:crypto";
import { lstatSync, mkdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { PanicPull, PanicResult } from "../../../shared/panic.ts";
import type { Logger } from "../base/logging.ts";
import { openBubblewrap } from "./bubblewrap.ts";
import { type Channel, type FromSupervisor, type SandboxStatus, ToSupervisor } from "./channel.ts";
import { defaultLimits, type SandboxDriver } from "./driver.ts";
import { createKeeper, type Keeper } from "./keeper.ts";
import { openPanicDoor, type PanicDoor, type PanicVia, toPull } from "./panic-door.ts";
import { probeIsolation } from "./probe.ts";
import { createRegister } from "./reaper.ts";

/** What the supervisor process does; a host's entry file gives it its channel to the engine. Ends when the channel does. */
export function supervise(channel: Channel, log: Logger, exit: () => void): Supervision {
  const send = (message: FromSupervisor) => channel.send(message);
  let keeper: Keeper | undefined;
  let door: PanicDoor | undefined;
  const panic = async (): Promise<PanicResult> => {
    const result = (await keeper?.panic()) ?? { destroyed: 0, held: 0, took_ms: 0 };
    log.warn(result, "Panic");
    return result;
  };
  const pull = async (via: PanicVia, given: PanicPull): Promise<PanicResult> => {
    const result = await panic();
    send({ type: "panicked", result, via, pull: given });
    return result;
  };
  const start = async (directory: string, token: string): Promise<void> => {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    const register = createRegister(join(directory, "sandboxes"));
    const reaped = register.reap();
    if (reaped > 0) log.warn({ reaped }, "Ended sandboxes that outlived a crash");
    const socket = socketPath(directory);
    door = await openPanicDoor({ token, socket, pull });
    send({ type: "ready", port: door.port, socket, reaped });
    const status = await holdOne((driver) => {
      keeper = createKeeper(driver, register);
      return keeper;
    });
    send({ type: "status", status });
  };
  channel.onMessage((raw) => {
    // SECURITY: also from the engine only what the protocol knows.
    const message = ToSupervisor.parse(raw);
    if (message.type === "origin") door?.allow(message.origin);
    else if (message.type === "panic") {
      void panic().then((result) => send({ type: "panic_done", id: message.id, result }));
    } else {
      start(message.directory, message.token).catch((error: unknown) => {
        log.fatal({ err: error }, "The supervisor could not start");
        exit();
      });
    }
  });
  channel.onClose(() => {
    door?.close();
    void (keeper?.panic() ?? Promise.resolve()).then(exit);
  });
  return { panic: (given) => pull("window", toPull(given)) };
}

export interface Supervision {
  /** Pulled by a window through its own port, past the engine: whatever the window says means that. */
  panic(given: unknown): Promise<PanicResult>;
}

/**
 * Holds one sandboxed process that does nothing: it proves, for as long as the engine runs, that sandboxes start here, stay,
 * and end with panic. Without a driver that isolates, nothing is started.
 */
async function holdOne(create: (driver: SandboxDriver) => Keeper): Promise<SandboxStatus> {
  try {
    const driver = openBubblewrap();
    await probeIsolation(driver);
    const keeper = create(driver);
    await keeper.start({
      command: ["/usr/bin/sleep", "infinity"],
      limits: { ...defaultLimits, wallMs: null },
      captureOutput: false,
    });
    return { status: "healthy", detail: `${driver.name}, isolation probed`, held: keeper.held };
  } catch (error) {
    // SECURITY: nothing runs unsandboxed because a sandbox is missing.
    return { status: "off", detail: `Not simulated: ${(error as Error).message}`, held: 0 };
  }
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
