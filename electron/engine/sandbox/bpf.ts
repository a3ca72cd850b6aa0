/** One instruction of classic BPF: `struct sock_filter` of linux/filter.h. */
export interface Instruction {
  readonly code: number;
  /** Instructions to skip when a comparison holds, or does not. */
  readonly jumpTrue: number;
  readonly jumpFalse: number;
  readonly operand: number;
}

/** Operation codes that seccomp programs need. Source: linux/bpf_common.h. */
export const opcode = {
  /** Loads a 32-bit word at an offset of `struct seccomp_data`. */
  load: 0x20,
  and: 0x54,
  jumpEqual: 0x15,
  jumpGreater: 0x25,
  jumpGreaterOrEqual: 0x35,
  return: 0x06,
} as const;

/** Most instructions of a program: BPF_MAXINSNS. */
const mostInstructions = 4096;

export const load = (offset: number): Instruction => plain(opcode.load, offset);
export const and = (mask: number): Instruction => plain(opcode.and, mask);
export const answer = (value: number): Instruction => plain(opcode.return, value);

/** Compares the loaded word. Skips are counts of the instructions that follow, 0 to 255. */
export function jump(
  how: "jumpEqual" | "jumpGreater" | "jumpGreaterOrEqual",
  operand: number,
  jumpTrue: number,
  jumpFalse: number,
): Instruction {
  if (jumpTrue > 255 || jumpFalse > 255) throw new RangeError("A jump of BPF reaches 255 instructions.");
  return { code: opcode[how], jumpTrue, jumpFalse, operand: operand >>> 0 };
}

function plain(code: number, operand: number): Instruction {
  return { code, jumpTrue: 0, jumpFalse: 0, operand: operand >>> 0 };
}

/** The program as the kernel reads it, of a little-endian machine. @throws RangeError when it is too long */
export function encodeProgram(program: readonly Instruction[]): Uint8Array {
  if (program.length > mostInstructions) throw new RangeError("The kernel takes programs of up to 4096 instructions.");
  const bytes = new DataView(new ArrayBuffer(program.length * 8));
  for (const [n, { code, jumpTrue, jumpFalse, operand }] of program.entries()) {
    bytes.setUint16(n * 8, code, true);
    bytes.setUint8(n * 8 + 2, jumpTrue);
    bytes.setUint8(n * 8 + 3, jumpFalse);
    bytes.setUint32(n * 8 + 4, operand, true);
  }
  return new Uint8Array(bytes.buffer);
}
