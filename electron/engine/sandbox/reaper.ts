import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** What names a process for good: a process id alone is used again by others. */
export interface ProcessMark {
  readonly pid: number;
  /** Ticks between boot and the process's start. */
  readonly startTime: string;
  readonly bootId: string;
}

/** The mark of a running process, or undefined when it is gone or the system has no /proc. */
export function markOf(pid: number): ProcessMark | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // proc(5): the second field is the name in brackets and may hold anything; the third is the state, the 22nd the start time.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    const startTime = fields[19];
    // Ended, and not yet asked for by its parent.
    if (fields[0] === "Z" || fields[0] === "X") return undefined;
    const bootId = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
    return startTime === undefined ? undefined : { pid, startTime, bootId };
  } catch {
    return undefined;
  }
}

/** Ends the very process that was noted. SECURITY: its id may long be another program's. @returns whether it was there */
export function killMarked(mark: ProcessMark): boolean {
  const now = markOf(mark.pid);
  if (now?.startTime !== mark.startTime || now.bootId !== mark.bootId) return false;
  try {
    process.kill(mark.pid, "SIGKILL");
    return true;
  } catch {
    // It ended in between.
    return false;
  }
}

/** Which sandboxes run, on disk, so that what outlives a crash of the supervisor can be ended by the next one. */
export interface SandboxRegister {
  add(pid: number): void;
  remove(pid: number): void;
  /** Ends what an earlier supervisor left. @returns how many sandboxes that were */
  reap(): number;
}

export function createRegister(directory: string): SandboxRegister {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const fileOf = (pid: number) => join(directory, `${pid}.json`);
  return {
    add(pid) {
      const mark = markOf(pid);
      if (mark !== undefined) writeFileSync(fileOf(pid), JSON.stringify(mark), { mode: 0o600 });
    },
    remove: (pid) => rmSync(fileOf(pid), { force: true }),
    reap() {
      let ended = 0;
      for (const name of readdirSync(directory).filter((file) => /^\d+\.json$/.test(file))) {
        const mark = readMark(join(directory, name));
        if (mark !== undefined && killMarked(mark)) ended += 1;
        rmSync(join(directory, name), { force: true });
      }
      return ended;
    },
  };
}

function readMark(path: string): ProcessMark | undefined {
  try {
    const { pid, startTime, bootId } = JSON.parse(readFileSync(path, "utf8")) as Record<string, unknown>;
    if (!Number.isInteger(pid) || (pid as number) < 2) return undefined;
    if (typeof startTime !== "string" || typeof bootId !== "string") return undefined;
    return { pid: pid as number, startTime, bootId };
  } catch {
    return undefined;
  }
}
