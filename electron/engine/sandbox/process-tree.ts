import { readdirSync, readFileSync } from "node:fs";

/** What a sandbox uses. */
export interface Usage {
  /** Bytes; pages that its processes share may be counted for each of them. */
  readonly memoryBytes: number;
  readonly processes: number;
  /** Processor time since its start, milliseconds. */
  readonly cpuMs: number;
}

interface ProcessRow {
  readonly pid: number;
  readonly parent: number;
  readonly usage: Usage;
}

/** Linux counts processor time in these whatever the kernel's own clock is: USER_HZ. */
const ticksPerSecond = 100;
const pageBytes = 4096;

/**
 * What the process and all below it use. In a process namespace of its own nothing leaves the tree: who loses its parent gets the
 * first process of the namespace for one.
 */
export function usageOfTree(pid: number): Usage {
  const total = { memoryBytes: 0, processes: 0, cpuMs: 0 };
  for (const { usage } of readTree(pid)) {
    total.memoryBytes += usage.memoryBytes;
    total.cpuMs += usage.cpuMs;
    total.processes += usage.processes;
  }
  return total;
}

/** The process and all below it. */
export function pidsOfTree(pid: number): number[] {
  return readTree(pid).map((row) => row.pid);
}

function readTree(pid: number): ProcessRow[] {
  const rows = readProcesses();
  const below = new Map<number, ProcessRow[]>();
  for (const row of rows) {
    const siblings = below.get(row.parent);
    if (siblings === undefined) below.set(row.parent, [row]);
    else siblings.push(row);
  }
  const tree = rows.filter((row) => row.pid === pid);
  // It grows while it is walked.
  for (const row of tree) tree.push(...(below.get(row.pid) ?? []));
  return tree;
}

function readProcesses(): ProcessRow[] {
  const names = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  return names.flatMap((name) => {
    try {
      const stat = readFileSync(`/proc/${name}/stat`, "utf8");
      // proc(5): behind the name in brackets: state, parent, …; user, system, waited-for user and system time; threads; …; resident pages.
      const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
      const at = (n: number) => Number(fields[n - 3]);
      const ticks = at(14) + at(15) + at(16) + at(17);
      const usage = {
        memoryBytes: at(24) * pageBytes,
        processes: at(20),
        cpuMs: (ticks * 1000) / ticksPerSecond,
      };
      return [{ pid: Number(name), parent: at(4), usage }];
    } catch {
      // It ended in between.
      return [];
    }
  });
}
