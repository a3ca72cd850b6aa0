import { spawn } from "node:child_process";
import { constants } from "node:os";

/** Runs a program in the foreground and ends as it does. Signals reach it; its exit code becomes this process's. */
export function become(program, args, env = {}) {
  const child = spawn(program, args, { stdio: "inherit", env: { ...process.env, ...env } });
  // A Ctrl-C reaches the whole group by itself; the other signals are passed on. This process waits either way.
  process.on("SIGINT", () => undefined);
  for (const signal of ["SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
  child.on("error", (error) => {
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  });
  child.on("exit", (code, signal) => {
    process.exitCode = code ?? 128 + (constants.signals[signal] ?? 0);
  });
}
