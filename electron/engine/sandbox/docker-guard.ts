import type { ChildProcess } from "node:child_process";
import { SentinelError } from "../../../shared/errors.ts";
import type { Usage } from "./process-tree.ts";

/**
 * The first process of a container. It ends when its input does, and every other process with it: the supervisor holds that input,
 * so nothing outlives it, wherever the daemon is. For each line that it is sent it says what the container uses.
 *
 * SECURITY: it runs under another account than what is run for somebody, which could else hold the input open by way of /proc. It
 * starts no program, so a container that is full does not stop it. The one that reads is not the first: that one waits, and collects
 * what ends without a parent. Its last word is read before it has ended; by then the kernel ends what is left (pid_namespaces(7)).
 */
export const guardScript = `
groups=/sys/fs/cgroup
( while read -r asked; do
  memory=0 processes=0 nanoseconds= microseconds=0 kills=0
  for file in $groups/memory.current $groups/memory/memory.usage_in_bytes; do [ -r $file ] && read -r memory <$file; done
  for file in $groups/pids.current $groups/pids/pids.current; do [ -r $file ] && read -r processes <$file; done
  [ -r $groups/cpuacct/cpuacct.usage ] && read -r nanoseconds <$groups/cpuacct/cpuacct.usage
  for file in $groups/cpu.stat $groups/memory.events $groups/memory/memory.oom_control; do
    [ -r $file ] && while read -r key value; do
      case $key in usage_usec) microseconds=$value ;; oom_kill) kills=$value ;; esac
    done <$file
  done
  echo "$asked|$memory|$processes|\${nanoseconds:-\${microseconds}000}|$kills"
done )
echo gone
exit 0`;

/** What a container uses, as its guard reads it from the control group. */
export interface GuardReport extends Usage {
  /** Processes that the kernel ended for want of memory, since the container's start. */
  readonly kills: number;
}

export interface Guard {
  /** What it said last. */
  readonly last: GuardReport;
  /** Whether the container is there, and its guard answers. */
  isAlive(): boolean;
  /**
   * Begins to ask it, four times a second. Not before the check has tried to take memory: the kernel gives nobody any while it ends
   * who took it, and may then end who asks for some.
   */
  watch(): void;
  /** What is used now; what it said last when it says nothing for a second, or is gone. */
  look(): Promise<GuardReport>;
  /** Ends it by its input, and the container with it. */
  end(): void;
  /** Fulfilled when it has said its last word, or the container is gone: the daemon takes seconds to say so of many. */
  readonly gone: Promise<void>;
  /** Fulfilled when the daemon has removed the container. */
  readonly removed: Promise<void>;
}

/** How often it is asked while it lives, milliseconds. */
const askEveryMs = 250;
const maxSilenceMs = 5_000;
const maxLookMs = 1_000;
const maxLine = 200;

/**
 * Waits until a container's guard is up.
 * @param child what started the container, and ends with it
 * @throws SentinelError UNAVAILABLE when it does not come up
 */
export async function followGuard(child: ChildProcess, startTimeoutMs: number): Promise<Guard> {
  const { stdin, stdout, stderr } = child;
  let last: GuardReport = { memoryBytes: 0, processes: 0, cpuMs: 0, kills: 0 };
  let saidAt = performance.now();
  let isGone = false;
  let asked = 0;
  let rest = "";
  let complaint = "";
  const waiting = new Map<number, (report: GuardReport) => void>();
  const first = Promise.withResolvers<void>();
  const removed = new Promise<void>((resolve) => {
    child.once("close", () => resolve());
    child.once("error", (error) => {
      complaint ||= error.message;
      resolve();
    });
  });
  const ended = Promise.withResolvers<void>();
  const gone = ended.promise;
  void removed.then(ended.resolve);
  stdin!.on("error", () => undefined);
  stderr!.on("data", (part: Buffer) => {
    if (complaint.length < 1_000) complaint += part.toString("utf8");
  });
  stdout!.on("data", (part: Buffer) => {
    const lines = (rest + part.toString("latin1")).split("\n");
    rest = lines.pop()!.slice(0, maxLine);
    for (const line of lines) {
      if (line === "gone") ended.resolve();
      const [number = Number.NaN, memoryBytes = 0, processes = 0, nanoseconds = 0, kills = 0] = line
        .split("|")
        .map(Number);
      if (Number.isNaN(number)) continue;
      last = { memoryBytes, processes, cpuMs: nanoseconds / 1e6, kills };
      saidAt = performance.now();
      first.resolve();
      waiting.get(number)?.(last);
      waiting.delete(number);
    }
  });
  const ask = (): number => {
    asked += 1;
    stdin!.write(`${asked}\n`);
    return asked;
  };
  ask();
  const timer = setTimeout(first.resolve, startTimeoutMs);
  await Promise.race([first.promise, gone]);
  clearTimeout(timer);
  if (last.processes === 0) {
    stdin!.end();
    throw new SentinelError(
      "UNAVAILABLE",
      `The sandbox did not start: ${complaint.trim().slice(0, 300) || "no reason given"}.`,
    );
  }
  let asking: NodeJS.Timeout | undefined;
  void gone.then(() => {
    isGone = true;
    clearInterval(asking);
    for (const answer of waiting.values()) answer(last);
  });
  return {
    get last() {
      return last;
    },
    isAlive: () => !isGone && (asking === undefined || performance.now() - saidAt < maxSilenceMs),
    watch() {
      if (isGone) return;
      saidAt = performance.now();
      asking = setInterval(ask, askEveryMs);
    },
    async look() {
      if (isGone) return last;
      const answer = Promise.withResolvers<GuardReport>();
      const late = setTimeout(() => answer.resolve(last), maxLookMs);
      waiting.set(ask(), answer.resolve);
      return await answer.promise.finally(() => clearTimeout(late));
    },
    end() {
      clearInterval(asking);
      stdin!.end();
    },
    gone,
    removed,
  };
}
