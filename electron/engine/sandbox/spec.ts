import { z } from "zod";
import { EgressRecord, EgressTarget, ImageName, SandboxCheck } from "../../../shared/sandbox.ts";

/** What a sandbox may use. There is never a network but its own loopback. */
export const SandboxLimits = z.strictObject({
  /** Memory of everything in it, bytes. */
  memoryBytes: z.number().int().positive(),
  /** Size of its writable folder `/tmp`, bytes. */
  diskBytes: z.number().int().positive(),
  /** Processes and threads. */
  processes: z.number().int().min(8).max(4096),
  /** Longest life, milliseconds; null: until it is ended. */
  wallMs: z.number().int().positive().nullable(),
  /** Processor time a second, seconds: 2 is two cores. */
  cpus: z.number().min(0.1).max(256),
  /** What it may write to standard output and error together, bytes; more ends it. */
  outputBytes: z.number().int().min(0),
});
export type SandboxLimits = Readonly<z.output<typeof SandboxLimits>>;

/** A file or folder of this machine that is seen inside, and cannot be written there unless it says so. Both paths are absolute. */
export const SandboxMount = z.strictObject({
  from: z.string().min(1).max(4096),
  to: z.string().min(2).max(4096),
  /** Whether it can be written inside: only a folder in the supervisor's scratch folder, and one of a sandbox. */
  writable: z.boolean().optional(),
  /** The program that it is: where the programs inside are not this machine's, theirs stands for it. */
  program: z.literal("node").optional(),
});
export type SandboxMount = Readonly<z.output<typeof SandboxMount>>;

export const SandboxSpec = z.strictObject({
  /** What it is for, in words for the analyst: shown beside it while it runs. Nothing of a payload. */
  label: z.string().max(120),
  /** A container image that is on this machine, for drivers that run those; without one the machine's programs are used. */
  image: ImageName.optional(),
  /** Absolute path inside of a program, under /usr or a mount, and its arguments. */
  command: z.tuple([z.string().min(1)], z.string()).readonly(),
  mounts: z.array(SandboxMount).max(64).readonly(),
  /** Standard input, closed after it; null: none. */
  input: z.instanceof(Uint8Array).nullable(),
  limits: SandboxLimits,
  /** What it may reach through the recording proxy, each as host:port; absent: nothing. */
  egress: z.array(EgressTarget).max(50).readonly().optional(),
});
export type SandboxSpec = Readonly<z.output<typeof SandboxSpec>>;

/** Why a sandbox ended: its command did, a limit was met, or somebody ended it. */
export const endReasons = ["exit", "time", "memory", "output", "panic", "cancelled", "lost"] as const;
export type EndReason = (typeof endReasons)[number];

export const SandboxExit = z.object({
  reason: z.enum(endReasons),
  /** The reason in words. */
  detail: z.string(),
  /** Exit code of the command, when it came to one. */
  code: z.number().int().nullable(),
  signal: z.string().nullable(),
  /** From being let go to the end, milliseconds; 0 when it never was. */
  tookMs: z.number(),
  /** Driver that ran it; empty when it never started. */
  driver: z.string(),
  isolation: z.array(SandboxCheck).readonly(),
  /** What it asked the proxy for; absent: it had none. */
  egress: z.array(EgressRecord).readonly().optional(),
});
export type SandboxExit = Readonly<z.output<typeof SandboxExit>>;

/** Why it ended, in words. */
export function describeEnd(reason: EndReason, code: number | null, limits: SandboxLimits): string {
  const mib = (bytes: number) => `${Math.round(bytes / 1024 ** 2)} MiB`;
  switch (reason) {
    case "exit":
      return code === null ? "It was ended by a signal." : `It ended with exit code ${code}.`;
    case "time":
      return `It ran longer than ${((limits.wallMs ?? 0) / 1000).toFixed(1)} s.`;
    case "memory":
      return `It used more than ${mib(limits.memoryBytes)} of memory.`;
    case "output":
      return `Its output is over ${mib(limits.outputBytes)}.`;
    case "panic":
      return "Panic was pulled.";
    case "cancelled":
      return "It was cancelled.";
    case "lost":
      return "Its first process was gone, and what had started it did not end.";
  }
}
