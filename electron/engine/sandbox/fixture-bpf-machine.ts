import { type Instruction, opcode } from "./bpf.ts";

/** A system call as a filter sees it: `struct seccomp_data`. */
export interface SeenCall {
  machine: number;
  number: number;
  arguments?: readonly bigint[];
}

/** Runs a filter as the kernel would, on a little-endian machine. @returns its answer */
export function runFilter(program: readonly Instruction[], call: SeenCall): number {
  const data = new DataView(new ArrayBuffer(64));
  data.setUint32(0, call.number, true);
  data.setUint32(4, call.machine, true);
  for (const [n, value] of (call.arguments ?? []).entries()) data.setBigUint64(16 + 8 * n, value, true);
  let word = 0;
  for (let at = 0; at < program.length; at += 1) {
    const { code, operand, jumpTrue, jumpFalse } = program[at]!;
    if (code === opcode.return) return operand;
    if (code === opcode.load) word = data.getUint32(operand, true);
    else if (code === opcode.and) word = (word & operand) >>> 0;
    else if (code === opcode.jumpEqual) at += word === operand ? jumpTrue : jumpFalse;
    else if (code === opcode.jumpGreater) at += word > operand ? jumpTrue : jumpFalse;
    else if (code === opcode.jumpGreaterOrEqual) at += word >= operand ? jumpTrue : jumpFalse;
    else throw new Error(`unknown operation ${code}`);
  }
  throw new Error("the program ran past its end");
}
