import { z } from "zod";
import { defineRoute } from "./route.ts";

/** What the supervisor tells: it knows of sandboxes alone. */
export const SandboxesEnded = z.object({
  /** Sandboxes that are gone, those that were still starting among them. */
  destroyed: z.number().int(),
  /** Sandboxes that were killed and not yet gone when this was answered. */
  left: z.number().int(),
  took_ms: z.number(),
});
export type SandboxesEnded = z.infer<typeof SandboxesEnded>;

export const PanicResult = SandboxesEnded.extend({
  /** Pushes that wait and are held back, and calls to tools that tasks had begun, or asked for, and that do not go on. */
  held: z.number().int(),
});
export type PanicResult = z.infer<typeof PanicResult>;

export const PanicAnswer = PanicResult.extend({
  /** Whether the log has it yet. False: the log takes nothing in just now; what was stopped is stopped and held nevertheless. */
  noted: z.boolean(),
});
export type PanicAnswer = z.infer<typeof PanicAnswer>;

/** One pull of the panic button. It travels several ways at once, since the engine may hang. */
export const PanicPull = z.strictObject({
  reason: z.string().max(500).optional(),
  /** The same on every way: however many of them arrive, the log tells of one press. */
  press_id: z.uuid().optional(),
});
export type PanicPull = z.infer<typeof PanicPull>;

export const panic = defineRoute({
  method: "POST",
  path: "/api/v1/sentinel/sandbox/panic",
  summary: "Stop everything that acts: every sandbox, task and push. Cannot be undone",
  role: "analyst",
  callers: ["ui", "external"],
  input: PanicPull,
  output: PanicAnswer,
});
