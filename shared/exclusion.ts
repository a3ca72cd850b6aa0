import { z } from "zod";
import { defineRoute } from "./route.ts";
import { RuleExclusion } from "./rule.ts";
import { Id } from "./units.ts";

/** A false positive that an exclusion is to take out. */
const FalsePositive = z.object({ evidence_id: Id, request: z.number().int(), text: z.string() });

export const proposeExclusions = defineRoute({
  method: "POST",
  path: "/api/v1/sentinel/rules/:id/exclusions/propose",
  summary:
    "The narrowest exclusions for the false positives of a back-test: path, parameter and shape of value. Those that would let a known " +
    "attack through are not offered, and it is said why. Nothing is stored",
  role: "analyst",
  callers: ["ui"],
  input: z.strictObject({
    id: Id,
    backtest_id: Id,
    /** Also what nobody flagged, as if it were benign. */
    ordinary: z.boolean().default(false),
    days: z.number().int().min(1).max(365).default(30),
  }),
  output: z.object({
    proposals: z.array(
      z.object({
        exclusion: RuleExclusion,
        /** The shape in words: "letters, then ' or ', then figures". */
        words: z.string(),
        covers: z.number().int(),
        examples: z.array(FalsePositive),
      }),
    ),
    refused: z.array(z.object({ path: z.string(), parameter: z.string(), reason: z.string() })),
  }),
});

export const addExclusion = defineRoute({
  method: "POST",
  path: "/api/v1/sentinel/rules/:id/exclusions",
  summary:
    "Ask for an exclusion that was tried by a back-test in which it let no known attack through; it exists once it is approved",
  role: "analyst",
  callers: ["ui"],
  input: z.strictObject({ id: Id, base_version: z.number().int(), backtest_id: Id }),
  output: z.object({ approval_id: Id }),
});

export const removeExclusion = defineRoute({
  method: "POST",
  path: "/api/v1/sentinel/rules/:id/exclusions/:exclusion/remove",
  summary:
    "Take an exclusion out again, so that the rule matches there: at once while it only logs or tags, else by an approver. Can be undone",
  role: "analyst",
  callers: ["ui"],
  input: z.strictObject({ id: Id, exclusion: Id, base_version: z.number().int() }),
  output: z.object({ event_id: Id }),
});
