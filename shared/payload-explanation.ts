import { z } from "zod";
import { ByteSpan, PayloadClass, Place } from "./payload.ts";
import { defineRoute } from "./route.ts";
import { Id, Score } from "./units.ts";
import { VerdictKind } from "./verdict.ts";

/** A stretch of a value beside its edited form; read in order, without what was added they are the value (long kept ones shortened). */
export const EditSegment = z.object({
  /** Masked like the finding's own text. */
  text: z.string(),
  kind: z.enum(["kept", "removed", "added"]),
});

const Judged = z.object({
  class: PayloadClass,
  /** Probability of being an attack of whatever class. */
  attack: Score,
});

export const Counterfactual = z.object({
  /** Index of the finding in the verdict's list. */
  finding: z.number().int(),
  request: z.number().int(),
  place: Place,
  name: z.string(),
  /** The smallest edit found after which the value is judged benign; null: there is none to show, `reason` says why. */
  edit: z
    .object({
      /** What the segments are of: the value as it stood, or what it says inside its Base64. */
      of: z.enum(["value", "base64"]),
      segments: z.array(EditSegment),
      /** Characters deleted or replaced; an escape counts as the one character that it stands for. */
      changed: z.number().int(),
      /**
       * `exhaustive`: it is one character, or no one character is enough when it is deleted or replaced by a neutral one;
       * `within_budget`: no smaller edit was found.
       */
      minimal: z.enum(["exhaustive", "within_budget"]),
      before: Judged,
      after: Judged,
    })
    .nullable(),
  /** Why no edit is shown; empty where one is. */
  reason: z.string(),
  /** The session with the edited value in the place of the original, judged as a whole; null: too long to be judged again here. */
  session: z
    .object({
      verdict_before: VerdictKind,
      verdict_after: VerdictKind,
      score_before: Score,
      score_after: Score,
    })
    .nullable(),
  /** Edited values that were scored. */
  scored: z.number().int(),
  took_ms: z.number(),
});
export type Counterfactual = z.infer<typeof Counterfactual>;

export const getCounterfactual = defineRoute({
  method: "GET",
  path: "/api/v1/sentinel/verdicts/:id/counterfactual",
  summary: "The smallest edit of a payload that would change its verdict, and what the session would be then",
  role: "viewer",
  callers: ["ui"],
  input: z.strictObject({ id: Id, finding: z.coerce.number().int().min(0).default(0) }),
  output: Counterfactual,
});

/** What a stretch of a payload did to its judgement. */
export const Highlight = ByteSpan.extend({
  /** Index of the finding in the verdict's list. */
  finding: z.number().int(),
  /** Exact Shapley value of the stretch: change of the log-odds of being an attack, signed. */
  contribution: z.number(),
});
export type Highlight = z.infer<typeof Highlight>;

export const getHighlights = defineRoute({
  method: "GET",
  path: "/api/v1/sentinel/verdicts/:id/requests/:request/highlights",
  summary: "What each stretch of a request's payloads did to their judgement, as byte spans of the request",
  role: "viewer",
  callers: ["ui"],
  input: z.strictObject({ id: Id, request: z.coerce.number().int().min(0) }),
  output: z.object({
    /** In the order of the request; spans of one finding do not overlap. */
    spans: z.array(Highlight),
    /** For each payload: base_log_odds + Σ contributions = log_odds; payload_log_odds = log_odds + base_rate_step is the session's scale. */
    payloads: z.array(
      z.object({
        finding: z.number().int(),
        /** Of what is left of the value without its spans. */
        base_log_odds: z.number(),
        log_odds: z.number(),
        /** From a balanced set to the base rate of live traffic; the payload score is the logistic function of the sum. */
        base_rate_step: z.number(),
      }),
    ),
  }),
});
