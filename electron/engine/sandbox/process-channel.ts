import type { ChildProcess } from "node:child_process";
import type { Channel } from "./channel.ts";

/** The parent's end of a fork's IPC. */
export function childChannel(child: ChildProcess): Channel {
  // A message to a child that just ended is lost, which `onClose` tells.
  child.on("error", () => undefined);
  return {
    send: (message) => void (child.connected && child.send(message as object)),
    onMessage: (listener) => void child.on("message", listener),
    onClose: (listener) => void child.once("exit", listener),
    close: () => {
      if (child.connected) child.disconnect();
    },
  };
}

/** The child's end. */
export function parentChannel(): Channel {
  // A message to a parent that just ended is lost, which `onClose` tells.
  process.on("error", () => undefined);
  return {
    send: (message) => void (process.connected && process.send?.(message)),
    onMessage: (listener) => void process.on("message", listener),
    onClose: (listener) => void process.once("disconnect", listener),
    close: () => process.disconnect?.(),
  };
}
