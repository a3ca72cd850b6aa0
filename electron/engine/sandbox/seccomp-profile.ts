import { type Condition, conditions, errno, unknownCalls } from "./seccomp.ts";
import { systemCalls } from "./system-calls.ts";

/**
 * The same filter as a profile of podman and Docker, which assemble it themselves.
 * Source: containers/common, pkg/seccomp; opencontainers/runtime-spec, config-linux.md, "Seccomp".
 */
export function seccompProfile(): object {
  const plain = systemCalls
    .map(({ name }) => name)
    .filter((name) => !(name in conditions) && !unknownCalls.includes(name));
  return {
    defaultAction: "SCMP_ACT_ERRNO",
    defaultErrnoRet: errno.EPERM,
    archMap: [
      { architecture: "SCMP_ARCH_X86_64", subArchitectures: [] },
      { architecture: "SCMP_ARCH_AARCH64", subArchitectures: [] },
    ],
    syscalls: [
      { names: plain, action: "SCMP_ACT_ALLOW" },
      { names: unknownCalls, action: "SCMP_ACT_ERRNO", errnoRet: errno.ENOSYS },
      ...Object.entries(conditions).flatMap(([name, condition]) => rulesOf(name, condition)),
    ],
  };
}

function rulesOf(name: string, { argument, mask, values, are }: Condition): object[] {
  // One rule for each: any of them lets the call through, and nothing else does.
  const matches = are === "allowed" ? values.map((value) => ({ mask, value })) : allBut(values, mask);
  return matches.map((one) => ({
    names: [name],
    action: "SCMP_ACT_ALLOW",
    args: [{ index: argument, value: one.mask, valueTwo: one.value, op: "SCMP_CMP_MASKED_EQ" }],
  }));
}

/**
 * Every word but these, as masked comparisons. SECURITY: a rule that refuses certain values would lose to one that allows the call,
 * and "not equal" compares all 64 bits, of which the kernel does not read the upper half.
 */
function allBut(values: readonly number[], mask: number): { mask: number; value: number }[] {
  const [first = 0] = values;
  const differing = values.reduce((bits, value) => bits | (value ^ first), 0) >>> 0;
  const bits = [...Array(32).keys()].map((n) => (1 << n) >>> 0).filter((bit) => (mask & bit) !== 0);
  // What differs where they are all the same …
  const apart = bits
    .filter((bit) => (differing & bit) === 0)
    .map((bit) => ({ mask: bit, value: (first & bit) === 0 ? bit : 0 }));
  // … and what is like them there, and is none of them.
  const base = (first & ~differing) >>> 0;
  let like = [base];
  for (const bit of bits) if ((differing & bit) !== 0) like = like.flatMap((word) => [word, (word | bit) >>> 0]);
  return [...apart, ...like.filter((word) => !values.includes(word)).map((value) => ({ mask, value }))];
}
