import { mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Usage } from "./process-tree.ts";
import type { SandboxLimits } from "./spec.ts";

export type Controller = "memory" | "pids" | "cpu";
export const controllers: readonly Controller[] = ["memory", "pids", "cpu"];

/** Where groups for sandboxes can be made: for each controller that is there the folder that they go into. */
export interface GroupPlaces {
  readonly version: 1 | 2;
  readonly folders: Readonly<Partial<Record<Controller, string>>>;
}

/** The group of one sandbox: it holds the sum of what all its processes use. */
export interface Group {
  /** Files that a process writes 0 to in order to belong to it. */
  readonly joinFiles: readonly string[];
  /**
   * Sets the limits, also of one that runs.
   * @param endsWhole whether all of it ends when one process meets the limit of memory; where the kernel knows no such thing, that one alone does
   */
  limit(limits: Pick<SandboxLimits, "memoryBytes" | "processes" | "cpus">, endsWhole?: boolean): void;
  usage(): Partial<Usage>;
  /** Processes that the kernel ended for want of memory. */
  outOfMemoryKills(): number;
  /** Ends what is in it and removes it. @returns whether it is gone */
  remove(): boolean;
}

/** Period over which a share of the processors is held, microseconds. */
export const cpuPeriodUs = 100_000;

/** @throws Error when a group cannot be made or limited */
export function makeGroup({ version, folders }: GroupPlaces, name: string): Group {
  const paths = new Map<Controller, string>();
  for (const controller of controllers) {
    const folder = folders[controller];
    if (folder === undefined) continue;
    const path = join(folder, name);
    mkdirSync(path, { recursive: true });
    paths.set(controller, path);
  }
  const all = [...new Set(paths.values())];
  const write = (controller: Controller, file: string, value: number | string) => {
    const path = paths.get(controller);
    if (path !== undefined) writeFileSync(join(path, file), String(value));
  };
  const readNumber = (controller: Controller, file: string, key?: string): number | undefined => {
    const path = paths.get(controller);
    if (path === undefined) return undefined;
    const text = readQuietly(join(path, file));
    const found = key === undefined ? text : new RegExp(`^${key} (\\d+)$`, "m").exec(text)?.[1];
    return found === undefined || found === "" ? undefined : Number(found);
  };
  return {
    joinFiles: all.map((path) => join(path, "cgroup.procs")),
    limit({ memoryBytes, processes, cpus }, endsWhole = false) {
      write("pids", "pids.max", processes);
      const quota = Math.round(cpus * cpuPeriodUs);
      if (version === 2) {
        write("memory", "memory.max", memoryBytes);
        // SECURITY: what is swapped out would not count. A kernel without swap accounting has no such file.
        attempt(() => write("memory", "memory.swap.max", 0));
        attempt(() => write("memory", "memory.oom.group", endsWhole ? 1 : 0));
        write("cpu", "cpu.max", `${quota} ${cpuPeriodUs}`);
      } else {
        // The limit with swap can never be below the one without: which goes first depends on the way.
        attempt(() => write("memory", "memory.memsw.limit_in_bytes", memoryBytes));
        write("memory", "memory.limit_in_bytes", memoryBytes);
        attempt(() => write("memory", "memory.memsw.limit_in_bytes", memoryBytes));
        write("cpu", "cpu.cfs_period_us", cpuPeriodUs);
        write("cpu", "cpu.cfs_quota_us", quota);
      }
    },
    usage() {
      const memoryBytes = readNumber("memory", version === 2 ? "memory.current" : "memory.usage_in_bytes");
      const processes = readNumber("pids", "pids.current");
      const cpuUs = version === 2 ? readNumber("cpu", "cpu.stat", "usage_usec") : undefined;
      return {
        ...(memoryBytes === undefined ? {} : { memoryBytes }),
        ...(processes === undefined ? {} : { processes }),
        ...(cpuUs === undefined ? {} : { cpuMs: cpuUs / 1000 }),
      };
    },
    outOfMemoryKills: () =>
      readNumber("memory", version === 2 ? "memory.events" : "memory.oom_control", "oom_kill") ?? 0,
    remove: () => all.map((path) => removeGroup(path)).every((isGone) => isGone),
  };
}

/** Ends whatever is in a group and removes it. @returns whether it is gone */
export function removeGroup(path: string): boolean {
  for (const pid of readQuietly(join(path, "cgroup.procs")).split("\n").map(Number)) {
    if (pid > 1) attempt(() => process.kill(pid, "SIGKILL"));
  }
  try {
    rmdirSync(path);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ENOENT";
  }
}

/** Removes a folder of groups with those in it. @returns how many groups were in it, whether or not they could go */
export function removeGroups(folder: string): number {
  let names: string[];
  try {
    names = readdirSync(folder, { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? [entry.name] : []));
  } catch {
    return 0;
  }
  for (const name of names) removeGroup(join(folder, name));
  attempt(() => rmdirSync(folder));
  return names.length;
}

function readQuietly(path: string): string {
  try {
    return readFileSync(path, "utf8").trim();
  } catch {
    return "";
  }
}

/** For what some kernels do not have, and for what is gone in between. */
function attempt(action: () => unknown): void {
  try {
    action();
  } catch {
    // See above.
  }
}
