import { readdirSync, readFileSync } from "node:fs";

/** Processes that were seen from outside while an application worked. */
export interface ProcessesSeen {
  /** Arguments of each, those that were caught in the act. */
  readonly commands: readonly string[];
  /** Processes and threads that began, also those too short to be seen. */
  readonly begun: number;
}

const everyMs = 2;
/** One more than is passed on of a call, so that a cut shows. */
const longestCommand = 1_001;

/** The sandbox's process table: numbers are given in their order there, so that none begins unnoticed. */
export function watchProcesses(): () => ProcessesSeen {
  const before = new Set(listPids());
  const first = lastPid();
  const seen = new Map<number, string>();
  const look = () => {
    for (const pid of listPids()) {
      if (before.has(pid)) continue;
      const command = commandOf(pid);
      if (command !== null) seen.set(pid, command);
    }
  };
  const timer = setInterval(look, everyMs);
  return () => {
    clearInterval(timer);
    look();
    return { commands: [...seen.values()], begun: lastPid() - first };
  };
}

function listPids(): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
}

/** proc_loadavg(5): the last number that was given in this namespace. */
function lastPid(): number {
  return Number(readFileSync("/proc/loadavg", "utf8").trim().split(" ").at(-1));
}

function commandOf(pid: number): string | null {
  try {
    const text = readFileSync(`/proc/${pid}/cmdline`, "utf8");
    return text === "" ? null : text.split("\0").join(" ").trim().slice(0, longestCommand);
  } catch {
    return null;
  }
}
