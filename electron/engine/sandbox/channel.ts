import { z } from "zod";
import { PanicPull, PanicResult } from "../../../shared/panic.ts";

/** Two-way messages between the engine's process and the supervisor: a fork's IPC, or a utility process's port. */
export interface Channel {
  send(message: unknown): void;
  onMessage(listener: (message: unknown) => void): void;
  /** The other side is gone. */
  onClose(listener: () => void): void;
  close(): void;
}

/** What the engine says. */
export const ToSupervisor = z.discriminatedUnion("type", [
  /** First of all. The token comes this way since arguments and environments can be read by others. */
  z.object({ type: z.literal("start"), directory: z.string(), token: z.string() }),
  /** Origin of the pages that may pull panic directly. */
  z.object({ type: z.literal("origin"), origin: z.string() }),
  z.object({ type: z.literal("panic"), id: z.number().int() }),
]);
export type ToSupervisor = z.infer<typeof ToSupervisor>;

export const SandboxStatus = z.object({
  /** `off`: nothing can be sandboxed here, so nothing is run. */
  status: z.enum(["healthy", "off", "down"]),
  detail: z.string(),
  held: z.number().int(),
});
export type SandboxStatus = z.infer<typeof SandboxStatus>;

/** What the supervisor says. */
export const FromSupervisor = z.discriminatedUnion("type", [
  z.object({
    type: z.literal("ready"),
    /** Port of the panic door on 127.0.0.1. */
    port: z.number().int(),
    socket: z.string(),
    /** Sandboxes that an earlier supervisor left and this one ended. */
    reaped: z.number().int(),
  }),
  z.object({ type: z.literal("status"), status: SandboxStatus }),
  z.object({ type: z.literal("panic_done"), id: z.number().int(), result: PanicResult }),
  /** Panic was pulled past the engine. */
  z.object({
    type: z.literal("panicked"),
    result: PanicResult,
    via: z.enum(["window", "socket"]),
    pull: PanicPull,
  }),
]);
export type FromSupervisor = z.infer<typeof FromSupervisor>;
