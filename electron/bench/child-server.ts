import { type ChildProcess, spawn } from "node:child_process";

/** A server in a process of its own, on a free port of 127.0.0.1. */
export interface ChildServer {
  readonly child: ChildProcess;
  readonly port: number;
  /** All it printed until then. */
  readonly said: string;
}

/** Starts a program that prints its port. @param port matches what it prints, its first group the port */
export async function startServer(
  program: string,
  args: readonly string[],
  environment: Record<string, string>,
  port: RegExp,
): Promise<ChildServer> {
  const child = spawn(program, args, {
    env: { ...process.env, ...environment },
    stdio: ["ignore", "pipe", "inherit"],
  });
  try {
    return { child, ...(await readPort(child, port)) };
  } catch (error) {
    await stopServer(child);
    throw error;
  }
}

function readPort(child: ChildProcess, pattern: RegExp): Promise<{ port: number; said: string }> {
  return new Promise((resolve, reject) => {
    let said = "";
    child.stdout!.on("data", (chunk: Buffer) => {
      said += chunk.toString();
      const port = pattern.exec(said)?.[1];
      if (port !== undefined) resolve({ port: Number(port), said });
    });
    child.once("error", reject);
    child.once("exit", () => reject(new Error("A server ended before it was ready.")));
  });
}

/** Ends a server that `startServer` started, and waits for its end. */
export async function stopServer(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGTERM");
  const impatient = setTimeout(() => child.kill("SIGKILL"), 10_000);
  await gone;
  clearTimeout(impatient);
}
