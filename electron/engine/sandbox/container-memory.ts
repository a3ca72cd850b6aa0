import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

/**
 * Watches whether memory ran out in a container whose control group is another program's. The group goes with the container, so what
 * was seen once is kept, and the note that conmon leaves counts too.
 *
 * @param folder conmon's, in which it leaves a file named `oom`
 * @param system where the kernel tells of processes and control groups
 * @returns whether a process was ended for want of memory, given the container's first process
 */
export function watchContainerMemory(
  folder: string,
  system = { proc: "/proc", groups: "/sys/fs/cgroup" },
): (pid: number) => boolean {
  let isOver = false;
  return (pid) => {
    isOver ||= existsSync(join(folder, "oom")) || countKills(pid, system) > 0;
    return isOver;
  };
}

/** Processes of a process's control group, version 2 or 1, that the kernel ended for want of memory. */
function countKills(pid: number, { proc, groups }: { proc: string; groups: string }): number {
  try {
    const own = readFileSync(join(proc, String(pid), "cgroup"), "utf8");
    // cgroups(7): hierarchy, controllers, path; version 2 has the number 0 and no controllers.
    const second = /^0::(\/.*)$/m.exec(own)?.[1];
    const first = /^\d+:(?:[^:\n]*,)?memory(?:,[^:\n]*)?:(\/.*)$/m.exec(own)?.[1];
    const file =
      first === undefined
        ? join(groups, second ?? "", "memory.events")
        : join(groups, "memory", first, "memory.oom_control");
    return Number(/^oom_kill (\d+)$/m.exec(readFileSync(file, "utf8"))?.[1] ?? 0);
  } catch {
    // It is gone already, or its kernel does not tell.
    return 0;
  }
}
