import { existsSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { encodeProgram } from "./bpf.ts";
import { runFilter } from "./fixture-bpf-machine.ts";
import { dangerousCalls } from "./fixture-dangerous-calls.ts";
import { conditions, seccompProgram, uncountedCalls, unknownCalls } from "./seccomp.ts";
import { type Machine, systemCalls } from "./system-calls.ts";

const arch: Record<Machine, number> = { x86_64: 0xc000003e, aarch64: 0xc00000b7 };
const answers = { allow: 0x7fff0000, kill: 0x80000000, EPERM: 0x50001, ENOSYS: 0x50026, EAFNOSUPPORT: 0x50061 };
const machines = ["x86_64", "aarch64"] as const;

describe.each(machines)("the filter on %s", (machine) => {
  const program = seccompProgram(machine, true);
  const judge = (number: number, ...args: number[]) =>
    runFilter(program, { machine: arch[machine], number, arguments: args.map((arg) => BigInt(arg)) });
  const numberOf = (name: string) => systemCalls.find((call) => call.name === name)!.number[machine]!;

  test("is short enough, and what the kernel reads of it is eight bytes an instruction", () => {
    expect(encodeProgram(program)).toHaveLength(program.length * 8);
    expect(encodeProgram(program).slice(0, 8)).toEqual(new Uint8Array([0x20, 0, 0, 0, 4, 0, 0, 0]));
  });

  test.each(Object.entries(dangerousCalls).filter(([, numbers]) => numbers[machine] !== null))(
    "refuses %s",
    (_, numbers) => {
      expect(judge(numbers[machine]!)).toBe(answers.EPERM);
    },
  );

  test("allows every call of the list that has no condition", () => {
    for (const { name, number } of systemCalls) {
      if (number[machine] === null || name in conditions || unknownCalls.includes(name)) continue;
      expect([name, judge(number[machine])]).toEqual([name, answers.allow]);
    }
  });

  test("refuses memory that nobody counts where no control group does", () => {
    const narrow = seccompProgram(machine, false);
    for (const { name, number } of systemCalls) {
      if (number[machine] === null) continue;
      const call = { machine: arch[machine], number: number[machine] };
      const want = uncountedCalls.includes(name) ? answers.EPERM : runFilter(program, call);
      expect([name, runFilter(narrow, call)]).toEqual([name, want]);
    }
    expect(uncountedCalls.filter((name) => judge(numberOf(name)) !== answers.allow)).toEqual([]);
  });

  test.each([
    { call: "clone", args: [0x3d0f00], want: "allow", why: "a thread" },
    { call: "clone", args: [0x1200011], want: "allow", why: "a child" },
    { call: "clone", args: [0x10000000 | 17], want: "EPERM", why: "a user namespace" },
    { call: "clone", args: [0x40000000], want: "EPERM", why: "a network namespace" },
    { call: "clone", args: [0x20000], want: "EPERM", why: "a mount namespace" },
    { call: "socket", args: [1, 1, 0], want: "allow", why: "a unix socket" },
    { call: "socket", args: [2, 1, 0], want: "allow", why: "IPv4" },
    { call: "socket", args: [10, 2, 0], want: "allow", why: "IPv6" },
    { call: "socket", args: [16, 3, 0], want: "EAFNOSUPPORT", why: "netlink" },
    { call: "socket", args: [17, 3, 0], want: "EAFNOSUPPORT", why: "packets" },
    { call: "socket", args: [40, 1, 0], want: "EAFNOSUPPORT", why: "the host of a virtual machine" },
    { call: "socket", args: [38, 5, 0], want: "EAFNOSUPPORT", why: "the kernel's ciphers" },
    { call: "socketpair", args: [1, 1, 0], want: "allow", why: "a unix pair" },
    { call: "socketpair", args: [2, 1, 0], want: "EAFNOSUPPORT", why: "another pair" },
    { call: "ioctl", args: [0, 0x5401], want: "allow", why: "the state of a terminal" },
    { call: "ioctl", args: [0, 0x5412], want: "EPERM", why: "TIOCSTI" },
    { call: "ioctl", args: [0, 0x541c], want: "EPERM", why: "TIOCLINUX" },
    { call: "personality", args: [0xffffffff], want: "allow", why: "the question" },
    { call: "personality", args: [0], want: "allow", why: "the ordinary one" },
    { call: "personality", args: [0x0040000], want: "EPERM", why: "no randomised addresses" },
    { call: "clone3", args: [], want: "ENOSYS", why: "whose flags are out of sight" },
  ] as const)("$call of $why: $want", ({ call, args, want }) => {
    expect(judge(numberOf(call), ...args)).toBe(answers[want]);
  });

  test("upper halves of arguments, which the kernel does not read, do not hide anything", () => {
    const args = [0n, 0x1_0000_5412n];
    expect(runFilter(program, { machine: arch[machine], number: numberOf("ioctl"), arguments: args })).toBe(
      answers.EPERM,
    );
  });

  test("a call that is newer than the list is unknown", () => {
    expect(judge(463)).toBe(answers.ENOSYS);
    expect(judge(0x3fff_ffff)).toBe(answers.ENOSYS);
  });

  test("another interface of the kernel ends the process, whatever the call", () => {
    for (const other of [0x4000_0003, 0x4000_0028, arch[machine === "x86_64" ? "aarch64" : "x86_64"], 0]) {
      expect(runFilter(program, { machine: other, number: 1 })).toBe(answers.kill);
    }
    if (machine === "x86_64") expect(judge(0x4000_0001)).toBe(answers.kill);
  });

  test("every call gets one answer, and allows nothing that is not on the list", () => {
    const listed = new Set(systemCalls.map(({ number }) => number[machine]));
    fc.assert(
      fc.property(fc.nat(0xffff_ffff), fc.array(fc.bigInt(0n, 2n ** 64n - 1n), { maxLength: 6 }), (number, args) => {
        const given = runFilter(program, { machine: arch[machine], number: number % 1024, arguments: args });
        expect(Object.values(answers)).toContain(given);
        if (!listed.has(number % 1024)) expect(given).not.toBe(answers.allow);
      }),
    );
  });
});

const headers: [Machine, string][] = [
  ["x86_64", "/usr/include/x86_64-linux-gnu/asm/unistd_64.h"],
  ["aarch64", "/usr/include/asm-generic/unistd.h"],
];
for (const [machine, path] of headers) {
  if (!existsSync(path)) console.warn(`SKIPPED: system call numbers of ${machine}: ${path} is not installed`);
  test.skipIf(!existsSync(path))(`numbers for ${machine} are those of the kernel's own header`, () => {
    const text = readFileSync(path, "utf8");
    const numbers = new Map(
      [...text.matchAll(/^#define __NR(?:3264)?_(\w+)\s+(\d+)$/gm)].map(([, name, number]) => [name!, Number(number)]),
    );
    const known = [...systemCalls].filter(({ name }) => numbers.has(name));
    expect(known.length).toBeGreaterThan(200);
    for (const { name, number } of known) {
      expect([name, number[machine]]).toEqual([name, numbers.get(name)]);
    }
    for (const [name, number] of Object.entries(dangerousCalls)) {
      if (number[machine] !== null) expect([name, number[machine]]).toEqual([name, numbers.get(name)]);
    }
  });
}
