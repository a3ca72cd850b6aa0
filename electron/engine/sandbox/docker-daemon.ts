import { type ChildProcess, execFile, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { promisify } from "node:util";
import { SentinelError } from "../../../shared/errors.ts";

/** Longest that the daemon may take to answer, milliseconds. */
const answerTimeoutMs = 30_000;

/** A Docker daemon of this machine, or of a virtual machine on it, by its command line program. */
export interface DockerDaemon {
  readonly version: string;
  /** Starts the program, with pipes for input, output and error. */
  start(args: readonly string[]): ChildProcess;
  /** @returns what the program says @throws SentinelError UNAVAILABLE with its complaint */
  ask(args: readonly string[], input?: Uint8Array): Promise<string>;
}

/**
 * @param settings an empty folder. SECURITY: those of the user could name proxies, whose addresses and passwords are put into containers
 * @param host where the daemon listens; null: where the user's own settings say
 * @throws SentinelError UNAVAILABLE saying what is missing
 */
export async function findDaemon(settings: string, host: string | null): Promise<DockerDaemon> {
  const docker = places().find((path) => existsSync(path));
  if (docker === undefined) throw unavailable("The program docker is not installed.");
  const address = host ?? (await run(docker, ["context", "inspect", "--format", "{{.Endpoints.docker.Host}}"]));
  // SECURITY: payloads and evidence stay on this machine, and a daemon in the network is root on another.
  if (!/^(?:unix|npipe):\/\//.test(address)) {
    throw unavailable(`Docker's daemon is not on this machine (${address}): evidence is not sent elsewhere.`);
  }
  const own = ["--config", settings, "--host", address];
  const format = "{{.Server.Os}} {{.Server.Version}}";
  const [system, version = ""] = (await run(docker, [...own, "version", "--format", format])).split(" ");
  if (system !== "linux") throw unavailable(`Docker's daemon runs containers of ${system}: those of Linux are needed.`);
  return {
    version,
    start: (args) => spawn(docker, [...own, ...args], { env: environment(), stdio: "pipe" }),
    ask: (args, input) => run(docker, [...own, ...args], input),
  };
}

/** SECURITY: fixed places, where Docker's own installers put it; PATH may begin with a folder that others can write. */
function places(): string[] {
  switch (process.platform) {
    case "win32":
      return ["C:\\Program Files\\Docker\\Docker\\resources\\bin\\docker.exe"];
    case "darwin":
      return ["/usr/local/bin/docker", "/Applications/Docker.app/Contents/Resources/bin/docker"];
    default:
      return ["/usr/bin/docker", "/usr/local/bin/docker"];
  }
}

/** SECURITY: nothing of the engine's environment but what the program finds its settings and the system by. */
function environment(): NodeJS.ProcessEnv {
  return process.platform === "win32"
    ? { SystemRoot: "C:\\Windows", USERPROFILE: homedir() }
    : { PATH: "/usr/bin:/usr/sbin:/bin:/sbin", HOME: homedir() };
}

async function run(docker: string, args: readonly string[], input?: Uint8Array): Promise<string> {
  const running = promisify(execFile)(docker, args, { env: environment(), timeout: answerTimeoutMs });
  // It may end before it reads that.
  running.child.stdin?.on("error", () => undefined);
  running.child.stdin?.end(input);
  try {
    return (await running).stdout.trim();
  } catch (error) {
    const { stderr, killed, message } = error as { stderr?: string; killed?: boolean; message: string };
    const complaint = killed === true ? "it does not answer" : (stderr ?? message).trim().slice(0, 300);
    throw unavailable(`Docker: ${complaint || "no reason given"}`);
  }
}

function unavailable(message: string): SentinelError {
  return new SentinelError("UNAVAILABLE", message);
}
