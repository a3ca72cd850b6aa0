import { contextBridge, ipcRenderer } from "electron";

/** A port to the supervisor that does not pass the engine's process. */
let panicPort: MessagePort | undefined;
const waiting: ((result: unknown) => void)[] = [];

ipcRenderer.on("panic-port", (event) => {
  const port = event.ports[0];
  if (port === undefined) return;
  panicPort = port;
  port.addEventListener("message", (answer) => waiting.shift()?.((answer as { data?: unknown }).data));
  port.start();
});

// SECURITY: the page gets these two functions, and no object of Electron's.
contextBridge.exposeInMainWorld("sentinel", {
  /** Ends every sandbox, past an engine that hangs. Resolves with `{destroyed, held, took_ms}`. */
  panic: (pull?: unknown) =>
    new Promise((resolve, reject) => {
      if (panicPort === undefined) return reject(new Error("The supervisor is not reachable."));
      waiting.push(resolve);
      // SECURITY: two short texts and nothing else pass; the supervisor checks them again.
      const { reason, press_id } = (pull ?? {}) as { reason?: unknown; press_id?: unknown };
      const text = (value: unknown) => (typeof value === "string" ? value.slice(0, 500) : undefined);
      panicPort.postMessage({ reason: text(reason), press_id: text(press_id) });
    }),
  /** Shows how many alerts are new, at the application's icon and in the tray. */
  badge: (count?: unknown) => {
    // SECURITY: a number and nothing else passes; the shell checks it again.
    if (typeof count === "number") ipcRenderer.send("badge", count);
  },
});
