import { createLogger } from "./engine/base/logging.ts";
import type { Channel } from "./engine/sandbox/channel.ts";
import { parentChannel } from "./engine/sandbox/process-channel.ts";
import { supervise } from "./engine/sandbox/supervise.ts";

/**
 * The supervisor process: owns every sandbox, so that they end with it and not with a thread of the engine, and answers panic
 * while the engine does not. A fork of the headless host, or a utility process of Electron.
 */
const log = createLogger("info", { write: (line) => void process.stderr.write(line) });

// SECURITY: files and sockets made here are the owner's alone.
process.umask(0o077);
// A Ctrl-C reaches the whole process group; the engine decides when this process ends.
process.on("SIGINT", () => undefined);

/** Electron's utility processes have a port to their parent; it hands over the windows' ports too. */
interface ParentPort {
  postMessage(message: unknown): void;
  on(event: "message", listener: (event: { data: unknown; ports: WindowPort[] }) => void): void;
}
interface WindowPort {
  postMessage(message: unknown): void;
  on(event: "message", listener: (event: { data: unknown }) => void): void;
  start(): void;
}
const parentPort = (process as { parentPort?: ParentPort }).parentPort;

const supervision = supervise(parentPort === undefined ? parentChannel() : utilityChannel(parentPort), log, (code) =>
  process.exit(code),
);

function utilityChannel(port: ParentPort): Channel {
  return {
    send: (message) => port.postMessage(message),
    onMessage: (listener) =>
      port.on("message", ({ data, ports: [window] }) => {
        if (window === undefined) return listener(data);
        window.on("message", ({ data }) => {
          void supervision.panic(data).then((result) => window.postMessage(result));
        });
        window.start();
      }),
    // Electron ends utility processes with the application; --die-with-parent then ends the sandboxes.
    onClose: (listener) => void process.once("SIGTERM", listener),
    close: () => process.exit(0),
  };
}
