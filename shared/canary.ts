import { z } from "zod";
import { ApprovalState } from "./approval.ts";
import { defineRoute } from "./route.ts";
import { Id, Instant, Score } from "./units.ts";

/** Shares of sessions that a challenger decides, one after the other; 0 is a shadow, whose word never counts. */
const canarySteps = [0, 1, 10, 100] as const;
export const CanaryPercent = z.number().int().min(0).max(100);

/** Share of sessions, in percent, that one of two models that are compared keeps until somebody decides. */
export const CanaryShare = z.number().int().min(1).max(99);

/** The steps of a trial, in percent. @param share where it stays for an A/B comparison; null: it goes on to all sessions */
export function stepsOf(share: number | null): readonly number[] {
  return share === null ? canarySteps : [...canarySteps.filter((step) => step < share), share, 100];
}

export const canaryModes = ["automatic", "by_hand"] as const;

export const CanaryMeasure = z.object({
  /** `errors`, `latency`, `disagreement`, `drift`. */
  measure: z.string(),
  /** Null before the first session. */
  mean: Score.nullable(),
  /** Bounds that hold at every moment at once. */
  lower: Score,
  upper: Score,
  limit: Score,
  verdict: z.enum(["passed", "failed", "open"]),
});
export type CanaryMeasure = z.infer<typeof CanaryMeasure>;

/** What the approval of a step is asked for: exactly this is shown. */
export const ShownPromotion = z.strictObject({
  model_id: Id,
  /** What decides now. */
  champion: Id,
  /** Shares of sessions, in percent; to 100 is to decide. */
  from: CanaryPercent,
  to: CanaryPercent,
  /** Where it stays until somebody decides: an A/B comparison. */
  share: CanaryShare.nullable(),
  /** Sessions seen in this step when it was asked. */
  sessions: z.number().int(),
  measures: z.array(CanaryMeasure),
  /** Who put it on trial; null: it is not known any more. */
  begun_by: z.string().nullable(),
  /** Id of the engine where it is on trial. */
  engine: z.string(),
});
export type ShownPromotion = z.infer<typeof ShownPromotion>;

/** One change of a canary, as the log has it. */
export const CanaryMove = z.object({
  at: Instant,
  actor: z.string(),
  /** Share of sessions from then on; 100: it was let decide. Null: nothing is on trial any more. */
  percent: CanaryPercent.nullable(),
  /** Whom it was about. Null: what decided before the last promotion was brought back. */
  model_id: Id.nullable(),
  /** `superseded`: another model decides than the one it was compared with. */
  because: z.enum(["asked", "passed", "failed", "superseded"]),
  sessions: z.number().int(),
});
export type CanaryMove = z.infer<typeof CanaryMove>;

/** A model on trial, and how it fares beside the champion. */
export const Canary = z.object({
  /** Null: nothing is on trial. */
  model_id: Id.nullable(),
  champion: Id,
  percent: CanaryPercent.nullable(),
  mode: z.enum(canaryModes),
  /** Where it stays until somebody lets it decide or takes it out: an A/B comparison. Null: it goes on to all sessions. */
  share: CanaryShare.nullable(),
  /** The only step that would be accepted now; null: none. */
  next: CanaryPercent.nullable(),
  /** Sessions seen in this step. */
  sessions: z.number().int(),
  measures: z.array(CanaryMeasure),
  decision: z.enum(["step", "roll_back", "wait"]),
  /** What was asked for last about the next step, as things stand; null: nothing was. */
  approval: z.object({ id: Id, state: ApprovalState, decided_by: z.string().nullable() }).nullable(),
  /** Whether something is on trial, or what decides came by a trial, that can be taken back. */
  can_go_back: z.boolean(),
  history: z.array(CanaryMove),
});
export type Canary = z.infer<typeof Canary>;

export const promoteModel = defineRoute({
  method: "POST",
  path: "/api/v1/sentinel/models/promote",
  summary:
    "Put a model on trial (0: in the shadow), or take it one step on: 1, 10, then 100 percent of sessions, when it decides. " +
    "Any other step is refused (409) and names the only one that is allowed. With a share, chosen as the trial begins, it stays there " +
    "until somebody decides: an A/B comparison. A step that somebody has to take uses up the approval that is asked for it: refused (403) " +
    "to who began the trial, or made the model, while somebody else could take it",
  role: "approver",
  callers: ["ui", "external"],
  input: z.strictObject({
    model_id: Id,
    canary_percent: z.number().int().min(0).max(100),
    mode: z.enum(canaryModes).optional(),
    share: CanaryShare.optional(),
  }),
  output: Canary,
});

export const getCanary = defineRoute({
  method: "GET",
  path: "/api/v1/sentinel/models/canary",
  summary: "The model on trial, its share of sessions, and how it fares beside the one that decides",
  role: "viewer",
  callers: ["ui"],
  input: z.strictObject({}),
  output: Canary,
});

export const rollBackCanary = defineRoute({
  method: "POST",
  path: "/api/v1/sentinel/models/roll-back",
  summary:
    "Take the model on trial out again; without one, the model that decided before the last promotion decides again, unless another one " +
    "was chosen since",
  role: "analyst",
  callers: ["ui"],
  input: z.strictObject({}),
  output: Canary,
});
