import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import type { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { SentinelError } from "../../../shared/errors.ts";
import type { Sandbox, SandboxDriver, SandboxExit, SandboxSpec } from "./driver.ts";

/** Accounts that sandboxes of a root engine run as, one each in turn: no file belongs to them, and limits count by account. */
const firstAccount = 61_234;
const accounts = 1_000;
const maxOutputBytes = 65_536;
const startTimeoutMs = 5_000;
/** Descriptors of the started process. */
const infoFd = 3;
const readyFd = 4;
/**
 * The first process inside: says that it is there and runs the command when it is told to. A sandbox whose supervisor was
 * killed while it came up reads an end instead and ends itself: bubblewrap's inner process may ask to die with its parent
 * only after that one has died, and would then stay.
 */
const waitForGo = `echo ready >&${readyFd}; read -r go || exit; exec ${readyFd}>&-; "$@" </dev/null`;

export interface Tools {
  readonly bwrap: string;
  readonly prlimit: string;
  /** Null when the engine is not root and needs no step down. */
  readonly setpriv: string | null;
}

/**
 * The command that starts one sandbox.
 * @param account user and group id to step down to, when the engine is root
 */
export function sandboxCommand(tools: Tools, spec: SandboxSpec, account: number): string[] {
  const { memoryBytes, processes, diskBytes } = spec.limits;
  const stepDown =
    tools.setpriv === null
      ? []
      : [
          tools.setpriv,
          // SECURITY: root with another uid only inside is still root outside, where limits do not count.
          ...["--reuid", String(account), "--regid", String(account), "--clear-groups"],
          // SECURITY: set-user-id programs give nothing back.
          "--no-new-privs",
        ];
  const limit = [
    tools.prlimit,
    `--as=${memoryBytes}`,
    `--fsize=${diskBytes}`,
    "--core=0",
    "--nofile=256",
    // The limit counts all processes of an account: only one of its own can have it.
    ...(tools.setpriv === null ? [] : [`--nproc=${processes}`]),
  ];
  const isolate = [
    tools.bwrap,
    // SECURITY: own users, processes, network (none), mounts, host name and IPC.
    "--unshare-all",
    "--unshare-user",
    // SECURITY: a nested user namespace would give capabilities back.
    "--disable-userns",
    // SECURITY: nothing outlives the supervisor; what waits for its word (see waitForGo) is the process that dies with it.
    ...["--die-with-parent", "--as-pid-1"],
    // SECURITY: no terminal to push input into.
    "--new-session",
    ...["--cap-drop", "ALL"],
    // SECURITY: programs can be read and nothing of the machine's data; only /tmp, in memory and small, can be written.
    ...["--ro-bind", "/usr", "/usr"],
    ...["--symlink", "usr/lib", "/lib", "--symlink", "usr/lib64", "/lib64", "--symlink", "usr/bin", "/bin"],
    ...["--proc", "/proc", "--dev", "/dev"],
    ...["--size", String(diskBytes), "--tmpfs", "/tmp", "--chdir", "/tmp"],
    // SECURITY: no variable of the engine is inherited; the spawn's own environment is empty too, since bubblewrap's first
    // process keeps what it was started with, readable in /proc/1/environ.
    ...["--clearenv", "--setenv", "PATH", "/usr/bin"],
    ...["--info-fd", String(infoFd)],
  ];
  return [...stepDown, ...limit, ...isolate, "--", "/usr/bin/sh", "-c", waitForGo, "sh", ...spec.command];
}

/**
 * The driver, where the machine has bubblewrap.
 * @throws SentinelError UNAVAILABLE saying what is missing
 */
export function openBubblewrap(): SandboxDriver {
  if (process.platform !== "linux") throw unavailable("Sandboxes need Linux's bubblewrap.");
  const bwrap = find("bwrap");
  const prlimit = find("prlimit");
  const isRoot = process.getuid?.() === 0;
  const setpriv = isRoot ? find("setpriv") : null;
  if (bwrap === undefined) throw unavailable("The program bwrap (package bubblewrap) is not installed.");
  if (prlimit === undefined || setpriv === undefined) throw unavailable("util-linux is not installed.");
  const version = /[\d.]+/.exec(execFileSync(bwrap, ["--version"], { encoding: "utf8" }))?.[0] ?? "";
  const tools = { bwrap, prlimit, setpriv };
  let started = 0;
  return {
    name: `bubblewrap ${version}`,
    start: (spec) => start(tools, spec, firstAccount + (started++ % accounts)),
  };
}

function unavailable(message: string): SentinelError {
  return new SentinelError("UNAVAILABLE", message);
}

function find(name: string): string | undefined {
  // SECURITY: fixed places; PATH may begin with a folder that others can write.
  return ["/usr/bin", "/bin", "/usr/sbin", "/usr/local/bin"].map((dir) => `${dir}/${name}`).find((p) => existsSync(p));
}

async function start(tools: Tools, spec: SandboxSpec, account: number): Promise<Sandbox> {
  const [program, ...args] = sandboxCommand(tools, spec, account);
  const child = spawn(program!, args, {
    // SECURITY: see --clearenv.
    env: {},
    cwd: "/",
    stdio: ["pipe", spec.captureOutput ? "pipe" : "ignore", "pipe", "pipe", "pipe"],
  });
  // It may be gone before it is told to go.
  child.stdin!.on("error", () => undefined);
  const ended = waitForEnd(child);
  const pid = await readChildPid(child).catch((error: unknown) => {
    child.kill("SIGKILL");
    throw error;
  });
  child.stdin!.end("go\n");
  const kill = () => killQuietly(pid);
  if (spec.limits.wallMs !== null) {
    const timer = setTimeout(kill, spec.limits.wallMs);
    void ended.then(() => clearTimeout(timer));
  }
  return { pid, ended, kill };
}

/** SIGKILL to the first process inside: killing the outer one would leave the others for seconds. */
function killQuietly(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It is gone already.
  }
}

function waitForEnd(child: ChildProcess): Promise<SandboxExit> {
  let output = "";
  child.stdout?.setEncoding("utf8").on("data", (part: string) => {
    // SECURITY: what runs inside cannot fill the supervisor's memory.
    if (output.length < maxOutputBytes) output += part.slice(0, maxOutputBytes - output.length);
  });
  return new Promise((resolve) => {
    child.on("close", (code, signal) => resolve({ code, signal, output }));
    child.on("error", () => resolve({ code: null, signal: null, output }));
  });
}

/** Process id of the first process inside, once that one says that it is there. */
async function readChildPid(child: ChildProcess): Promise<number> {
  let complaint = "";
  child.stderr?.setEncoding("utf8").on("data", (part: string) => {
    if (complaint.length < 1_000) complaint += part;
  });
  child.once("error", (error) => {
    complaint = error.message;
  });
  const closed = new Promise<void>((resolve) => child.once("close", resolve).once("error", () => resolve()));
  const ready = once(child.stdio[readyFd] as Readable, "data");
  const said = Promise.all([text(child.stdio[infoFd] as Readable), ready]);
  const late = Promise.withResolvers<void>();
  const timer = setTimeout(late.resolve, startTimeoutMs);
  const answer = await Promise.race([said, closed, late.promise]);
  clearTimeout(timer);
  const pid = Number(/"child-pid":\s*(\d+)/.exec(answer?.[0] ?? "")?.[1] ?? 0);
  if (pid > 1) return pid;
  throw unavailable(`The sandbox did not start: ${complaint.trim().slice(0, 300) || "no reason given"}.`);
}
