import { z } from "zod";
import { defineRoute } from "./route.ts";
import { Id } from "./units.ts";

/** What was said by rule, in the local model's words. Text of a model: shown, marked, and never parsed or kept as evidence. */
export const putInWords = defineRoute({
  method: "POST",
  path: "/api/v1/sentinel/wording",
  summary: "Have the local model say in words what was said by rule of a session or a telemetry alarm",
  role: "analyst",
  callers: ["ui"],
  rate: "task",
  input: z.strictObject({
    about: z.union([z.strictObject({ verdict_id: Id }), z.strictObject({ alarm_id: Id })]),
  }),
  output: z.object({
    /** null: held back by a scan. */
    words: z.string().nullable(),
    /** Why there are no words; null where there are. */
    reason: z.string().nullable(),
  }),
});
