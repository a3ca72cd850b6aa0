import type { UtilityProcess } from "electron";
import type { Channel } from "../engine/sandbox/channel.ts";

/** The engine's end of the channel to a utility process. */
export function utilityChannel(child: Pick<UtilityProcess, "postMessage" | "on" | "once" | "kill">): Channel {
  return {
    send: (message) => child.postMessage(message),
    onMessage: (listener) => void child.on("message", listener),
    onClose: (listener) => void child.once("exit", listener),
    close: () => void child.kill(),
  };
}
