import type { z } from "zod";

/** What a principal may do; each role includes those before it. */
export const roles = ["viewer", "analyst", "approver", "admin"] as const;
export type Role = (typeof roles)[number];

/** Whether who has a role may do what needs another: each includes those before it. */
export const includesRole = (role: Role, needed: Role): boolean => roles.indexOf(role) >= roles.indexOf(needed);

/** Who may call a route: the user interface, other programs (external listener), the planner's tools over MCP. */
export type Caller = "ui" | "external" | "mcp";

/**
 * One operation of the contract, defined once. Binding, the renderer's client, OpenAPI and the JSON Schemas read this object.
 * `input` merges path parameters, query and JSON body; `open` needs no credential on loopback.
 */
export interface Route<I extends z.ZodType = z.ZodType, O extends z.ZodType = z.ZodType> {
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  readonly path: string;
  readonly summary: string;
  readonly role: Role;
  readonly callers: readonly Caller[];
  readonly open?: boolean;
  readonly needsApproval?: boolean;
  /** `json` (default); `raw`: the body is a byte stream and `input` holds path and query alone; `stream`: the reply is server-sent events. */
  readonly body?: "json" | "raw";
  readonly reply?: "json" | "text" | "stream" | "bytes";
  /** A rate limit of its own; else it follows from method and callers. */
  readonly rate?: "telemetry" | "agent" | "task";
  /** Largest request body in bytes; 1 MiB unless told. */
  readonly maxBytes?: number;
  readonly input: I;
  readonly output: O;
}

export function defineRoute<I extends z.ZodType, O extends z.ZodType>(route: Route<I, O>): Route<I, O> {
  return route;
}

export type Input<R> = R extends Route<infer I, z.ZodType> ? z.output<I> : never;
export type Output<R> = R extends Route<z.ZodType, infer O> ? z.output<O> : never;
