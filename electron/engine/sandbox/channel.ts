import { join } from "node:path";
import { z } from "zod";
import { PanicPull, SandboxesEnded } from "../../../shared/panic.ts";
import { DrillResult, ImageName, SandboxSight, sandboxDriverKinds } from "../../../shared/sandbox.ts";
import type { Config } from "../base/config.ts";
import { NotedPull } from "./pull-notes.ts";
import { SandboxExit, SandboxSpec } from "./spec.ts";

/** Two-way messages between the engine's process and the supervisor: a fork's IPC (`serialization: "advanced"`: bytes travel in them), or a utility process's port. */
export interface Channel {
  send(message: unknown): void;
  onMessage(listener: (message: unknown) => void): void;
  /** The other side is gone. */
  onClose(listener: () => void): void;
  close(): void;
}

/** The folder, among the supervisor's files, in which the engine puts what sandboxes may see of its data, and may write. */
export const scratchOf = (directory: string): string => join(directory, "scratch");

/** What the operator wants of the ways to sandbox. */
export const DriverWishes = z.object({
  /** Which is tried first; null: the usual order. */
  first: z.enum(sandboxDriverKinds).nullable(),
  /** Image whose programs Docker runs; null: this machine's. */
  image: ImageName.nullable(),
  /** Where Docker's daemon listens; null: where the user's own settings say. */
  dockerHost: z.string().nullable(),
});
export type DriverWishes = z.infer<typeof DriverWishes>;

type WishSettings = Pick<Config, "SENTINEL_SANDBOX_DRIVER" | "SENTINEL_SANDBOX_IMAGE" | "DOCKER_HOST">;

export const wishesOf = (config: WishSettings): DriverWishes => ({
  first: config.SENTINEL_SANDBOX_DRIVER === "automatic" ? null : config.SENTINEL_SANDBOX_DRIVER,
  image: config.SENTINEL_SANDBOX_IMAGE ?? null,
  dockerHost: config.DOCKER_HOST ?? null,
});

/** Any way will do. */
export const noWishes: DriverWishes = { first: null, image: null, dockerHost: null };

/** What the engine says. */
export const ToSupervisor = z.discriminatedUnion("type", [
  /** First of all. The token comes this way since arguments and environments can be read by others. */
  z.object({
    type: z.literal("start"),
    directory: z.string(),
    token: z.string(),
    /** Folders of which nothing is mounted into a sandbox. */
    closed: z.array(z.string()),
    /** Sandboxes that run at once. */
    atMost: z.number().int().min(1),
    wishes: DriverWishes,
  }),
  /** Origin of the pages that may pull panic directly. */
  z.object({ type: z.literal("origin"), origin: z.string() }),
  /** Pulled at the engine. @see NotedPull */
  z.object({ type: z.literal("panic"), id: z.number().int(), pull: NotedPull, actor: z.string() }),
  /** The engine's log has a pull: its note is needed no more. */
  z.object({ type: z.literal("noted"), press_id: z.uuid() }),
  z.object({
    type: z.literal("run"),
    id: z.number().int(),
    spec: SandboxSpec,
    priority: z.number(),
    /** Panics that the engine had heard of: what was asked for before one that it had not is not run. */
    panics: z.number().int(),
  }),
  z.object({ type: z.literal("cancel"), id: z.number().int() }),
  z.object({ type: z.literal("look"), id: z.number().int() }),
  z.object({ type: z.literal("drill"), id: z.number().int() }),
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
  z.object({ type: z.literal("panic_done"), id: z.number().int(), result: SandboxesEnded, panics: z.number().int() }),
  /** Panic was pulled past the engine. */
  z.object({
    type: z.literal("panicked"),
    result: SandboxesEnded,
    via: z.enum(["window", "socket"]),
    pull: PanicPull,
    panics: z.number().int(),
  }),
  z.object({
    type: z.literal("output"),
    id: z.number().int(),
    stream: z.enum(["stdout", "stderr"]),
    chunk: z.instanceof(Uint8Array),
  }),
  z.object({ type: z.literal("ended"), id: z.number().int(), exit: SandboxExit }),
  z.object({ type: z.literal("looked"), id: z.number().int(), sight: SandboxSight }),
  z.object({ type: z.literal("drilled"), id: z.number().int(), result: DrillResult }),
  /** What was asked for could not be done. */
  z.object({
    type: z.literal("failed"),
    id: z.number().int(),
    code: z.enum(["UNAVAILABLE", "INPUT_INVALID", "CANCELLED", "CONFLICT", "INTERNAL"]),
    message: z.string(),
  }),
]);
export type FromSupervisor = z.infer<typeof FromSupervisor>;
