import { and, answer, type Instruction, jump, load } from "./bpf.ts";
import { type Machine, type SystemCall, systemCalls } from "./system-calls.ts";

/** Answers of a filter. Source: linux/seccomp.h. */
const allow = 0x7fff_0000;
const killProcess = 0x8000_0000;
const refuseWith = (errno: number) => 0x0005_0000 | errno;
export const errno = { EPERM: 1, ENOSYS: 38, EAFNOSUPPORT: 97 } as const;

/** Offsets in `struct seccomp_data`, whose words of 64 bits have their lower half first. */
const numberAt = 0;
const machineAt = 4;
const argumentAt = (n: number) => 16 + 8 * n;

/** Source: linux/audit.h. */
const auditArch: Record<Machine, number> = { x86_64: 0xc000_003e, aarch64: 0xc000_00b7 };
/** Calls of the x32 interface carry this bit; they would reach kernel functions past the list. */
const x32Bit = 0x4000_0000;

/** A condition on the lower 32 bits of an argument, which is all that the kernel reads of these. */
export interface Condition {
  readonly argument: number;
  /** Bits that are looked at. */
  readonly mask: number;
  readonly values: readonly number[];
  /** Whether the values are those that are allowed, or those that are refused. */
  readonly are: "allowed" | "refused";
  readonly errno: number;
}

/** CLONE_NEWTIME is none of them: clone(2) cannot carry it. */
const namespaceFlags = 0x7e02_0000;
const wholeWord = 0xffff_ffff;
const afUnix = 1;
const afInet = 2;
const afInet6 = 10;
const tiocsti = 0x5412;
const tioclinux = 0x541c;

/** SECURITY: calls that are harmless but for some of their arguments. */
export const conditions: Readonly<Record<string, Condition>> = {
  // A nested namespace gives capabilities back.
  clone: { argument: 0, mask: namespaceFlags, values: [0], are: "allowed", errno: errno.EPERM },
  // Netlink, packet, vsock and others talk to the kernel or the host, not to the sandbox's loopback.
  socket: {
    argument: 0,
    mask: wholeWord,
    values: [afUnix, afInet, afInet6],
    are: "allowed",
    errno: errno.EAFNOSUPPORT,
  },
  socketpair: { argument: 0, mask: wholeWord, values: [afUnix], are: "allowed", errno: errno.EAFNOSUPPORT },
  // Both put characters into a terminal's input.
  ioctl: { argument: 1, mask: wholeWord, values: [tiocsti, tioclinux], are: "refused", errno: errno.EPERM },
  // PER_LINUX, and the question which one holds.
  personality: { argument: 0, mask: wholeWord, values: [0, wholeWord], are: "allowed", errno: errno.EPERM },
};

/** Refused as unknown, so that libraries take the older call, whose flags can be looked at. */
export const unknownCalls: readonly string[] = ["clone3"];

/**
 * Memory of the kernel's that belongs to no process, so that only a control group counts it: files and queues in memory, and the
 * shared memory and semaphores of System V.
 */
export const uncountedCalls: readonly string[] = ["memfd_create", "shmget", "msgget", "semget", "mq_open"];

/**
 * The filter of a sandbox's system calls: what is not on the list fails with EPERM, and with ENOSYS where it is newer than the
 * list, so that programs fall back. A call through another interface of the kernel (i386, x32) ends the process.
 * @param isMemoryCounted whether a control group counts all memory; else {@link uncountedCalls} are refused too
 */
export function seccompProgram(machine: Machine, isMemoryCounted: boolean): Instruction[] {
  const numbered = systemCalls.flatMap((call) => {
    const number = call.number[machine];
    return number === null ? [] : [{ call, number }];
  });
  const newest = Math.max(...numbered.map(({ number }) => number));
  const special = numbered.filter(({ call }) => call.name in conditions || unknownCalls.includes(call.name));
  // SECURITY: where nothing counts what these make, it would go past the limit of the memory.
  const refused = isMemoryCounted ? [] : uncountedCalls;
  const plain = numbered
    .filter((one) => !special.includes(one) && !refused.includes(one.call.name))
    .map(({ number }) => number);
  return [
    load(machineAt),
    jump("jumpEqual", auditArch[machine], 1, 0),
    answer(killProcess),
    load(numberAt),
    ...(machine === "x86_64" ? [jump("jumpGreaterOrEqual", x32Bit, 0, 1), answer(killProcess)] : []),
    jump("jumpGreater", newest, 0, 1),
    answer(refuseWith(errno.ENOSYS)),
    ...special.flatMap(({ call, number }) => judgeCall(call, number)),
    ...toRanges(plain).flatMap(([first, last]) => [
      // Ascending: what lies before this range is in none.
      jump("jumpGreaterOrEqual", first, 1, 0),
      answer(refuseWith(errno.EPERM)),
      jump("jumpGreater", last, 1, 0),
      answer(allow),
    ]),
    answer(refuseWith(errno.EPERM)),
  ];
}

/** Judges one call by its argument; every way through it ends in an answer. */
function judgeCall({ name }: SystemCall, number: number): Instruction[] {
  const condition = conditions[name];
  const body =
    condition === undefined
      ? [answer(refuseWith(errno.ENOSYS))]
      : [
          load(argumentAt(condition.argument)),
          and(condition.mask),
          ...condition.values.map((value, n) => jump("jumpEqual", value, condition.values.length - n, 0)),
          answer(condition.are === "allowed" ? refuseWith(condition.errno) : allow),
          answer(condition.are === "allowed" ? allow : refuseWith(condition.errno)),
        ];
  return [jump("jumpEqual", number, 0, body.length), ...body];
}

function toRanges(numbers: readonly number[]): [number, number][] {
  const ranges: [number, number][] = [];
  for (const number of numbers.toSorted((a, b) => a - b)) {
    const last = ranges.at(-1);
    if (last !== undefined && number === last[1] + 1) last[1] = number;
    else ranges.push([number, number]);
  }
  return ranges;
}

/** This machine's kind, or undefined where there is no list for it. */
export function machineOf(arch: NodeJS.Architecture): Machine | undefined {
  return arch === "x64" ? "x86_64" : arch === "arm64" ? "aarch64" : undefined;
}
