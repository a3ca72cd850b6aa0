import { type ChildProcess, fork } from "node:child_process";
import { supervisorEntry } from "./entries.ts";

let begun: ChildProcess | undefined;

/** Begins the supervisor before this process has loaded what talks to it. It holds no process open, and ends with this one. */
export function beginSupervisor(): void {
  begun = startSupervisor();
  begun.unref();
  begun.channel?.unref();
  const gone = begun;
  begun.once("exit", () => {
    if (begun === gone) begun = undefined;
  });
}

/** The supervisor that has begun, or else a new one: a process that waits to be told what it works on. */
export function takeSupervisor(): ChildProcess {
  const child = begun ?? startSupervisor();
  begun = undefined;
  child.ref();
  child.channel?.ref();
  return child;
}

function startSupervisor(): ChildProcess {
  return fork(supervisorEntry, [], {
    // SECURITY: no secret of the engine's environment reaches the process that starts foreign programs.
    env: {},
    execArgv: [],
    stdio: ["ignore", "ignore", "inherit", "ipc"],
    serialization: "advanced",
  });
}
