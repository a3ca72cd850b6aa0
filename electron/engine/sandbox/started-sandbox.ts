import type { ChildProcess } from "node:child_process";
import type { Readable } from "node:stream";
import { SentinelError } from "../../../shared/errors.ts";
import type { SandboxCheck } from "../../../shared/sandbox.ts";
import type { OnOutput, OutputStream, Sandbox } from "./driver.ts";
import { readChecks, readGivenUp } from "./gate.ts";
import type { LimitHold } from "./limit-hold.ts";
import type { Usage } from "./process-tree.ts";
import { killMarked, markOf } from "./reaper.ts";
import { describeEnd, type EndReason, type SandboxExit, type SandboxSpec } from "./spec.ts";

/** A sandbox that came up and let something through that it must not. */
export class NotIsolatedError extends SentinelError {
  readonly checks: readonly SandboxCheck[];

  constructor(driver: string, checks: readonly SandboxCheck[]) {
    const failed = checks
      .filter(({ passed }) => !passed)
      .map(({ name, detail }) => (detail === "" ? name : `${name} (${detail})`));
    super("UNAVAILABLE", `${driver} does not isolate: ${failed.join(", ")}.`);
    this.checks = checks;
  }
}

/** What a driver started, with pipes for input, output and error. */
export interface StartedProcess {
  readonly driver: string;
  readonly child: ChildProcess;
  readonly spec: SandboxSpec;
  readonly onOutput: OnOutput;
  readonly holder: Holder;
  /** Where the gate speaks; or what a sandbox like this one let through, for programs that start without a gate. */
  readonly gate: Readable | { readonly checked: readonly SandboxCheck[] };
  /** Longest that it may take to come up, milliseconds. */
  readonly startTimeoutMs: number;
  /** Ends it at once while it is still coming up. */
  readonly signal: AbortSignal | undefined;
}

/** What a sandbox's processes are held by: this machine's kernel, or a container of a daemon that may be elsewhere. */
export interface Holder {
  /** The processes inside, once they are known. */
  find(): Inside | undefined;
  /** Ends what there is of it, also what is still coming up. */
  abandon(): void;
  /** From the narrow limits of the check to those that were asked for. */
  lift(): void | Promise<void>;
  /** Fulfilled once nothing of it is left, after the started process has ended. */
  settle(): Promise<void>;
  /** Removes what was made for it, once every process is gone. */
  remove(): Promise<void>;
}

export interface Inside {
  /** The first process as this machine sees it; null: it does not. */
  readonly pid: number | null;
  usage(): Usage;
  /** Whether it went over its memory since its limits were lifted. */
  isOverMemory(): boolean;
  isAlive(): boolean;
  /** Ends every process in it at once. */
  kill(): void;
}

/**
 * Processes of this machine.
 * @param readPid process id of the first process inside, once it is known
 */
export function heldHere(child: ChildProcess, hold: LimitHold, readPid: () => number | undefined): Holder {
  return {
    find() {
      const pid = readPid();
      if (pid === undefined) return undefined;
      const mark = markOf(pid);
      return {
        pid,
        usage: () => hold.usage(pid),
        isOverMemory: () => hold.isOverMemory(pid),
        // Where the system tells nothing of processes, it is taken to live.
        isAlive: () => mark === undefined || markOf(pid)?.startTime === mark.startTime,
        kill() {
          if (mark === undefined) killQuietly(pid);
          else killMarked(mark);
        },
      };
    },
    abandon() {
      const inside = readPid();
      if (inside !== undefined) killQuietly(inside);
      // Its whole process group: what comes up is in it until it is cut off.
      if (child.pid !== undefined) killQuietly(-child.pid);
    },
    lift: () => hold.lift(),
    settle: () => Promise.resolve(),
    remove: () => hold.remove(),
  };
}

/** @throws SentinelError CANCELLED when nobody wants it any more */
export function requireWanted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new SentinelError("CANCELLED", "The sandbox was ended while it started.");
}

/** How long what did not come up is waited for once it was killed, milliseconds. */
const maxEndMs = 2_000;

/** How often what a sandbox uses is looked at, milliseconds. */
const watchEveryMs = 250;
/** How long what started a sandbox may outlive its first process, milliseconds. */
const maxLostMs = 5_000;
const maxGateBytes = 16_384;

/**
 * Follows a sandbox from its start: reads what the gate inside found, and lets the command go once all of that holds.
 * @throws SentinelError UNAVAILABLE when it does not come up, as {@link NotIsolatedError} when it lets something through
 */
export async function followSandbox(started: StartedProcess): Promise<Sandbox> {
  const { driver, child, spec, onOutput, holder } = started;
  // It may be gone before it is told to go.
  child.stdin!.on("error", () => undefined);
  const closed = new Promise<{ code: number | null; signal: string | null }>((resolve) => {
    child.once("close", (code, signal) => resolve({ code, signal }));
    child.once("error", () => resolve({ code: null, signal: null }));
  }).then(async (end) => {
    await holder.settle();
    return end;
  });
  const abandon = () => holder.abandon();
  // SECURITY: panic does not wait until it is up.
  started.signal?.addEventListener("abort", abandon);
  let inside: Inside;
  let isolation: readonly SandboxCheck[];
  try {
    isolation = "checked" in started.gate ? started.gate.checked : await passGate(started, started.gate, closed);
    if ("checked" in started.gate) await waitUntilFound(started, closed);
    const found = holder.find();
    if (found === undefined) throw new SentinelError("UNAVAILABLE", "The sandbox's first process is not known.");
    requireWanted(started.signal);
    inside = found;
    await holder.lift();
    requireWanted(started.signal);
  } catch (error) {
    abandon();
    const late = Promise.withResolvers<void>();
    const timer = setTimeout(late.resolve, maxEndMs);
    void closed.then(() => holder.remove());
    await Promise.race([closed, late.promise]);
    clearTimeout(timer);
    requireWanted(started.signal);
    throw error;
  } finally {
    started.signal?.removeEventListener("abort", abandon);
  }
  const wentAt = performance.now();
  let reason: EndReason | null = null;
  const kill = (why: EndReason) => {
    reason ??= why;
    inside.kill();
  };
  countOutput(child, spec.limits.outputBytes, onOutput, () => kill("output"));
  const { wallMs } = spec.limits;
  const timer = wallMs === null ? undefined : setTimeout(() => kill("time"), wallMs);
  let aliveAt = performance.now();
  const watch = setInterval(() => {
    if (inside.isOverMemory()) kill("memory");
    if (inside.isAlive()) aliveAt = performance.now();
    else if (performance.now() - aliveAt > maxLostMs) {
      reason ??= "lost";
      abandon();
      // What else holds its pipes would keep it open for ever.
      for (const stream of [child.stdout!, child.stderr!]) stream.destroy();
    }
  }, watchEveryMs);
  const ended = closed.then(({ code, signal }): SandboxExit => {
    clearTimeout(timer);
    clearInterval(watch);
    const why = reason ?? (inside.isOverMemory() ? "memory" : "exit");
    const ownCode = why === "exit" ? code : null;
    const detail = describeEnd(why, ownCode, spec.limits);
    return { reason: why, detail, code: ownCode, signal, tookMs: performance.now() - wentAt, driver, isolation };
  });
  // Not before it was asked whether memory ran out.
  void ended.then(() => holder.remove());
  if (!("checked" in started.gate)) child.stdin!.write("go\n");
  child.stdin!.end(spec.input ?? undefined);
  return { pid: inside.pid, isolation, ended, kill, usage: () => inside.usage(), isAlive: () => inside.isAlive() };
}

/** SIGKILL to the first process inside: killing the outer one would leave the others for seconds. */
function killQuietly(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It is gone already.
  }
}

function countOutput(child: ChildProcess, most: number, onOutput: OnOutput, onFlood: () => void): void {
  let left = most;
  const follow = (stream: OutputStream) => (chunk: Buffer<ArrayBuffer>) => {
    // SECURITY: what runs inside cannot fill the memory of those who listen.
    const kept = chunk.subarray(0, left);
    const isOver = chunk.length > left;
    left -= kept.length;
    if (kept.length > 0) onOutput(kept, stream);
    if (isOver) onFlood();
  };
  child.stdout!.on("data", follow("stdout"));
  child.stderr!.on("data", follow("stderr"));
}

const lookEveryMs = 10;

/** Waits until the first process inside is known, or there will be none. */
async function waitUntilFound({ holder, startTimeoutMs }: StartedProcess, closed: Promise<unknown>): Promise<void> {
  let isOver = false;
  const over = () => {
    isOver = true;
  };
  const timer = setTimeout(over, startTimeoutMs);
  void closed.then(over);
  while (!isOver && holder.find() === undefined) await new Promise((resolve) => setTimeout(resolve, lookEveryMs));
  clearTimeout(timer);
}

/** Waits until the gate has tried everything. @returns what it found, all of it as it must be */
async function passGate(
  { driver, child, startTimeoutMs }: StartedProcess,
  gate: Readable,
  closed: Promise<unknown>,
): Promise<readonly SandboxCheck[]> {
  let complaint = "";
  const complain = (part: Buffer) => {
    if (complaint.length < 1_000) complaint += part.toString("utf8");
  };
  child.stderr!.on("data", complain);
  child.once("error", (error) => {
    complaint = error.message;
  });
  const isReady = Promise.withResolvers<void>();
  let said = "";
  const listen = (part: Buffer) => {
    if (said.length < maxGateBytes) said += part.toString("utf8");
    if (/^ready$/m.test(said)) isReady.resolve();
  };
  gate.on("data", listen);
  const timer = setTimeout(isReady.resolve, startTimeoutMs);
  await Promise.race([isReady.promise, closed]);
  clearTimeout(timer);
  child.stderr!.off("data", complain);
  if (gate !== child.stderr) gate.on("end", () => gate.destroy());
  gate.off("data", listen);
  if (!/^ready$/m.test(said)) {
    const why = readGivenUp(said) ?? (complaint.trim().slice(0, 300) || "no reason given");
    throw new SentinelError("UNAVAILABLE", `The sandbox did not start: ${why}.`);
  }
  const checks = readChecks(said);
  // SECURITY: nothing runs in a sandbox that was not seen to hold.
  if (checks.some(({ passed }) => !passed)) throw new NotIsolatedError(driver, checks);
  return checks;
}
