import { z } from "zod";
import { defineRoute } from "./route.ts";
import { Instant } from "./units.ts";

export const ComponentHealth = z.object({
  status: z.enum(["healthy", "degraded", "down", "off"]),
  detail: z.string().optional(),
});
export type ComponentHealth = z.infer<typeof ComponentHealth>;

export const Health = z.object({
  status: z.enum(["healthy", "degraded"]),
  timestamp: Instant,
  history_size: z.number().int(),
  detector_trained: z.boolean(),
  version: z.string(),
  /** A newer version that the update server has; absent: none is known. */
  newer_version: z.string().optional(),
  components: z.record(z.string(), ComponentHealth),
});
export type Health = z.infer<typeof Health>;

export const getHealth = defineRoute({
  method: "GET",
  path: "/health",
  summary: "State of the engine and of each of its components",
  role: "viewer",
  callers: ["ui", "external", "mcp"],
  open: true,
  input: z.strictObject({}),
  output: Health,
});

export const getMetrics = defineRoute({
  method: "GET",
  path: "/metrics",
  summary: "Prometheus metrics, text format",
  role: "viewer",
  callers: ["ui", "external"],
  open: true,
  reply: "text",
  input: z.strictObject({}),
  output: z.string(),
});
