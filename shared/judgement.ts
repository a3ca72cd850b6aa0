import { z } from "zod";
import { ByteSpan, PayloadClass, PayloadPrediction, Place } from "./payload.ts";
import { defineRoute } from "./route.ts";
import { Id, Score } from "./units.ts";

/** What the payload model says of one value of a request; text is masked. */
export const JudgedValue = z.object({
  place: Place,
  name: z.string(),
  span: ByteSpan,
  text: z.string(),
  /** After canonicalisation; equal to `text` when nothing was decoded. */
  canonical: z.string(),
  decodings: z.array(z.string()),
  prediction: PayloadPrediction,
  /** Probability of being an attack of whatever class; a finding from `finding_threshold` on. */
  attack: Score,
  /** The likeliest class besides the one that was given. */
  runner_up: z.object({ class: PayloadClass, probability: Score }),
  /**
   * What stretches of the value did to it, exact Shapley values in log-odds, the strongest first; null: not worked out, because
   * others of the request are worse or the value is masked.
   */
  parts: z.array(z.object({ text: z.string(), contribution: z.number() })).nullable(),
});
export type JudgedValue = z.infer<typeof JudgedValue>;

export const getJudgement = defineRoute({
  method: "GET",
  path: "/api/v1/sentinel/verdicts/:id/requests/:request/judgement",
  summary:
    "Why a request was flagged or not: what the model that decided says of each of its values, and how little would have had its session tagged",
  role: "viewer",
  callers: ["ui"],
  input: z.strictObject({ id: Id, request: z.coerce.number().int().min(0) }),
  output: z.object({
    /** The likeliest attacks first, at most 100. */
    values: z.array(JudgedValue),
    total: z.number().int(),
    finding_threshold: Score,
    /** True: judged as a forged request, by where it came from; no value says so. */
    forged: z.boolean(),
    /**
     * The smallest change of one score alone with which the session reaches its threshold for `tag`, each checked by the deployed
     * sum; null: not even the highest score would do. The whole null: it was tagged as it is.
     */
    to_tag: z
      .object({
        payload_score: Score.nullable(),
        /** The same as the probability of one value to be an attack, before the base rate. */
        attack: Score.nullable(),
        behavioral_score: Score.nullable(),
      })
      .nullable(),
  }),
});
