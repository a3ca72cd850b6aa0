import { denied, type Escape, filter, type Outside } from "./fixture-escape-tools.ts";
import { listFileEscapes } from "./fixture-file-escapes.ts";
import { listKernelEscapes } from "./fixture-kernel-escapes.ts";
import { type Machine, systemCalls } from "./system-calls.ts";

/** The attempts. `/app` is a mounted folder with a link to {@link Outside.file} in it. */
export function listEscapes(outside: Outside): Escape[] {
  return [...listFileEscapes(outside), ...listKernelEscapes(outside)];
}

/** Attempts to take memory that nobody counts, where no control group holds the sum. */
export function listMemoryEscapes(machine: Machine): Escape[] {
  const make = (name: string, call: string, ...args: string[]): Escape => {
    const number = systemCalls.find((one) => one.name === call)!.number[machine]!;
    const code = `failed(kernel(${[number, ...args].join(", ")}) != -1)`;
    return { area: "Memory where no control group counts it", name, code, stoppedBy: filter, reason: denied };
  };
  return [
    make("hold memory in a file of no folder", "memfd_create", '"x"', "0"),
    make("hold memory in a shared segment of System V", "shmget", "0", "64 * 1048576", "01600"),
    make("hold memory in message queues", "mq_open", '"x"', "0102", "0600", "0"),
    make("hold memory in message queues of System V", "msgget", "0", "01600"),
    make("hold memory in semaphores", "semget", "0", "30000", "01600"),
  ];
}

/** Only x86_64 has it. */
const otherInterface = "call the kernel by another interface";

/** Attempts at which the process itself is ended, each in a child. */
export function listFatalEscapes(machine: Machine): Escape[] {
  const all: Escape[] = [
    {
      area: "Kernel",
      name: otherInterface,
      code: "kernel(0x40000000 | 39); 'escaped'",
      stoppedBy: "the filter of system calls ends the process",
      reason: /ended by signal 31/,
    },
    {
      area: "Exhaustion",
      name: "take more memory than it may",
      code: 'my @m; for (1 .. 64) { push @m, "x" x (16 * 1048576) } "escaped"',
      stoppedBy: "the limit of memory ends the process, or the sandbox",
      reason: /ended by signal|ended with 1|ended: memory/,
    },
  ];
  return machine === "x86_64" ? all : all.filter(({ name }) => name !== otherInterface);
}
