import { fork } from "node:child_process";
import { join } from "node:path";
import { childChannel } from "./process-channel.ts";
import { connectSupervisor } from "./supervisor-client.ts";

// A stand-in for the engine's process in tests: starts a real supervisor, tells where it is, then spins or waits.
const [directory, entry, mode] = process.argv.slice(2);
const child = fork(entry ?? join(import.meta.dirname, "../../supervisor.ts"), [], {
  env: {},
  stdio: ["ignore", "ignore", "ignore", "ipc"],
});
const client = await connectSupervisor(childChannel(child), directory!, "window-token");
const settled = Promise.withResolvers<void>();
client.onStatus(settled.resolve);
await settled.promise;
process.stdout.write(
  `${JSON.stringify({ supervisor: child.pid, door: client.door, status: client.status() })}\n`,
  () => {
    // The engine's thread hangs from here on.
    if (mode === "spin") for (;;);
  },
);
